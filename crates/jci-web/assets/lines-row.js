// A line of a log as a row of the page.

import { h, icon } from "./dom.js";
import { clock, count } from "./format.js";

/** Makes the row of a line; `line` is `undefined` while it is on its way. */
export function row(number, line, { href, isMarked, fold, time, found }) {
  const text = h("span.text");
  if (line) text.append(...pieces(line, found));
  if (line && fold) setBack(text);
  // Numbers and times are drawn by the style sheet, so that a selection never takes them along.
  return h("div.line-row", { "data-line": number, class: [isMarked && "marked", !line && "waiting", fold && "folds"].filter(Boolean).join(" ") },
    h("a.number", { href, "data-number": number + 1, "aria-label": `Line ${number + 1}`, tabindex: "-1" }),
    time !== null && h("span.time", { "data-time": time }),
    fold && foldButton(fold),
    text,
    fold && !fold.isOpen && h("span.folded", { "data-text": count(fold.holds, "line") }));
}

function foldButton({ fold, isOpen }) {
  return h("button.fold", { type: "button", "data-fold": fold.first, "aria-expanded": String(isOpen), "aria-label": `Section ${fold.title || fold.first + 1}` }, icon(isOpen ? "open" : "shut"));
}

/** The signs that make a line a section step back behind its title. */
function setBack(text) {
  const [first] = text.childNodes;
  const sign = first?.nodeType === Node.TEXT_NODE && /^(::group::|---|\+\+\+)/.exec(first.data);
  if (!sign) return;
  first.splitText(sign[0].length);
  first.replaceWith(h("span.marker", {}, sign[0]));
}

/** The pieces of a line, cut where something that was looked for begins or ends. */
function pieces(line, found) {
  const made = [];
  let at = 0;
  for (const span of line.spans) {
    const end = at + span.text.length;
    for (const [first, last, isFound] of cut(at, end, found)) {
      made.push(piece(span, span.text.slice(first - at, last - at), isFound));
    }
    at = end;
  }
  if (line.cut) made.push(h("span.cut", { title: "The line is too long to be shown whole; raw has all of it" }));
  return made;
}

function cut(first, end, found) {
  const parts = [];
  let at = first;
  for (const [from, to] of found) {
    if (to <= at || from >= end) continue;
    if (from > at) parts.push([at, from, false]);
    parts.push([Math.max(at, from), Math.min(end, to), true]);
    at = Math.min(end, to);
  }
  if (at < end) parts.push([at, end, false]);
  return parts;
}

function piece(span, text, isFound) {
  const style = span.style ?? {};
  const isPlain = !span.style && !span.invalid;
  if (isPlain && !isFound) return text;
  const element = h(isFound ? "mark" : "span");
  if (!isPlain) dress(element, style);
  if (span.invalid) {
    element.classList.add("invalid");
    element.title = "Bytes that are not UTF-8; raw has them as they are";
  }
  element.textContent = text;
  return element;
}

function dress(element, style) {
  element.classList.add("sgr");
  for (const name of ["bold", "dim", "italic", "underline", "strike", "inverse", "hidden"]) {
    if (style[name]) element.classList.add(name);
  }
  for (const ground of ["fg", "bg"]) {
    const colour = style[ground];
    if (!colour) continue;
    element.classList.add(ground);
    if (colour.startsWith("#")) {
      element.classList.add(`${ground}-exact`);
      element.style.setProperty(`--${ground}`, colour);
    } else {
      element.classList.add(`${ground}-${colour}`);
    }
  }
}

/** How the time of a line is shown: not at all, since the run began, on the clock, or since the line before. */
export const TIMES = { off: "Times off", run: "Since the start", clock: "Time of day", line: "Since the last line" };

/** The time of a line in the way that is asked for; empty where it is not known. */
export function timeOf(how, line, before, started) {
  if (how === "off") return null;
  if (!line || line.time === null || line.time === undefined) return "";
  if (how === "run") return inRun(line.time);
  if (how === "clock") return clock(new Date(Date.parse(started) + line.time), true);
  if (!before || before.time === null || before.time === undefined) return "";
  const passed = line.time - before.time;
  return passed < 10 ? "" : `+${passed < 60_000 ? `${(passed / 1000).toFixed(passed < 10_000 ? 2 : 1)}s` : inRun(passed)}`;
}

function inRun(milliseconds) {
  const two = (number) => String(number).padStart(2, "0");
  const seconds = Math.floor(milliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${Math.floor((milliseconds % 1000) / 100)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** Where `text` is in what a line shows: begin and end of each place. */
export function places(shown, text, exact) {
  if (!text) return [];
  const [where, what] = exact ? [shown, text] : [shown.toLowerCase(), text.toLowerCase()];
  const found = [];
  // Where lower case is longer than the text was, places would be wrong.
  if (where.length !== shown.length) return found;
  for (let at = where.indexOf(what); at >= 0 && found.length < 1000; at = where.indexOf(what, at + what.length)) found.push([at, at + what.length]);
  return found;
}
