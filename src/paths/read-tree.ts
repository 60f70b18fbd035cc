/**
 * Reads the file that a checked path leads to, or all files below a directory.
 *
 * Every step down opens its entry without following links (open-beneath.ts). Links, pipes, sockets, devices, restricted
 * names and entries that are gone or unreadable by then are left out, and their names are returned. So an entry that is
 * swapped for a link during the reading is left out too.
 *
 * Not promised: one moment in time. Files may change while others are read.
 */

import path from "node:path";
import { quote, type Refusal } from "../errors.js";
import { MAX_FILES_DEPTH, MAX_FILES_MS } from "../limits.js";
import { isOpenError, openBeneath, type OpenedEntry, refuseIfGone } from "./open-beneath.js";
import { refusePath, type ValidatedPath } from "./path-validator.js";
import { readEntry, refuseNoRoom, refuseTooMuch, statedSize, type Taken } from "./read-file.js";
import type { EntryKind, RestrictedNames } from "./restricted.js";

/** Names that are looked at for each file that a call may still take. A directory full of links must not take long. */
const NAMES_PER_FILE = 10;

/** The sizes of a tree that have limits. */
type Measure = "files" | "bytes" | "names";

/** What a call may still take. */
export interface Room {
  readonly files: number;
  readonly bytes: number;
  /** Names of entries, read or left out. Default: ten for each file. */
  readonly names?: number;
  /** What the paths before have taken. Default: nothing. */
  readonly taken?: Taken;
}

/** Returns the names that a call may look at. */
export function namesFor(files: number): number {
  return files * NAMES_PER_FILE;
}

/** Ends the reading before it is done. Default: nothing does. */
export interface Stop {
  /** Of the caller. Once it is aborted, its reason is thrown. */
  readonly signal: AbortSignal;
  /** By the clock of `performance.now`. */
  readonly deadline: number;
}

const NEVER: Stop = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };

/** One file of a tree. */
interface TreeFile {
  /** Path from the root, with forward slashes. */
  readonly relative: string;
  readonly bytes: Buffer;
}

/** The content of a file or directory. */
export interface Tree {
  /** In the order of names; the files of a directory stand in the place of its name. */
  readonly files: readonly TreeFile[];
  /** Paths from the root, with forward slashes. A name that is not UTF-8 has U+FFFD in it. */
  readonly leftOut: readonly string[];
  /** Number of names that were looked at. */
  readonly names: number;
}

/**
 * Reads a file, or the regular files below a directory.
 *
 * @throws {Refusal} `path-denied` if it is neither a file nor a directory, or not the entry that was checked any more;
 * `bad-input` if it has more than there is room for, or takes too long.
 * @throws {Fault} If the disk failed.
 */
export async function readTree(
  checked: ValidatedPath,
  room: Room,
  restricted: RestrictedNames,
  stop: Stop = NEVER,
): Promise<Tree> {
  return await refuseIfGone(checked, async () => {
    await using entry = await openBeneath(checked);
    if (entry.kind === "other") throw refusePath(checked.asked);
    // A second time: a directory may have become a file since the check, and other names are restricted for files.
    restricted.assertAllowed(checked.relative, checked.asked, entry.kind);
    const reader = new TreeReader(checked, room, restricted, stop);
    // Only the separator of this system: elsewhere than on Windows a file may be named `..\x`, and `../x` is another.
    await reader.take(entry, checked.relative.replaceAll(path.sep, "/"), 0);
    return { files: reader.files, leftOut: reader.leftOut, names: reader.names };
  });
}

/** Reads one tree, and holds the files that it has read so far. */
class TreeReader {
  readonly files: TreeFile[] = [];
  readonly leftOut: string[] = [];
  readonly #checked: ValidatedPath;
  readonly #room: Room;
  readonly #restricted: RestrictedNames;
  readonly #stop: Stop;
  /** The sizes of each entry of the directory that the call names. */
  readonly #amounts: Readonly<Record<Measure, Map<string, number>>> = {
    files: new Map(),
    bytes: new Map(),
    names: new Map(),
  };
  /** The entry of that directory that is being read; null at the directory itself, or if the call names a file. */
  #top: string | null = null;
  #bytes = 0;
  names = 0;

  constructor(checked: ValidatedPath, room: Room, restricted: RestrictedNames, stop: Stop) {
    this.#checked = checked;
    this.#room = room;
    this.#restricted = restricted;
    this.#stop = stop;
  }

  /** Takes a file, or everything in a directory. */
  async take(entry: OpenedEntry, relative: string, depth: number): Promise<void> {
    this.#assertGoing();
    if (entry.kind === "file") return await this.#takeFile(entry, relative);
    if (depth > MAX_FILES_DEPTH)
      throw refuseTooMuch(this.#checked, `${MAX_FILES_DEPTH} directories in one another`, "name one further down");
    for (const name of await this.#listNames(entry)) {
      await this.#takeChild(entry, name, relative === "" ? name : `${relative}/${name}`, depth);
    }
  }

  async #takeFile(file: OpenedEntry, relative: string): Promise<void> {
    const { files, bytes: maxBytes } = this.#room;
    const { taken } = this.#room;
    if (this.files.length >= files && taken !== undefined && taken.files > 0)
      throw refuseNoRoom(this.#checked, "files", { most: files + taken.files, before: taken.files, own: null });
    if (this.files.length >= files)
      throw this.#refuse("files", `${files} files, the room that this call has for them`, "name fewer files");
    const left = maxBytes - this.#bytes;
    const bytes = await readEntry(file, left);
    this.#count("bytes", bytes?.length ?? left + 1);
    if (bytes === null && taken !== undefined && taken.bytes > 0) {
      const size = this.#bytes + (await statedSize(file));
      const own = size > maxBytes ? size : null;
      throw refuseNoRoom(this.#checked, "bytes", { most: maxBytes + taken.bytes, before: taken.bytes, own });
    }
    if (bytes === null) {
      const limit = `${maxBytes} bytes, the room that this call has for them`;
      throw this.#refuse("bytes", limit, "name fewer or smaller files");
    }
    this.#count("files", 1);
    this.#bytes += bytes.length;
    this.files.push({ relative, bytes });
  }

  async #takeChild(directory: OpenedEntry, name: string, relative: string, depth: number): Promise<void> {
    // U+FFFD stands for bytes that are not UTF-8. To open the name would open another entry, if any.
    if (name.includes("\uFFFD")) {
      this.leftOut.push(relative);
      return;
    }
    if (depth === 0) this.#top = name;
    try {
      await using entry = await directory.openChild(name);
      if (entry.kind === "other" || this.#isRestricted(relative, entry.kind)) this.leftOut.push(relative);
      else await this.take(entry, relative, depth + 1);
    } catch (error) {
      if (!isOpenError(error)) throw error;
      this.leftOut.push(relative);
    }
  }

  /** A directory is entered even if only some of its files may be read: each file is checked by itself. */
  #isRestricted(relative: string, kind: EntryKind): boolean {
    return kind === "directory"
      ? this.#restricted.isClosed(relative)
      : this.#restricted.findPattern(relative, kind) !== null;
  }

  /** Sorted, so that the same directory is always read in the same order. */
  async #listNames(directory: OpenedEntry): Promise<readonly string[]> {
    const max = this.#room.names ?? namesFor(this.#room.files);
    const names: string[] = [];
    for await (const name of directory.listNames()) {
      this.#assertGoing();
      this.names += 1;
      this.#count("names", 1);
      if (this.names > max) {
        const limit = `${max} names in it, links and directories included`;
        throw this.#refuse("names", limit, "name one further down or fewer files");
      }
      names.push(name);
    }
    return names.sort();
  }

  #assertGoing(): void {
    const { signal, deadline } = this.#stop;
    signal.throwIfAborted();
    if (performance.now() < deadline) return;
    const limit = `${MAX_FILES_MS} ms of reading, together with the others`;
    throw this.#refuse("names", limit, "name one further down or fewer files");
  }

  #count(measure: Measure, amount: number): void {
    const amounts = this.#amounts[measure];
    if (this.#top !== null) amounts.set(this.#top, (amounts.get(this.#top) ?? 0) + amount);
  }

  /**
   * Names the entry with the largest share so far, which the caller can leave out. A share of 1 is not worth naming.
   */
  #refuse(measure: Measure, limit: string, advice: string): Refusal {
    const [top, most] = [...this.#amounts[measure]].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 1] as const);
    return refuseTooMuch(this.#checked, limit, most > 1 ? `${advice}; the most are in ${quote(top)}` : advice);
  }
}
