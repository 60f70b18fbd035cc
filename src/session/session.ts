/**
 * One session: the roots that it has at any moment, and what it may still spend.
 *
 * Its roots are all that is open to its caller or, once they are set, those of them that are open: they are worked out
 * at each look, so that what closes is closed here in the same moment, and works again when it is opened again.
 */

import type { Caller } from "../caller.js";
import type { SessionId } from "../ids.js";
import { isInside, PathValidator, type Root } from "../paths/path-validator.js";
import { Budget, type BudgetLimits } from "./budget.js";
import type { CallerRoots } from "./caller-roots.js";

export interface Session {
  readonly id: SessionId;
  /** Why the caller's own session before this one has ended, if this one takes its place. */
  readonly succeeds: string | null;
  /** Real paths, as they are open now; empty means that no file may be named. */
  readonly roots: readonly string[];
  /** Checks paths against the roots as they are now. */
  readonly paths: PathValidator;
  /** Says whether a real path lies in a root now: one may have been closed while a file in it was being read. */
  contains(real: string): boolean;
  /** Asks the caller's client for its roots. To be awaited in a call before paths are checked. */
  refreshRoots(caller: Caller): Promise<void>;
}

export interface OpenSessionOptions {
  readonly id: SessionId;
  readonly callerId: string;
  readonly ceiling: CallerRoots;
  readonly limits: BudgetLimits;
  /** The caller's own session that has expired, whose place it takes: what was narrowed stays narrow. */
  readonly before: OpenSession | undefined;
  readonly idleMs: number;
  readonly now: () => number;
}

export class OpenSession implements Session {
  readonly id: SessionId;
  readonly callerId: string;
  readonly ceiling: CallerRoots;
  readonly succeeds: string | null;
  readonly budget: Budget;
  /** Null until they are set: then all that is open. */
  set: readonly Root[] | null = null;
  /** Calls in flight. */
  visits = 0;
  lastUsedMs: number;

  constructor({ id, callerId, ceiling, limits, before, idleMs, now }: OpenSessionOptions) {
    this.id = id;
    this.callerId = callerId;
    this.ceiling = ceiling;
    this.set = before?.set ?? null;
    this.succeeds =
      before === undefined
        ? null
        : `the session before this one ended, because no call used it for ${seconds(idleMs)} s`;
    this.lastUsedMs = now();
    this.budget = new Budget(limits, () => {
      // Another call that is in flight uses it up to its end.
      const leftMs = this.visits > 1 ? idleMs : this.lastUsedMs + idleMs - now();
      const idle =
        idleMs === 0
          ? ""
          : `, or in ${Math.max(seconds(leftMs), 1)} s if it is left alone until then (calls that are refused like this one do leave it alone)`;
      return `A new session has a full budget: this one ends with the connection${idle}`;
    });
  }

  get #open(): readonly Root[] {
    const { roots } = this.ceiling;
    if (this.set === null) return roots;
    // A root that the operator or the person has named stays one when the model names it too.
    const named = new Set(roots.flatMap(({ real, isNamed }) => (isNamed === true ? [real] : [])));
    return this.set
      .filter(({ real }) => this.ceiling.contains(real))
      .map((root) => (named.has(root.real) ? { ...root, isNamed: true as const } : root));
  }

  get roots(): readonly string[] {
    return [...new Set(this.#open.map(({ real }) => real))];
  }

  get paths(): PathValidator {
    return new PathValidator(this.#open, this.ceiling.restricted);
  }

  contains(real: string): boolean {
    return this.#open.some((root) => isInside(real, root.real));
  }

  refreshRoots(caller: Caller): Promise<void> {
    return this.ceiling.refresh(caller);
  }
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
