// A log that grows while one reads it.

import { openStream } from "./live.js";

/** How long to wait between looks at what else a growing log has: sections, errors. */
const PAUSE = 700;

/**
 * Listens for how much there is of a log. Lines have numbers, so whatever happens to the connection,
 * none is missed and none is there twice.
 */
export class Growth {
  #last = 0;
  #timer = 0;

  constructor(lines, connection, { follows, grown }) {
    this.lines = lines;
    this.follows = follows;
    this.grown = grown;
    this.stream = openStream(lines.url("/events"), connection);
    for (const name of ["grown", "ended"]) {
      this.stream.on(name, (event) => this.#take(JSON.parse(event.data).extent, name === "ended"));
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.stream.close();
  }

  #take(extent, isOver) {
    this.lines.grow(extent);
    if (isOver) {
      this.stream.close();
      clearTimeout(this.#timer);
      this.#look();
    } else if (!this.#timer) {
      this.#timer = setTimeout(() => this.#look(), PAUSE);
    }
  }

  #look() {
    this.#timer = 0;
    this.grown().catch((error) => {
      if (error.name !== "AbortError") this.#timer = setTimeout(() => this.#look(), 4 * PAUSE);
    });
  }

  /** Lets go of the end when one scrolls up, takes hold of it again at the end; tells whether either happened. */
  turned(scrollTop, isAtEnd) {
    const wentUp = scrollTop < this.#last - 1;
    this.#last = scrollTop;
    const follows = isAtEnd || (this.follows && !wentUp);
    if (follows === this.follows) return false;
    this.follows = follows;
    return true;
  }
}
