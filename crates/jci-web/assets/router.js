// Every state of the page is a URL, and every URL a state.

import { canonical } from "./path.js";

const KEPT = ["branch", "status", "author", "text"];

/** Reads a state out of a location. */
export function parse({ pathname, search, hash }) {
  const query = new URLSearchParams(search);
  const filters = Object.fromEntries(KEPT.map((name) => [name, query.get(name) ?? ""]));
  const state = { page: "list", commit: null, run: null, file: null, filters, find: query.get("find") ?? "", as: query.get("as"), lines: lines(hash) };
  const names = pathname.split("/").slice(1);
  if (names[0] === "commit" && names[1]) {
    Object.assign(state, { page: "commit", commit: names[1], run: names[2] || null });
    if (names[3] === "log") state.file = "log";
    if (names[3] === "file" && names.length > 4) state.file = `file/${canonical(names.slice(4).join("/"))}`;
  } else if (names[0] === "compare" && names.length >= 5) {
    const [, fromCommit, fromRun, commit, run] = names;
    Object.assign(state, { page: "compare", commit, run, from: { commit: fromCommit, run: fromRun } });
  }
  return state;
}

/** Spells a state as a URL. */
export function spell(state) {
  const query = new URLSearchParams();
  for (const name of KEPT) if (state.filters[name]) query.set(name, state.filters[name]);
  if (state.find) query.set("find", state.find);
  if (state.as) query.set("as", state.as);
  const search = query.toString();
  return path(state) + (search && `?${search}`) + spellLines(state.lines);
}

function path({ page, commit, run, file, from }) {
  if (page === "compare") return `/compare/${from.commit}/${from.run}/${commit}/${run}`;
  if (page === "list") return "/";
  return ["", "commit", commit, run, run && file].filter((name) => name !== null && name !== undefined).join("/");
}

/** `#L12-L20` → `[12, 20]`, counted from 1 as people do. */
export function lines(hash) {
  const found = /^#L(\d+)(?:-L?(\d+))?$/.exec(hash);
  if (!found) return null;
  const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])];
  return first < 1 || last < 1 ? null : [Math.min(first, last), Math.max(first, last)];
}

/** `[12, 20]` → `#L12-L20`. */
export function spellLines(range) {
  if (!range) return "";
  return range[0] === range[1] ? `#L${range[0]}` : `#L${range[0]}-L${range[1]}`;
}

/** The state that the page shows, and how it gets to another. */
export class Router extends EventTarget {
  constructor() {
    super();
    this.state = parse(location);
    // The page puts its own places back: what scrolls are its panels.
    history.scrollRestoration = "manual";
    addEventListener("popstate", () => this.#arrive("travel"));
    document.addEventListener("click", (event) => this.#clicked(event));
  }

  /** The URL of the state that differs from this one by `change`. Line, search and form of a file are not taken along. */
  href(change) {
    return spell({ ...this.state, lines: null, find: "", as: null, ...change });
  }

  /** Goes to the state that differs from this one by `change`. */
  go(change, { replace = false } = {}) {
    this.#to(this.href(change), replace);
  }

  /** Notes a detail of this state in the URL, without showing anything anew. */
  note(change) {
    this.state = { ...this.state, ...change };
    history.replaceState(history.state, "", spell(this.state));
  }

  /** Keeps something with this entry of the history, to find it again when one comes back. */
  keep(name, value) {
    history.replaceState({ ...history.state, [name]: value }, "");
  }

  kept(name) {
    return history.state?.[name];
  }

  #to(url, replace) {
    if (replace) history.replaceState(null, "", url);
    else if (url !== location.pathname + location.search + location.hash) history.pushState(null, "", url);
    this.#arrive("go");
  }

  #arrive(how) {
    const before = this.state;
    this.state = parse(location);
    this.dispatchEvent(new CustomEvent("change", { detail: { before, how } }));
  }

  #clicked(event) {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target.closest?.("a[data-go]");
    if (!link || !plain || event.defaultPrevented) return;
    event.preventDefault();
    this.#to(link.getAttribute("href"), false);
  }
}
