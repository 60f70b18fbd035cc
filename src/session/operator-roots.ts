/** Resolves the operator's roots. They are the same for all callers. */

import path from "node:path";
import { Refusal, SetupError } from "../errors.js";
import type { Root } from "../paths/path-validator.js";
import { assertUsableRoot } from "../paths/root.js";

/** The settings that the operator's roots come from. */
export interface OperatorRootsSource {
  /** From `--allow-root` and `RLM_ALLOWED_ROOTS`, relative to `cwd`; undefined or empty if the operator gave none. */
  readonly allowedRoots?: readonly string[] | undefined;
  /** Absolute; the directory that the server was started in. */
  readonly cwd: string;
  /** Absolute; the home directory of the server's user, which is never a root. */
  readonly home: string;
}

/** Directories that the operator opens to every caller. */
export interface OperatorRoots {
  readonly roots: readonly Root[];
  /**
   * False if the operator gave none and `roots` is the working directory. The working directory closes as soon as the
   * client names a root.
   */
  readonly isGiven: boolean;
}

/**
 * Returns the operator's roots in the order given, each with the name that the operator wrote. If the operator gave
 * none, the working directory is the only root, unless it can never be one (paths/root.ts): then there is no root.
 *
 * @throws {SetupError} If a root that the operator gave is missing or can never be a root.
 */
export async function resolveOperatorRoots(source: OperatorRootsSource): Promise<OperatorRoots> {
  const { allowedRoots = [], cwd, home } = source;
  if (allowedRoots.length > 0) {
    const roots = await Promise.all(allowedRoots.map((root) => resolveGivenRoot(path.resolve(cwd, root), home)));
    return { roots, isGiven: true };
  }
  const real = await assertUsableRoot(cwd, home).catch((error: unknown) => {
    if (error instanceof Refusal) return null;
    throw error;
  });
  return { roots: real === null ? [] : [{ spelled: real, real }], isGiven: false };
}

async function resolveGivenRoot(spelled: string, home: string): Promise<Root> {
  try {
    return { spelled, real: await assertUsableRoot(spelled, home) };
  } catch (cause) {
    if (cause instanceof Refusal)
      throw new SetupError(cause.message.replace(/^Cannot use root/, "Cannot allow root"), { cause });
    throw cause;
  }
}
