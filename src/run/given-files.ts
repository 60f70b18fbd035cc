/** The host files of a call: read through their checked paths, and named for the program. */

import { createHash } from "node:crypto";
import path from "node:path";
import { MAX_FILES, MAX_FILES_SIZE } from "../limits.js";
import { denied, type ValidatedPath } from "../paths/path-validator.js";
import { readGiven } from "../paths/read-tree.js";
import type { GuestFile } from "../sandbox/engine.js";
import type { Session } from "../session/session.js";

export interface Given {
  readonly files: readonly { readonly asked: string; readonly file: GuestFile }[];
  /** Of named directories: what was not given, relative to its root. */
  readonly leftOut: readonly string[];
}

/** A file that a program was given, as its result tells of it. */
export interface ProvidedFile {
  /** As the caller named it; a directory's as the caller named that, and the rest. */
  readonly path: string;
  readonly sha256: string;
  /** Absolute path in the sandbox; null if the call did not get that far. */
  readonly sandboxPath: string | null;
}

export const NOTHING_GIVEN: Given = { files: [], leftOut: [] };

/**
 * Reads every file that is named, and those in every directory that is.
 *
 * @throws {Refusal} `path-denied` or `path-restricted` for a path that may not be named, `bad-input` if it is too much.
 */
export async function readGivenFiles(session: Session, asked: readonly string[]): Promise<Given> {
  const { paths } = session;
  const files: { asked: string; file: GuestFile }[] = [];
  const leftOut = new Set<string>();
  const names = new GivenNames(paths.roots);
  let room = { files: MAX_FILES, bytes: MAX_FILES_SIZE };
  for (const requested of asked) {
    const checked = await paths.resolve(requested);
    const given = await readGiven(checked, room, paths.restricted);
    // A root may have been closed meanwhile.
    if (!session.contains(checked.real)) throw denied(requested);
    for (const { relative, bytes } of given.files) {
      room = { files: room.files - 1, bytes: room.bytes - bytes.length };
      const name = names.of(checked, relative);
      if (name !== null) files.push({ asked: spelling(checked, relative), file: { ...name, bytes } });
    }
    for (const relative of given.leftOut) leftOut.add(relative);
  }
  return { files, leftOut: [...leftOut] };
}

/** What the caller wrote, and for a file of a named directory the rest of the way. */
function spelling({ asked, relative: named }: ValidatedPath, relative: string): string {
  const below = named === "" ? relative : relative.slice(named.length + 1);
  return relative.length <= named.length ? asked : `${asked.replace(/\/$/, "")}/${below}`;
}

export function provided({ files }: Given, workspace: string | null): ProvidedFile[] {
  return files.map(({ asked, file }) => ({
    path: asked,
    sha256: createHash("sha256").update(file.bytes).digest("hex"),
    sandboxPath: workspace === null ? null : `${workspace}/${file.path}`,
  }));
}

/** What a root is called in the sandbox. */
export function nameOf(root: string): string {
  return path.basename(root);
}

/** Gives each file one name for `files` and one place in the workspace, and no two the same. */
class GivenNames {
  readonly #roots = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #places = new Set<string>();

  constructor(roots: readonly string[]) {
    // Roots of one name: the second is known as name-2, whether or not the first is used.
    for (const root of roots) {
      const name = nameOf(root);
      const used = new Set(this.#roots.values());
      let unique = name;
      for (let number = 2; used.has(unique); number++) unique = `${name}-${number}`;
      this.#roots.set(root, unique);
    }
  }

  /** Null for a file that has been named before. */
  of({ root }: ValidatedPath, relative: string): { readonly name: string; readonly path: string } | null {
    const place = `${this.#roots.get(root) ?? nameOf(root)}/${relative}`;
    if (this.#places.has(place)) return null;
    // Files of two roots may have one relative path; the second is known by its root as well.
    const name = this.#names.has(relative) ? place : relative;
    this.#names.add(name);
    this.#places.add(place);
    return { name, path: place };
  }
}
