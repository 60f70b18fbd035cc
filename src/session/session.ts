/**
 * One session: its roots, the calls that visit it, and its budget.
 *
 * The roots of a session are all roots of its caller or, once a call has set them, those of the set roots that are
 * open. They are computed at each look: a root that closes for the caller closes for the session at once, and works
 * again when it opens again.
 *
 * A visit keeps the session from expiring. The time since the last use counts from the end of the last visit that was
 * not refused.
 */

import type { Caller } from "../caller.js";
import type { SessionId } from "../ids.js";
import { isInside, PathValidator, type Root } from "../paths/path-validator.js";
import { Budget, type BudgetLimits, type BudgetState, type Spent } from "./budget.js";
import type { CallerRoots } from "./caller-roots.js";
import { PolicyConsent } from "./policy-consent.js";

/** What a call may see of its session. */
export interface Session {
  readonly id: SessionId;
  /** The reason why the caller's own session before this one ended; null if this is the caller's first. */
  readonly predecessorEnd: string | null;
  /** Real paths that are open now; empty means that no file may be named. */
  readonly roots: readonly string[];
  /** Checks paths against the roots that are open now. */
  readonly paths: PathValidator;
  /** The person's answers about the policies of this session. */
  readonly consent: PolicyConsent;
  /** Returns true if a real path lies in a root now. A root can close while a file in it is being read. */
  contains(real: string): boolean;
  /** Asks the caller's client for its roots. A call does this before it checks paths. */
  refreshRoots(caller: Caller): Promise<void>;
}

/** The time that one call spends in its session. The session does not expire before the visit is disposed of. */
export interface Visit extends Disposable {
  readonly session: Session;
  /**
   * Counts a program for the budget and reserves its time limit. A visit calls it at most once. A refused visit does
   * not count as use of the session. Otherwise a caller that keeps trying would keep a spent session alive.
   *
   * @throws {Refusal} `budget-spent`.
   */
  begin(timeoutMs: number): void;
  /**
   * Charges the cost of the program. Only the first call has an effect. Without one, the end charges the call alone.
   */
  charge(spent: Spent): void;
}

/** The parts of a new session. */
export interface OpenSessionOptions {
  readonly id: SessionId;
  readonly callerId: string;
  readonly callerRoots: CallerRoots;
  readonly limits: BudgetLimits;
  /** The caller's own session that has expired, if this one replaces it. Its set roots stay set. */
  readonly predecessor: OpenSession | undefined;
  /** 0 means that sessions do not expire. */
  readonly idleMs: number;
  /** Milliseconds, on a clock that never goes back. */
  readonly now: () => number;
}

/** A session as the store holds it. */
export class OpenSession implements Session {
  readonly id: SessionId;
  readonly callerId: string;
  readonly callerRoots: CallerRoots;
  /** Of this session alone: a session that replaces it starts without any answer. */
  readonly consent: PolicyConsent;
  readonly predecessorEnd: string | null;
  readonly #budget: Budget;
  readonly #now: () => number;
  /** Null until a call sets them; until then all roots of the caller are open. */
  #setRoots: readonly Root[] | null;
  #visits = 0;
  #lastUsedMs: number;

  constructor({ id, callerId, callerRoots, limits, predecessor, idleMs, now }: OpenSessionOptions) {
    this.id = id;
    this.callerId = callerId;
    this.callerRoots = callerRoots;
    this.consent = new PolicyConsent(callerRoots.questions);
    this.predecessorEnd =
      predecessor === undefined
        ? null
        : `the session before this one ended, because no call used it for ${seconds(idleMs)} s`;
    this.#budget = new Budget(limits, () => this.#describeRenewal(idleMs));
    this.#now = now;
    this.#setRoots = predecessor === undefined ? null : predecessor.#setRoots;
    this.#lastUsedMs = now();
  }

  get roots(): readonly string[] {
    return [...new Set(this.#openRoots().map(({ real }) => real))];
  }

  get paths(): PathValidator {
    return new PathValidator(this.#openRoots(), this.callerRoots.restricted, this.callerRoots.foreignRoots);
  }

  get budget(): BudgetState {
    return this.#budget.state;
  }

  /** The time of the last use: now while a call visits the session. */
  get lastUsedMs(): number {
    return this.#visits > 0 ? this.#now() : this.#lastUsedMs;
  }

  contains(real: string): boolean {
    return this.#openRoots().some((root) => isInside(real, root.real));
  }

  refreshRoots(caller: Caller): Promise<void> {
    return this.callerRoots.refresh(caller);
  }

  /** Narrows the session to roots that `callerRoots` admitted. They replace those that were set before. */
  setRoots(admitted: readonly Root[]): void {
    this.#setRoots = admitted;
  }

  /** Begins a visit. The session does not expire before the visit ends. */
  visit(): OpenVisit {
    this.#visits++;
    return new OpenVisit(this, this.#budget, (isUse) => {
      this.#visits--;
      if (isUse) this.#lastUsedMs = this.#now();
    });
  }

  #openRoots(): readonly Root[] {
    const { roots } = this.callerRoots;
    if (this.#setRoots === null) return roots;
    // A root that the operator gave keeps its rights if the model sets it as well.
    const given = new Set(roots.filter(({ isGivenByOperator }) => isGivenByOperator === true).map(({ real }) => real));
    return this.#setRoots
      .filter(({ real }) => this.callerRoots.contains(real))
      .map((root) => (given.has(root.real) ? { ...root, isGivenByOperator: true as const } : root));
  }

  /** Makes the sentence that tells a caller whose budget is spent when there is a new one. */
  #describeRenewal(idleMs: number): string {
    const end = "A new session has a full budget: this one ends with the connection";
    if (idleMs === 0) return end;
    // The visit that is being refused counts here. Any other visit uses the session up to its own end.
    const leftMs = this.#visits > 1 ? idleMs : this.#lastUsedMs + idleMs - this.#now();
    return (
      `${end}, or after ${Math.max(seconds(leftMs), 1)} s in which no call uses it ` +
      "(a call that is refused like this one does not use it)"
    );
  }
}

class OpenVisit implements Visit {
  readonly session: OpenSession;
  readonly #budget: Budget;
  readonly #onEnd: (isUse: boolean) => void;
  /** Set by `begin`. */
  #settle: ((spent: Spent) => void) | null = null;
  #isRefused = false;
  #isOver = false;

  constructor(session: OpenSession, budget: Budget, onEnd: (isUse: boolean) => void) {
    this.session = session;
    this.#budget = budget;
    this.#onEnd = onEnd;
  }

  begin(timeoutMs: number): void {
    this.#isRefused = true;
    this.#settle = this.#budget.begin(timeoutMs);
    this.#isRefused = false;
  }

  charge(spent: Spent): void {
    this.#settle?.(spent);
  }

  /** Ends the visit as one that was no use of the session. */
  refuse(): void {
    this.#isRefused = true;
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle?.({ runMs: 0, outputBytes: 0 });
    this.#onEnd(!this.#isRefused);
  }
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
