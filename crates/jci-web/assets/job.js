// The page of one job of a server: what is known of it, and its log.

import { get } from "./api.js";
import { fill, say } from "./dom.js";
import { keepTimesRight } from "./format.js";
import { about, asRun, isOver, words } from "./job-about.js";
import { Files } from "./job-files.js";
import { JobPlace } from "./job-place.js";
import { openLines } from "./lines-view.js";
import { Connection } from "./live.js";
import { empty, failed, loading } from "./states.js";

/** How often to ask how the job is while it has not ended. */
const PAUSE = 2000;

class JobPage {
  #log = null;
  /** Which log is shown, so that one that is there already is not opened again. */
  #shown = "";
  #state = "";

  constructor() {
    this.place = new JobPlace();
    this.header = document.getElementById("about");
    this.content = document.getElementById("content");
    this.connection = new Connection(document.getElementById("connection"));
    this.files = new Files(this.place);
    this.place.addEventListener("change", () => this.#log?.arrive());
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => !document.hidden && this.look());
    fill(this.content, loading("the job"));
    this.look();
  }

  /** Asks how the job is, shows it, and asks again after a while until it has ended. */
  async look() {
    clearTimeout(this.timer);
    try {
      const job = await get(this.place.api());
      this.connection.found("job");
      this.#show(job);
      if (!isOver(job) && !document.hidden) this.timer = setTimeout(() => this.look(), PAUSE);
    } catch (error) {
      // Who is refused stays refused; all else passes.
      if (error.status >= 400 && error.status < 500) return this.#fail(error);
      this.connection.lost("job");
      this.timer = setTimeout(() => this.look(), 2 * PAUSE);
    }
  }

  #show(job) {
    document.title = `${words(job)} · ${job.repository} · jci`;
    if (this.#state && this.#state !== job.state) say(`The job is ${words(job)}.`);
    this.#state = job.state;
    fill(this.header, about(job, this.place), this.files.of(job));
    this.#log?.update(asRun(job));
    this.#open(job);
  }

  /** Opens the log of the attempt that is to be seen, once there is some of it. */
  async #open(job) {
    const number = this.place.attempt ?? job.attempt;
    const attempt = job.attempts.find((known) => known.number === number);
    const isThere = attempt && (attempt.log_bytes > 0 || (isOver(job) && job.run));
    const wanted = isThere ? `log of ${number}` : `nothing: ${job.state} ${isOver(job)}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.#log?.close();
    this.#log = null;
    if (!isThere) return fill(this.content, nothing(job));
    try {
      const also = { key: this.place.key, attempt: number };
      const log = await openLines({ router: this.place, connection: this.connection, path: this.place.page, also, run: asRun(job), isLog: true, cameBack: false });
      if (wanted !== this.#shown) return log.close();
      this.#log = log;
      fill(this.content, log.element);
    } catch (error) {
      if (wanted === this.#shown) this.#shown = "";
      this.#fail(error);
    }
  }

  #fail(error) {
    fill(this.content, failed(error, () => this.look()));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    if ((event.key === "Enter" || event.key === " ") && event.target.closest("button, a, summary")) return;
    if (this.#log?.key(event.key)) event.preventDefault();
  }
}

/** Says why there is no log. */
function nothing(job) {
  if (job.held) return empty("This job waits for approval", "Its code comes from a fork. Somebody who may has to look at the commit and approve it.");
  if (job.state === "queued") return empty("This job waits for a runner", job.reason ?? "Its log appears here as soon as there is some.");
  if (!isOver(job)) return empty("Nothing has been printed yet", "The log appears here as soon as there is some.");
  return empty("There is no log", "No runner has sent one, and no run was pushed.");
}

keepTimesRight();
new JobPage();
