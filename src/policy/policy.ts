/**
 * What a program may do, as data. One object serves the analysis, the guest's
 * own fence and the hash that names it, so they cannot disagree.
 */

import { createHash } from "node:crypto";
import type { RuleId } from "./rule.js";
import type { Severity } from "./severity.js";

export interface PolicyData {
  readonly name: string;
  /** Findings at or above it deny. */
  readonly threshold: Severity;
  /** Modules a Python program may import, dotted ones by their full name. */
  readonly importableModules: readonly string[];
  /** Builtins a Python program starts with. */
  readonly safeBuiltins: readonly string[];
  /** Builtins a Python program may not mention, and the rule that says so. */
  readonly deniedBuiltins: Readonly<Record<string, RuleId>>;
}

export interface Policy extends PolicyData {
  /** SHA-256, in hexadecimal, over the canonical JSON of everything else in the policy. */
  readonly hash: string;
}

/** Returns a frozen copy of the data, with its hash. */
export function definePolicy(data: PolicyData): Policy {
  const copy = structuredClone(data);
  const hash = createHash("sha256").update(canonicalJson(copy)).digest("hex");
  return Object.freeze({
    ...copy,
    importableModules: Object.freeze(copy.importableModules),
    safeBuiltins: Object.freeze(copy.safeBuiltins),
    deniedBuiltins: Object.freeze(copy.deniedBuiltins),
    hash,
  });
}

/** JSON with sorted keys and no white space: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
