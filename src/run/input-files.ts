/** The host files of a call: read through their checked paths, and named for the program. */

import path from "node:path";
import { sha256 } from "../digest.js";
import { MAX_FILES, MAX_FILES_SIZE } from "../limits.js";
import { refusePath, type ValidatedPath } from "../paths/path-validator.js";
import { readTree } from "../paths/read-tree.js";
import type { GuestFile } from "../sandbox/engine.js";
import type { Session } from "../session/session.js";

/** Names of what was left out that are worth telling. */
const MAX_LEFT_OUT = 100;

export interface Given {
  readonly files: readonly { readonly asked: string; readonly file: GuestFile }[];
  /**
   * Of named directories: what was not given, relative to its root. The first hundred, and then how many more there
   * are.
   */
  readonly leftOut: readonly string[];
}

/** A file that a program was given, as its result tells of it. */
export interface InputFileReport {
  /** As the caller named it; a directory's as the caller named that, and the rest. */
  readonly path: string;
  readonly sha256: string;
  /** Absolute path in the sandbox; null if the call did not get that far. */
  readonly sandboxPath: string | null;
}

export const NO_INPUT_FILES: Given = { files: [], leftOut: [] };

/** A file that was read, before it has a name. */
interface ReadFile {
  readonly checked: ValidatedPath;
  readonly relative: string;
  readonly bytes: Buffer;
}

/**
 * Reads every file that is named, and those in every directory that is.
 *
 * @throws {Refusal} `path-denied` or `path-restricted` for a path that may not be named, `bad-input` if it is too much.
 */
export async function readInputFiles(
  session: Pick<Session, "paths" | "contains">,
  asked: readonly string[],
): Promise<Given> {
  const { paths } = session;
  const read: ReadFile[] = [];
  const leftOut = new Set<string>();
  let room = { files: MAX_FILES, bytes: MAX_FILES_SIZE };
  for (const requested of asked) {
    const checked = await paths.resolve(requested);
    const tree = await readTree(checked, room, paths.restricted);
    // A root may have been closed meanwhile.
    if (!session.contains(checked.real)) throw refusePath(requested);
    for (const { relative, bytes } of tree.files) {
      room = { files: room.files - 1, bytes: room.bytes - bytes.length };
      read.push({ checked, relative, bytes });
    }
    for (const relative of tree.leftOut) leftOut.add(relative);
  }
  return { files: named(read, paths.roots), leftOut: told([...leftOut]) };
}

function told(leftOut: readonly string[]): readonly string[] {
  const more = leftOut.length - MAX_LEFT_OUT;
  return more <= 0 ? leftOut : [...leftOut.slice(0, MAX_LEFT_OUT), `... and ${more} more`];
}

/** What the caller wrote, and for a file of a named directory the rest of the way. */
function spelling({ asked, relative: named }: ValidatedPath, relative: string): string {
  const below = named === "" ? relative : relative.slice(named.length + 1);
  return relative.length <= named.length ? asked : `${asked.replace(/\/$/, "")}/${below}`;
}

export function provided({ files }: Given, workspace: string | null): InputFileReport[] {
  return files.map(({ asked, file }) => ({
    path: asked,
    sha256: sha256(file.bytes),
    sandboxPath: workspace === null ? null : `${workspace}/${file.path}`,
  }));
}

/** What a root is called in the sandbox. */
export function nameOf(root: string): string {
  return path.basename(root);
}

/**
 * Gives each file one place in the workspace and one name for `files`, and no two the same, whatever their order. A
 * file that was read twice is given once.
 *
 * It is named by its path from its root. Where another root's file has that name, it is named by its place, and where a
 * file has that as its path, with a number behind the root. Each kind of name is given to all before the next is given
 * to any, so that in no order does the path of one file become the name of another.
 */
function named(read: readonly ReadFile[], roots: readonly string[]): Given["files"] {
  const directories = directoriesOf(roots);
  const byPlace = new Map<string, ReadFile & { readonly directory: string }>();
  for (const file of read) {
    const directory = directories.get(file.checked.root) ?? nameOf(file.checked.root);
    const place = `${directory}/${file.relative}`;
    if (!byPlace.has(place)) byPlace.set(place, { ...file, directory });
  }

  const names = new Map<string, string>();
  const used = new Set<string>();
  for (let round = 0; names.size < byPlace.size; round++) {
    for (const [place, { relative, directory }] of byPlace) {
      const name = round === 0 ? relative : `${numbered(directory, round)}/${relative}`;
      if (names.has(place) || used.has(name)) continue;
      names.set(place, name);
      used.add(name);
    }
  }
  return [...byPlace].map(([place, { checked, relative, bytes }]) => ({
    asked: spelling(checked, relative),
    file: { name: names.get(place) ?? place, path: place, bytes },
  }));
}

/**
 * What each root is called in the workspace: its own name, or for the second of that name one with a number that is no
 * root's own.
 */
function directoriesOf(roots: readonly string[]): ReadonlyMap<string, string> {
  const directories = new Map<string, string>();
  const used = new Set(roots.map(nameOf));
  const kept = new Set<string>();
  for (const root of roots) {
    const own = nameOf(root);
    let name = own;
    for (let number = 2; kept.has(own) && used.has(name); number++) name = numbered(own, number);
    kept.add(own);
    used.add(name);
    directories.set(root, name);
  }
  return directories;
}

function numbered(name: string, number: number): string {
  return number < 2 ? name : `${name}-${number}`;
}
