/**
 * Decides which names inside a root no call may read: names that usually hold keys, passwords or tokens.
 *
 * Each name on the path below the root is compared as a whole, in lower case: `environment.py` is not `.env`. Names
 * above the root do not count, so a project below a directory named `secrets` can be a root.
 *
 * No file below a directory with a restricted name is read. Some of these names are common in projects too: below such
 * a directory programs are read, and each file counts by itself. The directory is never used as a whole. It could
 * become a root, and then its own name would not count any more.
 *
 * A backup and an editor's copy count as the name that they are a copy of (copy-names.ts),
 * and the other names that a FAT or NTFS disk has for one file (copy-names.ts, short-names.ts).
 *
 * Not promised: that a file with another name holds no secret. This file looks at names alone.
 */

import { quote, Refusal } from "../errors.js";
import { originalsOf } from "./copy-names.js";
import { mayBeShortFor } from "./short-names.js";
import { RESTRICTED_NAMES, type RestrictedName } from "./restricted-table.js";

/** The kinds of entries that a call may name. */
export type EntryKind = "file" | "directory";

/** A pattern cut at its stars. A single part is a whole name. */
type Parts = readonly string[];

interface CompiledName {
  readonly name: RestrictedName;
  readonly parts: Parts;
  readonly except: readonly Parts[];
}

/** Decides which paths below a root are restricted. */
export class RestrictedNames {
  readonly #names: readonly CompiledName[];
  /** The names that the directory of a root may not have. */
  readonly #keyStores: readonly CompiledName[];

  /** @param additions Patterns that the operator adds to `RESTRICTED_NAMES`. */
  constructor(additions: readonly string[] = []) {
    const added = additions.map((pattern): CompiledName => compile({ pattern, why: "restricted by the operator" }));
    this.#names = [...RESTRICTED_NAMES.map(compile), ...added];
    this.#keyStores = [...RESTRICTED_NAMES.filter(isKeyStore).map(compile), ...added];
  }

  /**
   * Returns the pattern that restricts a path, or null.
   *
   * @param location Path from the root.
   * @param kind The kind of the entry that the path leads to. A directory is checked as a whole: it may become a root.
   */
  findPattern(location: string, kind: EntryKind = "file"): string | null {
    return this.#find(location, kind)?.pattern ?? null;
  }

  /** Returns true if no file below a directory may be read. */
  isClosed(location: string): boolean {
    const closing = this.#names.filter(({ name }) => name.readableBelow === undefined);
    return segmentsOf(location).some((segment) => findName(segment, closing) !== undefined);
  }

  /**
   * Refuses a restricted path.
   *
   * @param relative Path from the root.
   * @param asked The path as the caller wrote it: the message repeats no other.
   * @throws {Refusal} `path-restricted`.
   */
  assertAllowed(relative: string, asked: string, kind: EntryKind = "file"): void {
    const found = this.#find(relative, kind);
    if (found !== undefined) throw refuseRestricted(found, asked);
  }

  /**
   * Refuses a directory that holds keys or passwords: only the operator can make it a root. Of the names above the
   * directory only hidden ones count, because a project may lie below a directory named `secrets`. The directory itself
   * may have a name like `id_service`.
   *
   * @param real Absolute.
   * @param asked The path as the caller wrote it: the message repeats no other.
   * @throws {Refusal} `path-restricted`.
   */
  assertUsableAsRoot(real: string, asked: string): void {
    const segments = segmentsOf(real);
    const relevant = segments.filter((segment, at) => segment.startsWith(".") || at === segments.length - 1);
    const found = relevant.map((segment) => findName(segment, this.#keyStores)).find((name) => name !== undefined);
    if (found !== undefined) throw refuseRestricted(found.name, asked);
  }

  #find(location: string, kind: EntryKind): RestrictedName | undefined {
    const segments = segmentsOf(location);
    const last = segments.at(-1) ?? "";
    for (const [at, segment] of segments.entries()) {
      const isFile = kind === "file" && at === segments.length - 1;
      const found = findName(segment, this.#names, (name, spelled) =>
        isFile ? isExcepted(last, name) || isExcepted(spelled, name) : isReadableBelow(name, kind, last),
      );
      if (found !== undefined) return found.name;
    }
    return undefined;
  }
}

/**
 * Returns the first of the names that matches a segment of a path or, if there is none, one that the segment is a copy
 * of.
 *
 * @param isPassed Returns true if a name that matches one of these spellings does not count.
 */
function findName(
  segment: string,
  names: readonly CompiledName[],
  isPassed: (name: CompiledName, spelled: string) => boolean = () => false,
): CompiledName | undefined {
  const findSpelled = (spelled: string): CompiledName | undefined =>
    names.find((name) => matches(spelled, name.parts) && !isPassed(name, spelled));
  const found = findSpelled(segment);
  if (found !== undefined) return found;
  for (const original of originalsOf(segment)) {
    const copied = findSpelled(original);
    if (copied !== undefined) return copied;
  }
  if (!segment.includes("~")) return undefined;
  // The marks of a copy hide a short name too: FAT opens `GIT~1.` as `.git`.
  const spellings = [segment, ...originalsOf(segment)];
  return names.find((name) => spellings.some((one) => mayBeShortFor(one, name.parts)) && !isPassed(name, segment));
}

/** Hidden names, and `secrets`: no project has such a name. */
function isKeyStore({ pattern }: RestrictedName): boolean {
  return pattern.startsWith(".") || pattern === "secrets";
}

function refuseRestricted({ pattern, why }: RestrictedName, asked: string): Refusal {
  return new Refusal(
    "path-restricted",
    `Cannot use path ${quote(asked)}: it must not lead to a restricted name, it leads to one like ${quote(pattern)} ` +
      `(${why}); only the operator decides which names are restricted`,
    { stage: "paths", resource: asked, retryable: false },
  );
}

function isExcepted(file: string, { except }: CompiledName): boolean {
  return except.some((parts) => matches(file, parts));
}

/**
 * Returns true if a directory of this name may be used for an entry: for the directory itself, a directory below it, or
 * a file below it.
 *
 * @param last Name of the entry.
 */
function isReadableBelow(compiled: CompiledName, kind: EntryKind, last: string): boolean {
  const { readableBelow } = compiled.name;
  return readableBelow === "all" || (readableBelow === "exceptions" && kind === "file" && isExcepted(last, compiled));
}

function compile(name: RestrictedName): CompiledName {
  return { name, parts: partsOf(name.pattern), except: (name.except ?? []).map(partsOf) };
}

function partsOf(pattern: string): Parts {
  return normalize(pattern).split("*");
}

function segmentsOf(location: string): readonly string[] {
  return normalize(location).split(/[\\/]/);
}

/** Some disks store a letter with an accent as one character, others as two: NFC makes them equal. */
function normalize(name: string): string {
  return name.toLowerCase().normalize("NFC");
}

/** Not a regular expression: the pattern `*a*a*a*b` would take time that grows with a power of the name's length. */
function matches(name: string, parts: Parts): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
