/** What the thread for patterns (pattern-worker.ts) is asked to do, and how it does it. */

import type { Range } from "../analysis/report.js";
import { makePolicy } from "./custom.js";
import { PolicyError } from "./custom-schema.js";
import { type PatternTexts, PatternSearch, type SearchedPattern } from "./patterns.js";
import type { Policy } from "./policy.js";

/** The order to make a policy of a caller's document. */
interface PolicyOrder {
  readonly document: object;
  readonly path: string;
  /** The policy that the document names, if there is one. */
  readonly base: Policy | null;
  /** Names that the policy may not have. */
  readonly taken: readonly string[];
  readonly fallbackName: string;
}

/** The order to search a program. */
interface SearchOrder {
  readonly texts: PatternTexts;
  readonly patterns: readonly SearchedPattern[];
}

/** One order to the thread. It answers each with one message. */
export type PatternOrder = { readonly make: PolicyOrder } | { readonly search: SearchOrder };

/** The answer to an order; `failure` tells of an error of our own. */
export type PatternAnswer =
  | { readonly policy: Policy }
  | { readonly problems: readonly string[] }
  | { readonly found: readonly (readonly Range[])[] }
  | { readonly failure: string };

/** Carries out one order. Never throws: the answer to an error is a message too. */
export function answerTo(order: PatternOrder): PatternAnswer {
  try {
    if ("make" in order) return { policy: make(order.make) };
    const search = new PatternSearch(order.search.texts);
    return { found: order.search.patterns.map((pattern) => search.find(pattern)) };
  } catch (error) {
    return error instanceof PolicyError
      ? { problems: error.problems }
      : { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function make({ document, path, base, taken, fallbackName }: PolicyOrder): Policy {
  const find = (name: string): Policy | undefined =>
    base?.name === name ? base : taken.includes(name) ? ({ name } as Policy) : undefined;
  return makePolicy(document, path, find, fallbackName);
}
