// Printing lines: all that are here, not only those on the screen.

import { h } from "./dom.js";

/** Spreads a view's rows out before something is printed; returns how to stop doing that. */
export function printWhole(view) {
  const note = h("p.printed-note");
  function before() {
    if (!view.scroller.isConnected) return;
    const [first, end] = view.lines.known(view.folds.lineOf(view.scroll.anchor.row));
    note.textContent = first === 0 && end >= view.lines.extent.lines ? "" : `Lines ${first + 1} to ${end} of ${view.lines.extent.lines}`;
    view.element.append(note);
    view.scroll.spread(view.folds.rowOf(first), view.folds.rowOf(Math.max(first, end - 1)) + 1);
  }
  function after() {
    note.remove();
    view.scroll.rebuild();
  }
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
  };
}
