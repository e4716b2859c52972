// The lines of a log or a text, as far as they have been asked for.

import { asking, get } from "./api.js";

/** How many lines are asked for at once. */
const CHUNK = 500;
/** How many chunks are kept; about 40,000 lines. */
const KEPT = 80;
/** How many questions are under way at once. */
const AT_ONCE = 3;

const NOTHING = { lines: 0, settled: 0, bytes: 0, complete: false };

/**
 * Lines by number. Says `lines` with `first` and `end` when lines came, `extent` when there are more, and
 * `problem` when an answer was an error.
 */
export class Lines extends EventTarget {
  #chunks = new Map();
  #wanted = [];
  #asking = new Map();
  #closed = new AbortController();

  /** `also` is sent with every question. */
  constructor(path, file, also = {}) {
    super();
    Object.assign(this, { path, file, also });
    this.extent = NOTHING;
  }

  close() {
    this.#closed.abort();
  }

  get signal() {
    return this.#closed.signal;
  }

  /** The URL of something about these lines. */
  url(what, parameters = {}) {
    return asking(`${this.path}/log${what}`, { file: this.file, ...this.also, ...parameters });
  }

  /** A line, or `undefined` while it is not here. */
  line(number) {
    return this.#chunks.get(Math.floor(number / CHUNK))?.lines[number % CHUNK];
  }

  /** Asks for what is missing of some lines; what was wanted before and is not now is forgotten. */
  want(first, end) {
    this.#wanted = [];
    for (let index = Math.floor(first / CHUNK); index * CHUNK < end; index++) {
      const chunk = this.#chunks.get(index);
      if (chunk) this.#touch(index, chunk);
      if (!chunk || chunk.isOld) this.#wanted.push(index);
    }
    this.#pump();
  }

  /** Waits until some lines are here, as far as there are any. */
  async get(first, end) {
    const found = [];
    for (let index = Math.floor(first / CHUNK); index * CHUNK < end; index++) {
      const chunk = this.#chunks.get(index);
      const lines = chunk && !chunk.isOld ? chunk.lines : (await this.#ask(index)).lines;
      found.push(...lines.slice(Math.max(0, first - index * CHUNK), end - index * CHUNK));
    }
    return found;
  }

  /** How far from `first` on, and back, lines are here without a gap. */
  known(around) {
    let first = Math.floor(around / CHUNK);
    let last = first;
    if (!this.#chunks.has(first)) return [around, around];
    while (this.#chunks.has(first - 1)) first--;
    while (this.#chunks.has(last + 1)) last++;
    return [first * CHUNK, last * CHUNK + this.#chunks.get(last).lines.length];
  }

  /** Takes word of how much there is; lines that may have changed since are asked for again when wanted. */
  grow(extent) {
    const before = this.extent;
    if (extent.lines === before.lines && extent.settled === before.settled && extent.bytes === before.bytes && extent.complete === before.complete) return;
    for (const [index, chunk] of this.#chunks) {
      const end = (index + 1) * CHUNK;
      if (end > before.settled && chunk.extent.bytes !== extent.bytes) chunk.isOld = true;
    }
    this.extent = extent;
    this.dispatchEvent(new Event("extent"));
  }

  #touch(index, chunk) {
    this.#chunks.delete(index);
    this.#chunks.set(index, chunk);
  }

  #pump() {
    while (this.#asking.size < AT_ONCE && this.#wanted.length) {
      const index = this.#wanted.shift();
      this.#ask(index).catch((error) => {
        if (error.name !== "AbortError") this.dispatchEvent(new CustomEvent("problem", { detail: error }));
      });
    }
  }

  #ask(index) {
    if (!this.#asking.has(index)) {
      const asked = this.#fetch(index).finally(() => {
        this.#asking.delete(index);
        this.#pump();
      });
      this.#asking.set(index, asked);
    }
    return this.#asking.get(index);
  }

  async #fetch(index) {
    const first = index * CHUNK;
    const window = await get(this.url("", { first, count: CHUNK }), { signal: this.signal });
    // The answer may be older than what is known by now.
    const isOld = window.extent.bytes < this.extent.bytes && first + CHUNK > window.extent.settled;
    const before = this.#chunks.get(index);
    const chunk = { lines: window.lines, extent: window.extent, isOld };
    this.#touch(index, chunk);
    while (this.#chunks.size > KEPT) this.#chunks.delete(this.#chunks.keys().next().value);
    if (window.extent.bytes >= this.extent.bytes) this.grow(window.extent);
    // Lines that were settled when they came are the same as before.
    const from = before ? Math.max(first, Math.min(before.extent.settled, first + before.lines.length)) : first;
    this.dispatchEvent(new CustomEvent("lines", { detail: { first: from, end: first + window.lines.length } }));
    return chunk;
  }
}

/** The text of a line, as a reader sees it. */
export function textOf(line) {
  return line.spans.map((span) => span.text).join("");
}
