/**
 * Who may use which session, which roots it has, and what it may still spend.
 *
 * A handle is random, made here, and bound to the connection it was made for. An unknown handle, an expired one and
 * another caller's get the same answer. The model can call the tool that sets a session's roots, so that can only
 * narrow what is open to its caller (caller-ceiling.ts).
 *
 * A session ends when no call has used it for the idle time, or with its connection; a call in flight keeps it. One
 * timer serves all sessions. It is set while there are any, and keeps no process alive.
 */

import type { Caller } from "../caller.js";
import { quote, Refusal } from "../errors.js";
import { newSessionId, type SessionId } from "../ids.js";
import type { Log } from "../log.js";
import type { RestrictedNames } from "../paths/restricted.js";
import type { BudgetLimits, BudgetState, Spent } from "./budget.js";
import { CallerRoots, MAX_ROOTS } from "./caller-roots.js";
import type { OperatorRoots } from "./operator-roots.js";
import { RateLimit, type RateState } from "./rate-limit.js";
import { OpenSession, type Session } from "./session.js";

/** Bound what callers can make the server remember. */
export const MAX_SESSIONS = 1_000;
export const MAX_SESSIONS_PER_CALLER = 100;

/** A call's stay in a session; the session does not expire before it is over. */
export interface Visit extends Disposable {
  readonly session: Session;
  /**
   * Counts a program for the budget and sets the time that it may take aside. Once. A stay that is refused it was no
   * use of the session: a caller that keeps trying would never get to the next one.
   *
   * @throws {Refusal} `budget-spent`.
   */
  begin(wishedMs: number): void;
  /** Charges what the program has spent; the end of the stay charges nothing but the call. Only the first time. */
  charge(spent: Spent): void;
}

/** What a caller's own session has, or would have if it were opened now. */
export interface SessionState {
  /** Null if none is open. */
  readonly id: SessionId | null;
  readonly roots: readonly string[];
  readonly ceiling: readonly string[];
  readonly budget: BudgetState;
  readonly rate: RateState;
  /** 0 means that sessions do not expire. */
  readonly idleMs: number;
}

export interface SessionStoreOptions {
  readonly ceiling: OperatorRoots;
  /** A session not used for this long is gone; 0 means never. */
  readonly idleMs: number;
  readonly budget: BudgetLimits;
  /** What no session may read in its roots. */
  readonly restricted: RestrictedNames;
  /** Calls a minute; 0 means no limit. */
  readonly ratePerMinute: number;
  readonly log: Log;
  /** Milliseconds, on any clock that does not go back. */
  readonly now: () => number;
  /** Called once for each session that has ended, whatever ended it. */
  readonly onClosed?: (sessionId: SessionId) => void;
}

export class SessionStore {
  /** Set by `open`; cleared by `closeCaller`, by the timer, and by the next look after the idle time. */
  readonly #sessions = new Map<string, OpenSession>();
  /** Each caller's own session, for calls that name none. Cleared with it. */
  readonly #own = new Map<string, SessionId>();
  /**
   * Each caller's own session that has expired. Cleared by the next, which begins with its roots, and by `closeCaller`.
   */
  readonly #expired = new Map<string, OpenSession>();
  /**
   * What is open to each caller. Set with a caller's first session or look at it; cleared by `closeCaller`, for it
   * knows what the client named and the person said.
   */
  readonly #ceilings = new Map<string, CallerRoots>();
  readonly #options: SessionStoreOptions;
  readonly #rate: RateLimit;
  /** Drops what has expired. Set while there are sessions that can; cleared with the last. */
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
    this.#rate = new RateLimit(options.ratePerMinute);
  }

  /** Sessions remembered, the expired ones not. */
  get size(): number {
    this.#dropExpired();
    return this.#sessions.size;
  }

  /** Real paths of what is open to a caller, as far as its client has been asked. */
  ceilingOf(caller: Caller): readonly string[] {
    return (this.#ceilings.get(caller.id) ?? this.#newCeiling()).directories;
  }

  /**
   * Makes a new session for a caller.
   *
   * @throws {Refusal} `busy` if there are too many.
   */
  open(caller: Caller): Session {
    return this.#open(caller, undefined);
  }

  /**
   * Takes a call into the caller's session of that handle, and counts it for the rate. Without a handle it is the
   * caller's own session, opened at first use. What names no session of the caller counts too.
   *
   * @throws {Refusal} `session-unknown`, whatever the reason; `rate-limited`; `busy` as `open` does.
   */
  async enter(id: string | undefined, caller: Caller): Promise<Visit> {
    let entry: OpenSession;
    try {
      entry = this.#find(id, caller);
    } catch (error) {
      await this.#rate.count(this.#own.get(caller.id) ?? null, caller.principal);
      throw error;
    }
    entry.visits++;
    try {
      await this.#rate.count(entry.id, caller.principal);
      if (!this.#sessions.has(entry.id)) throw unknown(entry.id);
      return this.#visit(entry);
    } catch (error) {
      entry.visits--;
      throw error;
    }
  }

  /**
   * Replaces the roots of a session: all of them or, if one is refused, none. An empty list denies every file. A
   * relative root is looked for in what is open.
   *
   * @throws {Refusal} `root-denied`, `bad-input`, `session-unknown` if it was closed meanwhile, `busy` while the person
   * is being asked something else.
   */
  async setRoots({ id }: Session, roots: readonly string[], caller: Caller): Promise<void> {
    if (roots.length > MAX_ROOTS) {
      throw new Refusal("bad-input", `Cannot set roots: there may be at most ${MAX_ROOTS}, these are ${roots.length}`, {
        stage: "paths",
      });
    }
    const entry = this.#find(id, caller);
    const set = await entry.ceiling.admit(roots, caller);
    if (!this.#sessions.has(id)) throw unknown(id);
    entry.set = set;
  }

  /** Says what the caller's own session has. Opens none, and is no use of it. */
  async describe(caller: Caller): Promise<SessionState> {
    const ceiling = this.#ceilingOf(caller);
    await ceiling.refresh(caller);
    this.#dropExpired();
    const own = this.#sessions.get(this.#own.get(caller.id) ?? "");
    const { roots, budget } = own ?? this.#newSession(caller, this.#expired.get(caller.id));
    return {
      id: own?.id ?? null,
      roots,
      ceiling: ceiling.directories,
      budget: budget.state,
      rate: await this.#rate.state(own?.id ?? null, caller.principal),
      idleMs: this.#options.idleMs,
    };
  }

  /** Closes the roots of a caller's client at once, until it is asked again. */
  clientRootsChanged(callerId: string): void {
    this.#ceilings.get(callerId)?.clientRootsChanged();
  }

  /** Ends every session of a caller that is gone. */
  closeCaller(callerId: string): void {
    for (const entry of this.#sessions.values()) if (entry.callerId === callerId) this.#drop(entry);
    this.#expired.delete(callerId);
    this.#ceilings.delete(callerId);
  }

  /** Ends every session. */
  close(): void {
    for (const entry of this.#sessions.values()) this.#drop(entry);
    this.#expired.clear();
    this.#ceilings.clear();
  }

  #open(caller: Caller, before: OpenSession | undefined): OpenSession {
    this.#dropExpired();
    const own = [...this.#sessions.values()].filter((entry) => entry.callerId === caller.id).length;
    if (this.#sessions.size >= MAX_SESSIONS || own >= MAX_SESSIONS_PER_CALLER) {
      const limit = own >= MAX_SESSIONS_PER_CALLER ? `${MAX_SESSIONS_PER_CALLER} for one caller` : `${MAX_SESSIONS}`;
      throw new Refusal(
        "busy",
        `Cannot open a session: there may be at most ${limit}; use an open one or wait until one expires`,
        {
          stage: "limits",
          retryable: true,
        },
      );
    }
    const entry = this.#newSession(caller, before);
    this.#sessions.set(entry.id, entry);
    this.#setTimer();
    return entry;
  }

  /** Makes one that is not open yet. */
  #newSession(caller: Caller, before: OpenSession | undefined): OpenSession {
    const { budget: limits, idleMs, now } = this.#options;
    return new OpenSession({
      id: newSessionId(),
      callerId: caller.id,
      ceiling: this.#ceilingOf(caller),
      limits,
      before,
      idleMs,
      now,
    });
  }

  #find(id: string | undefined, caller: Caller): OpenSession {
    this.#dropExpired();
    const entry = this.#sessions.get(id ?? this.#own.get(caller.id) ?? "");
    if (entry?.callerId === caller.id) return entry;
    if (id !== undefined) throw unknown(id);
    const opened = this.#open(caller, this.#expired.get(caller.id));
    this.#expired.delete(caller.id);
    this.#own.set(caller.id, opened.id);
    return opened;
  }

  /** Of an entry whose visits count this one. */
  #visit(entry: OpenSession): Visit {
    let settle: ((spent: Spent) => void) | null = null;
    let isUse = true;
    let isOver = false;
    return {
      session: entry,
      begin: (wishedMs) => {
        isUse = false;
        settle = entry.budget.begin(wishedMs);
        isUse = true;
      },
      charge: (spent) => settle?.(spent),
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        settle?.({ runMs: 0, outputBytes: 0 });
        entry.visits--;
        if (isUse) entry.lastUsedMs = this.#options.now();
      },
    };
  }

  /**
   * Remembers it: only for a caller who is still there.
   *
   * @throws {Refusal} `session-unknown` otherwise: what was opened for a caller that has gone, nobody would close.
   */
  #ceilingOf(caller: Caller): CallerRoots {
    if (!caller.isConnected()) throw unknown(this.#own.get(caller.id) ?? "");
    const ceiling = this.#ceilings.get(caller.id) ?? this.#newCeiling();
    this.#ceilings.set(caller.id, ceiling);
    return ceiling;
  }

  #newCeiling(): CallerRoots {
    const { ceiling, restricted, log } = this.#options;
    return new CallerRoots(ceiling, restricted, log);
  }

  #setTimer(): void {
    const { idleMs, now } = this.#options;
    if (this.#timer !== null || idleMs === 0 || this.#sessions.size === 0) return;
    // A call in flight uses its session up to now.
    const oldest = Math.min(
      ...[...this.#sessions.values()].map((entry) => (entry.visits > 0 ? now() : entry.lastUsedMs)),
    );
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#dropExpired();
        this.#setTimer();
      },
      Math.max(oldest + idleMs - now(), 1),
    );
    this.#timer.unref();
  }

  #dropExpired(): void {
    const { idleMs, now } = this.#options;
    if (idleMs === 0) return;
    const oldest = now() - idleMs;
    for (const entry of this.#sessions.values()) {
      if (entry.visits > 0 || entry.lastUsedMs > oldest) continue;
      if (this.#own.get(entry.callerId) === entry.id) this.#expired.set(entry.callerId, entry);
      this.#drop(entry);
    }
  }

  #drop(entry: OpenSession): void {
    if (!this.#sessions.delete(entry.id)) return;
    if (this.#own.get(entry.callerId) === entry.id) this.#own.delete(entry.callerId);
    this.#rate.forget(entry.id);
    if (this.#sessions.size === 0 && this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#options.onClosed?.(entry.id);
  }
}

function unknown(id: string): Refusal {
  return new Refusal(
    "session-unknown",
    `Cannot use session ${quote(id)}: it must be an open session of this connection; leave it out to use the connection's own`,
    { stage: "limits", resource: id, retryable: false },
  );
}
