// The page: what is shown follows from the URL, and from what happens in the repository.

import { get, runPath } from "./api.js";
import { Commits } from "./commits.js";
import { Content } from "./content.js";
import { movable } from "./dividers.js";
import { say } from "./dom.js";
import { keepTimesRight, short } from "./format.js";
import { listen, openHelp } from "./keys.js";
import { Connection, Live } from "./live.js";
import { readable } from "./path.js";
import { Router } from "./router.js";
import { Runs } from "./runs.js";
import { withRun, withoutRun } from "./runs-of.js";
import { empty, failed, loading } from "./states.js";
import { word } from "./status.js";

const element = (id) => document.getElementById(id);

class App {
  /** What is shown of a commit: `commit`, `history`, `detail`. */
  #shown = null;
  #asking = new AbortController();

  constructor(repository) {
    this.repository = repository;
    this.router = new Router();
    this.connection = new Connection(element("connection"));
    this.commits = new Commits(element("commits"), this.router, repository, openHelp);
    this.runs = new Runs(element("runs"), this.router);
    this.content = new Content(element("content"), this.router, this.connection);
    this.router.addEventListener("change", ({ detail }) => this.show(detail.how, detail.before));
    this.#listen();
    movable(element("panels"));
    keepTimesRight();
    this.show("load");
  }

  #listen() {
    const panels = [["commits", this.commits], ["runs", this.runs], ["content", this.content]];
    listen(panels.map(([id, panel]) => ({ element: element(id), panel })), {
      search: () => this.commits.filters.focus(),
      branch: () => this.commits.branches.open(),
    });
    const live = new Live(this.connection);
    live.addEventListener("run_started", ({ detail }) => this.#changed(detail.run));
    live.addEventListener("run_stored", ({ detail }) => this.#changed(detail.run));
    live.addEventListener("run_removed", ({ detail }) => this.#removed(detail));
    live.addEventListener("history_changed", () => this.#refresh());
    live.addEventListener("missed", () => this.#refresh());
  }

  /** Shows what the URL says. */
  show(how, before) {
    const { state } = this.router;
    const { page, file } = state;
    element("panels").dataset.panel = page === "list" ? "commits" : page === "compare" || file ? "content" : "runs";
    this.commits.show(state);
    if (page === "list") this.#showList();
    else this.#showCommit(how, before);
    this.#title();
  }

  #showList() {
    this.#asking.abort();
    this.#shown = null;
    element("panels").toggleAttribute("data-first", !this.repository.has_runs);
    this.runs.clear();
    this.content.instead(this.#firstStep());
  }

  /** What to do next, as long as nothing is chosen. */
  #firstStep() {
    const { has_commits: hasCommits, has_runs: hasRuns, has_script: hasScript } = this.repository;
    if (!hasCommits) return empty("Nothing here yet", "jci runs a script on a commit and keeps what came of it. Begin with a commit:", "git commit");
    if (!hasScript && !hasRuns) return empty("No script yet", "jci runs .jci/run.sh. This looks at the repository and writes one:", "git jci init");
    if (!hasRuns) return empty("No run yet", "The script is there. This runs it, and the run appears here by itself:", "git jci run");
    return empty("Choose a commit", "j and k move, Enter opens, ? tells of all keys.");
  }

  async #showCommit(how) {
    const { state } = this.router;
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const known = this.#shown?.commit === state.commit && how !== "live" ? this.#shown : null;
    if (known) this.#draw(how);
    // What is shown keeps itself right, by what happens in the repository.
    if (known?.detail && known.detail.run.run === this.#wanted(known.history)) return;
    const slow = setTimeout(() => !known && how !== "live" && this.#sayLoading(), 150);
    try {
      await this.#load(signal, known);
      if (!signal.aborted) this.#draw(how);
    } catch (error) {
      if (error.name !== "AbortError") this.#sayFailed(error, () => this.#showCommit(how));
    } finally {
      clearTimeout(slow);
    }
  }

  async #load(signal, known) {
    const { commit } = this.router.state;
    const history = known?.history ?? (await get(`/api/commit/${commit}`, { signal }));
    const id = this.#wanted(history);
    const detail = id ? await get(runPath(commit, id), { signal }) : null;
    this.#shown = { commit, history, detail };
  }

  /** The id of the run that the URL means: one that it names, or the newest. */
  #wanted(history) {
    const { run } = this.router.state;
    return run && run !== "latest" ? run : history.runs[0]?.run;
  }

  #draw(how) {
    const { state } = this.router;
    const { history, detail } = this.#shown;
    const isWanted = detail && detail.run.run === this.#wanted(history);
    this.runs.show(history, isWanted ? detail : null);
    if (state.page === "compare") this.content.showComparison();
    else if (isWanted) this.content.showRun(detail, how);
    else if (!detail && history.runs.length === 0) this.content.instead(this.repository.has_script ? empty("No run of this commit yet", "", "git jci run") : this.#firstStep());
    this.#title();
  }

  #sayLoading() {
    this.runs.instead(loading("the commit"));
    this.content.instead(loading("the run"));
  }

  #sayFailed(problem, again) {
    this.#shown = null;
    this.runs.instead(null);
    this.content.instead(failed(problem, again));
    document.title = `${problem.title ?? "Error"} · ${this.repository.name}`;
  }

  /** Takes a run that began or ended. */
  async #changed(run) {
    this.repository.has_runs = true;
    const isListed = this.commits.changed(run);
    if (!isListed && !this.commits.list.count) this.commits.reload();
    const { state } = this.router;
    if (state.page === "list") {
      this.#showList();
    } else if (this.#shown?.commit && run.commit.startsWith(this.#shown.commit)) {
      this.#shown = { ...this.#shown, history: { ...this.#shown.history, runs: withRun(this.#shown.history.runs, run) } };
      await this.#again(run);
    }
    say(`Run of ${run.subject ?? short(run.commit)}: ${word(run.status)}`);
  }

  #removed({ commit, run }) {
    this.commits.removed(commit, run);
    if (!this.#shown?.commit || !commit.startsWith(this.#shown.commit)) return;
    const runs = withoutRun(this.#shown.history.runs, run);
    this.#shown = { ...this.#shown, history: { ...this.#shown.history, runs } };
    if (this.#shown.detail?.run.run === run) this.#showCommit("live");
    else this.#draw();
  }

  /** Asks anew for the run that is shown, if a change is about it. */
  async #again(run) {
    if (this.#wanted(this.#shown.history) !== run.run) return this.#draw();
    const { signal } = this.#asking;
    try {
      await this.#load(signal, this.#shown);
      if (!signal.aborted) this.#draw();
    } catch (error) {
      if (error.name !== "AbortError") console.error(error);
    }
  }

  /** Asks anew for everything, after branches moved or events may have been missed. */
  async #refresh() {
    const repository = await get("/api/repository").catch(() => null);
    if (repository) Object.assign(this.repository, repository);
    this.commits.branches.show(this.router.state.filters.branch);
    this.commits.catchUp();
    return this.router.state.page === "list" ? this.#showList() : this.#showCommit("live");
  }

  #title() {
    const { state } = this.router;
    const { history, detail } = this.#shown ?? {};
    const subject = history?.commit?.subject ?? (state.commit && short(state.commit));
    const file = state.file?.startsWith("file/") ? readable(state.file.slice(5)) : null;
    const filters = state.filters.branch && `branch ${state.filters.branch}`;
    const parts = state.page === "list" ? [filters || "Commits"] : state.page === "compare" ? ["Compare", subject] : [file, detail ? word(detail.run.status) : null, subject];
    document.title = [...parts, this.repository.name].filter(Boolean).join(" · ");
  }
}

async function start() {
  try {
    new App(await get("/api/repository"));
  } catch (error) {
    console.error(error);
    element("content").replaceChildren(failed(error, () => location.reload()));
    element("panels").dataset.panel = "content";
  }
}

start();
