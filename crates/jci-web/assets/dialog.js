// Dialogs: Esc closes them, and what had the focus has it again.

import { h } from "./dom.js";

export function openDialog(title, ...content) {
  const close = h("button.quiet", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "Close");
  const dialog = h("dialog", { "aria-label": title }, h("header", {}, h("h2", {}, title), close), content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
