// A report of tests as a table, what failed first.

import { get } from "./api.js";
import { fill, h, icon, whenQuiet } from "./dom.js";
import { duration } from "./format.js";

const ORDER = { failed: 0, error: 0, skipped: 1, passed: 2 };
const MARKS = { failed: "err", error: "err", skipped: "none", passed: "ok" };
const ROW = 30;

/** Opens a report; gives `null` if the file is none. */
export async function openReport(path) {
  try {
    return new Report(await get(path));
  } catch (error) {
    if (error.status === 422) return null;
    throw error;
  }
}

class Report {
  #wanted = "all";
  #open = new Set();
  #cases = [];
  #shown = [];

  constructor(report) {
    this.#cases = report.suites.flatMap((suite) => suite.cases.map((one) => ({ ...one, suite: suite.name })));
    this.#cases.forEach((one, index) => { one.index = index; });
    this.#cases.sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome] || a.index - b.index);
    const passed = report.tests - report.failed - report.skipped;
    this.input = h("input", { type: "search", placeholder: "Filter tests", "aria-label": "Filter tests", spellcheck: "false", oninput: whenQuiet(100, () => this.#filter()) });
    const choice = (name, text, number) => h("button.toggle", { type: "button", "data-name": name, "aria-pressed": String(name === "all"), onclick: () => this.#choose(name) }, text, h("span.number", {}, number.toLocaleString("en")));
    this.choices = h("span.group", {}, choice("all", "All", report.tests), choice("failed", "Failed", report.failed), choice("skipped", "Skipped", report.skipped), choice("passed", "Passed", passed));
    this.scroller = h("div.scroller.tests", { tabindex: "0" });
    this.body = h("tbody", {});
    const table = h("table", {}, h("caption.unseen", {}, "Tests"), h("thead", {}, h("tr", {}, ["Result", "Test", "Time"].map((name) => h("th", { scope: "col" }, name)))), this.body);
    this.more = h("p.note", {});
    this.scroller.append(table, this.more);
    this.scroller.addEventListener("scroll", () => this.#nearEnd() && this.#grow(), { passive: true });
    const seconds = report.seconds === null ? null : h("span.took", {}, duration(report.seconds * 1000));
    this.element = h("div.view", {}, h("div.tools", {}, h("search.find", {}, this.input), this.choices, seconds, report.cut && h("span.hint", {}, "The report has more tests than are listed.")), this.scroller);
    this.#filter();
  }

  key(name) {
    if (name === "/") {
      this.input.focus();
      return true;
    }
    const rows = { j: 1, k: -1 }[name];
    if (!rows) return false;
    this.scroller.scrollTop += rows * ROW * 2;
    return true;
  }

  focus() {
    this.scroller.focus({ preventScroll: true });
  }

  #choose(name) {
    this.#wanted = name;
    for (const button of this.choices.children) button.setAttribute("aria-pressed", String(button.dataset.name === name));
    this.#filter();
  }

  #filter() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isWanted = (one) => this.#wanted === "all" || MARKS[one.outcome] === MARKS[this.#wanted];
    const text = (one) => `${one.suite} ${one.class ?? ""} ${one.name}`.toLowerCase();
    this.#shown = this.#cases.filter((one) => isWanted(one) && words.every((word) => text(one).includes(word)));
    fill(this.body);
    this.scroller.scrollTop = 0;
    this.#grow();
  }

  #nearEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    return this.body.rows.length && scrollTop + clientHeight > scrollHeight - 600;
  }

  /** Puts some more tests into the table; reports can have ten thousands. */
  #grow() {
    const from = this.body.querySelectorAll("tr.test").length;
    for (const one of this.#shown.slice(from, from + 200)) this.body.append(...this.#rows(one));
    this.more.textContent = this.#shown.length ? "" : "No test matches. ";
  }

  #rows(one) {
    const has = Boolean(one.message || one.details);
    const isOpen = this.#open.has(one) || (has && MARKS[one.outcome] === "err" && this.#cases[0] === one);
    const id = `test-${one.index}`;
    const inner = has && h("tr.details", { id, hidden: !isOpen }, h("td", { colspan: "3" }, one.message && h("p.message", {}, one.message), one.details && h("pre", {}, one.details)));
    const name = [one.class && h("span.class", {}, one.class), one.name];
    const button = has ? h("button.expand", { type: "button", "aria-expanded": String(isOpen), "aria-controls": id, onclick: () => this.#toggle(one, button, inner) }, name, icon("open")) : h("span", {}, name);
    const row = h(`tr.test.is-${one.outcome}`, {}, h("td.result", {}, h(`span.status.mark-${MARKS[one.outcome]}`, {}, icon(MARKS[one.outcome]), h("span", {}, one.outcome))), h("th", { scope: "row" }, button), h("td.took", {}, one.seconds === null ? "" : duration(one.seconds * 1000)));
    return has ? [row, inner] : [row];
  }

  #toggle(one, button, inner) {
    inner.hidden = !inner.hidden;
    button.setAttribute("aria-expanded", String(!inner.hidden));
    if (inner.hidden) this.#open.delete(one);
    else this.#open.add(one);
  }
}
