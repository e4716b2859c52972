// Copying lines: their text, never their numbers or times.

import { count } from "./format.js";
import { textOf } from "./lines-model.js";

/** More than this is better saved as a file. */
const MOST = 50_000;

/** Puts the selected part of each row into the clipboard, a line each. */
export function copySelected(event, block) {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !event.clipboardData) return;
  const range = selection.getRangeAt(0);
  const rows = [...block.children].filter((row) => range.intersectsNode(row));
  if (rows.length < 2) return;
  event.clipboardData.setData("text/plain", rows.map((row) => part(range, row.querySelector(".text"))).join("\n"));
  event.preventDefault();
}

function part(range, text) {
  const inner = document.createRange();
  inner.selectNodeContents(text);
  if (text.contains(range.startContainer)) inner.setStart(range.startContainer, range.startOffset);
  if (text.contains(range.endContainer)) inner.setEnd(range.endContainer, range.endOffset);
  return range.intersectsNode(text) ? inner.toString() : "";
}

/** Copies lines by number; returns what to say of it. */
export async function copyLines(lines, first, end) {
  if (end - first > MOST) return `That is more than ${count(MOST, "line")}: download it instead.`;
  const texts = (await lines.get(first, end)).map(textOf);
  await write(texts.join("\n") + "\n");
  return `${count(texts.length, "line")} copied`;
}

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Where the page came by plain HTTP from another machine, browsers have only the old way.
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  return undefined;
}
