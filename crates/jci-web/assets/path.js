// Paths in a run are bytes. In URLs, and inside this page, they are those bytes percent-encoded.

const KEPT = /^[A-Za-z0-9._~-]$/;

/** The spelling of a file's path that all of this page uses, from `path` and `path_hex`. */
export function encoded(file) {
  return file.path_hex ? fromBytes(file.path_hex.match(/../g).map((pair) => parseInt(pair, 16))) : fromText(file.path);
}

/** The one spelling of a path that may have been percent-encoded in another way. */
export function canonical(path) {
  const bytes = [];
  const utf8 = new TextEncoder();
  for (const piece of path.match(/%[0-9A-Fa-f]{2}|[^%]+|%/g) ?? []) {
    if (piece.length === 3 && piece[0] === "%") bytes.push(parseInt(piece.slice(1), 16));
    else bytes.push(...utf8.encode(piece));
  }
  return fromBytes(bytes);
}

/** The path as people read it. */
export function readable(path) {
  const bytes = Uint8Array.from(path.match(/%[0-9A-Fa-f]{2}|[^%]/g) ?? [], (piece) =>
    piece.length === 3 ? parseInt(piece.slice(1), 16) : piece.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

function fromText(text) {
  return fromBytes(new TextEncoder().encode(text));
}

function fromBytes(bytes) {
  let text = "";
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte);
    text += letter === "/" || KEPT.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}
