// Choosing the run to compare with.

import { get } from "./api.js";
import { openDialog } from "./dialog.js";
import { fill, h } from "./dom.js";
import { short, since } from "./format.js";
import { failed, loading } from "./states.js";
import { status, took, why } from "./status.js";

/** How many commits back runs are looked for. */
const BACK = 3;

/** Lets one choose another run; the one before, of this commit or of the one before it, is proposed. */
export async function chooseOther(router, { history, detail }) {
  const list = h("div.choices", {}, loading("runs"));
  const dialog = openDialog("Compare with…", h("p.hint", {}, "The differences are shown from the run that is chosen to this one."), list);
  try {
    const groups = await others(history, detail.run);
    fill(list, groups.length ? groups.map((group) => drawGroup(router, detail.run, group, dialog)) : h("p", {}, "There is no other run of this commit or of those before it."));
    list.querySelector("a")?.focus();
  } catch (error) {
    fill(list, failed(error));
  }
}

/** Runs of this commit that began before this one come first, then those of commits before it. */
async function others(history, run) {
  const own = history.runs.filter((other) => other.run !== run.run);
  const before = own.filter((other) => other.started <= run.started);
  const after = own.filter((other) => other.started > run.started);
  const groups = [{ title: "This commit, before", runs: before }];
  let parent = history.parents[0];
  for (let step = 0; parent && step < BACK; step++) {
    const found = await get(`/api/commit/${parent}`);
    groups.push({ title: `${short(parent).slice(0, 7)} ${found.commit?.subject ?? ""}`, runs: found.runs.slice(0, 5) });
    parent = found.parents[0];
  }
  groups.push({ title: "This commit, after", runs: after });
  return groups.filter((group) => group.runs.length > 0);
}

function drawGroup(router, to, { title, runs }, dialog) {
  return h("section", {}, h("h3", {}, title), runs.map((run) => {
    const href = router.href({ page: "compare", from: { commit: run.commit, run: run.run }, commit: to.commit, run: to.run });
    return h("a.row.choice", { href, "data-go": "", onclick: () => dialog.close() }, status(run.status), why(run) && h("span.why", {}, why(run)), h("span.rest", {}, took(run), since(run.started)));
  }));
}
