// The panel of a commit: its runs, and the files of one of them.

import { chooseOther } from "./choose.js";
import { fill, h, icon } from "./dom.js";
import { count, short, since, size } from "./format.js";
import { List } from "./list.js";
import { empty } from "./states.js";
import { status, took, why, word } from "./status.js";
import { LOG, Tree } from "./tree.js";

const ROW = 28;
/** How many runs are listed before the rest is folded up. */
const FEW = 6;
const PICTURES = { log: "log", text: "file", image: "picture", markdown: "page", html: "page", xml: "table", binary: "file" };

/** Runs and files in one list, so that one cursor walks through both. */
export class Runs {
  #rows = [];
  #tree = null;
  #treeOf = null;
  #allRuns = false;
  #shown = null;

  constructor(element, router) {
    this.router = router;
    this.element = element;
    this.head = h("header", {});
    this.scroller = h("div.scroller", { id: "run-list", role: "tree", "aria-label": "Runs and files" });
    this.foot = h("div.foot");
    this.list = new List({ element: this.scroller, rowHeight: ROW, render: (index) => this.#row(index), open: (index) => this.#open(index), skips: (index) => this.#rows[index]?.kind === "heading" });
    fill(element, this.head, h("div.body", {}, this.scroller, this.foot));
  }

  /** Shows nothing, for a state without a commit. */
  clear() {
    this.#shown = null;
    fill(this.head);
    this.list.setCount(0);
    fill(this.foot);
  }

  /** Shows something instead of a commit: that it is loading, or what went wrong. */
  instead(content) {
    fill(this.head, this.#back());
    this.list.setCount(0);
    fill(this.foot, content);
  }

  /** Shows a commit, its runs and the files of `detail`, which is one of them or `null`. */
  show(history, detail) {
    const { state } = this.router;
    if (this.#shown?.commit !== state.commit) {
      this.#allRuns = false;
      this.list.cursor = -1;
    }
    this.#shown = { commit: state.commit, history, detail };
    const key = detail && `${detail.run.commit}/${detail.run.run}/${detail.files.length}`;
    if (key !== this.#treeOf) {
      this.#treeOf = key;
      this.#tree = detail && new Tree(detail.files);
    }
    if (this.#tree && state.file?.startsWith("file/")) this.#tree.reveal(state.file.slice(5));
    this.#head(history);
    this.#fill();
  }

  key(name) {
    const row = this.#rows[this.list.cursor];
    if (row?.kind === "folder" && (name === "ArrowRight" || name === "ArrowLeft") && row.isOpen !== (name === "ArrowRight")) {
      this.#tree.setOpen(row.path, name === "ArrowRight");
      this.#fill();
      return true;
    }
    return this.list.key(name);
  }

  focus() {
    this.scroller.focus({ preventScroll: true });
  }

  #back() {
    return h("a.back", { href: this.router.href({ page: "list", commit: null, run: null, file: null }), "data-go": "", "aria-label": "Back to the commits" }, icon("back"), "Commits");
  }

  #head({ commit, body, parents }) {
    const id = this.router.state.commit;
    const code = h("code.id", { title: id }, short(commit?.commit ?? id));
    fill(this.head, this.#back(),
      h("h2.subject", {}, commit ? commit.subject || "no message" : "This commit is gone"),
      body.trim() && h("details.message", {}, h("summary", {}, "Message"), h("pre", {}, body.trim())),
      h("p.facts", {},
        commit && h("span.who", { title: commit.email }, commit.author),
        commit && since(commit.time),
        code,
        commit?.branches.map((branch) => h("span.branch", { title: branch }, branch))),
      parents.length > 1 && h("p.facts", {}, "Merge of ", parents.map((parent) => h("a", { href: this.router.href({ commit: parent, run: null, file: null }), "data-go": "" }, h("code", {}, short(parent).slice(0, 7))))));
  }

  #fill() {
    const { history, detail } = this.#shown;
    const { runs } = history;
    const hidden = this.#allRuns ? 0 : Math.max(0, runs.length - FEW);
    const at = detail ? runs.findIndex((run) => run.run === detail.run.run) : -1;
    const listed = hidden > 1 ? runs.filter((_, index) => index < FEW || index === at) : runs;
    this.#rows = [{ kind: "heading", text: "Runs", number: runs.length || null }];
    this.#rows.push(...listed.map((run) => ({ kind: "run", run })));
    if (listed.length < runs.length) this.#rows.push({ kind: "more", number: runs.length - listed.length });
    if (detail) this.#rows.push(...this.#contents(detail));
    if (runs.length === 0) this.#rows = [];
    this.list.setCount(this.#rows.length);
    fill(this.foot, runs.length === 0 && empty("No run of this commit yet", "Check the commit out and type:", "git jci run"),
      detail?.run.status === "running" && h("p.note", {}, "Files are stored when the run ends."),
      detail?.left_out.length > 0 && h("details.note", {}, h("summary", {}, `${count(detail.left_out.length, "file")} left out`), h("ul", {}, detail.left_out.map((text) => h("li", {}, text)))));
  }

  #contents(detail) {
    const files = this.#tree.rows();
    const heading = { kind: "heading", text: "Files", number: detail.files.length || null, detail };
    return [heading, { kind: "log", detail }, ...files];
  }

  #open(index) {
    const row = this.#rows[index];
    if (row.kind === "more") {
      this.#allRuns = true;
      this.#fill();
    } else if (row.kind === "folder") {
      this.#tree.toggle(row.path);
      this.#fill();
    } else {
      const change = this.#state(row);
      if (change) this.router.go(change);
    }
  }

  #state(row) {
    const { detail } = this.#shown;
    if (row.kind === "run") return { page: "commit", commit: row.run.commit, run: row.run.run, file: null };
    const of = { page: "commit", commit: detail?.run.commit, run: detail?.run.run };
    if (row.kind === "log") return { ...of, file: "log" };
    if (row.kind === "file") return { ...of, file: `file/${row.path}` };
    return null;
  }

  #row(index) {
    const row = this.#rows[index];
    const change = this.#state(row);
    const common = { role: "treeitem", "aria-level": (row.depth ?? 0) + 1 };
    if (row.kind === "heading") return this.#heading(row);
    if (row.kind === "more") return h("div.row.more", { ...common, onclick: () => this.#open(index) }, `${count(row.number, "more run")}…`);
    if (row.kind === "folder") {
      return indented(h("div.row.folder", { ...common, "aria-expanded": String(row.isOpen), onclick: () => this.#open(index) },
        icon(row.isOpen ? "open" : "shut"), h("span.name", { title: row.name }, row.name), h("span.size", {}, size(row.size))), row.depth);
    }
    const link = { ...common, href: this.router.href(change), "data-go": "" };
    return row.kind === "run" ? this.#run(row.run, link) : this.#file(row, link);
  }

  #heading(row) {
    const detail = row.detail;
    return h("div.row.heading", { role: "presentation" },
      h("h3", {}, row.text, row.number && h("span.number", {}, String(row.number))),
      row.text === "Runs" && this.#shown.detail && h("button.quiet", { type: "button", title: "Compare this run with another", onclick: () => chooseOther(this.router, this.#shown) }, "Compare with…"),
      detail?.archive && h("a.quiet", { href: detail.archive, download: "", title: "The whole run as an archive" }, "Download all"));
  }

  #run(run, link) {
    const isShown = run.run === this.#shown.detail?.run.run;
    const reason = why(run);
    return h("a.row.run", { ...link, "aria-selected": String(isShown), class: isShown ? "shown" : "", title: `Run ${run.run}` , "aria-label": `${word(run.status)} ${reason}, run ${run.run}` },
      status(run.status), reason && h("span.why", {}, reason), run.dirty && h("span.tag", { title: "The files differed from the commit" }, "dirty"),
      h("span.rest", {}, took(run), since(run.started)));
  }

  #file(row, link) {
    const { state } = this.router;
    const isLog = row.kind === "log";
    const isShown = state.page === "commit" && (isLog ? !state.file || state.file === "log" : state.file === `file/${row.path}`);
    const file = row.file;
    const picture = isLog ? "log" : file.kind === "symlink" ? "link" : PICTURES[file.view] ?? "file";
    const own = !isLog && row.depth === 0 && ["run.json", "run.timing", "status.txt"].includes(row.name);
    const bytes = isLog ? row.detail.files.find((other) => other.path === LOG)?.size : file.size;
    return indented(h("a.row.file", { ...link, "aria-selected": String(isShown), class: `${isShown ? "shown" : ""} ${own ? "own" : ""}` },
      icon(picture),
      h("span.name", { title: isLog ? LOG : file.path }, isLog ? "Log" : row.name),
      h("span.size", {}, bytes === undefined ? "" : size(bytes))), row.depth ?? 0);
  }
}

function indented(row, depth) {
  row.style.setProperty("--depth", depth);
  return row;
}
