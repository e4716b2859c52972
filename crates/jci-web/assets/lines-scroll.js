// A view that scrolls over any number of rows of which only some are in the page.
//
// Browsers make no element higher than some ten million pixels, and rows that wrap have a height only
// once they are there. So what scrolls is a space of limited height, whose position tells roughly
// where one is, and in it a block of rows around that place. As long as one scrolls by little, the
// block grows at its ends and nothing else moves; a leap builds it anew. At rest the position is put
// right, and the block with it, so that nobody sees it move.

import { h, onceAFrame, whenQuiet } from "./dom.js";

const HIGHEST = 8_000_000;
/** Rows that are kept while a selection of text reaches into them. */
const MOST_SELECTED = 6000;

export class Scroll {
  #rows = [];
  #first = 0;
  #top = 0;
  #last = 0;
  #count = 0;
  #average = 0;
  #wasAtEnd = false;
  #atRest;

  constructor({ element, rowHeight, make, moved }) {
    this.element = element;
    this.rowHeight = rowHeight;
    this.#average = rowHeight;
    this.make = make;
    this.moved = moved;
    this.wraps = false;
    this.space = h("div.space");
    this.block = h("div.block");
    this.space.append(this.block);
    element.append(this.space);
    this.#atRest = whenQuiet(140, () => this.#putRight());
    const soon = onceAFrame(() => this.#scrolled());
    element.addEventListener("scroll", () => {
      soon();
      this.#atRest();
    }, { passive: true });
    new ResizeObserver(onceAFrame(() => this.resized())).observe(element);
  }

  get count() {
    return this.#count;
  }

  /** The first row that can be seen, and how much of it is above the edge. */
  get anchor() {
    const { scrollTop } = this.element;
    let top = this.#top;
    for (const [index, row] of this.#rows.entries()) {
      const height = this.#height(row);
      if (top + height > scrollTop) return { row: this.#first + index, above: scrollTop - top };
      top += height;
    }
    return { row: Math.max(0, this.#count - 1), above: 0 };
  }

  /** Tells whether the last row can be seen. */
  get isAtEnd() {
    const { scrollTop, clientHeight } = this.element;
    if (this.#count === 0) return true;
    return this.#first + this.#rows.length === this.#count && this.#bottom() <= scrollTop + clientHeight + 2;
  }

  /** Tells whether there is nothing to scroll. */
  get fits() {
    return this.space.offsetHeight <= this.element.clientHeight;
  }

  /** Says how many rows there are now; rows that are in the page stay as they are. */
  setCount(count) {
    this.#count = count;
    while (this.#first + this.#rows.length > count && this.#rows.length) this.#rows.pop().remove();
    this.#setHeight();
    this.#extend();
  }

  /** Makes all rows anew around the same place. */
  rebuild() {
    const { row, above } = this.anchor;
    this.#place(Math.min(row, Math.max(0, this.#count - 1)), -above);
  }

  /** Makes those rows anew of which `is` says so, and keeps in its place what one reads. */
  renew(is) {
    const isAway = this.#isAway;
    const before = this.anchor;
    for (const [index, old] of this.#rows.entries()) {
      if (!is(this.#first + index)) continue;
      const row = this.make(this.#first + index);
      old.replaceWith(row);
      this.#rows[index] = row;
    }
    if (!this.wraps || isAway) return;
    if (this.#wasAtEnd) return this.goToEnd();
    const now = this.#topOf(before.row) + before.above;
    this.#moveBlock(this.#top + this.element.scrollTop - now);
    this.#extend();
  }

  /** Brings a row to a place in the view: `top`, `third` or `end`. */
  goTo(row, place = "third") {
    const { clientHeight } = this.element;
    const at = { top: 0, third: Math.floor(clientHeight / 3), end: clientHeight - this.rowHeight }[place];
    this.#place(Math.max(0, Math.min(this.#count - 1, row)), at);
  }

  goToEnd() {
    if (this.#count === 0) return;
    this.goTo(this.#count - 1, "end");
    // A last row that wraps is higher than one could know.
    const { scrollTop, clientHeight } = this.element;
    const below = this.#bottom() - scrollTop - clientHeight;
    if (below < 1) return;
    this.#moveBlock(this.#top - below);
    this.#extend();
    this.#putRight();
    this.#tell();
  }

  /** Brings a row into sight, without moving anything if it is there. */
  bringIntoSight(row) {
    const index = row - this.#first;
    if (index >= 0 && index < this.#rows.length) {
      const top = this.#topOf(row) - this.element.scrollTop;
      if (top >= 0 && top + this.#height(this.#rows[index]) <= this.element.clientHeight) return;
    }
    this.goTo(row);
  }

  /** The element of a row, if it is in the page. */
  rowAt(row) {
    return this.#rows[row - this.#first];
  }

  /** The rows that are in the page: the first, and the one after the last. */
  get range() {
    return [this.#first, this.#first + this.#rows.length];
  }

  /** Puts rows into the page beyond what is seen, for printing. */
  spread(first, end) {
    this.#clear();
    this.#first = first;
    for (let row = first; row < end; row++) this.#append();
  }

  /** Keeps its place; who was at the end still is, although there is a bar below the lines now. */
  resized() {
    if (this.#wasAtEnd) this.goToEnd();
    else if (this.wraps) this.rebuild();
    else this.#extend();
    this.#tell();
  }

  #scrolled() {
    const { scrollTop, clientHeight } = this.element;
    const moved = Math.abs(scrollTop - this.#last);
    this.#last = scrollTop;
    if (moved > 3 * clientHeight || this.#isAway) this.#leap();
    else this.#extend();
    this.#heedEnds();
    this.#tell();
  }

  #tell() {
    this.#wasAtEnd = this.#count > 0 && this.isAtEnd && !this.fits;
    this.moved();
  }

  /** Tells whether one has scrolled to where the block is not, and it has not followed yet. */
  get #isAway() {
    const { scrollTop, clientHeight } = this.element;
    return this.#rows.length > 0 && (this.#bottom() < scrollTop || this.#top > scrollTop + clientHeight);
  }

  /** Builds the block at the place that the position stands for. */
  #leap() {
    const { scrollTop, clientHeight } = this.element;
    const way = this.#spaceHeight() - clientHeight;
    const part = way > 0 ? Math.min(1, scrollTop / way) : 0;
    const most = Math.max(0, this.#count - clientHeight / this.#average);
    const exact = part * most;
    if (part >= 1) return this.goToEnd();
    const row = Math.floor(exact);
    this.#clear();
    this.#first = row;
    this.#moveBlock(scrollTop - (exact - row) * this.#average);
    this.#extend();
  }

  /** Builds the block with `row` at `at` pixels below the upper edge. */
  #place(row, at) {
    this.#clear();
    if (this.#count === 0) return;
    this.#first = row;
    this.#moveBlock(this.element.scrollTop + at);
    this.#extend();
    this.#closeGaps();
    this.#putRight();
    this.#tell();
  }

  /** Lets no space stand above the first row or below the last, where there are enough rows. */
  #closeGaps() {
    const { scrollTop, clientHeight } = this.element;
    if (this.#first + this.#rows.length === this.#count && this.#bottom() < scrollTop + clientHeight) {
      this.#moveBlock(this.#top + scrollTop + clientHeight - this.#bottom());
      this.#extend();
    }
    if (this.#first === 0 && this.#top > scrollTop) {
      this.#moveBlock(scrollTop);
      this.#extend();
    }
  }

  /** Adds rows until the block reaches a screen beyond both edges, and takes away what is farther. */
  #extend() {
    const { scrollTop, clientHeight } = this.element;
    if (clientHeight === 0) return;
    // Row by row there would be thousands on the way.
    if (this.#isAway) return this.#leap();
    const margin = Math.max(400, clientHeight);
    if (this.#rows.length === 0) {
      if (this.#count === 0) return;
      this.#first = Math.min(this.#first, this.#count - 1);
      this.#append();
    }
    let bottom = this.#bottom();
    while (bottom < scrollTop + clientHeight + margin && this.#first + this.#rows.length < this.#count) bottom += this.#append();
    let top = this.#top;
    while (top > scrollTop - margin && this.#first > 0) top -= this.#prepend();
    if (top !== this.#top) this.#moveBlock(top);
    this.#trim(scrollTop - 2 * margin, scrollTop + clientHeight + 2 * margin);
    this.#learn();
  }

  #trim(upper, lower) {
    if (this.#isSelected() && this.#rows.length < MOST_SELECTED) return;
    let top = this.#top;
    while (this.#rows.length > 1) {
      const height = this.#height(this.#rows[0]);
      if (top + height > upper) break;
      this.#rows.shift().remove();
      this.#first++;
      top += height;
    }
    if (top !== this.#top) this.#moveBlock(top);
    let bottom = this.#bottom();
    while (this.#rows.length > 1) {
      const height = this.#height(this.#rows.at(-1));
      if (bottom - height < lower) break;
      this.#rows.pop().remove();
      bottom -= height;
    }
  }

  /** What is selected would be gone with its rows. */
  #isSelected() {
    const selection = getSelection();
    return selection && !selection.isCollapsed && this.block.contains(selection.anchorNode);
  }

  #append() {
    const row = this.make(this.#first + this.#rows.length);
    this.#rows.push(row);
    this.block.append(row);
    return this.#height(row);
  }

  #prepend() {
    this.#first--;
    const row = this.make(this.#first);
    this.#rows.unshift(row);
    this.block.prepend(row);
    return this.#height(row);
  }

  #clear() {
    this.#rows = [];
    this.block.replaceChildren();
  }

  #height(row) {
    return this.wraps ? row.offsetHeight : this.rowHeight;
  }

  #bottom() {
    return this.#top + (this.wraps ? this.block.offsetHeight : this.#rows.length * this.rowHeight);
  }

  #topOf(row) {
    if (!this.wraps) return this.#top + (row - this.#first) * this.rowHeight;
    const element = this.#rows[row - this.#first];
    return element ? this.#top + element.offsetTop : this.#top;
  }

  #moveBlock(top) {
    this.#top = top;
    this.block.style.top = `${top}px`;
  }

  /** Rows that wait for their text have no height of their own yet. */
  #learn() {
    if (this.wraps && this.block.querySelector(".waiting")) return;
    if (this.wraps && this.#rows.length) this.#average = Math.max(this.rowHeight, this.block.offsetHeight / this.#rows.length);
    else this.#average = this.rowHeight;
  }

  #spaceHeight() {
    const all = this.#rows.length === this.#count;
    const height = all ? this.#bottom() - this.#top : this.#count * this.#average;
    return Math.min(HIGHEST, height);
  }

  #setHeight() {
    this.space.style.height = `${this.#spaceHeight()}px`;
  }

  /** Where the position should be for what is on the screen. */
  #rightPosition() {
    const { scrollTop, clientHeight } = this.element;
    const height = this.#spaceHeight();
    // Near the ends each pixel counts; between them the part does.
    if (this.#first === 0) return scrollTop - this.#top;
    if (this.#first + this.#rows.length === this.#count) return height - clientHeight - (this.#bottom() - scrollTop - clientHeight);
    const { row, above } = this.anchor;
    const most = this.#count - clientHeight / this.#average;
    return ((row + above / this.#average) / most) * (height - clientHeight);
  }

  #putRight() {
    if (this.#rows.length === 0) return;
    this.#setHeight();
    const before = this.element.scrollTop;
    const right = Math.max(0, Math.round(this.#rightPosition()));
    if (Math.abs(right - before) < 1 && (this.#first > 0 || this.#top === 0)) return;
    this.element.scrollTop = right;
    // The browser rounds, and stops at the ends.
    this.#last = this.element.scrollTop;
    this.#moveBlock(this.#top + this.#last - before);
    if (this.#first === 0 && this.#last === 0 && this.#top !== 0) this.#moveBlock(0);
  }

  /** Where the block ends before the space does, or the space before the block, waiting for rest would show it. */
  #heedEnds() {
    const { scrollTop, clientHeight } = this.element;
    const hole = (this.#first === 0 && this.#top > scrollTop) || (this.#first + this.#rows.length === this.#count && this.#bottom() < scrollTop + clientHeight && this.#top < scrollTop);
    const room = this.#spaceHeight() - clientHeight - scrollTop;
    const stuck = (scrollTop <= 0 && (this.#first > 0 || this.#top < 0)) || (room <= 1 && (this.#first + this.#rows.length < this.#count || this.#bottom() > scrollTop + clientHeight + 1));
    if (hole) this.#closeGaps();
    if (hole || stuck) this.#putRight();
  }
}
