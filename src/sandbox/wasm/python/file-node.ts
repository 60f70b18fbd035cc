/** The entries of the file tree (file-tree.ts): their content, their times and their numbers. */

import { clockTime } from "./wasi-clock.js";

/** The times of an entry, in nanoseconds since 1970. */
export interface FileTimes {
  accessed: bigint;
  /** The last change of the content: of a directory, of its entries. */
  modified: bigint;
  /** The last change of anything. */
  changed: bigint;
}

interface Entry {
  /** No other entry has it. Programs compare it to tell whether two names lead to one file. */
  readonly number: number;
  readonly isWritable: boolean;
  readonly times: FileTimes;
}

/** A file. `FileTree` alone changes its fields. */
export interface FileNode extends Entry {
  readonly kind: "file";
  /** The first `size` bytes are the content. The whole buffer counts as used. */
  buffer: Uint8Array;
  size: number;
  /** False once no name leads to it. It then counts as used until it is closed. */
  isLinked: boolean;
  /** Number of descriptors that have it open. */
  opens: number;
  /** True if the buffer belongs to the server. It must then not be changed. */
  isShared: boolean;
}

/** A directory and its entries by name. */
export interface DirectoryNode extends Entry {
  readonly kind: "directory";
  readonly entries: Map<string, FileNode | DirectoryNode>;
}

/** An entry of the tree. */
export type Node = FileNode | DirectoryNode;

/** A thread works on one tree at a time, so its trees share the counter. */
let lastNumber = 0;

/** Makes the next entry have the number after `number`. */
export function countNumbersFrom(number: number): void {
  lastNumber = number;
}

function entry(isWritable: boolean): Entry {
  const now = clockTime(0);
  return { number: ++lastNumber, isWritable, times: { accessed: now, modified: now, changed: now } };
}

/** Returns an empty file. */
export function emptyFile(): FileNode {
  return { ...sharedFile(new Uint8Array(), true), isShared: false };
}

/** Returns a file over the server's bytes. */
export function sharedFile(content: Uint8Array, isWritable: boolean): FileNode {
  return {
    ...entry(isWritable),
    kind: "file",
    buffer: content,
    size: content.length,
    isLinked: true,
    opens: 0,
    isShared: true,
  };
}

/** Returns an empty directory. */
export function directory(isWritable: boolean): DirectoryNode {
  return { ...entry(isWritable), kind: "directory", entries: new Map() };
}

/** Notes that the content of an entry has changed now. */
export function touch({ times }: Node): void {
  times.modified = times.changed = clockTime(0);
}
