// The panel of branches and commits.

import { asking, get } from "./api.js";
import { Branches } from "./branches.js";
import { fill, h } from "./dom.js";
import { Filters } from "./filters.js";
import { count, short, since } from "./format.js";
import { List } from "./list.js";
import { withRun, withoutRun } from "./runs-of.js";
import { failed, loading } from "./states.js";
import { mark, word } from "./status.js";

const ROW = 50;

/** Commits, newest first, asked for page by page as one scrolls. */
export class Commits {
  #commits = [];
  #next = null;
  #asked = null;
  #scanned = 0;
  #problem = null;
  #asking = null;
  #key = null;

  constructor(element, router, repository, openHelp) {
    this.router = router;
    this.repository = repository;
    this.scroller = h("div.scroller.commits", { id: "commit-list", role: "listbox", "aria-label": "Commits" });
    this.foot = h("div.foot", { role: "status" });
    this.list = new List({
      element: this.scroller,
      rowHeight: ROW,
      render: (index) => this.#row(index),
      open: (index) => router.go({ ...this.#state(index) }),
      seen: (first, end) => this.#seen(end),
    });
    this.branches = new Branches(router, repository);
    this.filters = new Filters(router);
    fill(element,
      h("header", {},
        h("div.line", {},
          h("h1", { title: repository.name }, h("a", { href: "/", "data-go": "" }, repository.name)),
          h("button.quiet", { type: "button", title: "Keys (?)", "aria-label": "Help: keys", onclick: openHelp }, "?")),
        this.branches.element,
        this.filters.element),
      h("div.body", {}, this.scroller, this.foot));
  }

  /** Shows what the state asks for; commits that are there already are not asked for again. */
  show(state) {
    this.filters.show(state.filters);
    this.branches.show(state.filters.branch);
    const key = JSON.stringify(state.filters);
    if (key !== this.#key) {
      this.#key = key;
      this.reload();
    } else {
      this.list.refresh();
    }
  }

  /** Asks for everything anew; what is there stays until the first answer. */
  reload() {
    this.#asking?.abort();
    this.#asking = new AbortController();
    this.#asked = undefined;
    this.#problem = null;
    this.#ask(null, true);
  }

  /** Asks for the newest commits and puts those that are new before the others, which stay where they are. */
  async catchUp() {
    const { signal } = this.#asking;
    try {
      const found = await get(asking("/api/commits", this.router.state.filters), { signal });
      const places = new Map(found.commits.map((commit, index) => [commit.commit, index]));
      const kept = this.#commits.findIndex((commit) => places.has(commit.commit));
      if (signal.aborted) return;
      if (kept < 0) return this.reload();
      const added = places.get(this.#commits[kept].commit);
      const older = this.#commits.slice(kept + found.commits.length - added);
      this.#commits = found.commits.concat(older);
      if (older.length === 0) this.#next = found.next;
      const moved = added - kept;
      if (this.list.cursor >= 0) this.list.cursor += moved;
      this.list.setCount(this.#commits.length);
      if (this.scroller.scrollTop > 0) this.scroller.scrollTop += moved * ROW;
    } catch (error) {
      if (error.name !== "AbortError") console.error(error);
    }
  }

  /** Takes a change of a run; tells whether its commit is in the list. */
  changed(run) {
    return this.#change(run.commit, run.run, (runs) => withRun(runs, run));
  }

  removed(commit, id) {
    return this.#change(commit, id, (runs) => withoutRun(runs, id));
  }

  #change(id, run, how) {
    const index = this.#commits.findIndex((commit) => commit.commit === id);
    if (index < 0) return false;
    const commit = this.#commits[index];
    const runs = how(commit.runs);
    const has = (list) => Number(list.some((one) => one.run === run));
    this.#commits[index] = { ...commit, runs, run_count: commit.run_count + has(runs) - has(commit.runs) };
    this.list.refreshRow(index);
    return true;
  }

  key(name) {
    return this.list.key(name);
  }

  focus() {
    this.scroller.focus({ preventScroll: true });
  }

  #seen(end) {
    // Half a page ahead, so that a hand on the wheel never waits.
    if (end > this.#commits.length - 50 && this.#next && this.#next !== this.#asked && !this.#problem) this.#ask(this.#next, false);
  }

  async #ask(page, isFirst) {
    this.#asked = page;
    const { signal } = this.#asking;
    const slow = setTimeout(() => isFirst && !signal.aborted && this.#sayLoading(), 150);
    try {
      const found = await get(asking("/api/commits", { ...this.router.state.filters, page }), { signal });
      if (signal.aborted) return;
      this.#scanned = (isFirst ? 0 : this.#scanned) + found.scanned;
      const before = isFirst ? [] : this.#commits;
      this.#commits = before.concat(found.commits);
      this.#next = found.next;
      if (isFirst) this.#begin();
      this.list.setCount(this.#commits.length, { anew: isFirst });
      this.#sayEnd();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#problem = error;
      this.#sayProblem(error, page, isFirst);
    } finally {
      clearTimeout(slow);
    }
  }

  /** Brings the commit that is shown into sight when a list begins. */
  #begin() {
    const index = this.#commits.findIndex((commit) => commit.commit === this.router.state.commit);
    this.list.cursor = index;
    this.list.clear();
    this.scroller.scrollTop = 0;
    if (index > 0) requestAnimationFrame(() => this.list.bringIntoSight(index));
  }

  #sayLoading() {
    this.list.setCount(0);
    fill(this.foot, loading("commits"));
  }

  #sayProblem(problem, page, isFirst) {
    if (isFirst) this.list.setCount(0);
    fill(this.foot, failed(problem, () => {
      this.#problem = null;
      fill(this.foot, loading("commits"));
      this.#ask(page, isFirst);
    }));
  }

  #sayEnd() {
    const filtered = ["status", "author", "text"].some((name) => this.router.state.filters[name]);
    const none = this.#commits.length === 0;
    if (this.#next) {
      fill(this.foot, none || filtered ? h("p.note", {}, `${count(this.#scanned, "commit")} searched…`) : null);
    } else if (none && filtered) {
      const clear = h("button", { type: "button", onclick: () => this.router.go({ filters: { ...this.router.state.filters, status: "", author: "", text: "" } }) }, "Clear the filter");
      fill(this.foot, h("div.state.empty", {}, h("h2", {}, "No commit matches"), h("p", {}, `${count(this.#scanned, "commit")} searched.`), h("p", {}, clear)));
    } else if (none) {
      fill(this.foot, h("p.note", {}, "No commit yet."));
    } else {
      fill(this.foot, filtered ? h("p.note", {}, `${count(this.#commits.length, "match", "matches")} in ${count(this.#scanned, "commit")}.`) : null);
    }
  }

  #state(index) {
    return { page: "commit", commit: this.#commits[index].commit, run: null, file: null };
  }

  #row(index) {
    const commit = this.#commits[index];
    const [latest] = commit.runs;
    const status = latest?.status ?? "none";
    const isShown = commit.commit === this.router.state.commit;
    const name = `${commit.subject}, by ${commit.author}, ${word(status)}, ${count(commit.run_count, "run")}`;
    return h("a.row.commit", { href: this.router.href(this.#state(index)), "data-go": "", role: "option", "aria-selected": String(isShown), "aria-label": name, class: isShown ? "shown" : "" },
      mark(status),
      h("span.two", {},
        h("span", {}, h("span.subject", { title: commit.subject }, commit.subject || h("em", {}, "no message")), h("span.when", {}, since(commit.time))),
        h("span.lower", {},
          h("span.who", {}, commit.author),
          commit.branches.slice(0, 2).map((branch) => h("span.branch", { title: branch }, branch)),
          commit.runs.length > 0 && h(`span.mark-${status}`, {}, word(status)),
          commit.run_count > 1 && h("span.number", { title: count(commit.run_count, "run") }, `× ${commit.run_count}`),
          h("code.id", {}, short(commit.commit).slice(0, 7)))));
  }
}
