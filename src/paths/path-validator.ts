/**
 * Decides which host files a call may name.
 *
 * A path is allowed if two things are true. The file that it leads to, with every link followed, lies inside a root. No
 * name on the way down from the root is restricted, neither in the path as written nor in the real path. Code that
 * reads host files takes a `ValidatedPath`, which only this module makes, so a missing check does not compile.
 *
 * Not promised: that the file stays where it was. The readers open it without following links (open-beneath.ts), so
 * they notice a link that takes its place after the check.
 */

import { realpathSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { Fault, quote, Refusal } from "../errors.js";
import { findOtherAccents, followExistingPart } from "./other-spellings.js";
import { RestrictedNames } from "./restricted.js";
import { isProcessView, parseHostPath } from "./spelling.js";

declare const validated: unique symbol;

/** The place of a file or directory when it was checked. */
export interface ValidatedPath {
  readonly [validated]: true;
  /** Absolute, with no link in it. */
  readonly real: string;
  /** The real path of the innermost root around it. */
  readonly root: string;
  /** Path from the root; empty for the root itself. */
  readonly relative: string;
  /** The path as the caller wrote it. A message may repeat no other spelling. */
  readonly asked: string;
}

/** A directory whose files a call may name. */
export interface Root {
  /** Absolute, as it was written. */
  readonly spelled: string;
  /** Absolute, with no link in it. */
  readonly real: string;
  /**
   * The operator opened this very directory, so the names on the way to it restrict nothing. A root of the client, of
   * the person or of the model never has it.
   */
  readonly isGivenByOperator?: true;
}

/** One spelling of a root. */
interface RootSpelling {
  readonly location: string;
  readonly isGivenByOperator: boolean;
}

/** Error codes of a path that is wrong. Any other code means that the disk failed. */
export const PATH_ERRORS: ReadonlySet<string | undefined> = new Set([
  "EACCES",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
]);

/** Most roots that a refusal names. */
const MAX_ALTERNATIVES = 20;

/** Checks paths against a fixed list of roots. */
export class PathValidator {
  /** Names that may not be read inside the roots. */
  readonly restricted: RestrictedNames;
  /** The real roots. The real path of a file must lie in one of them. */
  readonly #realRoots: readonly RootSpelling[];
  /** The roots as written, and the real ones. A path as written must lie in one of them. */
  readonly #spellings: readonly RootSpelling[];

  readonly #foreignRoots: readonly string[];

  /**
   * @param roots Already resolved; `create` resolves roots.
   * @param foreignRoots Roots of the client that are no directories of this host, as URIs. A refusal names them.
   */
  constructor(
    roots: readonly Root[],
    restricted: RestrictedNames = new RestrictedNames(),
    foreignRoots: readonly string[] = [],
  ) {
    this.restricted = restricted;
    this.#foreignRoots = foreignRoots;
    this.#realRoots = roots.map(({ real, isGivenByOperator = false }) => ({ location: real, isGivenByOperator }));
    this.#spellings = [
      ...roots.map(({ spelled, isGivenByOperator = false }) => ({ location: spelled, isGivenByOperator })),
      ...this.#realRoots,
    ];
  }

  /**
   * Resolves the roots once, so that a directory that replaces a root later is not open.
   *
   * @throws {Fault} If a root is missing.
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

  /** Real paths of the roots, each once. */
  get roots(): readonly string[] {
    return [...new Set(this.#realRoots.map(({ location }) => location))];
  }

  /**
   * Returns the real place of a path or file URI. A relative path is tried against each root in turn. Use the result,
   * never `requested`.
   *
   * A missing file and a file outside the roots get the same answer. Two answers would let the caller find out which
   * files the host has. A restricted name is refused whether or not the file exists.
   *
   * @throws {Refusal} `bad-input`, `path-denied` or `path-restricted`.
   * @throws {Fault} If the disk failed.
   */
  async resolve(requested: string): Promise<ValidatedPath> {
    const wanted = parseHostPath(requested);
    const missing: string[] = [];
    let cause: unknown;
    for await (const candidate of this.#candidates(wanted)) {
      const steps = stepsFrom(candidate, this.#spellings);
      if (steps === null || isProcessView(candidate)) continue;
      if (this.restricted.findPattern(steps, "directory") !== null)
        this.restricted.assertAllowed(steps, requested, "file");

      try {
        const checked = await this.#follow(candidate, steps, requested);
        if (checked !== null) return checked;
      } catch (error) {
        if (error instanceof Refusal) throw error;
        if (!PATH_ERRORS.has((error as NodeJS.ErrnoException).code))
          throw new Fault("Cannot resolve a workspace path", { cause: error });
        cause = error;
      }
      missing.push(steps);
    }
    // A missing path is checked as a file, so a restricted name gets the same answer whether or not it exists.
    for (const steps of missing) this.restricted.assertAllowed(steps, requested, "file");
    throw refusePath(requested, cause, this.roots, this.#foreignRoots);
  }

  /** The places that a path may mean, each found when those before it lead to nothing. */
  async *#candidates(wanted: string): AsyncIterable<string> {
    const written = path.isAbsolute(wanted)
      ? [path.normalize(wanted)]
      : this.roots.map((root) => path.join(root, wanted));
    yield* written;
    for (const location of written) {
      for (const root of new Set(this.#spellings.map((one) => one.location))) {
        const other = await findOtherAccents(location, root);
        if (other !== null && other !== location) yield other;
      }
      // Not on Windows: a lookup of a network share sends the user's credentials to its host.
      const isElsewhere = stepsFrom(location, this.#spellings) === null && !isProcessView(location);
      const inside = isElsewhere && process.platform !== "win32" ? await followExistingPart(location) : null;
      if (inside !== null) yield inside;
    }
  }

  /** Follows all links of a path. Returns null if it leads out of the roots. */
  async #follow(candidate: string, steps: string, asked: string): Promise<ValidatedPath | null> {
    const real = await realpath(candidate);
    const root = rootsAround(real, this.#realRoots).at(-1)?.location;
    if (root === undefined || isProcessView(real)) return null;
    const kind = (await stat(real)).isDirectory() ? "directory" : "file";
    this.restricted.assertAllowed(steps, asked, kind);
    // A second time: a link may have led to a restricted name.
    this.restricted.assertAllowed(stepsFrom(real, this.#realRoots) ?? "", asked, kind);
    return { real, root, relative: path.relative(root, real), asked } as ValidatedPath;
  }
}

/** Returns the roots that a path lies in, from the outermost to the innermost. */
function rootsAround(location: string, roots: readonly RootSpelling[]): readonly RootSpelling[] {
  return roots
    .filter((root) => isInside(location, root.location))
    .sort((a, b) => a.location.length - b.location.length);
}

/**
 * Returns the names from a root down to a path, or null if the path lies in no root.
 *
 * They start at the innermost root around it that the operator gave: the operator has opened that very directory. If
 * there is none they start at the outermost root, because a root inside another must not hide the names between them.
 * One of those may be `.git`.
 */
function stepsFrom(location: string, roots: readonly RootSpelling[]): string | null {
  const all = rootsAround(location, roots);
  const start = all.findLast(({ isGivenByOperator }) => isGivenByOperator) ?? all[0];
  return start === undefined ? null : path.relative(start.location, location);
}

/**
 * Returns true if a path is a directory or lies below it. Compares whole segments: "/srv/app-old" is not inside
 * "/srv/app". On Windows the relative path to another drive is absolute.
 */
export function isInside(candidate: string, root: string): boolean {
  const step = path.relative(root, candidate);
  return step !== ".." && !step.startsWith(`..${path.sep}`) && !path.isAbsolute(step);
}

/**
 * Returns the `path-denied` refusal: the same for a path that is missing, outside, not a file, or not the checked one
 * any more.
 *
 * @param roots Real paths that the refusal lists. Given if the path leads to nothing inside them. If there are none the
 * message says how a directory is opened.
 * @param foreignRoots Roots of the client that are no directories of this host.
 */
export function refusePath(
  requested: string,
  cause?: unknown,
  roots?: readonly string[],
  foreignRoots: readonly string[] = [],
): Refusal {
  const howToOpen =
    roots?.length === 0
      ? "; no directory is open, the operator opens one with --allow-root DIR or RLM_ALLOWED_ROOTS, " +
        "the person by opening the folder in the client, and rlm_roots_set asks for one"
      : "";
  return new Refusal(
    "path-denied",
    `Cannot use path ${quote(requested)}: no such file inside the allowed roots${howToOpen}` +
      describeForeignRoots(foreignRoots),
    {
      stage: "paths",
      resource: requested,
      retryable: false,
      ...(roots === undefined ? {} : { alternatives: roots.slice(0, MAX_ALTERNATIVES) }),
    },
    { cause },
  );
}

/** Tells why a folder that is open in the client is not open here. Empty if there is none. */
export function describeForeignRoots(uris: readonly string[]): string {
  const [first] = uris;
  if (first === undefined) return "";
  const more = uris.length === 1 ? "" : ` and ${uris.length - 1} more`;
  return (
    `; the client's root ${quote(first)}${more} is no directory of the host that this server runs on, ` +
    "start the server where that folder is"
  );
}
