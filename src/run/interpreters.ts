/**
 * The interpreters that sessions keep from one call to the next.
 *
 * Theory of operation. A session has at most one for each language, in a sandbox of its own that no other session ever
 * gets. Calls to it take turns. It belongs to the policy under which it was started: what one policy has let in must
 * not be at hand for a program that another has checked. It ends when a program does not come to its end by itself
 * (time, memory, a crash), when it is reset, when nobody calls it for the idle time, or with its session; the next call
 * then starts another and is told why.
 */

import { Fault, quote, Refusal } from "../errors.js";
import type { SessionId } from "../ids.js";
import { MAX_INTERPRETERS } from "../limits.js";
import type { Policy } from "../policy/policy.js";
import type { Sandbox } from "../sandbox/engine.js";
import { within } from "../sandbox/time-limit.js";
import type { GuestPools } from "./guest-pools.js";
import type { RunnableLanguage } from "../language.js";

export interface InterpreterRequest {
  readonly sessionId: SessionId;
  readonly language: RunnableLanguage;
  readonly policy: Policy;
  /** Holds from the first call to the last: what a program has taken is not given back. */
  readonly memoryMb: number;
  /** End the one that there is. */
  readonly reset: boolean;
}

/** One call's turn at an interpreter. */
export interface Turn {
  readonly sandbox: Sandbox;
  readonly memoryMb: number;
  /** False if this call has started it. */
  readonly isKept: boolean;
  readonly wasWarm: boolean;
  /** Why the one before it is gone, if there was one. */
  readonly ended: string | null;
  /**
   * Ends the turn; an interpreter whose program did not end by itself is destroyed. Returns whether it is kept. May be
   * called twice.
   */
  leave(): boolean;
}

/** What is told of an interpreter. */
export interface InterpreterView {
  readonly language: RunnableLanguage;
  readonly policy: string;
  readonly calls: number;
  readonly idleSeconds: number;
}

interface Entry {
  readonly sessionId: SessionId;
  readonly language: RunnableLanguage;
  /** Resolves when the last turn that was promised is over. */
  last: Promise<void>;
  turns: number;
  alive: {
    readonly sandbox: Sandbox;
    readonly policy: Policy;
    readonly memoryMb: number;
    calls: number;
    usedAt: number;
  } | null;
  /** A guest for it is being waited for. */
  isStarting: boolean;
  ended: string | null;
  /** Set when a turn ends, cleared when the next begins and when the interpreter ends. */
  idleTimer: NodeJS.Timeout | null;
  isClosed: boolean;
}

export class Interpreters {
  readonly #pools: GuestPools;
  readonly #idleMs: number;
  /** Set by the first call, cleared by `closeSession` and by a last turn that leaves nothing to tell. */
  readonly #entries = new Map<string, Entry>();

  /** @param idleMs An interpreter that is not called for this long ends; 0 means never. */
  constructor(pools: GuestPools, idleMs: number) {
    this.#pools = pools;
    this.#idleMs = idleMs;
  }

  /**
   * Waits for a turn at the session's interpreter, which is started if need be.
   *
   * @throws {Refusal} `bad-input` if it was started under another policy, `busy` if there are too many.
   * @throws {Fault} If it cannot be started; whatever `signal` was aborted with.
   */
  async enter(request: InterpreterRequest, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const entry = this.#entryOf(request);
    let endTurn: () => void = () => undefined;
    const before = entry.last;
    entry.last = before.then(() => new Promise<void>((resolve) => (endTurn = resolve)));
    entry.turns++;
    let isOver = false;
    const leave = (): void => {
      if (isOver) return;
      isOver = true;
      entry.turns--;
      this.#forgetIfEmpty(entry);
      // A turn that was given up while it waited is passed on when it comes.
      void before.then(() => endTurn());
    };
    try {
      await within(signal, before);
      const turn = await this.#begin(entry, request, signal);
      const settle = (): boolean => {
        if (!isOver) this.#settle(entry);
        leave();
        return entry.alive !== null;
      };
      return { ...turn, leave: settle };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Destroys the interpreters of a session that is over. */
  closeSession(sessionId: SessionId): void {
    for (const [key, entry] of this.#entries) {
      if (entry.sessionId !== sessionId) continue;
      this.#entries.delete(key);
      entry.isClosed = true;
      this.#end(entry, null);
    }
  }

  /** How many are alive, or about to be. */
  get count(): number {
    return [...this.#entries.values()].filter(({ alive, isStarting }) => isStarting || alive !== null).length;
  }

  /** Those of a session. */
  of(sessionId: SessionId): InterpreterView[] {
    return [...this.#entries.values()].flatMap(({ sessionId: owner, language, alive }) =>
      owner !== sessionId || alive === null
        ? []
        : [
            {
              language,
              policy: alive.policy.name,
              calls: alive.calls,
              idleSeconds: Math.round((performance.now() - alive.usedAt) / 1_000),
            },
          ],
    );
  }

  /** A call may come late, when its session is over: what it leaves nobody would clear. */
  #forgetIfEmpty(entry: Entry): void {
    const key = keyOf(entry);
    if (entry.turns === 0 && entry.alive === null && entry.ended === null && this.#entries.get(key) === entry)
      this.#entries.delete(key);
  }

  #entryOf({ sessionId, language }: InterpreterRequest): Entry {
    const key = keyOf({ sessionId, language });
    const entry = this.#entries.get(key) ?? {
      sessionId,
      language,
      last: Promise.resolve(),
      turns: 0,
      alive: null,
      isStarting: false,
      ended: null,
      idleTimer: null,
      isClosed: false,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  async #begin(entry: Entry, request: InterpreterRequest, signal: AbortSignal): Promise<Omit<Turn, "leave">> {
    this.#endIfDead(entry);
    if (request.reset) this.#end(entry, null);
    if (entry.alive !== null) {
      if (entry.alive.policy.hash !== request.policy.hash) throw startedUnder(entry.alive.policy, request.policy);
      stopIdling(entry);
      entry.alive.calls++;
      return { sandbox: entry.alive.sandbox, memoryMb: entry.alive.memoryMb, isKept: true, wasWarm: true, ended: null };
    }
    const { memoryMb, policy } = request;
    const { sandbox, wasWarm } = await this.#start(entry, signal);
    if (entry.isClosed) {
      void sandbox.close();
      throw new Fault("Cannot start an interpreter: its session is over");
    }
    entry.alive = { sandbox, policy, memoryMb, calls: 1, usedAt: performance.now() };
    const { ended } = entry;
    entry.ended = null;
    return { sandbox, memoryMb, isKept: false, wasWarm, ended };
  }

  /** Takes a guest of the pool out of it: its place must be free for calls that keep nothing. */
  async #start(entry: Entry, signal: AbortSignal): Promise<{ sandbox: Sandbox; wasWarm: boolean }> {
    // Those whose engine has died under them hold no place.
    for (const other of this.#entries.values()) if (other.turns === 0) this.#endIfDead(other);
    if (this.count >= MAX_INTERPRETERS) {
      throw new Refusal(
        "busy",
        `Cannot start an interpreter: there are ${MAX_INTERPRETERS} already; run with \`interpreter\` set to "fresh", or try again when a session has ended`,
        {
          stage: "sandbox",
          retryable: true,
        },
      );
    }
    entry.isStarting = true;
    try {
      const lease = await this.#pools.acquire(entry.language, signal);
      return { sandbox: lease.detach(), wasWarm: lease.wasWarm };
    } finally {
      entry.isStarting = false;
    }
  }

  /** To be asked between two turns. */
  #endIfDead(entry: Entry): void {
    if (entry.alive?.sandbox.isReady === false) this.#end(entry, "it died while nobody called it");
  }

  /** After a call: keeps what can be kept. */
  #settle(entry: Entry): void {
    if (entry.alive === null) return;
    stopIdling(entry);
    entry.alive.usedAt = performance.now();
    if (!entry.alive.sandbox.isReady) return this.#end(entry, "its last program did not come to its end by itself");
    if (this.#idleMs === 0 || entry.turns > 1) return;
    const seconds = Math.round(this.#idleMs / 1_000);
    entry.idleTimer = setTimeout(() => this.#end(entry, `nobody called it for ${seconds} s`), this.#idleMs);
    entry.idleTimer.unref();
  }

  #end(entry: Entry, why: string | null): void {
    stopIdling(entry);
    void entry.alive?.sandbox.close();
    entry.alive = null;
    entry.ended = why;
  }
}

function stopIdling(entry: Entry): void {
  if (entry.idleTimer !== null) clearTimeout(entry.idleTimer);
  entry.idleTimer = null;
}

function keyOf({ sessionId, language }: Pick<Entry, "sessionId" | "language">): string {
  return `${sessionId} ${language}`;
}

function startedUnder(policy: Policy, wanted: Policy): Refusal {
  return new Refusal(
    "bad-input",
    `Cannot use the session's interpreter with policy ${quote(wanted.name)}: it was started under ${quote(policy.name)}; use that one, or set \`reset\` to start over`,
    { stage: "limits", resource: "policy", alternatives: [policy.name], retryable: false },
  );
}
