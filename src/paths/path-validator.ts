/**
 * Decides which host files a call may name.
 *
 * A path is allowed when the file it leads to, with every symlink followed, lies inside a root, and no name on the way
 * down from the root is restricted, neither as it was written nor as it is. Code that touches the disk takes a
 * `ValidatedPath`, which only this module makes, so a missing check does not compile.
 *
 * Not promised: that the file stays put. A link swapped in after the check is caught by the readers (held.ts), which
 * open without following links.
 */

import { realpathSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { Fault, quote, Refusal } from "../errors.js";
import { RestrictedNames } from "./restricted.js";
import { hostPath, isProcessView } from "./spelling.js";

declare const validated: unique symbol;

/** Where a file or directory was, inside which root, when it was checked. */
export interface ValidatedPath {
  readonly [validated]: true;
  /** Absolute, with no link in it. */
  readonly real: string;
  /** The real path of the innermost root around it. */
  readonly root: string;
  /** From the root to it; empty for the root itself. */
  readonly relative: string;
  /** What the caller wrote: the only spelling a message may repeat. */
  readonly asked: string;
}

/** A root as it was named, and as it is. */
export interface Root {
  readonly spelled: string;
  readonly real: string;
  /**
   * The operator opened this very directory, so the names on the way to it restrict nothing. A root of the client, of
   * the person or of the model never has it.
   */
  readonly isGivenByOperator?: true;
}

/** One spelling of a root. */
interface Place {
  readonly location: string;
  readonly isGivenByOperator: boolean;
}

/** What `realpath` says of a path that is wrong, as opposed to a disk that is. */
export const PATH_ERRORS: ReadonlySet<string | undefined> = new Set([
  "EACCES",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
]);

/** Roots that a refusal names. */
const MAX_ALTERNATIVES = 20;

export class PathValidator {
  /** What may not be read inside the roots. */
  readonly restricted: RestrictedNames;
  /** Where a path must end up. */
  readonly #places: readonly Place[];
  /** Where a path must start: the roots as they were named, and as they are. */
  readonly #spellings: readonly Place[];

  /** Takes roots that were resolved before; `create` resolves them. */
  constructor(roots: readonly Root[], restricted: RestrictedNames = new RestrictedNames()) {
    this.restricted = restricted;
    this.#places = roots.map(({ real, isGivenByOperator = false }) => ({ location: real, isGivenByOperator }));
    this.#spellings = [
      ...roots.map(({ spelled, isGivenByOperator = false }) => ({ location: spelled, isGivenByOperator })),
      ...this.#places,
    ];
  }

  /**
   * Resolves the roots once, so that a root replaced later cannot widen access.
   *
   * @throws {Fault} If a root is missing: wrong configuration must not start.
   */
  static create(roots: readonly string[], restricted?: RestrictedNames): PathValidator {
    try {
      const resolved = roots.map((root) => ({
        spelled: path.resolve(root),
        real: realpathSync.native(path.resolve(root)),
      }));
      return new PathValidator(resolved, restricted);
    } catch (cause) {
      throw new Fault("Cannot use the workspace roots: every root must exist", { cause });
    }
  }

  /** Real paths of the roots, each once: the operator and the client may name the same. */
  get roots(): readonly string[] {
    return [...new Set(this.#places.map(({ location }) => location))];
  }

  /**
   * Returns the real location of a path or file URI; a relative path is tried against each root in turn. Use what it
   * returns, never what was asked for.
   *
   * A missing file and a file outside the roots get the same answer; two answers would let the caller map the host. A
   * restricted name is refused whether or not there is such a file.
   *
   * @throws {Refusal} `bad-input`, `path-denied` or `path-restricted`.
   */
  async resolve(requested: string): Promise<ValidatedPath> {
    const wanted = hostPath(requested);
    const missing: string[] = [];
    let cause: unknown;
    for (const candidate of this.#candidates(wanted)) {
      // Both before any disk access: looking up a network share is itself a leak, and so is how long a lookup takes.
      const steps = stepsFrom(candidate, this.#spellings);
      if (steps === null || isProcessView(candidate)) continue;
      if (this.restricted.find(steps, "directory") !== null) this.restricted.assertAllowed(steps, requested, "file");

      try {
        const checked = await this.#look(candidate, steps, requested);
        if (checked !== null) return checked;
      } catch (error) {
        if (error instanceof Refusal) throw error;
        if (!PATH_ERRORS.has((error as NodeJS.ErrnoException).code))
          throw new Fault("Cannot resolve a workspace path", { cause: error });
        cause = error;
      }
      missing.push(steps);
    }
    // What is not there is taken for a file: a restricted one gets one answer, there or not.
    for (const steps of missing) this.restricted.assertAllowed(steps, requested, "file");
    throw denied(requested, cause, this.roots);
  }

  #candidates(wanted: string): readonly string[] {
    if (path.isAbsolute(wanted)) return [path.normalize(wanted)];
    return this.roots.map((root) => path.join(root, wanted));
  }

  /** Follows a path, and returns null if it leads out of the roots. */
  async #look(candidate: string, steps: string, asked: string): Promise<ValidatedPath | null> {
    const real = await realpath(candidate);
    const root = around(real, this.#places).at(-1)?.location;
    if (root === undefined || isProcessView(real)) return null;
    const kind = (await stat(real)).isDirectory() ? "directory" : "file";
    this.restricted.assertAllowed(steps, asked, kind);
    // Once more: a link may have led to a restricted name.
    this.restricted.assertAllowed(stepsFrom(real, this.#places) ?? "", asked, kind);
    return { real, root, relative: path.relative(root, real), asked } as ValidatedPath;
  }
}

/** Returns the roots that a path lies in, from the outermost to the innermost. */
function around(location: string, roots: readonly Place[]): readonly Place[] {
  return roots
    .filter((root) => isInside(location, root.location))
    .sort((a, b) => a.location.length - b.location.length);
}

/**
 * Returns the way down to a path, or null if it lies in no root. It is counted from the outermost root, for a root
 * inside another must not hide the names between them: `.git` may be one. From the innermost that somebody named
 * themselves, if there is one: they know what they opened.
 */
function stepsFrom(location: string, roots: readonly Place[]): string | null {
  const all = around(location, roots);
  const start = all.findLast(({ isGivenByOperator }) => isGivenByOperator) ?? all[0];
  return start === undefined ? null : path.relative(start.location, location);
}

/**
 * Compares whole segments: "/srv/app" does not contain "/srv/app-old". On Windows the step to another drive is itself
 * absolute.
 */
export function isInside(candidate: string, root: string): boolean {
  const step = path.relative(root, candidate);
  return step !== ".." && !step.startsWith(`..${path.sep}`) && !path.isAbsolute(step);
}

/**
 * The one answer for what is missing, outside, not a file, or no longer what it was.
 *
 * @param roots What is open, for a path that leads to nothing there: the caller is told where to look, or how something
 * is opened.
 */
export function denied(requested: string, cause?: unknown, roots?: readonly string[]): Refusal {
  const howToOpen =
    roots?.length === 0
      ? "; no directory is open, the operator opens one with --allow-root DIR or RLM_ALLOWED_ROOTS, the person by opening the folder in the client, and rlm_roots_set asks for one"
      : "";
  return new Refusal(
    "path-denied",
    `Cannot use path ${quote(requested)}: no such file inside the allowed roots${howToOpen}`,
    {
      stage: "paths",
      resource: requested,
      retryable: false,
      ...(roots === undefined ? {} : { alternatives: roots.slice(0, MAX_ALTERNATIVES) }),
    },
    { cause },
  );
}
