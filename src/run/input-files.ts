/** The input files of a call: host files, read through their checked paths and named for the program. */

import path from "node:path";
import { sha256 } from "../digest.js";
import { MAX_FILES, MAX_FILES_MS, MAX_FILES_SIZE } from "../limits.js";
import { refusePath, type ValidatedPath } from "../paths/path-validator.js";
import { namesFor, readTree, type Room } from "../paths/read-tree.js";
import type { GuestFile } from "../sandbox/engine.js";
import type { Session } from "../session/session.js";

/** Most names of left-out entries in a report. */
const MAX_LEFT_OUT = 100;

/** The host files that a call names, as the program gets them. */
export interface InputFiles {
  /** `asked` is the path as the caller wrote it; for a file of a directory, that of the directory and the rest. */
  readonly files: readonly { readonly asked: string; readonly file: GuestFile }[];
  /**
   * Entries that were left out of directories that the call names, as paths from their roots. At most a hundred, and
   * then one line with the number of the others.
   */
  readonly leftOut: readonly string[];
}

/** An input file in a report. */
export interface InputFileReport {
  /** As `asked` in `InputFiles`. */
  readonly path: string;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Absolute path in the sandbox; null if the run did not reach a sandbox. */
  readonly sandboxPath: string | null;
}

/** The input files of a call that names none. */
export const NO_INPUT_FILES: InputFiles = { files: [], leftOut: [] };

/** A file that was read and has no name yet. */
interface ReadFile {
  readonly checked: ValidatedPath;
  readonly relative: string;
  readonly bytes: Buffer;
}

/**
 * Reads every file that a call names, and all files below every directory that it names: at most `MAX_FILES` files and
 * `MAX_FILES_SIZE` bytes together, within `MAX_FILES_MS`. What the call names twice is read once.
 *
 * @param requested Host paths as the caller wrote them.
 * @param signal Of the caller: once it is aborted, its reason is thrown.
 * @throws {Refusal} `path-denied` or `path-restricted` for a path that may not be read; `bad-input` for too much.
 * @throws {Fault} If the disk failed.
 */
export async function readInputFiles(
  session: Pick<Session, "paths" | "contains">,
  requested: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<InputFiles> {
  const { paths } = session;
  const read: ReadFile[] = [];
  const leftOut = new Set<string>();
  const seen = new Set<string>();
  const stop = { signal, deadline: performance.now() + MAX_FILES_MS };
  let room: Required<Room> = {
    files: MAX_FILES,
    bytes: MAX_FILES_SIZE,
    names: namesFor(MAX_FILES),
    taken: { files: 0, bytes: 0 },
  };
  for (const asked of requested) {
    signal.throwIfAborted();
    const checked = await paths.resolve(asked);
    if (seen.has(checked.real)) continue;
    seen.add(checked.real);
    const tree = await readTree(checked, room, paths.restricted, stop);
    room = { ...room, names: room.names - tree.names };
    // The root may have been closed while the file was read.
    if (!session.contains(checked.real)) throw refusePath(asked);
    for (const { relative, bytes } of tree.files) {
      const taken = { files: room.taken.files + 1, bytes: room.taken.bytes + bytes.length };
      room = { ...room, files: room.files - 1, bytes: room.bytes - bytes.length, taken };
      read.push({ checked, relative, bytes });
    }
    for (const relative of tree.leftOut) leftOut.add(relative);
  }
  return { files: nameFiles(read, paths.roots), leftOut: shortenList([...leftOut]) };
}

/** The files as a guest gets them. */
export function filesOf({ files }: InputFiles): GuestFile[] {
  return files.map(({ file }) => file);
}

/** @param workspace Absolute path, in the sandbox, of the directory of the files; null if there is no sandbox. */
export function describeInputFiles({ files }: InputFiles, workspace: string | null): InputFileReport[] {
  return files.map(({ asked, file }) => ({
    path: asked,
    sha256: sha256(file.bytes),
    sandboxPath: workspace === null ? null : `${workspace}/${file.path}`,
  }));
}

/** Returns the name of a root's directory in the workspace, if no other root has that name. */
export function directoryNameOf(root: string): string {
  return path.basename(root);
}

function shortenList(leftOut: readonly string[]): readonly string[] {
  const more = leftOut.length - MAX_LEFT_OUT;
  return more <= 0 ? leftOut : [...leftOut.slice(0, MAX_LEFT_OUT), `... and ${more} more`];
}

/**
 * Gives each file one place in the workspace and one name for the variable `files`. No two files get the same, in any
 * order of the files. A file that was read twice comes once.
 *
 * A file is named by its path from its root. If a file of another root has that name, it is named by its place. If a
 * file has that place as its path, it is named with a number behind the name of its root. All files get a chance for
 * one kind of name before any file gets the next kind. So no order lets the path of one file become the name of
 * another.
 */
function nameFiles(read: readonly ReadFile[], roots: readonly string[]): InputFiles["files"] {
  const directories = nameDirectories(roots);
  const byPlace = new Map<string, ReadFile & { readonly directory: string }>();
  for (const file of read) {
    const directory = directories.get(file.checked.root) ?? directoryNameOf(file.checked.root);
    const place = `${directory}/${file.relative}`;
    if (!byPlace.has(place)) byPlace.set(place, { ...file, directory });
  }

  const names = new Map<string, string>();
  const used = new Set<string>();
  for (let round = 0; names.size < byPlace.size; round++) {
    for (const [place, { relative, directory }] of byPlace) {
      const name = round === 0 ? relative : `${appendNumber(directory, round)}/${relative}`;
      if (names.has(place) || used.has(name)) continue;
      names.set(place, name);
      used.add(name);
    }
  }
  return [...byPlace].map(([place, { checked, relative, bytes }]) => {
    const asked = askedPathOf(checked, relative);
    const host = path.isAbsolute(asked) ? { hostPath: path.normalize(asked) } : {};
    return { asked, file: { name: names.get(place) ?? place, path: place, ...host, bytes } };
  });
}

/**
 * Gives each root a directory in the workspace: its own name or, for the second root of one name, the name with a
 * number that no root has as its own name.
 */
function nameDirectories(roots: readonly string[]): ReadonlyMap<string, string> {
  const directories = new Map<string, string>();
  const used = new Set(roots.map(directoryNameOf));
  const taken = new Set<string>();
  for (const root of roots) {
    const own = directoryNameOf(root);
    let name = own;
    for (let number = 2; taken.has(own) && used.has(name); number++) name = appendNumber(own, number);
    taken.add(own);
    used.add(name);
    directories.set(root, name);
  }
  return directories;
}

function appendNumber(name: string, number: number): string {
  return number < 2 ? name : `${name}-${number}`;
}

/** Returns the caller's own path of a file. A file of a directory has the path of the directory, and the rest. */
function askedPathOf({ asked, relative: directory }: ValidatedPath, relative: string): string {
  const below = directory === "" ? relative : relative.slice(directory.length + 1);
  return relative.length <= directory.length ? asked : `${asked.replace(/\/$/, "")}/${below}`;
}
