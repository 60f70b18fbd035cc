/** The entries of the file tree (file-tree.ts): their content, their times, their modes and their numbers. */

import { clockTime } from "./wasi-clock.js";

/** The times of an entry, in nanoseconds since 1970. */
interface FileTimes {
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
  /** Who may do what, in the bits of `chmod`. Those of the owner are the program's. */
  mode: number;
}

/** The modes of new entries, as in a container. The binary has the same ones (python-binary.ts). */
export const NEW_MODE = { file: 0o644, directory: 0o755, link: 0o777 } as const;

/** The bits of a mode that let its owner read, change and enter. */
export const MAY = { read: 0o400, write: 0o200, enter: 0o100 } as const;

/** A file. `FileTree` alone changes its fields. */
export interface FileNode extends Entry {
  readonly kind: "file";
  /** The first `size` bytes are the content. The whole buffer counts as used. */
  buffer: Uint8Array;
  size: number;
  /** Number of names that lead to it. Without one it counts as used until it is closed. */
  names: number;
  /** Number of descriptors that have it open. */
  opens: number;
  /** True if the buffer belongs to the server. It must then not be changed. */
  isShared: boolean;
}

/** A directory and its entries by name. */
export interface DirectoryNode extends Entry {
  readonly kind: "directory";
  readonly entries: Map<string, Node>;
}

/** A symbolic link. */
export interface LinkNode extends Entry {
  readonly kind: "link";
  readonly target: string;
}

/** An entry of the tree. */
export type Node = FileNode | DirectoryNode | LinkNode;

/** A thread works on one tree at a time, so its trees share the counter. */
let lastNumber = 0;

/** Makes the next entry have the number after `number`. */
export function countNumbersFrom(number: number): void {
  lastNumber = number;
}

function entry(isWritable: boolean, mode: number): Entry {
  const now = clockTime(0);
  return { number: ++lastNumber, isWritable, mode, times: { accessed: now, modified: now, changed: now } };
}

/** Returns an empty file. */
export function emptyFile(): FileNode {
  return { ...sharedFile(new Uint8Array(), true), isShared: false };
}

/** Returns a file over the server's bytes. */
export function sharedFile(content: Uint8Array, isWritable: boolean): FileNode {
  return {
    ...entry(isWritable, NEW_MODE.file),
    kind: "file",
    buffer: content,
    size: content.length,
    names: 1,
    opens: 0,
    isShared: true,
  };
}

/** Returns an empty directory. */
export function directory(isWritable: boolean): DirectoryNode {
  return { ...entry(isWritable, NEW_MODE.directory), kind: "directory", entries: new Map() };
}

/** Returns a symbolic link. */
export function link(target: string): LinkNode {
  return { ...entry(true, NEW_MODE.link), kind: "link", target };
}

/** Notes that the content of an entry has changed now. */
export function touch({ times }: Node): void {
  times.modified = times.changed = clockTime(0);
}
