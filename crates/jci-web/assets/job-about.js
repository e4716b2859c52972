// What is known of a job, in words and pictures.

import { h } from "./dom.js";
import { duration, short, since } from "./format.js";
import { mark, status } from "./status.js";

const WORDS = { queued: "waiting", assigned: "starting", running: "running", ok: "passed", err: "failed", cancelled: "cancelled", timed_out: "timed out", infra_error: "could not be run" };
const LOOKS = { queued: "none", assigned: "running", running: "running", ok: "ok", cancelled: "none" };
const OVER = ["ok", "err", "cancelled", "timed_out", "infra_error"];

/** The word for where a job is. */
export function words(job) {
  return job.held ? "waiting for approval" : WORDS[job.state] ?? job.state;
}

export function isOver(job) {
  return OVER.includes(job.state);
}

/** A job as the run that a view of lines knows. */
export function asRun(job) {
  return { status: LOOKS[job.state] ?? "err", started: job.started };
}

/** The head of the page. */
export function about(job, place) {
  return [
    h("h1", {}, looks(job), h("span", {}, job.repository), h("code.id", { title: job.commit }, short(job.commit)), h("span.branch", { title: job.reference }, branch(job))),
    h("div.facts", {}, why(job), took(job), h("span", {}, "submitted ", since(job.created)), h("span", {}, `by ${who(job.requested_by)}`), trigger(job.trigger)),
    job.attempts.length > 1 && h("nav.attempts", { "aria-label": "Attempts" }, job.attempts.map((attempt) => link(attempt, job, place))),
  ];
}

function looks(job) {
  const element = status(LOOKS[job.state] ?? "err");
  element.lastChild.textContent = words(job);
  return element;
}

function branch(job) {
  if (job.trigger.kind === "pull_request") return `#${job.trigger.number}`;
  return job.reference.replace(/^refs\/(heads|tags)\//, "");
}

function why(job) {
  if (job.reason) return h("span.why", {}, job.reason);
  return job.state === "err" && job.exit_code !== null && h("span.why", {}, `exit ${job.exit_code}`);
}

function took(job) {
  if (!job.started) return null;
  const began = Date.parse(job.started);
  if (isOver(job)) return h("span.took", {}, `took ${duration(Date.parse(job.finished) - began)}`);
  if (job.state !== "running") return null;
  return h("span", {}, "for ", h("span.took", { "data-running-since": job.started }, duration(Date.now() - began)));
}

/** `webhook:ann` → `ann`. */
function who(actor) {
  return actor.replace(/^(webhook|person|runner):/, "");
}

function trigger(trigger) {
  if (trigger.kind === "schedule") return h("span.tag", {}, trigger.name ?? "schedule");
  return trigger.kind === "manual" && h("span.tag", {}, "manual");
}

function link(attempt, job, place) {
  const shown = (place.attempt ?? job.attempt) === attempt.number;
  const end = { lease_lost: "its runner was lost", over_time: "timed out", cancelled: "cancelled" }[attempt.end] ?? attempt.status ?? attempt.state;
  const looks = attempt.state !== "ended" ? "running" : attempt.status === "ok" ? "ok" : "err";
  return h("a", { href: place.href({ attempt: attempt.number }), "aria-current": shown ? "page" : null, title: `${attempt.runner}: ${end}` }, mark(looks), `Attempt ${attempt.number}`);
}
