/** What the operator opens to every session: the roots that were given, or the directory the server was started in. */

import path from "node:path";
import { Refusal, SetupError } from "../errors.js";
import { assertUsableRoot } from "../paths/root.js";

export interface CeilingSource {
  /** From `--allow-root` and `RLM_ALLOWED_ROOTS`, relative to `cwd`; undefined or empty if the operator gave none. */
  readonly allowedRoots?: readonly string[] | undefined;
  readonly cwd: string;
  readonly home: string;
}

export interface OperatorCeiling {
  /** Real paths. */
  readonly roots: readonly string[];
  /** False if they are only the working directory, which gives way to what the client names. */
  readonly isGiven: boolean;
}

/**
 * Returns real paths, in the order given. Without the operator's word
 * it is the working directory, unless that is no project at all: then nothing.
 *
 * @throws {SetupError} If a root that the operator gave is missing or can never be one.
 */
export async function operatorCeiling({ allowedRoots = [], cwd, home }: CeilingSource): Promise<OperatorCeiling> {
  if (allowedRoots.length === 0) {
    const real = await assertUsableRoot(cwd, home).catch((error: unknown) => {
      if (error instanceof Refusal) return null;
      throw error;
    });
    return { roots: real === null ? [] : [real], isGiven: false };
  }
  const real = await Promise.all(allowedRoots.map((root) => operatorRoot(path.resolve(cwd, root), home)));
  return { roots: [...new Set(real)], isGiven: true };
}

async function operatorRoot(root: string, home: string): Promise<string> {
  try {
    return await assertUsableRoot(root, home);
  } catch (cause) {
    if (cause instanceof Refusal) throw new SetupError(cause.message.replace(/^Cannot use root/, "Cannot allow root"), { cause });
    throw cause;
  }
}
