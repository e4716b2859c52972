// Keys, and the page that tells of them.

import { openDialog } from "./dialog.js";
import { h } from "./dom.js";

const HELP = [
  ["Everywhere", [["?", "this help"], ["h l or ← →", "to the panel on the left, on the right"], ["/", "search: in the log when it has the focus, else the commits"], ["b", "choose a branch"], ["Esc", "leave a field, close what is open"]]],
  ["Lists", [["j k or ↓ ↑", "down, up"], ["Enter", "open"], ["g G", "first, last"], ["← →", "shut, open a folder"]]],
  ["Log and text", [["j k or ↓ ↑", "scroll"], ["g G", "first, last line"], ["n N", "next, previous match"], ["e", "first error"], ["f", "follow while it grows"], ["w", "break long lines"], ["Click", "on a number: link to the line; with Shift, to a range"]]],
];

export function openHelp() {
  if (document.querySelector("dialog")) return;
  openDialog("Keys", HELP.map(([title, keys]) => h("section.keys", {}, h("h3", {}, title), h("dl", {}, keys.map(([key, does]) => [h("dt", {}, key.split(" ").map((part) => (part === "or" || part.length > 6 ? ` ${part} ` : h("kbd", {}, part)))), h("dd", {}, does)])))));
}

/** Hands keys to the panel that has the focus; `panels` are in the order in which they stand. */
export function listen(panels, { search, branch }) {
  let active = panels[0];
  document.addEventListener("focusin", () => {
    active = panels.find(({ element }) => element.contains(document.activeElement)) ?? active;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog")) return;
    const field = event.target.closest("input, textarea, select");
    if (field) {
      if (event.key === "Escape") active.panel.focus();
      return;
    }
    // A button or a link that has the focus knows best what Enter and Space mean.
    if ((event.key === "Enter" || event.key === " ") && event.target.closest("button, a, summary")) return;
    if (handle(event.key)) event.preventDefault();
  });

  function handle(name) {
    if (active.panel.key(name)) return true;
    const does = { "?": openHelp, "/": search, b: branch, h: () => move(-1), ArrowLeft: () => move(-1), l: () => move(1), ArrowRight: () => move(1) }[name];
    does?.();
    return Boolean(does);
  }

  function move(by) {
    const seen = panels.filter(({ element }) => element.offsetParent !== null);
    const next = seen[seen.indexOf(active) + by];
    next?.panel.focus();
  }
}
