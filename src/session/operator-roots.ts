/** What the operator opens to every session: the roots that were given, or the directory the server was started in. */

import path from "node:path";
import { Refusal, SetupError } from "../errors.js";
import type { Root } from "../paths/path-validator.js";
import { assertUsableRoot } from "../paths/root.js";

export interface CeilingSource {
  /** From `--allow-root` and `RLM_ALLOWED_ROOTS`, relative to `cwd`; undefined or empty if the operator gave none. */
  readonly allowedRoots?: readonly string[] | undefined;
  readonly cwd: string;
  readonly home: string;
}

export interface OperatorRoots {
  readonly roots: readonly Root[];
  /** False if they are only the working directory, which gives way to what the client names. */
  readonly isGiven: boolean;
}

/**
 * Returns the roots in the order given, each under the name that the operator wrote. Without the operator's word it is
 * the working directory, unless that is no project at all: then nothing.
 *
 * @throws {SetupError} If a root that the operator gave is missing or can never be one.
 */
export async function resolveOperatorRoots({ allowedRoots = [], cwd, home }: CeilingSource): Promise<OperatorRoots> {
  if (allowedRoots.length === 0) {
    const real = await assertUsableRoot(cwd, home).catch((error: unknown) => {
      if (error instanceof Refusal) return null;
      throw error;
    });
    return { roots: real === null ? [] : [{ spelled: real, real }], isGiven: false };
  }
  return {
    roots: await Promise.all(allowedRoots.map((root) => operatorRoot(path.resolve(cwd, root), home))),
    isGiven: true,
  };
}

async function operatorRoot(spelled: string, home: string): Promise<Root> {
  try {
    return { spelled, real: await assertUsableRoot(spelled, home) };
  } catch (cause) {
    if (cause instanceof Refusal)
      throw new SetupError(cause.message.replace(/^Cannot use root/, "Cannot allow root"), { cause });
    throw cause;
  }
}
