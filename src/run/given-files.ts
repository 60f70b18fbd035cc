/** The host files of a call: read through their checked paths, and named for the program. */

import { createHash } from "node:crypto";
import { Refusal } from "../errors.js";
import { MAX_FILES, MAX_FILES_SIZE } from "../limits.js";
import type { PathValidator, ValidatedPath } from "../paths/path-validator.js";
import { readValidated } from "../paths/read-file.js";
import type { GuestFile } from "../sandbox/engine.js";

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
export async function readGivenFiles(paths: PathValidator, asked: readonly string[]): Promise<Given> {
  const files: { asked: string; file: GuestFile }[] = [];
  const names = new GivenNames(paths.roots);
  let bytesLeft = MAX_FILES_SIZE;
  if (asked.length > MAX_FILES) throw new Refusal("bad-input", `Cannot take ${asked.length} files: at most ${MAX_FILES} are allowed`, { stage: "limits", resource: "files" });
  for (const requested of asked) {
    const checked = await paths.resolve(requested);
    const bytes = await readValidated(checked, bytesLeft);
    bytesLeft -= bytes.length;
    const name = names.of(checked, checked.relative.replaceAll("\\", "/"));
    if (name !== null) files.push({ asked: requested, file: { ...name, bytes } });
  }
  return { files, leftOut: [] };
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
  return root.split(/[\\/]/).findLast((part) => part !== "") ?? "";
}

/** Gives each file one name for `files` and one place in the workspace, and no two the same. */
class GivenNames {
  readonly #roots = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #paths = new Set<string>();

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
    const path = `${this.#roots.get(root) ?? nameOf(root)}/${relative}`;
    if (this.#paths.has(path)) return null;
    // Files of two roots may have one relative path; the second is known by its root as well.
    const name = this.#names.has(relative) ? path : relative;
    this.#names.add(name);
    this.#paths.add(path);
    return { name, path };
  }
}
