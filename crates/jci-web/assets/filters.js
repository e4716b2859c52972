// Which commits are listed.

import { h, whenQuiet } from "./dom.js";

const STATUSES = [["", "Any status"], ["ok", "Passed"], ["err", "Failed"], ["running", "Running"], ["none", "Not run"]];

/** Fields for text, author and status; what is in them is in the URL. */
export class Filters {
  constructor(router) {
    this.router = router;
    const soon = whenQuiet(250, () => this.#apply());
    const field = (name, placeholder, label) => h("input", { type: "search", name, placeholder, "aria-label": label, spellcheck: "false", autocomplete: "off", oninput: soon });
    this.text = field("text", "Filter by message or id", "Filter by message or id");
    this.author = field("author", "Author", "Filter by author");
    this.status = h("select", { name: "status", "aria-label": "Filter by status", onchange: () => this.#apply() },
      STATUSES.map(([value, name]) => h("option", { value }, name)));
    this.element = h("search.filters", {}, this.text, h("div.line", {}, this.status, this.author));
    this.element.addEventListener("keydown", (event) => event.key === "Enter" && this.#apply());
  }

  show(filters) {
    for (const name of ["text", "author", "status"]) {
      const field = this[name];
      // What is being typed is newer than what the URL says.
      if (document.activeElement !== field) field.value = filters[name];
      field.classList.toggle("used", Boolean(filters[name]));
    }
  }

  focus() {
    this.text.focus();
    this.text.select();
  }

  #apply() {
    const now = this.router.state.filters;
    const filters = { ...now, text: this.text.value.trim(), author: this.author.value.trim(), status: this.status.value };
    if (JSON.stringify(filters) === JSON.stringify(now)) return;
    const { commit, run, file, page, from, lines, find, as } = this.router.state;
    // Each letter is not a step of its own on the way back.
    this.router.go({ page, commit, run, file, from, lines, find, as, filters }, { replace: true });
  }
}
