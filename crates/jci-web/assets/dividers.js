// The lines between panels, which one can move.

import { recall, remember } from "./memory.js";

const WIDTHS = { commits: { least: 220, most: 640, first: 340 }, runs: { least: 200, most: 560, first: 300 } };

/** Lets a pointer or the arrow keys move each divider; widths are remembered. */
export function movable(panels) {
  for (const divider of panels.querySelectorAll(".divider")) {
    const name = divider.dataset.of;
    const { least, most, first } = WIDTHS[name];
    divider.setAttribute("role", "separator");
    divider.setAttribute("aria-orientation", "vertical");
    divider.setAttribute("aria-label", `Width of ${name}`);
    divider.setAttribute("aria-valuemin", least);
    divider.setAttribute("aria-valuemax", most);
    divider.tabIndex = 0;
    let width = 0;
    const set = (wanted) => {
      width = Math.round(Math.max(least, Math.min(most, wanted)));
      panels.style.setProperty(`--${name}-width`, `${width}px`);
      divider.setAttribute("aria-valuenow", width);
    };
    const keep = () => remember(`width.${name}`, width);
    set(Number(recall(`width.${name}`, first)) || first);
    divider.addEventListener("pointerdown", (event) => {
      divider.setPointerCapture(event.pointerId);
      const from = event.clientX - width;
      divider.onpointermove = (move) => set(move.clientX - from);
      event.preventDefault();
    });
    divider.addEventListener("lostpointercapture", () => {
      divider.onpointermove = null;
      keep();
    });
    divider.addEventListener("dblclick", () => {
      set(first);
      keep();
    });
    divider.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -20, ArrowRight: 20 }[event.key];
      if (!by) return;
      set(width + by);
      keep();
      event.preventDefault();
    });
  }
}
