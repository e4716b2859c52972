// Sections that are folded away: which rows there are, and which lines they stand for.

/** Lines that are seen, numbered as rows. */
export class Folds {
  #all = [];
  #byLine = new Map();
  #shut = new Set();
  #touched = new Set();
  #hidden = [];
  #lines = 0;

  /** Takes the sections of an outline; those that a person opened or shut stay so. */
  set(folds) {
    this.#all = folds;
    this.#byLine = new Map(folds.map((fold) => [fold.first, fold]));
    for (const fold of folds) {
      if (!fold.open && !this.#touched.has(fold.first)) this.#shut.add(fold.first);
    }
    this.#compute();
  }

  get isEmpty() {
    return this.#all.length === 0;
  }

  /** Tells whether all sections are open. */
  get allOpen() {
    return this.#shut.size === 0;
  }

  setLines(lines) {
    this.#lines = lines;
    this.#compute();
  }

  /** The section that a line begins, if it holds anything. */
  at(line) {
    const fold = this.#byLine.get(line);
    return fold && this.#last(fold) > line ? { fold, isOpen: !this.#shut.has(line), holds: this.#last(fold) - line } : null;
  }

  toggle(line) {
    this.#touched.add(line);
    if (!this.#shut.delete(line)) this.#shut.add(line);
    this.#compute();
  }

  setAll(isOpen) {
    for (const fold of this.#all) {
      this.#touched.add(fold.first);
      if (isOpen) this.#shut.delete(fold.first);
      else this.#shut.add(fold.first);
    }
    this.#compute();
  }

  /** Opens whatever hides a line; tells whether anything did. */
  reveal(line) {
    const hiding = this.#all.filter((fold) => this.#shut.has(fold.first) && fold.first < line && line <= this.#last(fold));
    for (const fold of hiding) {
      this.#touched.add(fold.first);
      this.#shut.delete(fold.first);
    }
    if (hiding.length) this.#compute();
    return hiding.length > 0;
  }

  /** How many rows there are. */
  get rows() {
    return this.#lines - this.#hidden.reduce((sum, part) => sum + part.end - part.first, 0);
  }

  /** The line that a row shows. */
  lineOf(row) {
    const index = this.#search((part) => part.first - part.before <= row);
    return index < 0 ? row : row + this.#hidden[index].before + this.#hidden[index].end - this.#hidden[index].first;
  }

  /** The row that shows a line, or the one that stands for it while it is folded away. */
  rowOf(line) {
    const index = this.#search((part) => part.first <= line);
    if (index < 0) return line;
    const { first, end, before } = this.#hidden[index];
    return line < end ? first - before - 1 : line - before - (end - first);
  }

  #last(fold) {
    return fold.last ?? this.#lines - 1;
  }

  /** Lists what is hidden as parts that do not touch, each with how much is hidden before it. */
  #compute() {
    this.#hidden = [];
    let before = 0;
    let until = -1;
    for (const fold of this.#all) {
      const [first, end] = [fold.first + 1, Math.min(this.#lines, this.#last(fold) + 1)];
      if (!this.#shut.has(fold.first) || fold.first < until || end <= first) continue;
      this.#hidden.push({ first, end, before });
      before += end - first;
      until = end;
    }
  }

  /** The last part for which `is` holds. */
  #search(is) {
    let [low, high] = [0, this.#hidden.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (is(this.#hidden[middle])) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
