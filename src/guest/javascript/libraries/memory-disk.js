/**
 * The disk of a program on an engine without one: a tree in the program's own memory, below /workspace and /tmp.
 *
 * It answers as the disk of the other engine: a text with "=" in front, a number, or "!" and the code of an error. Text
 * that a program writes stays text, because to encode it would take this engine long.
 */

import {
  Refused,
  add,
  appendPiece,
  bytesOf,
  drop,
  file,
  found,
  move,
  namesOf,
  newNode,
  openFile,
  place,
  refuse,
  root,
  setContent,
  sizeOf,
  wholeOf,
  writeAt,
} from "./memory-tree.js";
import { encode } from "./utf8-bytes.js";

const operations = {
  __proto__: null,
  stat(path) {
    const node = found(path);
    const times = `${node.accessed} ${node.changed} ${node.changed} ${node.made}`;
    return `=${node.kind} ${node.mode} ${sizeOf(node)} ${times} ${node.number} 1`;
  },
  list(path) {
    const node = found(path);
    if (node.kind !== "d") refuse("ENOTDIR");
    const names = [...node.entries].map(([name, { kind }]) => [name, kind]);
    return `=${JSON.stringify(names.sort(([a], [b]) => (a < b ? -1 : 1)))}`;
  },
  readText(path) {
    const whole = wholeOf(file(path));
    return `=${typeof whole === "string" ? whole : Buffer.from(whole).toString()}`;
  },
  writeText(path, text, terms) {
    const [mode, ways] = terms.split(" ");
    const node = openFile(path, ways, Number(mode));
    if (ways.includes("a")) appendPiece(node, text);
    else if (ways.includes("t")) setContent(node, text, -1);
    else writeAt(node, 0, encode(text));
    return "=";
  },
  read(path, at, count, buffer) {
    const bytes = bytesOf(file(path)).subarray(at, at + count);
    new Uint8Array(buffer).set(bytes);
    return bytes.length;
  },
  write(path, at, count, buffer) {
    const node = file(path);
    const added = new Uint8Array(buffer, 0, count);
    if (at < 0 || (at === sizeOf(node) && at > 0)) appendPiece(node, added);
    else if (at === 0 && sizeOf(node) === 0) setContent(node, added, count);
    else writeAt(node, at, added);
    return count;
  },
  open(path, ways, mode) {
    if (!ways.includes("w") && found(path).kind === "d") return "=";
    openFile(path, ways, mode);
    return "=";
  },
  mkdir(path, mode) {
    const at = place(path);
    if (at.node !== undefined) refuse("EEXIST");
    add(at, newNode("d", mode & 0o755));
    return "=";
  },
  rmdir(path) {
    const at = place(path);
    const node = at.node ?? refuse("ENOENT");
    if (node.kind !== "d") refuse("ENOTDIR");
    if (node.entries.size > 0) refuse("ENOTEMPTY");
    drop(at);
    return "=";
  },
  unlink(path) {
    const at = place(path);
    const node = at.node ?? refuse("ENOENT");
    if (node.kind === "d") refuse("EISDIR");
    drop(at);
    return "=";
  },
  rename(from, to) {
    const [source, target] = [place(from), place(to)];
    const node = source.node ?? refuse("ENOENT");
    if (source.isFixed || target.isFixed) refuse("EACCES");
    if (`${namesOf(to).join("/")}/`.startsWith(`${namesOf(from).join("/")}/`))
      return target.node === node ? "=" : refuse("EINVAL");
    if (target.node !== undefined) {
      if (target.node.kind === "d" && node.kind !== "d") refuse("EISDIR");
      if (target.node.kind !== "d" && node.kind === "d") refuse("ENOTDIR");
      if (target.node.kind === "d" && target.node.entries.size > 0) refuse("ENOTEMPTY");
      drop(target);
    }
    move(source, target);
    return "=";
  },
  copy(from, to, isExclusive) {
    const source = file(from);
    const whole = wholeOf(source);
    const target = openFile(to, isExclusive === 1 ? "wcx" : "wc", source.mode);
    if (target !== source) setContent(target, typeof whole === "string" ? whole : whole.slice(), source.size);
    return "=";
  },
  truncate(path, length) {
    const old = bytesOf(file(path));
    const bytes = new Uint8Array(length);
    bytes.set(old.subarray(0, length));
    setContent(file(path), bytes, length);
    return "=";
  },
  chmod(path, mode) {
    found(path).mode = mode & 0o777;
    return "=";
  },
  utimes(path, accessed, changed) {
    Object.assign(found(path), { accessed, changed });
    return "=";
  },
};

/** Puts the input files of a call where a program looks for them. */
function takeInputs() {
  const files = realm.takeInputFiles();
  for (let i = 0; i < files.length; i++) {
    const [path, content, byteSize] = files[i];
    makeDirectories(path.slice(0, path.lastIndexOf("/")));
    const at = place(path);
    if (at.node?.kind === "d") remove(at);
    const node = openFile(path, "wct", 0o644);
    setContent(node, content, byteSize);
  }
  makeDirectories(realm.cwd());
}

function makeDirectories(path) {
  let parent = root;
  for (const name of namesOf(path)) {
    const known = parent.entries.get(name);
    parent = known?.kind === "d" ? known : add({ parent, last: name }, newNode("d", 0o755));
  }
}

function remove(at) {
  for (const [last, node] of at.node.entries) {
    const inner = { parent: at.node, last, node, isFixed: false };
    if (node.kind === "d") remove(inner);
    else drop(inner);
  }
  drop(at);
}

let run = 0;

export default function disk(operation, path, first, second, buffer) {
  try {
    if (run !== realm.runCount()) {
      run = realm.runCount();
      takeInputs();
    }
    return operations[operation](path, first, second, buffer);
  } catch (error) {
    if (error instanceof Refused) return `!${error.code}`;
    throw error;
  }
}
