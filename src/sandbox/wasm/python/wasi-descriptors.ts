/**
 * The open descriptors of a WASI program, and the calls on them: the standard streams, the report, and files of the
 * tree in memory.
 */

import { ERRNO, Exit, FDFLAGS_APPEND, FILETYPE, ROOT_DESCRIPTOR } from "./wasi-abi.js";
import { NEW_MODE, type Node } from "./file-node.js";
import type { FileTree } from "./file-tree.js";
import { clockTime, timesToSet } from "./wasi-clock.js";
import type { WasiMemory } from "./wasi-memory.js";

/** Files that a program may have open at once. */
const MAX_OPEN_FILES = 64;

/** The streams of one run. */
export interface WasiIo {
  /** The bytes that the program reads from descriptor 0. May be set until the program reads. */
  readonly stdin: Uint8Array;
  /** Takes output of stream 1 (stdout) or 2 (stderr). Returns false to stop the run. */
  write(stream: 1 | 2, bytes: Uint8Array): boolean;
  /** Takes a piece of the guest's report. */
  report(bytes: Uint8Array): void;
}

interface OpenFile {
  /** Path relative to the root of the tree. */
  readonly path: string;
  /** Null for the report. */
  readonly node: Node | null;
  readonly isAppending: boolean;
  position: number;
}

const NO_IO: WasiIo = { stdin: new Uint8Array(), write: () => false, report: () => undefined };

/** The descriptors of one program. Calls return an error number of WASI. */
export class WasiDescriptors {
  readonly #memory: WasiMemory;
  readonly #tree: FileTree;
  #open = new Map<number, OpenFile>();
  #io: WasiIo = NO_IO;
  #stdinPosition = 0;

  constructor(memory: WasiMemory, tree: FileTree) {
    this.#memory = memory;
    this.#tree = tree;
  }

  /** Closes everything except the standard streams and the root directory. */
  reset(): void {
    this.#open = new Map([
      [ROOT_DESCRIPTOR, { path: "", node: this.#tree.find("") ?? null, isAppending: false, position: 0 }],
    ]);
  }

  /** Connects the standard streams of the next run. */
  connect(io: WasiIo): void {
    this.#io = io;
    this.#stdinPosition = 0;
  }

  /** True if the program has left no file open. */
  get hasOnlyStandardDescriptors(): boolean {
    return this.#open.size === 1 && this.#open.has(ROOT_DESCRIPTOR);
  }

  /** True if the program may open no further file. */
  get isFull(): boolean {
    return this.#open.size > MAX_OPEN_FILES;
  }

  /** Number of descriptors that are open for the report. */
  get openReports(): number {
    return [...this.#open.values()].filter(({ node }) => node === null).length;
  }

  /** Opens a node of the tree, or the report (null), and returns its descriptor. */
  add(path: string, node: Node | null, isAppending: boolean): number {
    let free = ROOT_DESCRIPTOR + 1;
    while (this.#open.has(free)) free++;
    this.#open.set(free, { path, node, isAppending, position: 0 });
    if (node?.kind === "file") this.#tree.open(node);
    return free;
  }

  /** Returns the path of an open directory, or null if the descriptor is none. */
  directoryPath(fd: number): string | null {
    const file = this.#open.get(fd);
    return file?.node?.kind === "directory" ? file.path : null;
  }

  /** `fd_close`. A standard stream stays open. */
  close(fd: number): number {
    const node = this.#open.get(fd)?.node;
    if (fd === ROOT_DESCRIPTOR || !this.#open.delete(fd)) return fd < ROOT_DESCRIPTOR ? ERRNO.success : ERRNO.badf;
    if (node?.kind === "file") this.#tree.close(node);
    return ERRNO.success;
  }

  /** `fd_write`: to a standard stream, to the report, or to a file at its position. */
  write(fd: number, vectors: number, count: number, done: number): number {
    if ((fd === 1 || fd === 2) && count === 1) return this.#print(fd, vectors, done);
    const isReport = this.#open.get(fd)?.node === null;
    if (fd !== 1 && fd !== 2 && !isReport) return this.writeFile(fd, null, vectors, count, done);
    let total = 0;
    for (const bytes of this.#memory.vectors(vectors, count)) {
      if (fd !== 1 && fd !== 2) this.#io.report(bytes);
      else if (!this.#io.write(fd, bytes)) throw new Exit(null);
      total += bytes.length;
    }
    return this.#memory.setU32(done, total);
  }

  /** `fd_pwrite`, and the part of `fd_write` for files (`offset` null: at the descriptor's position). */
  writeFile(fd: number, offset: number | null, vectors: number, count: number, done: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return ERRNO.badf;
    if (file.node?.kind !== "file") return file.node === null ? ERRNO.spipe : ERRNO.isdir;
    let position = offset ?? (file.isAppending ? file.node.size : file.position);
    let total = 0;
    for (const bytes of this.#memory.vectors(vectors, count)) {
      const errno = this.#tree.write(file.node, position, bytes);
      if (errno !== ERRNO.success) return errno;
      position += bytes.length;
      total += bytes.length;
    }
    if (offset === null) file.position = position;
    return this.#memory.setU32(done, total);
  }

  /** Writes one piece to a standard stream. A program may print in many small pieces. */
  #print(stream: 1 | 2, vector: number, done: number): number {
    const { view } = this.#memory;
    const size = view.getUint32(vector + 4, true);
    if (!this.#io.write(stream, this.#memory.bytes(view.getUint32(vector, true), size))) throw new Exit(null);
    view.setUint32(done, size, true);
    return ERRNO.success;
  }

  /** `fd_read`, and `fd_pread` with an `offset`. */
  read(fd: number, offset: number | null, vectors: number, count: number, done: number): number {
    const file = this.#open.get(fd);
    if (fd !== 0 && file === undefined) return ERRNO.badf;
    if (file?.node?.kind === "directory") return ERRNO.isdir;
    const content = file === undefined ? this.#io.stdin : contentOf(file.node);
    let position = offset ?? file?.position ?? this.#stdinPosition;
    let total = 0;
    for (const target of this.#memory.vectors(vectors, count)) {
      const part = content.subarray(position, position + target.length);
      target.set(part);
      position += part.length;
      total += part.length;
      if (part.length < target.length) break;
    }
    if (offset === null) {
      if (file === undefined) this.#stdinPosition = position;
      else file.position = position;
    }
    return this.#memory.setU32(done, total);
  }

  /** `fd_seek`: from the start (`whence` 0), the position (1) or the end (2). `fd_tell` is a seek by 0 from 1. */
  seek(fd: number, offset: number, whence: number, out: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return fd < ROOT_DESCRIPTOR ? ERRNO.spipe : ERRNO.badf;
    if (file.node?.kind === "directory") return ERRNO.badf;
    const base = [0, file.position, contentOf(file.node).length][whence];
    if (base === undefined || base + offset < 0) return ERRNO.inval;
    file.position = base + offset;
    return this.#memory.setU64(out, BigInt(file.position));
  }

  /** `fd_filestat_set_size`. */
  setSize(fd: number, size: number): number {
    const node = this.#open.get(fd)?.node;
    return node?.kind === "file" ? this.#tree.resize(node, size) : ERRNO.badf;
  }

  /** `fd_fdstat_get`: the kind and the flags of a descriptor. */
  status(fd: number, out: number): number {
    const file = this.#open.get(fd);
    if (fd >= ROOT_DESCRIPTOR && file === undefined) return ERRNO.badf;
    this.#memory.bytes(out, 24).fill(0);
    const { view } = this.#memory;
    view.setUint8(out, this.#filetype(fd, file));
    view.setUint16(out + 2, file?.isAppending === true ? FDFLAGS_APPEND : 0, true);
    // All rights: a file that is read-only refuses the write itself.
    view.setBigUint64(out + 8, 0xffff_ffffn, true);
    view.setBigUint64(out + 16, 0xffff_ffffn, true);
    return ERRNO.success;
  }

  /** `fd_filestat_get`: the kind, the size and the times of an open file. */
  fileStatus(fd: number, out: number): number {
    const file = this.#open.get(fd);
    if (fd >= ROOT_DESCRIPTOR && file === undefined) return ERRNO.badf;
    return writeFileStatus(this.#memory, out, this.#filetype(fd, file), file?.node ?? null);
  }

  /** `fd_filestat_set_times`. */
  setTimes(fd: number, accessed: bigint, modified: bigint, flags: number): number {
    const node = this.#open.get(fd)?.node;
    return node == null ? ERRNO.badf : this.#tree.setTimes(node, ...timesToSet(accessed, modified, flags));
  }

  #filetype(fd: number, file: OpenFile | undefined): number {
    return fd < ROOT_DESCRIPTOR ? FILETYPE.characterDevice : filetypeOf(file?.node ?? null);
  }

  /** `fd_readdir`: the names in a directory, from number `cookie` on, in as much room as there is. */
  readDirectory(fd: number, at: number, size: number, cookie: number, used: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return ERRNO.badf;
    if (file.node?.kind !== "directory") return ERRNO.notdir;
    const entries = [...file.node.entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const out = this.#memory.bytes(at, size);
    let filled = 0;
    for (const [index, [name, node]] of entries.entries()) {
      if (index < cookie) continue;
      if (filled >= size) break;
      const entry = directoryEntry(index, name, node);
      out.set(entry.subarray(0, size - filled), filled);
      filled += Math.min(entry.length, size - filled);
    }
    return this.#memory.setU32(used, filled);
  }
}

/** Returns an entry as `fd_readdir` writes it: 24 bytes, and the name. */
function directoryEntry(index: number, entryName: string, node: Node): Uint8Array {
  const name = new TextEncoder().encode(entryName);
  const entry = new Uint8Array(24 + name.length);
  const view = new DataView(entry.buffer);
  view.setBigUint64(0, BigInt(index + 1), true);
  view.setBigUint64(8, BigInt(node.number), true);
  view.setUint32(16, name.length, true);
  view.setUint8(20, filetypeOf(node));
  entry.set(name, 24);
  return entry;
}

/** Writes the status of a node as WASI has it. The report (null) and a standard stream have times of now. */
export function writeFileStatus(memory: WasiMemory, out: number, filetype: number, node: Node | null): number {
  memory.bytes(out, 64).fill(0);
  const { view } = memory;
  const now = clockTime(0);
  const { accessed, modified, changed } = node?.times ?? { accessed: now, modified: now, changed: now };
  view.setBigUint64(out + 8, BigInt(node?.number ?? 0), true);
  view.setUint8(out + 16, filetype);
  // WASI has no modes. The binary reads the difference from the usual mode here (python-binary.ts).
  view.setUint16(out + 18, node === null ? 0 : node.mode ^ NEW_MODE[node.kind], true);
  view.setBigUint64(out + 24, BigInt(node?.kind === "file" ? node.names : 1), true);
  view.setBigUint64(out + 32, BigInt(contentOf(node).length), true);
  for (const [index, time] of [accessed, modified, changed].entries())
    view.setBigUint64(out + 40 + index * 8, time, true);
  return ERRNO.success;
}

/** Returns WASI's kind of a node. The report (null) counts as a file. */
export function filetypeOf(node: Node | null): number {
  if (node?.kind === "link") return FILETYPE.link;
  return node?.kind === "directory" ? FILETYPE.directory : FILETYPE.regularFile;
}

/** Returns the content of a file, and the target of a link; nothing for a directory and for the report. */
export function contentOf(node: Node | null): Uint8Array {
  if (node?.kind === "link") return new TextEncoder().encode(node.target);
  return node?.kind === "file" ? node.buffer.subarray(0, node.size) : new Uint8Array();
}
