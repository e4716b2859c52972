// How a run went, always as a shape and a word and a colour.

import { h, icon } from "./dom.js";
import { duration } from "./format.js";

const WORDS = { ok: "passed", err: "failed", running: "running", none: "not run" };

/** The word for a status. */
export function word(status) {
  return WORDS[status] ?? status;
}

/** The picture of a status; with its word only for those who do not see it. */
export function mark(status) {
  const known = status in WORDS ? status : "none";
  return h(`span.mark.mark-${known}`, { title: word(status) }, icon(known), h("span.unseen", {}, word(status)));
}

/** The picture of a status and its word. */
export function status(status) {
  const known = status in WORDS ? status : "none";
  return h(`span.status.mark-${known}`, {}, icon(known), h("span", {}, word(status)));
}

/** What else there is to say of how a run went: `exit 2`, `timeout`, `signal 9`. */
export function why(run) {
  if (run.reason) return run.reason;
  if (run.signal !== null && run.signal !== undefined) return `signal ${run.signal}`;
  if (run.status === "err" && run.exit_code !== null && run.exit_code !== undefined) return `exit ${run.exit_code}`;
  return "";
}

/** How long a run took, or has been going on. */
export function took(run) {
  if (run.status === "running") {
    return h("span.took", { "data-running-since": run.started }, duration(Date.now() - Date.parse(run.started)));
  }
  return h("span.took", {}, run.duration_ms === null || run.duration_ms === undefined ? "" : duration(run.duration_ms));
}
