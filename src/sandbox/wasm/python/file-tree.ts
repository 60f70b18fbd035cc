/**
 * The files that a WASI program sees: a tree in memory, never the disk.
 *
 * The interpreter's own files are read-only. A program may create, change and remove files below the writable
 * directories, within bounds. Its input files are there too. `clear` empties these directories. A file is copied before
 * its first change, so the server's bytes never change.
 */

import { MAX_FILES, MAX_FILES_SIZE } from "../../../limits.js";
import {
  countNumbersFrom,
  directory,
  type DirectoryNode,
  emptyFile,
  type FileNode,
  link,
  MAY,
  type Node,
  sharedFile,
  touch,
} from "./file-node.js";
import { resolvePath } from "./path-resolver.js";
import { ERRNO } from "./wasi-abi.js";
import { clockTime } from "./wasi-clock.js";

/** Bytes below the writable directories: the largest input files and 16 MiB more, as in a container. */
const MAX_BYTES = MAX_FILES_SIZE + 16_777_216;

/** Entries below the writable directories: the most input files with as many directories, and 1 000 more. */
const MAX_NODES = 2 * MAX_FILES + 1_000;

/** Longest name of a new entry, in UTF-16 units. Linux allows 255 bytes. */
const MAX_NAME = 255;

/** A file that grows gets this many times the room that it needs. Otherwise each write would copy the whole file. */
const GROWTH = 1.25;

/**
 * A tree of files. Paths are relative to the root, without `.`, `..` and links (`resolve` makes them so); the empty
 * path is the root. Calls that fail return an error number of WASI.
 */
export class FileTree {
  readonly #root: DirectoryNode = directory(false);
  readonly #writable: readonly string[];
  /** Entries that are never removed. They have the first numbers. */
  #lasting = 1;
  #bytes = 0;
  #nodes = 0;

  /**
   * @param files Read-only content by absolute path.
   * @param writable Names of the directories below the root that a program may write in.
   */
  constructor(files: ReadonlyMap<string, Uint8Array>, writable: readonly string[]) {
    this.#writable = writable;
    countNumbersFrom(this.#lasting);
    for (const [name, content] of files) {
      const { parent, last } = this.#createParents(name, false);
      const file = sharedFile(content, false);
      parent.entries.set(last, file);
      this.#lasting = file.number;
    }
    this.clear();
  }

  /** Empties the writable directories. Their next entries have the same numbers as after any other call. */
  clear(): void {
    countNumbersFrom(this.#lasting);
    for (const name of this.#writable) this.#root.entries.set(name, directory(true));
    this.#bytes = 0;
    this.#nodes = 0;
  }

  /**
   * Adds a file of the server below a writable directory, with the directories above it. Returns false if there is no
   * room.
   */
  place(path: string, content: Uint8Array): boolean {
    if (this.#nodes >= MAX_NODES) return false;
    const { parent, last } = this.#createParents(path, true);
    this.#forget(parent.entries.get(last));
    parent.entries.delete(last);
    if (this.#bytes + content.length > MAX_BYTES) return false;
    parent.entries.set(last, sharedFile(content, true));
    this.#bytes += content.length;
    this.#nodes++;
    return true;
  }

  /** Returns the path that a text names from the directory `base`, or an error number. See `resolvePath`. */
  resolve(base: string, text: string, follows: boolean): string | number {
    return resolvePath(this.#root, base, text, follows);
  }

  /** Returns the entry with that path. */
  find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path === "" ? [] : path.split("/"))
      node = node?.kind === "directory" ? node.entries.get(name) : undefined;
    return node;
  }

  /** Creates an empty file or directory and returns it, or an error number. */
  create(path: string, kind: "file" | "directory"): Node | number {
    return this.#add(path, () => (kind === "file" ? emptyFile() : directory(true)));
  }

  /** Creates a symbolic link. */
  createLink(path: string, target: string): number {
    if (target === "") return ERRNO.noent;
    if (this.#bytes + target.length > MAX_BYTES) return ERRNO.nospc;
    const made = this.#add(path, () => link(target));
    if (typeof made === "number") return made;
    this.#bytes += target.length;
    return ERRNO.success;
  }

  /** Gives a file a second name. */
  addName(from: string, to: string): number {
    const file = this.find(from);
    if (file === undefined) return ERRNO.noent;
    if (file.kind !== "file") return ERRNO.perm;
    if (!file.isWritable) return ERRNO.rofs;
    const made = this.#add(to, () => file);
    if (typeof made === "number") return made;
    file.names++;
    return ERRNO.success;
  }

  #add(path: string, make: () => Node): Node | number {
    const place = this.#placeOf(path);
    if (typeof place === "number") return place;
    const { parent, last } = place;
    if (parent.entries.has(last)) return ERRNO.exist;
    if (this.#nodes >= MAX_NODES) return ERRNO.nospc;
    if (last.length > MAX_NAME) return ERRNO.nametoolong;
    const node = make();
    parent.entries.set(last, node);
    touch(parent);
    this.#nodes++;
    return node;
  }

  /** Removes a file or a link, or a directory that is empty. A file that is open stays until it is closed. */
  remove(path: string, kind: "file" | "directory"): number {
    const place = this.#placeOf(path);
    if (typeof place === "number") return place;
    const node = place.parent.entries.get(place.last);
    if (node === undefined) return ERRNO.noent;
    if (kindOf(node) !== kind) return kind === "file" ? ERRNO.isdir : ERRNO.notdir;
    if (node.kind === "directory" && node.entries.size > 0) return ERRNO.notempty;
    place.parent.entries.delete(place.last);
    touch(place.parent);
    this.#forget(node);
    return ERRNO.success;
  }

  /** Moves an entry. It replaces a file with a file, and an empty directory with a directory. */
  rename(from: string, to: string): number {
    const [source, target] = [this.#placeOf(from), this.#placeOf(to)];
    if (typeof source === "number") return source;
    if (typeof target === "number") return target;
    const node = source.parent.entries.get(source.last);
    if (node === undefined) return ERRNO.noent;
    if (from === to) return ERRNO.success;
    // A directory cannot move into itself.
    if (`${to}/`.startsWith(`${from}/`)) return ERRNO.inval;
    const there = target.parent.entries.get(target.last);
    // Two names of one file stay.
    if (there === node) return ERRNO.success;
    if (there !== undefined) {
      const kind = kindOf(there);
      const errno = kind !== kindOf(node) ? (kind === "file" ? ERRNO.notdir : ERRNO.isdir) : this.remove(to, kind);
      if (errno !== ERRNO.success) return errno;
    }
    source.parent.entries.delete(source.last);
    target.parent.entries.set(target.last, node);
    touch(source.parent);
    touch(target.parent);
    return ERRNO.success;
  }

  /** Sets the size of a file to `size` bytes. New bytes are zeros. */
  resize(file: FileNode, size: number): number {
    if (!file.isWritable) return ERRNO.rofs;
    if (size < 0) return ERRNO.inval;
    touch(file);
    if (!file.isShared && size <= file.buffer.length && size >= file.buffer.length / 4) {
      if (size < file.size) file.buffer.fill(0, size, file.size);
      file.size = size;
      return ERRNO.success;
    }
    // A buffer that is far too large is replaced, because the whole buffer counts as used.
    const others = this.#bytes - file.buffer.length;
    if (size > MAX_BYTES - others) return ERRNO.nospc;
    const buffer = new Uint8Array(size <= file.size ? size : Math.min(MAX_BYTES - others, Math.ceil(size * GROWTH)));
    buffer.set(file.buffer.subarray(0, Math.min(file.size, size)));
    this.#bytes = others + buffer.length;
    file.buffer = buffer;
    file.isShared = false;
    file.size = size;
    return ERRNO.success;
  }

  /** Writes bytes into a file at `position`. The file grows if they do not fit. */
  write(file: FileNode, position: number, bytes: Uint8Array): number {
    const errno = this.resize(file, Math.max(file.size, position + bytes.length));
    if (errno === ERRNO.success) file.buffer.set(bytes, position);
    return errno;
  }

  /** Sets the times of an entry, in nanoseconds since 1970. A time that is null stays as it is. */
  setTimes({ isWritable, times }: Node, accessed: bigint | null, modified: bigint | null): number {
    if (!isWritable) return ERRNO.rofs;
    times.accessed = accessed ?? times.accessed;
    times.modified = modified ?? times.modified;
    times.changed = clockTime(0);
    return ERRNO.success;
  }

  /** Sets the mode of an entry. */
  setMode(node: Node, mode: number): number {
    if (!node.isWritable) return ERRNO.rofs;
    node.mode = mode;
    node.times.changed = clockTime(0);
    return ERRNO.success;
  }

  #placeOf(path: string): { readonly parent: DirectoryNode; readonly last: string } | number {
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? this.#root : this.find(path.slice(0, slash));
    if (parent === undefined) return ERRNO.noent;
    if (parent.kind !== "directory") return ERRNO.notdir;
    if (!parent.isWritable) return ERRNO.rofs;
    return (parent.mode & MAY.write) === 0 ? ERRNO.acces : { parent, last: path.slice(slash + 1) };
  }

  #createParents(path: string, isWritable: boolean): { readonly parent: DirectoryNode; readonly last: string } {
    const names = path.split("/").filter((name) => name !== "");
    const last = names.pop() ?? "";
    let parent = this.#root;
    for (const name of names) {
      let next = parent.entries.get(name);
      // A program may have put a file in the place of a directory of the next job's files.
      if (next?.kind !== "directory") {
        this.#forget(next);
        next = directory(isWritable);
        parent.entries.set(name, next);
        if (isWritable) this.#nodes++;
      }
      parent = next;
    }
    return { parent, last };
  }

  /** Counts a descriptor that has opened the file. */
  open(file: FileNode): void {
    file.opens++;
  }

  /** Counts a descriptor that has closed the file. A removed file is freed with its last one. */
  close(file: FileNode): void {
    file.opens--;
    if (file.names === 0 && file.opens === 0) this.#bytes -= file.buffer.length;
  }

  /** Stops counting a removed entry. A file that is open counts until it is closed. */
  #forget(node: Node | undefined): void {
    if (node === undefined) return;
    this.#nodes--;
    if (node.kind === "link") this.#bytes -= node.target.length;
    else if (node.kind === "file") {
      node.names--;
      if (node.names === 0 && node.opens === 0) this.#bytes -= node.buffer.length;
    } else for (const child of node.entries.values()) this.#forget(child);
  }
}

/** Returns whether an entry counts as a file or as a directory for the calls that remove and move. */
function kindOf({ kind }: Node): "file" | "directory" {
  return kind === "directory" ? "directory" : "file";
}
