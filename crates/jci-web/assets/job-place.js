// Where one is on the page of a job: which job, which attempt, which lines; all of it in the address.

import { asking } from "./api.js";
import { lines, spellLines } from "./router.js";

/** What a view of lines needs of a router, for a page that has one view. Says `change` for another place. */
export class JobPlace extends EventTarget {
  constructor() {
    super();
    const query = new URLSearchParams(location.search);
    this.page = location.pathname.replace(/\/+$/, "");
    this.key = query.get("key");
    this.attempt = Number(query.get("attempt")) || null;
    this.state = { lines: lines(location.hash), find: query.get("find") ?? "" };
    addEventListener("hashchange", () => {
      this.state = { ...this.state, lines: lines(location.hash) };
      this.dispatchEvent(new Event("change"));
    });
  }

  /** The address of something of this job in the API. */
  api(what = "", parameters = {}) {
    return asking(`/api/v1${this.page}${what}`, { key: this.key, ...parameters });
  }

  /** The address of this page with other lines or another attempt; a search is not taken along. */
  href({ lines = null, attempt = this.attempt }) {
    return asking(this.page, { key: this.key, attempt }) + spellLines(lines);
  }

  note(change) {
    this.state = { ...this.state, ...change };
    const { lines, find } = this.state;
    history.replaceState(history.state, "", asking(this.page, { key: this.key, attempt: this.attempt, find }) + spellLines(lines));
  }

  keep(name, value) {
    history.replaceState({ ...history.state, [name]: value }, "");
  }

  kept(name) {
    return history.state?.[name];
  }
}
