// A log, or a text, to read.

import { get } from "./api.js";
import { fill, h, onceAFrame, say, whenQuiet } from "./dom.js";
import { count } from "./format.js";
import { copySelected, copyLines } from "./lines-copy.js";
import { Find } from "./lines-find.js";
import { Folds } from "./lines-folds.js";
import { Growth } from "./lines-growth.js";
import { Lines, textOf } from "./lines-model.js";
import { printWhole } from "./lines-print.js";
import { places, row, timeOf } from "./lines-row.js";
import { Scroll } from "./lines-scroll.js";
import { Tools } from "./lines-tools.js";
import { recall, remember } from "./memory.js";
import { failed } from "./states.js";

const ROW = 20;
/** A log up to this length is fetched as a whole, so that it can be printed and selected as a whole. */
const SHORT = 5000;

/** Opens a log or a text and gives the view of it once its first lines are here. */
export async function openLines(what) {
  const lines = new Lines(what.path, what.file, what.also);
  try {
    const [outline] = await Promise.all([get(lines.url("/outline")), lines.get(0, 1)]);
    lines.grow(outline.extent);
    return new LinesView(what, lines, outline);
  } catch (error) {
    lines.close();
    throw error;
  }
}

class LinesView {
  #untouched = true;
  #current = -1;
  #error = null;
  /** The lines of the link that is shown. */
  #range = "";

  constructor({ router, connection, run, isLog, cameBack }, lines, outline) {
    Object.assign(this, { router, run, isLog, lines, outline });
    this.#range = String(router.state.lines);
    this.times = isLog && outline.timed ? recall("times", "off") : "off";
    this.folds = new Folds();
    this.folds.setLines(lines.extent.lines);
    this.folds.set(outline.folds);
    this.scroller = h("div.scroller.lines", { tabindex: "0", role: "region", "aria-label": isLog ? "Log" : "Text" });
    this.scroller.dataset.times = this.times;
    this.note = h("div.foot");
    this.scroll = new Scroll({ element: this.scroller, rowHeight: ROW, make: (index) => this.#make(index), moved: () => this.#moved() });
    this.find = new Find({ lines, start: () => this.folds.lineOf(this.scroll.anchor.row), show: (line) => this.showMatch(line), changed: () => this.#found(), text: router.state.find });
    this.growth = lines.extent.complete ? null : new Growth(lines, connection, { follows: run.status === "running" && !router.state.lines, grown: () => this.#grown() });
    this.tools = new Tools(this);
    this.element = h("div.lines-view", {}, this.tools.element, h("div.body", {}, this.scroller, this.note));
    this.setWrap(recall("wrap", "") === "yes");
    this.#listen(cameBack);
  }

  #listen(cameBack) {
    const { lines, scroller } = this;
    const drawNew = onceAFrame(() => this.#count());
    lines.addEventListener("extent", drawNew);
    lines.addEventListener("lines", ({ detail }) => {
      this.scroll.renew((index) => this.#isIn(index, detail));
      this.#say();
    });
    lines.addEventListener("problem", ({ detail }) => this.#problem(detail));
    scroller.addEventListener("click", (event) => this.#clicked(event));
    scroller.addEventListener("copy", (event) => copySelected(event, this.scroll.block));
    for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) scroller.addEventListener(kind, () => { this.#untouched = false; }, { passive: true });
    this.stopPrinting = printWhole(this);
    this.keepPlace = whenQuiet(300, () => this.scroller.isConnected && this.router.keep("line", this.folds.lineOf(this.scroll.anchor.row)));
    // A view has a size only once it is in the page.
    this.shown = new ResizeObserver(() => {
      if (!scroller.clientHeight) return;
      this.shown.disconnect();
      this.#begin(cameBack);
    });
    this.shown.observe(scroller);
  }

  /** Goes to where reading begins. */
  #begin(cameBack) {
    this.#count();
    const kept = cameBack ? this.router.kept("line") : undefined;
    const { lines: range } = this.router.state;
    if (range) this.goTo(range[0] - 1);
    else if (kept !== undefined) this.goTo(kept, "top");
    else if (this.growth?.follows) this.scroll.goToEnd();
    else if (this.isLog && this.run.status === "err") this.#toError();
    else this.scroll.goTo(0, "top");
    if (this.router.state.find) this.find.begin({ move: !range });
    if (this.lines.extent.lines <= SHORT) this.lines.get(0, this.lines.extent.lines).catch(() => {});
  }

  #toError() {
    const { first_error: error } = this.outline;
    if (error !== null && error !== undefined) {
      this.#error = error;
      this.goTo(error);
    } else {
      this.scroll.goToEnd();
    }
  }

  close() {
    this.shown.disconnect();
    this.stopPrinting();
    this.growth?.close();
    this.find.close();
    this.lines.close();
  }

  /** Takes a newer state of the run that is shown. */
  update(run) {
    this.run = run;
    this.tools.show();
  }

  /** Takes another place in the same log, from the URL. */
  arrive() {
    const { lines: range } = this.router.state;
    if (String(range) === this.#range) return;
    this.#range = String(range);
    this.scroll.rebuild();
    if (range) this.goTo(range[0] - 1);
  }

  /** Brings a line into sight, out of whatever folds hide it. */
  goTo(line, place) {
    if (this.growth) this.follow(false);
    if (this.folds.reveal(line)) this.#count();
    this.scroll.goTo(this.folds.rowOf(line), place);
  }

  goToTop() {
    this.goTo(0, "top");
  }

  goToEnd() {
    this.scroll.goToEnd();
    if (this.growth) this.follow(true);
  }

  goToError() {
    if (this.outline.first_error === null || this.outline.first_error === undefined) return;
    this.#error = this.outline.first_error;
    this.goTo(this.#error);
    this.scroll.rebuild();
  }

  showMatch(line) {
    this.#untouched = false;
    this.#current = line;
    if (this.growth) this.follow(false);
    if (this.folds.reveal(line)) this.#count();
    this.scroll.bringIntoSight(this.folds.rowOf(line));
    this.scroll.rebuild();
  }

  follow(follows) {
    if (!this.growth || this.growth.follows === follows) return;
    this.growth.follows = follows;
    if (follows) this.scroll.goToEnd();
    this.tools.show();
  }

  setWrap(wraps) {
    this.scroll.wraps = wraps;
    this.scroller.classList.toggle("wraps", wraps);
    remember("wrap", wraps ? "yes" : "");
    this.scroll.rebuild();
    this.tools.show();
  }

  setTimes(times) {
    this.times = times;
    this.scroller.dataset.times = times;
    remember("times", times);
    this.scroll.rebuild();
    this.tools.show();
  }

  setFolds(isOpen) {
    const line = this.folds.lineOf(this.scroll.anchor.row);
    this.folds.setAll(isOpen);
    this.#count();
    this.scroll.goTo(this.folds.rowOf(line), "top");
    this.tools.show();
  }

  /** Copies the lines of the link, or all. */
  async copy() {
    const [first, last] = this.router.state.lines ?? [1, this.lines.extent.lines];
    say(await copyLines(this.lines, first - 1, last));
  }

  key(name) {
    const does = { j: () => this.#by(1), k: () => this.#by(-1), g: () => this.goToTop(), G: () => this.goToEnd(), Home: () => this.goToTop(), End: () => this.goToEnd(), n: () => this.find.next(), N: () => this.find.previous(), "/": () => this.find.focus(), e: () => this.goToError(), f: () => this.follow(!this.growth?.follows), w: () => this.setWrap(!this.scroll.wraps) };
    if (!(name in does)) return false;
    this.#untouched = false;
    does[name]();
    return true;
  }

  focus() {
    this.scroller.focus({ preventScroll: true });
  }

  #by(rows) {
    this.scroller.scrollTop += rows * ROW * 3;
  }

  #make(index) {
    const number = this.folds.lineOf(index);
    const line = this.lines.line(number);
    const { lines: range } = this.router.state;
    const isMarked = range ? range[0] <= number + 1 && number + 1 <= range[1] : number === this.#error;
    const before = this.times === "line" ? this.lines.line(number - 1) : null;
    const found = line && this.find.text ? places(textOf(line), this.find.text, this.find.exact) : [];
    const made = row(number, line, {
      href: this.router.href({ lines: [number + 1, number + 1] }),
      isMarked,
      fold: this.folds.isEmpty ? null : this.folds.at(number),
      time: timeOf(this.times, line, before, this.run.started),
      found,
    });
    made.classList.toggle("current", number === this.#current);
    return made;
  }

  #isIn(index, { first, end }) {
    const line = this.folds.lineOf(index);
    return line >= first && line < end;
  }

  /** Takes word of how many lines there are. */
  #count() {
    const { lines } = this.lines.extent;
    this.folds.setLines(lines);
    this.scroller.style.setProperty("--digits", Math.max(3, String(lines).length));
    this.scroll.setCount(this.folds.rows);
    if (this.growth?.follows) this.scroll.goToEnd();
    this.#say();
    this.#want();
    this.tools.show();
  }

  /** Says below the lines what there is to say of them. */
  #say() {
    const { lines, complete } = this.lines.extent;
    const nothing = complete ? "Nothing is in it." : "Nothing has been printed yet.";
    fill(this.note, lines === 0 && h("p.note", {}, nothing), this.outline.problem && h("p.note", {}, `The rest could not be read: ${this.outline.problem}`));
  }

  #want() {
    const [first, end] = this.scroll.range;
    if (end > first) this.lines.want(Math.max(0, this.folds.lineOf(first) - 1), this.folds.lineOf(end - 1) + 1);
  }

  #moved() {
    const isAtEnd = this.scroll.isAtEnd;
    if (this.growth && this.growth.turned(this.scroller.scrollTop, isAtEnd)) this.tools.show();
    this.#want();
    this.keepPlace();
  }

  /** Takes word that an outline may have changed: more sections, perhaps an error. */
  async #grown() {
    const isOver = this.lines.extent.complete;
    this.outline = await get(this.lines.url("/outline"), { signal: this.lines.signal });
    this.folds.set(this.outline.folds);
    this.#count();
    if (this.isLog && this.run.status === "err" && this.#untouched && !this.router.state.lines && this.#error === null && this.outline.first_error !== null) this.#toError();
    this.scroll.renew(() => true);
    this.find.grown();
    if (isOver) {
      this.growth.close();
      this.growth = null;
      say(`The log ended after ${count(this.lines.extent.lines, "line")}.`);
    }
    this.tools.show();
  }

  #found() {
    if (!this.find.text) this.#current = -1;
    this.scroll.rebuild();
    if (this.router.state.find !== this.find.text) this.router.note({ find: this.find.text });
  }

  #clicked(event) {
    const fold = event.target.closest("[data-fold]");
    const number = event.target.closest("a.number");
    const isPlain = !event.metaKey && !event.ctrlKey && !event.altKey;
    if (fold) {
      this.folds.toggle(Number(fold.dataset.fold));
      this.#count();
      this.scroll.rebuild();
      this.scroll.rowAt(this.folds.rowOf(Number(fold.dataset.fold)))?.querySelector(".fold")?.focus();
    } else if (number && isPlain) {
      event.preventDefault();
      this.#mark(Number(number.dataset.number), event.shiftKey);
    }
  }

  /** Links to a line, or from the one that is linked to it. */
  #mark(number, isRange) {
    const from = isRange && this.router.state.lines ? this.router.state.lines[0] : number;
    getSelection()?.removeAllRanges();
    this.router.note({ lines: [Math.min(from, number), Math.max(from, number)] });
    this.#range = String(this.router.state.lines);
    this.scroll.rebuild();
    this.tools.show();
  }

  #problem(problem) {
    fill(this.note, failed(problem, () => {
      this.#say();
      this.#want();
    }));
  }
}
