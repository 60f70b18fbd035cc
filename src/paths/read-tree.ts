/**
 * Reads what a call names: a file, or a directory with everything below it.
 *
 * Every step down is held (held.ts), so what is swapped for a link while we read is left out and never followed. Links,
 * pipes, sockets, devices, restricted names, and what is gone or may not be read by the time we come to it, are left
 * out and said to be.
 *
 * Not promised: one moment in time. Files may change while others are read.
 */

import path from "node:path";
import { quote, type Refusal } from "../errors.js";
import { MAX_FILES_DEPTH } from "../limits.js";
import { type Held, hold, isOpenError, orDenied } from "./open-beneath.js";
import { denied, type ValidatedPath } from "./path-validator.js";
import { readHeld, tooMuch } from "./read-file.js";
import type { Kind, RestrictedNames } from "./restricted.js";

/** Names looked at for each file that there is room for: a directory full of links must not keep us busy. */
const NAMES_PER_FILE = 10;

type Measure = "files" | "bytes" | "names";

/** What a call may still take. */
export interface Room {
  readonly files: number;
  readonly bytes: number;
}

export interface GivenFile {
  /** From the root, with forward slashes. */
  readonly relative: string;
  readonly bytes: Buffer;
}

export interface Given {
  /** By name, each directory's content in its place. */
  readonly files: readonly GivenFile[];
  /** From the root, with forward slashes. A name that is not UTF-8 has U+FFFD in it. */
  readonly leftOut: readonly string[];
}

/**
 * Returns the file, or the regular files below the directory.
 *
 * @throws {Refusal} `path-denied` if it is neither or not the one that was checked any more, `bad-input` if there is
 * more than there is room for.
 */
export async function readGiven(checked: ValidatedPath, room: Room, restricted: RestrictedNames): Promise<Given> {
  return await orDenied(checked, async () => {
    await using held = await hold(checked);
    if (held.kind === "other") throw denied(checked.asked);
    // Again: it may have been a directory when it was checked, and of those other names are restricted.
    restricted.assertAllowed(checked.relative, checked.asked, held.kind);
    const reading = new Reading(checked, room, restricted);
    // Not every backslash: elsewhere than on Windows a file may be named `..\x`, and `../x` would be another place.
    await reading.take(held, checked.relative.replaceAll(path.sep, "/"), 0);
    return { files: reading.files, leftOut: reading.leftOut };
  });
}

/** One reading, and what it has come to so far. */
class Reading {
  readonly files: GivenFile[] = [];
  readonly leftOut: string[] = [];
  readonly #checked: ValidatedPath;
  readonly #room: Room;
  readonly #restricted: RestrictedNames;
  /** How much is in each thing of the directory that was named. */
  readonly #amounts: Readonly<Record<Measure, Map<string, number>>> = {
    files: new Map(),
    bytes: new Map(),
    names: new Map(),
  };
  /** The one that is being read; null at the directory itself, or if a file was named. */
  #top: string | null = null;
  #bytes = 0;
  #names = 0;

  constructor(checked: ValidatedPath, room: Room, restricted: RestrictedNames) {
    this.#checked = checked;
    this.#room = room;
    this.#restricted = restricted;
  }

  /** Takes a file, or what is in a directory. */
  async take(held: Held, relative: string, depth: number): Promise<void> {
    if (held.kind === "file") return await this.#takeFile(held, relative);
    if (depth > MAX_FILES_DEPTH)
      throw tooMuch(this.#checked, `${MAX_FILES_DEPTH} directories in one another`, "name one further down");
    for (const name of await this.#namesIn(held)) {
      await this.#takeEntry(held, name, relative === "" ? name : `${relative}/${name}`, depth);
    }
  }

  async #takeFile(file: Held, relative: string): Promise<void> {
    if (this.files.length >= this.#room.files) {
      throw this.#tooMuch(
        "files",
        `${this.#room.files} files, the room that this call has for them`,
        "name fewer files",
      );
    }
    const left = this.#room.bytes - this.#bytes;
    const bytes = await readHeld(file, left);
    this.#count("bytes", bytes?.length ?? left + 1);
    if (bytes === null) {
      throw this.#tooMuch(
        "bytes",
        `${this.#room.bytes} bytes, the room that this call has for them`,
        "name fewer or smaller files",
      );
    }
    this.#count("files", 1);
    this.#bytes += bytes.length;
    this.files.push({ relative, bytes });
  }

  async #takeEntry(directory: Held, name: string, relative: string, depth: number): Promise<void> {
    // U+FFFD stands for bytes that are no UTF-8: opening it would open another name, if any.
    if (name.includes("\uFFFD")) {
      this.leftOut.push(relative);
      return;
    }
    if (depth === 0) this.#top = name;
    try {
      await using entry = await directory.child(name);
      if (entry.kind === "other" || this.#isRestricted(relative, entry.kind)) this.leftOut.push(relative);
      else await this.take(entry, relative, depth + 1);
    } catch (error) {
      if (!isOpenError(error)) throw error;
      this.leftOut.push(relative);
    }
  }

  /** A directory is gone into even if only some of its files may be read: each is looked at. */
  #isRestricted(relative: string, kind: Kind): boolean {
    return kind === "directory" ? this.#restricted.isClosed(relative) : this.#restricted.find(relative, kind) !== null;
  }

  /** Sorted, so that the same directory is always read in the same order. */
  async #namesIn(directory: Held): Promise<readonly string[]> {
    const max = this.#room.files * NAMES_PER_FILE;
    const names: string[] = [];
    for await (const name of directory.names()) {
      this.#names += 1;
      this.#count("names", 1);
      if (this.#names > max)
        throw this.#tooMuch(
          "names",
          `${max} names in it, links and directories included`,
          "name one further down or fewer files",
        );
      names.push(name);
    }
    return names.sort();
  }

  #count(measure: Measure, amount: number): void {
    const amounts = this.#amounts[measure];
    if (this.#top !== null) amounts.set(this.#top, (amounts.get(this.#top) ?? 0) + amount);
  }

  /**
   * The refusal says where the most is, of what has been looked at so far: that is what to do without. One of many says
   * nothing.
   */
  #tooMuch(measure: Measure, limit: string, instead: string): Refusal {
    const [top, most] = [...this.#amounts[measure]].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 1] as const);
    return tooMuch(this.#checked, limit, most > 1 ? `${instead}; the most are in ${quote(top)}` : instead);
  }
}
