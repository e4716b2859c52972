// Asking the server.

/** What went wrong with a question, in words for people. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
  }
}

/** Asks for JSON; fails with a `Problem`, or with an `AbortError` when nobody wants to know any more. */
export async function get(path, { signal } = {}) {
  let response;
  try {
    response = await fetch(path, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "No answer", "The server does not answer. Is it still running?");
  }
  if (response.ok) return response.json();
  throw await problemOf(response);
}

async function problemOf(response) {
  const told = await response.json().catch(() => ({}));
  const title = told.title ?? `The server answered ${response.status}`;
  return new Problem(response.status, title, told.detail ?? "");
}

/** Builds `path?name=value`, leaving out what is not set. A `file` is percent-encoded already: it is bytes. */
export function asking(path, { file, ...parameters }) {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  if (file) query.push(`file=${file}`);
  return query.length ? `${path}?${query.join("&")}` : path;
}

/** Where a run is found below `/api`. */
export function runPath(commit, run) {
  return `/api/commit/${commit}/${run}`;
}
