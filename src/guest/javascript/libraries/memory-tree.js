/** The tree of a disk in memory: its entries, and the content of its files as pieces of text or bytes. */

import { encode, utf8Size } from "./utf8-bytes.js";

/** The largest input files and 16 MiB more, as in a container. */
const MAX_SIZE = 24 * 1_048_576;
const MAX_ENTRIES = 3_000;
const MAX_NAME = 255;
const PLACES = ["workspace", "tmp"];

let size = 0;
let entryCount = 0;
let lastNumber = 1;

export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export function refuse(code) {
  throw new Refused(code);
}

export function newNode(kind, mode) {
  const now = Date.now();
  const node = { kind, mode, accessed: now, changed: now, made: now, number: ++lastNumber };
  if (kind === "d") node.entries = new Map();
  else Object.assign(node, { pieces: [], weight: 0, size: 0 });
  return node;
}

export const root = newNode("d", 0o555);
for (const name of PLACES) root.entries.set(name, newNode("d", 0o777));

/** The names of a path below the root, which must lie in one of the places. */
export function namesOf(path) {
  const names = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  if (!PLACES.includes(names[0])) refuse("EACCES");
  return names;
}

function child(node, name) {
  if (node.kind !== "d") refuse("ENOTDIR");
  return node.entries.get(name);
}

/** The directory of a path, its last name, and what is there. */
export function place(path) {
  const names = namesOf(path);
  const last = names.pop();
  let parent = root;
  for (const name of names) parent = child(parent, name) ?? refuse("ENOENT");
  return { parent, last, node: child(parent, last), isFixed: parent === root };
}

export function found(path) {
  return place(path).node ?? refuse("ENOENT");
}

export function file(path) {
  const node = found(path);
  return node.kind === "d" ? refuse("EISDIR") : node;
}

export function add({ parent, last }, node) {
  if (last.length > MAX_NAME) refuse("ENAMETOOLONG");
  if (entryCount >= MAX_ENTRIES) refuse("ENOSPC");
  entryCount++;
  parent.entries.set(last, node);
  parent.changed = Date.now();
  return node;
}

export function drop({ parent, last, node, isFixed }) {
  if (isFixed) refuse("EACCES");
  if (node.kind === "f") weigh(node, 0);
  parent.entries.delete(last);
  parent.changed = Date.now();
  entryCount--;
}

export function move(source, target) {
  source.parent.entries.delete(source.last);
  entryCount--;
  add(target, source.node);
}

/** Counts what a file takes. */
export function weigh(node, weight) {
  if (weight > node.weight && size + weight - node.weight > MAX_SIZE) refuse("ENOSPC");
  size += weight - node.weight;
  node.weight = weight;
}

/** Puts the pieces of a file together: as one text if all are, as bytes otherwise. */
export function wholeOf(node) {
  const { pieces } = node;
  if (pieces.length === 0) return "";
  if (pieces.length === 1) return pieces[0];
  const isText = pieces.every((piece) => typeof piece === "string");
  const whole = isText
    ? pieces.join("")
    : joined(pieces.map((piece) => (typeof piece === "string" ? encode(piece) : piece)));
  node.pieces = [whole];
  return whole;
}

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function bytesOf(node) {
  const whole = wholeOf(node);
  if (typeof whole !== "string") return whole;
  const bytes = realm.encode(whole) ?? encode(whole);
  node.pieces = [bytes];
  node.size = bytes.length;
  return bytes;
}

export function sizeOf(node) {
  if (node.kind === "d") return 4096;
  if (node.size < 0) {
    const whole = wholeOf(node);
    node.size = typeof whole === "string" ? utf8Size(whole) : whole.length;
  }
  return node.size;
}

export function openFile(path, ways, mode) {
  const at = place(path);
  if (at.node === undefined) {
    if (!ways.includes("c")) refuse("ENOENT");
    return add(at, newNode("f", mode & 0o755));
  }
  if (ways.includes("x")) refuse("EEXIST");
  if (at.node.kind === "d") refuse("EISDIR");
  if (ways.includes("t")) setContent(at.node, "", 0);
  return at.node;
}

export function setContent(node, piece, byteSize) {
  weigh(node, piece.length);
  node.pieces = [piece];
  node.size = byteSize;
  node.changed = Date.now();
}

export function appendPiece(node, piece) {
  weigh(node, node.weight + piece.length);
  node.pieces.push(piece);
  node.size = -1;
  node.changed = Date.now();
}

export function writeAt(node, at, added) {
  const old = bytesOf(node);
  const end = at + added.length;
  weigh(node, Math.max(old.length, end));
  const bytes = end > old.length ? new Uint8Array(end) : old;
  if (bytes !== old) bytes.set(old);
  bytes.set(added, at);
  node.pieces = [bytes];
  node.size = bytes.length;
  node.changed = Date.now();
}
