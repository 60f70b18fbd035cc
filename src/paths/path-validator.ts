/**
 * Decides which host files a call may name.
 *
 * A path is allowed when the file it leads to, with every symlink followed,
 * lies inside a root. Code that touches the disk takes a `ValidatedPath`, which
 * only this module makes, so a missing check does not compile.
 *
 * Not promised: that the file stays put. A link swapped in after the check is
 * caught by the reader (read-file.ts), which opens without following links.
 */

import { realpathSync } from "node:fs";
import { realpath } from "node:fs/promises";
import path from "node:path";
import { Fault, quote, Refusal } from "../errors.js";
import { MAX_PATH_LENGTH } from "../limits.js";

declare const validated: unique symbol;

/** Where a file was, inside which root, when it was checked. */
export interface ValidatedPath {
  readonly [validated]: true;
  /** Absolute, with no link in it. */
  readonly real: string;
  /** The real path of the innermost root around it. */
  readonly root: string;
  /** From the root to the file; empty for the root itself. */
  readonly relative: string;
  /** What the caller wrote: the only spelling a message may repeat. */
  readonly asked: string;
}

/** A root as it was named, and as it is. */
export interface Root {
  readonly spelled: string;
  readonly real: string;
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

export class PathValidator {
  /** Where a path must end up. */
  readonly #roots: readonly Root[];

  /** Takes roots that were resolved before; `create` resolves them. */
  constructor(roots: readonly Root[]) {
    this.#roots = roots.map(({ spelled, real }) => ({ spelled, real }));
  }

  /**
   * Resolves the roots once, so that a root replaced later cannot widen access.
   *
   * @throws {Fault} If a root is missing: wrong configuration must not start.
   */
  static create(roots: readonly string[]): PathValidator {
    try {
      return new PathValidator(
        roots.map((root) => ({ spelled: path.resolve(root), real: realpathSync.native(path.resolve(root)) })),
      );
    } catch (cause) {
      throw new Fault("Cannot use the workspace roots: every root must exist", { cause });
    }
  }

  /** Real paths of the roots. */
  get roots(): readonly string[] {
    return this.#roots.map(({ real }) => real);
  }

  /**
   * Returns the real location of `requested`; a relative path is tried against
   * each root in turn. Use what it returns, never what was asked for.
   *
   * A missing file and a file outside the roots get the same answer; two
   * answers would let the caller map the host.
   *
   * @throws {Refusal} `bad-input` or `path-denied`.
   */
  async resolve(requested: string): Promise<ValidatedPath> {
    assertWellFormed(requested);
    let cause: unknown;
    for (const candidate of this.#candidates(requested)) {
      // Before any disk access: looking up a network share is itself a leak.
      if (!this.#roots.some(({ spelled, real }) => isInside(candidate, spelled) || isInside(candidate, real))) continue;

      const real = await realpath(candidate).catch((error: NodeJS.ErrnoException) => {
        if (!PATH_ERRORS.has(error.code)) throw new Fault("Cannot resolve a workspace path", { cause: error });
        cause = error;
        return null;
      });
      const root = real === null ? undefined : this.#innermostRoot(real);
      if (real === null || root === undefined) continue;
      return { real, root, relative: path.relative(root, real), asked: requested } as ValidatedPath;
    }
    throw denied(requested, cause);
  }

  #candidates(requested: string): readonly string[] {
    if (path.isAbsolute(requested)) return [path.normalize(requested)];
    return this.#roots.map(({ real }) => path.join(real, requested));
  }

  #innermostRoot(real: string): string | undefined {
    const around = this.roots.filter((root) => isInside(real, root));
    return around.sort((a, b) => b.length - a.length)[0];
  }
}

function assertWellFormed(requested: string): void {
  const reject = (problem: string): never => {
    throw new Refusal("bad-input", `Cannot use path ${quote(requested)}: ${problem}`, {
      stage: "paths",
      resource: requested.slice(0, 120),
    });
  };
  if (requested === "") reject("it must not be empty");
  if (requested.length > MAX_PATH_LENGTH) {
    reject(`it may have at most ${MAX_PATH_LENGTH} characters, this one has ${requested.length}`);
  }
  if (requested.includes("\0")) reject("it must not contain a NUL character");
}

/**
 * Compares whole segments: "/srv/app" does not contain "/srv/app-old". On
 * Windows the step to another drive is itself absolute.
 */
export function isInside(candidate: string, root: string): boolean {
  const step = path.relative(root, candidate);
  return step !== ".." && !step.startsWith(`..${path.sep}`) && !path.isAbsolute(step);
}

/** The one answer for what is missing, outside, not a file, or no longer what it was. */
export function denied(requested: string, cause?: unknown): Refusal {
  return new Refusal(
    "path-denied",
    `Cannot use path ${quote(requested)}: no such file inside the allowed roots`,
    { stage: "paths", resource: requested, retryable: false },
    { cause },
  );
}
