// The panel of the content: a log, a file, or two runs side by side.

import { runPath } from "./api.js";
import { openComparison } from "./compare.js";
import { fill, h, icon } from "./dom.js";
import { since, size } from "./format.js";
import { openFile } from "./file.js";
import { openLines } from "./lines-view.js";
import { encoded, readable } from "./path.js";
import { empty, show } from "./states.js";
import { status, took, why } from "./status.js";
import { LOG } from "./tree.js";

export class Content {
  #key = null;
  #view = null;

  constructor(element, router, connection) {
    Object.assign(this, { router, connection, panel: element });
    this.head = h("header", {});
    this.body = h("div.body", {});
    fill(element, this.head, this.body);
  }

  /** Shows `detail`, a run with its files, as the state asks for it. */
  showRun(detail, how) {
    const { state } = this.router;
    const file = state.file?.startsWith("file/") ? state.file.slice(5) : null;
    const key = JSON.stringify([detail.run.commit, detail.run.run, file, state.as]);
    this.#runHead(detail, file);
    if (key === this.#key) {
      this.#view?.update?.(detail.run);
      if (how) this.#view?.arrive?.();
      return;
    }
    this.#put(key, file ? readable(file) : "the log", () => (file ? this.#openFile(detail, file, how) : this.#openLog(detail, how)));
  }

  /** Shows two runs side by side. */
  showComparison() {
    const { state } = this.router;
    const { commit, run, from } = state;
    fill(this.head, this.#back({ page: "commit", commit, run, file: null }), h("h2.title", {}, "Compare two runs"));
    const key = JSON.stringify(["compare", from, commit, run]);
    if (key !== this.#key) this.#put(key, "the comparison", () => openComparison(this.router));
  }

  /** Shows something instead: words, or nothing. */
  instead(...content) {
    this.#leave();
    this.#key = null;
    fill(this.head, content.length ? this.#back({ page: "list", commit: null, run: null, file: null }) : null);
    fill(this.body, content);
  }

  /** Forgets what is shown, so that it is asked for again. */
  forget() {
    this.#key = null;
  }

  key(name) {
    return this.#view?.key?.(name) ?? false;
  }

  focus() {
    if (this.#view?.focus) this.#view.focus();
    else this.panel.focus({ preventScroll: true });
  }

  /** Shows lines of text instead of what a file is taken for. */
  get view() {
    return this.#view;
  }

  async #put(key, what, open) {
    this.#leave();
    this.#key = key;
    await show(this.body, what, async () => {
      const view = await open();
      if (this.#key !== key) view.close?.();
      else this.#view = view;
      return view.element;
    }, () => this.#key === key);
  }

  #leave() {
    this.#view?.close?.();
    this.#view = null;
  }

  #openLog(detail, how) {
    const { run } = detail;
    return openLines({ router: this.router, connection: this.connection, path: runPath(run.commit, run.run), run, isLog: true, cameBack: how === "travel" || how === "load" });
  }

  #openFile(detail, path, how) {
    const file = detail.files.find((other) => encoded(other) === path);
    if (!file) {
      const text = detail.run.status === "running" ? "Files are stored when the run ends." : `This run has no file ${readable(path)}.`;
      return { element: empty("No such file", text) };
    }
    return openFile({ router: this.router, connection: this.connection, run: detail.run, file, how });
  }

  #back(change) {
    return h("a.back", { href: this.router.href(change), "data-go": "", "aria-label": "Back" }, icon("back"), "Back");
  }

  #runHead(detail, file) {
    const { run } = detail;
    const found = detail.files.find((other) => (file ? encoded(other) === file : other.path === LOG));
    const facts = [status(run.status), why(run) && h("span", {}, why(run)), took(run), since(run.started), run.branch && h("span.branch", { title: "The branch that was checked out" }, run.branch), run.dirty && h("span.tag", { title: "The files differed from the commit" }, "dirty"), detail.trigger && h("span", { title: "What began the run" }, detail.trigger), detail.host && h("span", { title: "Where it ran" }, detail.host), h("code.id", { title: "The id of the run" }, run.run)];
    fill(this.head,
      this.#back({ page: "commit", commit: run.commit, run: this.router.state.run, file: null }),
      h("div.line", {}, h("h2.title", {}, file ? path(file) : "Log"), found && h("span.size", {}, size(found.size)), found && h("span.ways", {}, file && asOther(this.router, found), bytesOf(found))),
      h("p.facts", {}, facts));
  }
}

/** A path of which the last name stands out. */
function path(encodedPath) {
  const text = readable(encodedPath);
  const cut = text.lastIndexOf("/") + 1;
  return [cut > 0 && h("span.folder-part", {}, text.slice(0, cut)), text.slice(cut)];
}

/** The way between a file as it is meant and its text. */
function asOther(router, file) {
  const { state } = router;
  if (file.kind === "symlink" || !["markdown", "html", "xml", "binary"].includes(file.view)) return null;
  const here = { page: "commit", commit: state.commit, run: state.run, file: state.file };
  return state.as === "text"
    ? h("a.quiet", { href: router.href(here), "data-go": "" }, file.view === "binary" ? "Not as text" : "Rendered")
    : h("a.quiet", { href: router.href({ ...here, as: "text" }), "data-go": "" }, "As text");
}

/** The ways to the bytes of a file. */
function bytesOf({ raw }) {
  return [
    h("a.quiet", { href: raw, target: "_blank", rel: "noopener", title: "The bytes as they are" }, "Raw"),
    h("a.quiet", { href: `${raw}?download=1`, download: "", title: "Save the bytes as they are" }, "Download"),
  ];
}
