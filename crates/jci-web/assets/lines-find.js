// Searching a whole log, on the server.

import { get } from "./api.js";
import { h, icon, say, whenQuiet } from "./dom.js";
import { count } from "./format.js";

/** How many lines that match are asked for at once. */
const AT_ONCE = 200;
const NOTHING = { lines: 0, matches: 0, searched: 0, extent: { lines: 0, complete: true } };

/** A field, a count and the ways to the next and the previous line that matches. */
export class Find {
  /** A stretch of the lines that match, without a gap; `#before` is how many come before it. */
  #found = [];
  #before = 0;
  #total = NOTHING;
  #at = -1;
  #asked = new AbortController();

  constructor({ lines, start, show, changed, text }) {
    Object.assign(this, { lines, start, show, changed });
    this.text = text;
    this.exact = false;
    const soon = whenQuiet(150, () => this.begin({ move: true }));
    this.input = h("input", { type: "search", placeholder: "Find", "aria-label": "Find in all lines", value: text, spellcheck: "false", autocomplete: "off", oninput: soon });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.told = h("output.told", { "aria-live": "polite" });
    this.case = h("button.toggle", { type: "button", title: "Tell capital letters apart", "aria-label": "Tell capital letters apart", "aria-pressed": "false", onclick: () => this.#toggleCase() }, "Aa");
    const button = (name, title, picture, does) => h(`button.quiet.${name}`, { type: "button", title, "aria-label": title, onclick: does }, icon(picture));
    this.element = h("search.find", {}, this.input, this.told, this.case,
      button("previous", "Previous match (N)", "up", () => this.previous()), button("next", "Next match (n)", "down", () => this.next()));
    this.#tell();
  }

  close() {
    this.#asked.abort();
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  /** Searches anew for what is in the field, from where one reads. */
  async begin({ move }) {
    this.#asked.abort();
    this.#asked = new AbortController();
    this.text = this.input.value;
    this.#found = [];
    this.#total = NOTHING;
    this.#at = -1;
    if (this.text) await this.#around(this.start(), move);
    this.changed();
    this.#tell();
  }

  async #around(from, move) {
    const isHere = await this.#load({ from });
    // Below there may be none, above there may.
    if (isHere && this.#found.length === 0 && this.#total.lines) await this.#load({ from: 0 });
    if (move && this.#found.length) this.#go(0);
  }

  /** Counts anew after there was more to search. */
  grown() {
    if (!this.text || this.#total.lines === 0) return this.text ? this.begin({ move: false }) : undefined;
    this.#ask({ from: this.#found.at(-1).line, count: 1 }).then((answer) => {
      if (!answer) return;
      this.#total = answer;
      this.#tell();
    });
  }

  next() {
    if (this.#at + 1 < this.#found.length) this.#go(this.#at + 1);
    else this.#further();
  }

  previous() {
    if (this.#at > 0) this.#go(this.#at - 1);
    else this.#back();
  }

  async #further() {
    if (!this.#total.lines) return;
    const isLast = this.#before + this.#found.length >= this.#total.lines;
    if (isLast && this.#before === 0) return this.#go(0);
    const from = isLast ? 0 : this.#found.at(-1).line + 1;
    if ((await this.#load({ from })) && this.#found.length) this.#go(0);
  }

  async #back() {
    if (!this.#total.lines) return;
    const isFirst = this.#before === 0;
    if (isFirst && this.#found.length >= this.#total.lines) return this.#go(this.#found.length - 1);
    const from = isFirst ? this.lines.extent.lines : this.#found[0].line;
    if ((await this.#load({ from, direction: "back" })) && this.#found.length) this.#go(this.#found.length - 1);
  }

  /** Takes another stretch; tells whether it was still wanted. */
  async #load(where) {
    const question = { count: AT_ONCE, ...where };
    let answer = await this.#ask(question);
    // An answer looks at so many lines at most; asked again, it looks at those that follow.
    while (answer && answer.found.length === 0 && isPartial(answer)) {
      this.told.textContent = `${count(answer.searched, "line")} searched…`;
      answer = await this.#ask(question);
    }
    if (!answer) return false;
    this.#found = answer.found;
    this.#before = answer.before;
    this.#total = answer;
    if (isPartial(answer)) this.#countOn();
    return true;
  }

  /** Goes on to count after there is something to look at. */
  async #countOn() {
    const asked = this.#asked;
    for (let answer = this.#total; answer && isPartial(answer) && asked === this.#asked;) {
      answer = await this.#ask({ from: 0, count: 1 });
      if (!answer || asked !== this.#asked) return;
      this.#total = answer;
      this.#tell();
    }
  }

  async #ask(where) {
    const { signal } = this.#asked;
    try {
      return await get(this.lines.url("/search", { text: this.text, case: this.exact ? 1 : "", ...where }), { signal });
    } catch (error) {
      if (error.name !== "AbortError") this.told.textContent = error.message;
      return null;
    }
  }

  #go(index) {
    this.#at = index;
    this.show(this.#found[index].line);
    this.#tell();
  }

  #tell() {
    const { lines, matches } = this.#total;
    const number = this.#before + this.#at + 1;
    this.element.classList.toggle("without", lines === 0);
    if (!this.text) this.told.textContent = "";
    else if (lines === 0) this.told.textContent = "No match";
    else this.told.textContent = `${this.#at < 0 ? "" : `${number.toLocaleString("en")} of `}${count(lines, "line")}${isPartial(this.#total) ? "…" : ""}`;
    this.told.title = this.text ? `${count(matches, "match", "matches")} in ${count(lines, "line")}${isPartial(this.#total) ? " so far" : ""}` : "";
  }

  #toggleCase() {
    this.exact = !this.exact;
    this.case.setAttribute("aria-pressed", String(this.exact));
    this.begin({ move: true });
  }

  #key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.input.value !== this.text) this.begin({ move: true });
      else if (event.shiftKey) this.previous();
      else this.next();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.input.value = "";
      this.begin({ move: false });
      this.element.dispatchEvent(new Event("left", { bubbles: true }));
      say("Search ended");
    }
  }
}

/** Tells whether there are lines that were not looked at. */
function isPartial(answer) {
  return answer.searched < answer.extent.lines && answer.extent.complete;
}
