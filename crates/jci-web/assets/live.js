// What happens in the repository while one looks on.

const NAMES = ["run_started", "run_stored", "run_removed", "history_changed"];

/**
 * Events of the repository under their own names, and `missed` when some may have been: after the
 * connection was lost, or while nobody looked.
 *
 * A browser has six connections for a server and all its tabs, so a hidden tab gives its own back.
 */
export class Live extends EventTarget {
  #source = null;
  #wasOpen = false;

  constructor(connection) {
    super();
    this.connection = connection;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.#open()));
    if (!document.hidden) this.#open();
  }

  #open() {
    if (this.#source) return;
    this.#source = openStream("/api/events", this.connection, () => {
      if (this.#wasOpen) this.dispatchEvent(new Event("missed"));
      this.#wasOpen = true;
    });
    for (const name of NAMES) {
      this.#source.addEventListener(name, (event) => {
        this.dispatchEvent(new CustomEvent(name, { detail: JSON.parse(event.data) }));
      });
    }
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }
}

/** Opens a stream of events that comes back by itself, whatever ended it, until it is closed. */
export function openStream(path, connection, opened) {
  const stream = new EventTarget();
  const handlers = [];
  let source = null;
  let timer = 0;
  let wait = 500;
  let closed = false;

  function connect() {
    source = new EventSource(path);
    source.onopen = () => {
      wait = 500;
      connection.found(path);
      opened?.();
    };
    source.onerror = () => {
      if (closed) return;
      connection.lost(path);
      // A browser gives up for good after an answer that is no stream; this does not.
      if (source.readyState === EventSource.CLOSED) {
        timer = setTimeout(connect, wait);
        wait = Math.min(wait * 2, 8000);
      }
    };
    for (const [name, handler] of handlers) source.addEventListener(name, handler);
  }

  stream.addEventListener = (name, handler) => {
    handlers.push([name, handler]);
    source?.addEventListener(name, handler);
  };
  stream.close = () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
    connection.found(path);
  };
  connect();
  return stream;
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
