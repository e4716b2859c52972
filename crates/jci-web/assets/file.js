// A file of a run, shown as what it is.

import { asking, runPath } from "./api.js";
import { h } from "./dom.js";
import { size } from "./format.js";
import { openReport } from "./junit.js";
import { openLines } from "./lines-view.js";
import { encoded } from "./path.js";

/** Opens a file and gives its view: `element`, and what else the view can do. */
export async function openFile(what) {
  const { router, file, run } = what;
  const path = runPath(run.commit, run.run);
  if (file.kind === "symlink") return link(path, file);
  const asText = router.state.as === "text";
  const show = { image, html: page, markdown: (path, file) => markdown(path, file), binary }[file.view];
  if (show && !asText) return show(path, file);
  if (file.view === "xml" && !asText) {
    const report = await openReport(asking(`${path}/junit`, { file: encoded(file) }));
    if (report) return report;
  }
  return text(what, path);
}

function text({ router, connection, run, file, how }, path) {
  return openLines({ router, connection, path, file: encoded(file), run, isLog: file.view === "log", cameBack: how === "travel" || how === "load" });
}

function image(path, file) {
  const facts = h("span", {});
  const picture = h("img", { src: file.raw, alt: file.path });
  picture.addEventListener("load", () => { facts.textContent = `${picture.naturalWidth} × ${picture.naturalHeight}`; });
  picture.addEventListener("error", () => facts.replaceWith(h("span", {}, "This browser cannot show it.")));
  return { element: h("div.view", {}, h("div.tools", {}, facts), h("div.scroller.picture", { tabindex: "0" }, picture)) };
}

/** A page of the run: its scripts run, but in an origin of their own that reaches nothing. */
function page(path, file) {
  const frame = h("iframe", { sandbox: "allow-scripts", src: file.site ?? file.raw, title: file.path, referrerpolicy: "no-referrer" });
  return { element: h("div.view", {}, h("div.tools", {}, h("span.hint", {}, "Shown apart: it reaches nothing outside itself.")), frame) };
}

function markdown(path, file) {
  const frame = h("iframe.markdown", { sandbox: "allow-popups allow-popups-to-escape-sandbox", src: asking(`${path}/markdown`, { file: encoded(file) }), title: file.path, referrerpolicy: "no-referrer" });
  return { element: h("div.view", {}, frame) };
}

function binary(path, file) {
  return { element: h("div.view", {}, h("div.state", {}, h("h2", {}, "No text"), h("p", {}, `${size(file.size)} of bytes that are no text or picture.`), h("p", {}, h("a", { href: `${file.raw}?download=1`, download: "" }, "Download it")))) };
}

async function link(path, file) {
  const response = await fetch(file.raw);
  const target = response.ok ? await response.text() : "";
  return { element: h("div.view", {}, h("div.state", {}, h("h2", {}, "A symlink"), h("p", {}, "It points to ", h("code", {}, target), ". It is stored as a link and never followed."))) };
}
