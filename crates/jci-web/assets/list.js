// A list of which only what can be seen is in the page, so that 100,000 rows cost no more than 50.

import { h, onceAFrame } from "./dom.js";

const MARGIN = 12;

/**
 * Rows of one height each in an element that scrolls. Arrow keys move a cursor past rows that `skips`
 * names; `open` is called with the row that Enter was for.
 */
export class List {
  #rows = new Map();
  #count = 0;

  constructor({ element, rowHeight, render, open, seen, skips = () => false }) {
    this.element = element;
    this.rowHeight = rowHeight;
    this.render = render;
    this.open = open;
    this.seen = seen;
    this.skips = skips;
    this.cursor = -1;
    this.space = h("div.space", { role: "presentation" });
    element.append(this.space);
    element.tabIndex = 0;
    this.draw = this.draw.bind(this);
    const soon = onceAFrame(this.draw);
    element.addEventListener("scroll", soon, { passive: true });
    element.addEventListener("focus", () => this.cursor < 0 && this.#count && this.moveTo(this.firstSeen() + Number(this.skips(this.firstSeen()))));
    new ResizeObserver(soon).observe(element);
  }

  get count() {
    return this.#count;
  }

  /** Says how many rows there are now; those on the screen are made anew if `anew`. */
  setCount(count, { anew = true } = {}) {
    this.#count = count;
    this.space.style.height = `${count * this.rowHeight}px`;
    if (this.cursor >= count) this.cursor = count - 1;
    if (anew) this.clear();
    this.draw();
  }

  clear() {
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
  }

  /** Makes the rows on the screen anew. */
  refresh() {
    this.clear();
    this.draw();
  }

  /** Makes one row anew, if it is on the screen. */
  refreshRow(index) {
    const old = this.#rows.get(index);
    if (!old) return;
    const row = this.#make(index);
    old.replaceWith(row);
    this.#rows.set(index, row);
  }

  firstSeen() {
    return Math.min(this.#count - 1, Math.ceil(this.element.scrollTop / this.rowHeight));
  }

  draw() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - MARGIN);
    const end = Math.min(this.#count, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + MARGIN);
    for (const [index, row] of this.#rows) {
      if (index >= first && index < end) continue;
      row.remove();
      this.#rows.delete(index);
    }
    for (let index = first; index < end; index++) {
      if (this.#rows.has(index)) continue;
      const row = this.#make(index);
      this.#rows.set(index, row);
      this.space.append(row);
    }
    this.seen?.(first, end);
  }

  #make(index) {
    const row = this.render(index);
    row.id = `${this.element.id}-${index}`;
    row.style.top = `${index * this.rowHeight}px`;
    row.style.height = `${this.rowHeight}px`;
    row.classList.toggle("cursor", index === this.cursor);
    row.setAttribute("aria-posinset", index + 1);
    row.setAttribute("aria-setsize", this.#count);
    row.tabIndex = -1;
    row.addEventListener("click", () => this.#setCursor(index));
    return row;
  }

  #setCursor(index) {
    this.#rows.get(this.cursor)?.classList.remove("cursor");
    this.cursor = index;
    this.#rows.get(index)?.classList.add("cursor");
    if (index >= 0) this.element.setAttribute("aria-activedescendant", `${this.element.id}-${index}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  /** Moves the cursor to a row and brings it into sight. */
  moveTo(index) {
    if (this.#count === 0) return;
    const to = Math.max(0, Math.min(this.#count - 1, index));
    this.bringIntoSight(to);
    this.#setCursor(to);
  }

  bringIntoSight(index) {
    const top = index * this.rowHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.rowHeight > scrollTop + clientHeight) this.element.scrollTop = top + this.rowHeight - clientHeight;
    this.draw();
  }

  #move(by) {
    const last = this.#count - 1;
    let index = Math.max(0, Math.min(last, this.cursor + by));
    // At an end that is skipped, the way is back.
    let step = Math.abs(by) === Infinity ? -Math.sign(by) : Math.sign(by);
    for (let turns = 0; this.skips(index) && turns < 2; index += step) {
      if (index + step < 0 || index + step > last) {
        step = -step;
        turns++;
      }
    }
    this.moveTo(index);
  }

  /** Takes a key; tells whether it meant something here. */
  key(name) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
    const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: page, PageUp: -page, g: -Infinity, Home: -Infinity, G: Infinity, End: Infinity };
    if (name in moves) this.#move(moves[name]);
    else if (name === "Enter" && this.cursor >= 0) this.open(this.cursor);
    else return false;
    return true;
  }
}
