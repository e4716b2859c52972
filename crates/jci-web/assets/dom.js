// Making elements. Text only ever becomes text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element: `h("a.row", { href, onclick, title }, "text", other)`. */
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.classList.add(...value.split(" ").filter(Boolean));
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Makes a picture of 16 × 16 out of the paths of `ICONS`; readers of the screen never hear of it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  for (const [kind, d] of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("class", kind);
    svg.append(path);
  }
  return svg;
}

/** Each status has an outline of its own, so that the colour is never needed to tell them apart. */
const ICONS = {
  ok: [["area", "M8 .75a7.25 7.25 0 1 1 0 14.5A7.25 7.25 0 0 1 8 .75z"], ["cut", "M4.7 8.3l2.3 2.3 4.3-4.9"]],
  err: [["area", "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"], ["cut", "M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"]],
  running: [["faint", "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z"], ["line", "M8 2a6 6 0 0 1 6 6"]],
  none: [["dots", "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z"]],
  file: [["line", "M3.5 1.75h5.75l3.25 3.25v9.25h-9zM9 2v3.25h3.25"]],
  folder: [["line", "M1.75 3.25h4.5l1.5 1.75h6.5v8.25H1.75z"]],
  link: [["line", "M3.5 12.5l8-8M6 4.25h5.75V10"]],
  log: [["line", "M2 4.25h8M2 8h12M2 11.75h6"]],
  picture: [["line", "M1.75 2.75h12.5v10.5H1.75zM2 11.5l3.5-3.75 2.75 2.75 2-2 3.5 3.5"]],
  page: [["line", "M1.75 2.75h12.5v10.5H1.75zM2 5.75h12"]],
  table: [["line", "M1.75 2.75h12.5v10.5H1.75zM2 6.25h12M2 9.75h12M6 3v10"]],
  open: [["line", "M3.5 6l4.5 4.5L12.5 6"]],
  shut: [["line", "M6 3.5l4.5 4.5L6 12.5"]],
  back: [["line", "M10 3.5L5.5 8l4.5 4.5"]],
  up: [["line", "M3.5 10L8 5.5l4.5 4.5"]],
  down: [["line", "M3.5 6L8 10.5 12.5 6"]],
  branch: [["line", "M4.5 5.25v5.5M4.5 8.5c4.5 0 7-.75 7-3.25M4.5 1.75a1.75 1.75 0 1 1 0 3.5 1.75 1.75 0 0 1 0-3.5zM4.5 10.75a1.75 1.75 0 1 1 0 3.5 1.75 1.75 0 0 1 0-3.5zM11.5 1.75a1.75 1.75 0 1 1 0 3.5 1.75 1.75 0 0 1 0-3.5z"]],
};

/** Puts `children` in place of all that is in `element`. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Runs a function once a frame at most, however often it is asked for. */
export function onceAFrame(run) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      run();
    });
  };
}

/** Runs a function once nothing asked for it any more for some milliseconds. */
export function whenQuiet(milliseconds, run) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...given), milliseconds);
  };
}

/** Tells people who hear the page of a change; the same words again are said again. */
export function say(text) {
  const said = document.getElementById("said");
  said.textContent = said.textContent === text ? `${text}\u00a0` : text;
}
