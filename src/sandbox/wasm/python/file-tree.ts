/**
 * The files that a WASI program sees: a tree in memory, never the disk.
 *
 * What the guest is made with is read-only. Below the writable directories a program finds what it was given and may
 * make, change and remove what it likes, within bounds; `clear` forgets all of that. What it was given is copied when
 * it is first changed, so the host's bytes stay as they are.
 */

import { MAX_FILES, MAX_FILES_SIZE } from "../../../limits.js";

export interface FileNode {
  readonly kind: "file";
  readonly isWritable: boolean;
  /** Only `size` bytes of it are the content; all of it counts as used. */
  buffer: Uint8Array;
  size: number;
  /** False once no name leads to it: it counts until it is closed. */
  isLinked: boolean;
  /** Descriptors that have it open. */
  opens: number;
  /** The buffer is the host's, and must not be changed. */
  isShared: boolean;
}

export interface DirectoryNode {
  readonly kind: "directory";
  readonly isWritable: boolean;
  readonly entries: Map<string, FileNode | DirectoryNode>;
}

export type Node = FileNode | DirectoryNode;

/** Numbers of WASI's errno, by their names there. */
export const ERRNO = {
  success: 0,
  badf: 8,
  exist: 20,
  inval: 28,
  isdir: 31,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  nosys: 52,
  notdir: 54,
  notempty: 55,
  notsup: 58,
  rofs: 69,
  spipe: 70,
  notcapable: 76,
} as const;

/** As much as a container has for the same: what is given, and 16 MiB of what a program makes. */
const MAX_BYTES = MAX_FILES_SIZE + 16_777_216;
/** Files, and the directories that lead to them. */
const MAX_NODES = 2 * MAX_FILES + 1_000;
const MAX_NAME = 255;

/** What a file that grows is given beyond what it needs, so that not each write copies all of it. */
const GROWTH = 1.25;

export class FileTree {
  readonly #root: DirectoryNode = directory(false);
  readonly #writable: readonly string[];
  #bytes = 0;
  #nodes = 0;

  /**
   * @param files Read-only content by absolute path.
   * @param writable Names of directories at the top that a program may write in.
   */
  constructor(files: ReadonlyMap<string, Uint8Array>, writable: readonly string[]) {
    this.#writable = writable;
    for (const [name, content] of files) {
      const { parent, last } = this.#makeWay(name, false);
      parent.entries.set(last, {
        kind: "file",
        isWritable: false,
        buffer: content,
        size: content.length,
        isLinked: true,
        opens: 0,
        isShared: true,
      });
    }
    this.clear();
  }

  /** Empties the writable directories. */
  clear(): void {
    for (const name of this.#writable) this.#root.entries.set(name, directory(true));
    this.#bytes = 0;
    this.#nodes = 0;
  }

  /**
   * Puts a file of the host's below a writable directory, and the directories that lead to it; false if there is no
   * room.
   */
  place(path: string, content: Uint8Array): boolean {
    if (this.#nodes >= MAX_NODES) return false;
    const { parent, last } = this.#makeWay(path, true);
    this.#forget(parent.entries.get(last));
    parent.entries.delete(last);
    if (this.#bytes + content.length > MAX_BYTES) return false;
    parent.entries.set(last, {
      kind: "file",
      isWritable: true,
      buffer: content,
      size: content.length,
      isLinked: true,
      opens: 0,
      isShared: true,
    });
    this.#bytes += content.length;
    this.#nodes++;
    return true;
  }

  /** @param path Relative to the root, without `.` and `..`; empty for the root. */
  find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path === "" ? [] : path.split("/"))
      node = node?.kind === "directory" ? node.entries.get(name) : undefined;
    return node;
  }

  /** Makes an empty file or directory; an errno if that cannot be. */
  create(path: string, kind: Node["kind"]): Node | number {
    const place = this.#placeOf(path);
    if (typeof place === "number") return place;
    const { parent, last } = place;
    if (parent.entries.has(last)) return ERRNO.exist;
    if (this.#nodes >= MAX_NODES) return ERRNO.nospc;
    if (last.length > MAX_NAME) return ERRNO.nametoolong;
    const node: Node =
      kind === "file"
        ? { kind, isWritable: true, buffer: new Uint8Array(), size: 0, isLinked: true, opens: 0, isShared: false }
        : directory(true);
    parent.entries.set(last, node);
    this.#nodes++;
    return node;
  }

  remove(path: string, kind: Node["kind"]): number {
    const place = this.#placeOf(path);
    if (typeof place === "number") return place;
    const node = place.parent.entries.get(place.last);
    if (node === undefined) return ERRNO.noent;
    if (node.kind !== kind) return kind === "file" ? ERRNO.isdir : ERRNO.notdir;
    if (node.kind === "directory" && node.entries.size > 0) return ERRNO.notempty;
    place.parent.entries.delete(place.last);
    this.#forget(node);
    return ERRNO.success;
  }

  rename(from: string, to: string): number {
    const [source, target] = [this.#placeOf(from), this.#placeOf(to)];
    if (typeof source === "number") return source;
    if (typeof target === "number") return target;
    const node = source.parent.entries.get(source.last);
    if (node === undefined) return ERRNO.noent;
    if (from === to) return ERRNO.success;
    // A directory cannot be put into itself.
    if (`${to}/`.startsWith(`${from}/`)) return ERRNO.inval;
    const there = target.parent.entries.get(target.last);
    if (there !== undefined) {
      const errno =
        there.kind !== node.kind ? (there.kind === "file" ? ERRNO.notdir : ERRNO.isdir) : this.remove(to, there.kind);
      if (errno !== ERRNO.success) return errno;
    }
    source.parent.entries.delete(source.last);
    target.parent.entries.set(target.last, node);
    return ERRNO.success;
  }

  /** Makes a file `size` bytes long, with zeros where there was nothing; an errno if there is no room. */
  resize(file: FileNode, size: number): number {
    if (!file.isWritable) return ERRNO.rofs;
    if (size < 0) return ERRNO.inval;
    if (!file.isShared && size <= file.buffer.length && size >= file.buffer.length / 4) {
      if (size < file.size) file.buffer.fill(0, size, file.size);
      file.size = size;
      return ERRNO.success;
    }
    // A buffer that is far too large is given back: it counts as long as it is there.
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

  /** Writes into a file, which grows as needed. */
  write(file: FileNode, position: number, bytes: Uint8Array): number {
    const errno = this.resize(file, Math.max(file.size, position + bytes.length));
    if (errno === ERRNO.success) file.buffer.set(bytes, position);
    return errno;
  }

  #placeOf(path: string): { readonly parent: DirectoryNode; readonly last: string } | number {
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? this.#root : this.find(path.slice(0, slash));
    if (parent === undefined) return ERRNO.noent;
    if (parent.kind !== "directory") return ERRNO.notdir;
    return parent.isWritable ? { parent, last: path.slice(slash + 1) } : ERRNO.rofs;
  }

  #makeWay(path: string, isWritable: boolean): { readonly parent: DirectoryNode; readonly last: string } {
    const names = path.split("/").filter((name) => name !== "");
    const last = names.pop() ?? "";
    let parent = this.#root;
    for (const name of names) {
      let next = parent.entries.get(name);
      // A program may have put a file where a directory of what it is given must be.
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

  /** A descriptor has the file open. */
  open(file: FileNode): void {
    file.opens++;
  }

  close(file: FileNode): void {
    file.opens--;
    if (!file.isLinked && file.opens === 0) this.#bytes -= file.buffer.length;
  }

  /** What is removed no longer counts, once nobody has it open. */
  #forget(node: Node | undefined): void {
    if (node === undefined) return;
    this.#nodes--;
    if (node.kind === "file") {
      node.isLinked = false;
      if (node.opens === 0) this.#bytes -= node.buffer.length;
    } else for (const child of node.entries.values()) this.#forget(child);
  }
}

function directory(isWritable: boolean): DirectoryNode {
  return { kind: "directory", isWritable, entries: new Map() };
}
