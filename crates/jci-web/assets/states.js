// What a panel shows while it has nothing to show, and why.

import { fill, h } from "./dom.js";

/** Shows that something is on its way; style sheets keep it unseen for the first 150 ms. */
export function loading(what) {
  return h("div.state.loading", { role: "status" }, h("span.spinner", { "aria-hidden": "true" }), `Loading ${what}…`);
}

/** Shows why there is nothing, and what to do about it. */
export function empty(title, text, command) {
  return h("div.state.empty", {}, h("h2", {}, title), text && h("p", {}, text), command && h("p", {}, typed(command)));
}

/** Shows what went wrong, and lets one try again. */
export function failed(problem, again) {
  const detail = problem.detail && problem.detail !== problem.title ? problem.detail : "";
  return h("div.state.failed", { role: "alert" },
    h("h2", {}, problem.title ?? "Something in this page went wrong"),
    h("p", {}, detail || (problem.title ? "" : String(problem.message ?? problem))),
    again && h("p", {}, h("button", { type: "button", onclick: again }, "Try again")));
}

/** A command to type, which a click copies. */
function typed(command) {
  const button = h("button.copy", { type: "button", onclick: copy }, "Copy");
  function copy() {
    navigator.clipboard?.writeText(command).then(() => { button.textContent = "Copied"; });
  }
  return h("span.command", {}, h("code", {}, command), button);
}

/**
 * Puts what `load` gives into `element`. What was there stays for the first 150 ms, so that nothing
 * flashes; then it makes way for words that something is loading.
 */
export async function show(element, what, load, isWanted) {
  const timer = setTimeout(() => isWanted() && fill(element, loading(what)), 150);
  try {
    const made = await load();
    if (isWanted()) fill(element, made);
  } catch (error) {
    if (error.name === "AbortError" || !isWanted()) return;
    if (!("status" in error)) console.error(error);
    fill(element, failed(error, () => show(element, what, load, isWanted)));
  } finally {
    clearTimeout(timer);
  }
}
