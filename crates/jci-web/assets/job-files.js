// The files that a job left, each opened apart.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { size } from "./format.js";

/** A list that is asked for when somebody opens it. */
export class Files {
  #asked = false;

  constructor(place) {
    this.place = place;
    this.list = h("div");
    this.element = h("details.files", { ontoggle: () => this.element.open && this.#ask() }, h("summary", {}, "Files and raw log"), this.list);
  }

  /** The list for a job as it is now. */
  of(job) {
    this.job = job;
    return this.element;
  }

  async #ask() {
    if (this.#asked) return;
    const log = h("li", {}, h("a", { href: this.place.api("/log", { attempt: this.place.attempt }), target: "_blank", rel: "noopener" }, "raw log"));
    fill(this.list, h("ul", {}, log));
    if (!this.job.run) return;
    this.#asked = true;
    try {
      const { files } = await get(this.place.api("/artifacts"));
      fill(this.list, h("ul", {}, log, files.map((file) => this.#row(file))));
    } catch (error) {
      this.#asked = false;
      fill(this.list, h("p.note", {}, error.detail || error.message));
    }
  }

  #row(file) {
    const path = file.path.split("/").map(encodeURIComponent).join("/");
    return h("li", {}, h("a", { href: this.place.api(`/artifacts/${path}`), target: "_blank", rel: "noopener", title: file.path }, file.path), file.size !== null && h("span.size", {}, size(file.size)));
  }
}
