// What one can do with a log, above it.

import { h } from "./dom.js";
import { TIMES } from "./lines-row.js";

/** Buttons for a view of lines; they show how the view is set. */
export class Tools {
  constructor(view) {
    this.view = view;
    const button = (text, title, onclick) => h("button.quiet", { type: "button", title, onclick }, text);
    const toggle = (text, title, onclick) => h("button.toggle", { type: "button", title, "aria-pressed": "false", onclick }, text);
    this.follow = toggle("Follow", "Stay at the end while the log grows (f)", () => view.follow(!view.growth.follows));
    this.error = button("First error", "To the first line that tells of an error (e)", () => view.goToError());
    this.top = button("Top", "To the first line (g)", () => view.goToTop());
    this.end = button("End", "To the last line (G)", () => view.goToEnd());
    this.times = h("select.times", { "aria-label": "Times", title: "When each line came", onchange: () => view.setTimes(this.times.value) },
      Object.entries(TIMES).map(([value, name]) => h("option", { value }, name)));
    this.folds = button("Fold all", "Fold or unfold all sections", () => view.setFolds(!view.folds.allOpen));
    this.wrap = toggle("Wrap", "Break long lines (w)", () => view.setWrap(!view.scroll.wraps));
    this.copy = button("Copy", "Copy the lines of the link, or all, without numbers and times", () => this.#copy());
    this.element = h("div.tools", { role: "toolbar", "aria-label": view.isLog ? "Log" : "Text" },
      view.find.element, h("span.group", {}, this.follow, this.error, this.top, this.end), h("span.group", {}, this.times, this.folds, this.wrap, this.copy));
    this.element.addEventListener("left", () => view.focus());
  }

  show() {
    const { view } = this;
    const error = view.outline.first_error;
    this.follow.hidden = !view.growth || view.run.status !== "running";
    this.follow.setAttribute("aria-pressed", String(Boolean(view.growth?.follows)));
    this.error.hidden = !view.isLog || error === null || error === undefined;
    this.times.hidden = !view.isLog || !view.outline.timed;
    this.times.value = view.times;
    this.folds.hidden = view.folds.isEmpty;
    this.folds.textContent = view.folds.allOpen ? "Fold all" : "Unfold all";
    this.wrap.setAttribute("aria-pressed", String(view.scroll.wraps));
    this.copy.textContent = view.router.state.lines ? "Copy lines" : "Copy";
  }

  async #copy() {
    await this.view.copy();
    this.copy.textContent = "Copied";
    setTimeout(() => this.show(), 1500);
  }
}
