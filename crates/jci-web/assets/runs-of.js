// The runs of a commit, as lists that change while one looks on.

/** The runs with `run` in its place: those that go on first, then newest first. */
export function withRun(runs, run) {
  return [...runs.filter((other) => other.run !== run.run), run].sort(order);
}

export function withoutRun(runs, id) {
  return runs.filter((run) => run.run !== id);
}

function order(a, b) {
  return (b.status === "running") - (a.status === "running") || begun(b) - begun(a) || (a.run < b.run ? 1 : -1);
}

/** A run id begins with the second in which the run began. */
function begun(run) {
  return parseInt(run.run, 10) || 0;
}
