/** The interpreters that sessions keep from one call to the next: at most one for each session and language. */

import { Refusal } from "../errors.js";
import type { SessionId } from "../ids.js";
import type { RunnableLanguage } from "../language.js";
import { MAX_INTERPRETERS } from "../limits.js";
import type { Sandbox } from "../sandbox/engine.js";
import type { GuestPools } from "./guest-pools.js";
import {
  type InterpreterLease,
  type InterpreterNeeds,
  type InterpreterView,
  SessionInterpreter,
} from "./session-interpreter.js";

/** A call's request for the interpreter of its session. */
export interface InterpreterRequest extends InterpreterNeeds {
  readonly sessionId: SessionId;
  readonly language: RunnableLanguage;
}

/** All session interpreters of a server. */
export class Interpreters {
  readonly #pools: GuestPools;
  readonly #idleMs: number;
  /** Set by the first call; cleared by `closeSession`, and by a lease that leaves nothing behind. */
  readonly #interpreters = new Map<string, SessionInterpreter>();

  /** @param idleMs An interpreter ends if no call uses it for this long; 0 means never. */
  constructor(pools: GuestPools, idleMs: number) {
    this.#pools = pools;
    this.#idleMs = idleMs;
  }

  /**
   * Leases the interpreter of a session. Waits for earlier calls, and starts a guest if there is none.
   *
   * @throws {Refusal} `bad-input` if it was started under another policy; `busy` if there are too many interpreters.
   * @throws {Fault} If it cannot be started. Rejects with the reason of `signal` if that is aborted.
   */
  async lease(request: InterpreterRequest, signal: AbortSignal): Promise<InterpreterLease> {
    signal.throwIfAborted();
    return await this.#find(request).lease(request, signal);
  }

  /** Destroys the interpreters of a session that has ended. */
  closeSession(sessionId: SessionId): void {
    for (const [key, interpreter] of this.#interpreters) {
      if (interpreter.sessionId !== sessionId) continue;
      this.#interpreters.delete(key);
      interpreter.close();
    }
  }

  /** Number of interpreters that have a guest or wait for one. */
  get count(): number {
    return [...this.#interpreters.values()].filter(({ isOccupied }) => isOccupied).length;
  }

  /** Returns the interpreters of a session that have a guest. */
  describeSession(sessionId: SessionId): InterpreterView[] {
    return [...this.#interpreters.values()].flatMap((interpreter) => {
      const { view } = interpreter;
      return interpreter.sessionId !== sessionId || view === null ? [] : [view];
    });
  }

  #find({ sessionId, language }: InterpreterRequest): SessionInterpreter {
    const key = `${sessionId} ${language}`;
    const found = this.#interpreters.get(key);
    if (found !== undefined) return found;
    const interpreter = new SessionInterpreter({
      sessionId,
      language,
      idleMs: this.#idleMs,
      startGuest: (signal) => this.#startGuest(language, signal),
      onEmpty: () => {
        // A call may end after its session, when another session interpreter has the key.
        if (this.#interpreters.get(key) === interpreter) this.#interpreters.delete(key);
      },
    });
    this.#interpreters.set(key, interpreter);
    return interpreter;
  }

  /**
   * Takes a guest out of the pool. The pool counts it no longer, so it leaves room for calls that keep nothing.
   *
   * @throws {Refusal} `busy` if there are too many interpreters.
   */
  async #startGuest(
    language: RunnableLanguage,
    signal: AbortSignal,
  ): Promise<{ readonly sandbox: Sandbox; readonly wasWarm: boolean }> {
    for (const interpreter of this.#interpreters.values()) interpreter.endIfDead();
    if (this.count >= MAX_INTERPRETERS) throw refuseTooMany();
    const lease = await this.#pools.acquire(language, signal);
    return { sandbox: lease.detach(), wasWarm: lease.wasWarm };
  }
}

function refuseTooMany(): Refusal {
  return new Refusal(
    "busy",
    `Cannot start an interpreter: there may be at most ${MAX_INTERPRETERS}, and so many run; ` +
      'run with `interpreter` set to "fresh", or try again when a session has ended',
    { stage: "sandbox", retryable: true },
  );
}
