// What happens in the repository while one looks on.

const NAMES = ["run_started", "run_stored", "run_removed", "history_changed"];

/** Events of the repository under their own names, and `missed` when some may have been. */
export class Live extends EventTarget {
  #wasOpen = false;

  constructor(connection) {
    super();
    const stream = openStream("/api/events", connection, () => {
      if (this.#wasOpen) this.dispatchEvent(new Event("missed"));
      this.#wasOpen = true;
    });
    for (const name of NAMES) {
      stream.on(name, (event) => this.dispatchEvent(new CustomEvent(name, { detail: JSON.parse(event.data) })));
    }
  }
}

/**
 * Opens a stream of events that comes back by itself, whatever ended it, until it is closed.
 *
 * A browser has six connections for a server and all its tabs, so a tab that is hidden gives its own back.
 */
export function openStream(path, connection, opened) {
  const handlers = [];
  let source = null;
  let timer = 0;
  let wait = 500;

  function connect() {
    source = new EventSource(path);
    source.onopen = () => {
      wait = 500;
      connection.found(path);
      opened?.();
    };
    source.onerror = () => {
      connection.lost(path);
      // A browser gives up for good after an answer that is no stream; this does not.
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, 8000);
    };
    for (const [name, handler] of handlers) source.addEventListener(name, handler);
  }

  function disconnect() {
    clearTimeout(timer);
    source?.close();
    source = null;
    connection.found(path);
  }

  function turned() {
    if (document.hidden) disconnect();
    else if (!source) connect();
  }

  document.addEventListener("visibilitychange", turned);
  turned();
  return {
    on(name, handler) {
      handlers.push([name, handler]);
      source?.addEventListener(name, handler);
    },
    close() {
      document.removeEventListener("visibilitychange", turned);
      disconnect();
    },
  };
}

/** Says quietly when the server is gone. */
export class Connection {
  #lost = new Map();

  constructor(element) {
    this.element = element;
  }

  lost(path) {
    if (this.#lost.has(path)) return;
    // A stream that is back within a second was never missed.
    this.#lost.set(path, setTimeout(() => {
      this.element.hidden = false;
      this.element.textContent = "Connection lost. Trying again…";
    }, 1000));
  }

  found(path) {
    clearTimeout(this.#lost.get(path));
    this.#lost.delete(path);
    if (this.#lost.size === 0) this.element.hidden = true;
  }
}
