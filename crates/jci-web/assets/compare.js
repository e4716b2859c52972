// Two runs side by side.

import { get } from "./api.js";
import { h } from "./dom.js";
import { count, duration, short, since, size } from "./format.js";
import { encoded } from "./path.js";
import { failed, loading } from "./states.js";
import { status, took, why } from "./status.js";
import { LOG } from "./tree.js";

const SIGNS = { added: "+", removed: "−", changed: "±", same: " " };
const WORDS = { added: "added", removed: "removed", changed: "changed", same: "" };

/** Opens the comparison that the state asks for. */
export async function openComparison(router) {
  const { from, commit, run } = router.state;
  const path = `/api/compare/${from.commit}/${from.run}/${commit}/${run}`;
  const comparison = await get(path);
  const log = h("section.log-difference", {}, h("h3", {}, "Log"), loading("the differences of the logs"));
  loadLog(path, log, comparison);
  const scroller = h("div.scroller.comparison", { tabindex: "0", role: "region", "aria-label": "Comparison" }, sides(router, comparison), files(router, comparison), log);
  return { element: h("div.view", {}, scroller), focus: () => scroller.focus({ preventScroll: true }), key: (name) => scrollBy(scroller, name) };
}

function scrollBy(scroller, name) {
  const by = { j: 60, k: -60, g: -Infinity, G: Infinity }[name];
  if (!by) return false;
  scroller.scrollTop = Math.max(0, Math.min(scroller.scrollHeight, scroller.scrollTop + by));
  return true;
}

function sides(router, { from, to }) {
  const swap = router.href({ page: "compare", from: { commit: to.commit, run: to.run }, commit: from.commit, run: from.run });
  return h("div.sides", {}, side(router, "From", from), side(router, "To", to, from), h("a.quiet", { href: swap, "data-go": "" }, "Swap"));
}

function side(router, name, run, before) {
  const slower = before && run.duration_ms !== null && before.duration_ms !== null ? run.duration_ms - before.duration_ms : 0;
  const difference = Math.abs(slower) >= 1 ? h("span.hint", {}, `${duration(Math.abs(slower))} ${slower > 0 ? "longer" : "shorter"}`) : null;
  return h("div.side", {}, h("h3", {}, name),
    h("p.subject", {}, h("a", { href: router.href({ page: "commit", commit: run.commit, run: run.run, file: null }), "data-go": "" }, run.subject ?? "a commit that is gone")),
    h("p.facts", {}, status(run.status), why(run) && h("span", {}, why(run)), took(run), difference, since(run.started), h("code.id", { title: run.commit }, short(run.commit)), h("code.id", {}, run.run)));
}

function files(router, { from, to, files, unchanged }) {
  const rows = files.map((change) => {
    const there = change.to ? to : from;
    const file = change.path === LOG ? "log" : `file/${encoded(change)}`;
    const link = router.href({ page: "commit", commit: there.commit, run: there.run, file });
    return h(`tr.is-${change.change}`, {},
      h("td.sign", {}, h("span", { "aria-hidden": "true" }, SIGNS[change.change]), h("span.word", {}, WORDS[change.change])),
      h("th", { scope: "row" }, h("a", { href: link, "data-go": "" }, change.path)),
      h("td.size", {}, sizes(change)));
  });
  return h("section.file-changes", {}, h("h3", {}, "Files"),
    rows.length > 0 && h("table", {}, h("caption.unseen", {}, "Files that differ"), h("tbody", {}, rows)),
    h("p.note", {}, rows.length ? `${count(unchanged, "file")} the same.` : `No file differs; ${count(unchanged, "file")} the same.`));
}

function sizes({ from, to }) {
  if (from && to && from.size !== to.size) return `${size(from.size)} → ${size(to.size)}`;
  return size((to ?? from).size);
}

async function loadLog(path, section, comparison) {
  const title = section.firstChild;
  try {
    const { hunks, cut } = await get(`${path}/log`);
    if (hunks.length === 0) {
      section.replaceChildren(title, h("p.note", {}, "The logs say the same, but for times, ids and the like."));
      return;
    }
    section.replaceChildren(title, h("p.note", {}, "Times, ids and the like are evened out."), ...hunks.map((hunk) => drawHunk(hunk, comparison)), cut ? h("p.note", {}, "There are more differences than are listed.") : "");
  } catch (error) {
    section.replaceChildren(title, failed(error, () => loadLog(path, section, comparison)));
  }
}

function drawHunk({ lines }) {
  return h("div.hunk", { role: "group" }, lines.map(({ change, from, to, text }) =>
    h(`div.difference.is-${change}`, {},
      h("span.number", { "data-number": from === null ? "" : from + 1 }),
      h("span.number", { "data-number": to === null ? "" : to + 1 }),
      h("span.sign", { "data-sign": SIGNS[change] }),
      WORDS[change] && h("span.unseen", {}, WORDS[change]),
      h("span.text", {}, text))));
}
