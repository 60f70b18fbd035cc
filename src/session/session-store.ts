/**
 * Decides who may use which session, and when a session ends.
 *
 * A session id is random and works for one connection only. An unknown id, the id of a session that has ended and the
 * id of another caller's session get the same answer. The model can call the tool that sets a session's roots, so the
 * tool can only narrow the directories that are open to its caller (caller-roots.ts).
 *
 * A session ends when no call has used it for the idle time, or when its connection closes. A visit keeps it. One timer
 * serves all sessions. It is set while there are sessions, and keeps no process alive.
 */

import type { Caller } from "../caller.js";
import { quote, Refusal } from "../errors.js";
import { newSessionId, type SessionId } from "../ids.js";
import type { Log } from "../log.js";
import type { RestrictedNames } from "../paths/restricted.js";
import type { BudgetLimits, BudgetState } from "./budget.js";
import { CallerRoots, MAX_ROOTS } from "./caller-roots.js";
import type { OperatorRoots } from "./operator-roots.js";
import { RateLimit, type RateState } from "./rate-limit.js";
import { OpenSession, type Session, type Visit } from "./session.js";

/** Most sessions at once. This and the next bound the memory that callers can make the server use. */
const MAX_SESSIONS = 1_000;
/** Most sessions of one caller. */
export const MAX_SESSIONS_PER_CALLER = 100;

/** The state of a caller's own session, or the state that it would have if it were opened now. */
export interface SessionState {
  /** Null if no session is open. */
  readonly id: SessionId | null;
  /** Real paths of the session's roots. */
  readonly roots: readonly string[];
  /** Real paths of all directories that are open to the caller. */
  readonly callerRoots: readonly string[];
  readonly budget: BudgetState;
  readonly rate: RateState;
  /** 0 means that sessions do not expire. */
  readonly idleMs: number;
}

/** The settings and the surroundings of a store. */
export interface SessionStoreOptions {
  readonly operatorRoots: OperatorRoots;
  /** A session that no call uses for this long ends; 0 means that sessions do not expire. */
  readonly idleMs: number;
  readonly budget: BudgetLimits;
  /** Names that no session may read in its roots. */
  readonly restricted: RestrictedNames;
  /** Calls a minute; 0 means no limit. */
  readonly ratePerMinute: number;
  readonly log: Log;
  /** Milliseconds, on a clock that never goes back. */
  readonly now: () => number;
  /** Called once for each session that ends. */
  readonly onClosed?: (sessionId: SessionId) => void;
}

/** All sessions of a server. */
export class SessionStore {
  /**
   * Set by `open` and by a first call; cleared by `closeCaller`, by the timer, and by the next look after the idle
   * time.
   */
  readonly #sessions = new Map<string, OpenSession>();
  /** The own session of each caller, for calls without a session id. Cleared with the session. */
  readonly #own = new Map<string, SessionId>();
  /**
   * The own session of each caller, if it has expired. Cleared by the next one, which takes over its roots, and by
   * `closeCaller`.
   */
  readonly #expired = new Map<string, OpenSession>();
  /**
   * Set by a caller's first call; cleared by `closeCaller`, because it holds the client's roots and the person's yes.
   */
  readonly #callerRoots = new Map<string, CallerRoots>();
  readonly #options: SessionStoreOptions;
  readonly #rate: RateLimit;
  /** Drops expired sessions. Set while there are sessions that can expire; cleared with the last one. */
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
    this.#rate = new RateLimit(options.ratePerMinute);
  }

  /** Number of open sessions. */
  get size(): number {
    this.#dropExpired();
    return this.#sessions.size;
  }

  /** Returns real paths of the directories that are open to a caller. Does not ask the client. */
  callerRootsOf(caller: Caller): readonly string[] {
    return (this.#callerRoots.get(caller.id) ?? this.#newCallerRoots()).directories;
  }

  /**
   * Opens a new session for a caller.
   *
   * @throws {Refusal} `busy` if there are too many sessions; `session-unknown` if the caller's connection has closed.
   */
  open(caller: Caller): Session {
    return this.#open(caller, undefined);
  }

  /**
   * Begins a call's visit to a session of its caller, and counts the call for the rate. A call with an id that names no
   * session of its caller counts too.
   *
   * @param id From the caller; undefined for the caller's own session, which is opened at first use.
   * @throws {Refusal} `session-unknown`; `rate-limited`; `busy` as `open` does.
   */
  async enter(id: string | undefined, caller: Caller): Promise<Visit> {
    let session: OpenSession;
    try {
      session = this.#find(id, caller);
    } catch (error) {
      await this.#rate.count(this.#own.get(caller.id) ?? null, caller.principal);
      throw error;
    }
    const visit = session.visit();
    try {
      await this.#rate.count(session.id, caller.principal);
      if (!this.#sessions.has(session.id)) throw refuseUnknownSession(session.id);
      return visit;
    } catch (error) {
      visit.refuse();
      throw error;
    }
  }

  /**
   * Replaces the roots of a session: all of them or, if one is refused, none. An empty list denies every file. A
   * relative root is tried against the directories that are open to the caller.
   *
   * @throws {Refusal} `root-denied`; `bad-input`; `session-unknown` if the session has ended meanwhile; `busy` while
   * the person is being asked something else.
   */
  async setRoots({ id }: Session, roots: readonly string[], caller: Caller): Promise<void> {
    if (roots.length > MAX_ROOTS) {
      throw new Refusal("bad-input", `Cannot set roots: at most ${MAX_ROOTS} are allowed, there are ${roots.length}`, {
        stage: "paths",
      });
    }
    const session = this.#find(id, caller);
    const admitted = await session.callerRoots.admit(roots, caller);
    if (!this.#sessions.has(id)) throw refuseUnknownSession(id);
    session.setRoots(admitted);
  }

  /** Returns the state of the caller's own session. Opens no session, and does not count as use of one. */
  async describe(caller: Caller): Promise<SessionState> {
    const callerRoots = this.#callerRootsFor(caller);
    await callerRoots.refresh(caller);
    this.#dropExpired();
    const own = this.#sessions.get(this.#own.get(caller.id) ?? "");
    const { roots, budget } = own ?? this.#newSession(caller, this.#expired.get(caller.id));
    return {
      id: own?.id ?? null,
      roots,
      callerRoots: callerRoots.directories,
      budget,
      rate: await this.#rate.state(own?.id ?? null, caller.principal),
      idleMs: this.#options.idleMs,
    };
  }

  /** Closes the roots of a caller's client until the client has been asked again. */
  clientRootsChanged(callerId: string): void {
    this.#callerRoots.get(callerId)?.clientRootsChanged();
  }

  /** Ends every session of a caller whose connection has closed. */
  closeCaller(callerId: string): void {
    for (const session of this.#sessions.values()) if (session.callerId === callerId) this.#drop(session);
    this.#expired.delete(callerId);
    this.#callerRoots.delete(callerId);
  }

  /** Ends every session. May be called twice. */
  close(): void {
    for (const session of this.#sessions.values()) this.#drop(session);
    this.#expired.clear();
    this.#callerRoots.clear();
  }

  #open(caller: Caller, predecessor: OpenSession | undefined): OpenSession {
    this.#dropExpired();
    const count = [...this.#sessions.values()].filter(({ callerId }) => callerId === caller.id).length;
    if (count >= MAX_SESSIONS_PER_CALLER) throw refuseTooMany(`${MAX_SESSIONS_PER_CALLER} for one caller`);
    if (this.#sessions.size >= MAX_SESSIONS) throw refuseTooMany(`${MAX_SESSIONS}`);
    const session = this.#newSession(caller, predecessor);
    this.#sessions.set(session.id, session);
    this.#setTimer();
    return session;
  }

  /** Makes a session that is not open yet. */
  #newSession(caller: Caller, predecessor: OpenSession | undefined): OpenSession {
    const { budget: limits, idleMs, now } = this.#options;
    const callerRoots = this.#callerRootsFor(caller);
    return new OpenSession({ id: newSessionId(), callerId: caller.id, callerRoots, limits, predecessor, idleMs, now });
  }

  #find(id: string | undefined, caller: Caller): OpenSession {
    this.#dropExpired();
    const session = this.#sessions.get(id ?? this.#own.get(caller.id) ?? "");
    if (session?.callerId === caller.id) return session;
    if (id !== undefined) throw refuseUnknownSession(id);
    const opened = this.#open(caller, this.#expired.get(caller.id));
    this.#expired.delete(caller.id);
    this.#own.set(caller.id, opened.id);
    return opened;
  }

  /**
   * Returns the roots of a caller, and keeps them from the first time on.
   *
   * @throws {Refusal} `session-unknown` if the caller's connection has closed: no event would end a session that is
   * opened now.
   */
  #callerRootsFor(caller: Caller): CallerRoots {
    if (!caller.isConnected()) throw refuseUnknownSession(this.#own.get(caller.id) ?? "");
    const callerRoots = this.#callerRoots.get(caller.id) ?? this.#newCallerRoots();
    this.#callerRoots.set(caller.id, callerRoots);
    return callerRoots;
  }

  #newCallerRoots(): CallerRoots {
    const { operatorRoots, restricted, log } = this.#options;
    return new CallerRoots(operatorRoots, restricted, log);
  }

  #setTimer(): void {
    const { idleMs, now } = this.#options;
    if (this.#timer !== null || idleMs === 0 || this.#sessions.size === 0) return;
    const oldest = Math.min(...[...this.#sessions.values()].map(({ lastUsedMs }) => lastUsedMs));
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
    for (const session of this.#sessions.values()) {
      if (session.lastUsedMs > oldest) continue;
      if (this.#own.get(session.callerId) === session.id) this.#expired.set(session.callerId, session);
      this.#drop(session);
    }
  }

  #drop(session: OpenSession): void {
    if (!this.#sessions.delete(session.id)) return;
    if (this.#own.get(session.callerId) === session.id) this.#own.delete(session.callerId);
    this.#rate.forget(session.id);
    if (this.#sessions.size === 0 && this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#options.onClosed?.(session.id);
  }
}

/** @param limit Follows "at most". */
function refuseTooMany(limit: string): Refusal {
  return new Refusal(
    "busy",
    `Cannot open a session: at most ${limit} may be open; use an open one or wait until one expires`,
    { stage: "limits", retryable: true },
  );
}

function refuseUnknownSession(id: string): Refusal {
  return new Refusal(
    "session-unknown",
    `Cannot use session ${quote(id)}: it must be an open session of this connection; ` +
      "leave it out to use the connection's own",
    { stage: "limits", resource: id, retryable: false },
  );
}
