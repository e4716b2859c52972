// Picking a branch.

import { get } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { since } from "./format.js";
import { List } from "./list.js";
import { failed, loading } from "./states.js";

/** A button that names the branch, and a list with a search that it opens. */
export class Branches {
  #all = [];
  #found = [];

  constructor(router, repository) {
    this.router = router;
    this.repository = repository;
    this.name = h("span", {});
    this.button = h("button.picker", { type: "button", "aria-haspopup": "listbox", "aria-expanded": "false", onclick: () => (this.isOpen ? this.close() : this.open()) }, icon("branch"), this.name, icon("open"));
    this.input = h("input", { type: "search", placeholder: "Find a branch", "aria-label": "Find a branch", "aria-controls": "branch-list", spellcheck: "false", autocomplete: "off" });
    this.scroller = h("div.scroller", { id: "branch-list", role: "listbox", "aria-label": "Branches" });
    this.note = h("div.foot", { role: "status" });
    this.popover = h("div.popover", { hidden: true }, this.input, h("div.body", {}, this.scroller, this.note));
    this.list = new List({ element: this.scroller, rowHeight: 30, render: (index) => this.#row(index), open: (index) => this.#pick(this.#found[index]) });
    this.element = h("div.branches", {}, this.button, this.popover);
    this.input.addEventListener("input", () => this.#search());
    this.popover.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", (event) => this.isOpen && !this.element.contains(event.target) && this.close());
  }

  get isOpen() {
    return !this.popover.hidden;
  }

  show(branch) {
    this.name.textContent = branch || this.repository.branch || "HEAD";
    this.button.setAttribute("aria-label", `Branch: ${this.name.textContent}`);
  }

  async open() {
    this.popover.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.input.value = "";
    this.input.focus();
    const slow = setTimeout(() => this.#all.length === 0 && fill(this.note, loading("branches")), 150);
    try {
      this.#all = (await get("/api/branches")).branches;
      this.#search();
    } catch (error) {
      fill(this.note, failed(error, () => this.open()));
    } finally {
      clearTimeout(slow);
    }
  }

  close() {
    this.popover.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
  }

  #search() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#found = this.#all.filter((branch) => words.every((word) => branch.name.toLowerCase().includes(word)));
    this.scroller.scrollTop = 0;
    this.list.cursor = this.#found.length ? 0 : -1;
    this.list.setCount(this.#found.length);
    const none = this.#all.length ? "No branch has that in its name." : "There is no branch yet.";
    fill(this.note, this.#found.length ? null : h("p.note", {}, none));
  }

  #key(event) {
    // Letters are for the search, so that only keys without a letter move.
    const moves = event.key.length > 1 && !["Home", "End"].includes(event.key);
    if (event.key === "Escape") this.close();
    else if (!moves || !this.list.key(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #pick(branch) {
    this.close();
    this.router.go({ page: "list", commit: null, run: null, file: null, filters: { ...this.router.state.filters, branch: branch.current ? "" : branch.name } });
  }

  #row(index) {
    const branch = this.#found[index];
    const now = this.router.state.filters.branch;
    const isShown = now ? now === branch.name : branch.current;
    return h("div.row.branch-row", { role: "option", "aria-selected": String(isShown), class: isShown ? "shown" : "", title: branch.subject, onclick: () => this.#pick(branch) },
      h("span.name", {}, branch.name),
      branch.remote && h("span.tag", {}, "remote"),
      branch.current && h("span.tag", {}, "checked out"),
      h("span.when", {}, since(branch.time)));
  }
}
