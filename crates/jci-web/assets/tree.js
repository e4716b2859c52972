// The files of a run as a tree, and the tree as rows.

import { encoded } from "./path.js";

/** Below this number of files, all folders are open at first. */
const FEW = 200;
export const LOG = "run.output.txt";

/** Folders and files of a run; knows which folders are open. */
export class Tree {
  #open = new Set();

  constructor(files) {
    this.root = { name: "", path: "", folders: new Map(), files: [], size: 0 };
    for (const file of files) if (file.path !== LOG) this.#add(file);
    if (files.length <= FEW) this.#openAll(this.root);
  }

  #add(file) {
    const names = file.path.split("/");
    const keys = encoded(file).split("/");
    let folder = this.root;
    folder.size += file.size;
    for (let depth = 0; depth < names.length - 1; depth++) {
      const path = keys.slice(0, depth + 1).join("/");
      if (!folder.folders.has(keys[depth])) folder.folders.set(keys[depth], { name: names[depth], path, folders: new Map(), files: [], size: 0 });
      folder = folder.folders.get(keys[depth]);
      folder.size += file.size;
    }
    folder.files.push({ name: names.at(-1), path: keys.join("/"), file });
  }

  #openAll(folder) {
    this.#open.add(folder.path);
    for (const inner of folder.folders.values()) this.#openAll(inner);
  }

  toggle(path) {
    if (!this.#open.delete(path)) this.#open.add(path);
  }

  setOpen(path, isOpen) {
    if (isOpen) this.#open.add(path);
    else this.#open.delete(path);
  }

  /** Opens the folders that a file is in. */
  reveal(path) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth++) this.#open.add(names.slice(0, depth).join("/"));
  }

  /** The rows that can be seen while folders are open and shut as they are. */
  rows() {
    const rows = [];
    this.#walk(this.root, 0, rows);
    return rows;
  }

  #walk(folder, depth, rows) {
    for (const inner of folder.folders.values()) {
      const isOpen = this.#open.has(inner.path);
      rows.push({ kind: "folder", depth, isOpen, ...joined(inner) });
      if (isOpen) this.#walk(inner, depth + 1, rows);
    }
    for (const file of folder.files) rows.push({ kind: "file", depth, ...file });
  }
}

function joined(folder) {
  return { name: folder.name, path: folder.path, size: folder.size };
}
