/**
 * How many calls a minute a session may make, and all sessions of a principal together.
 *
 * The library counts in windows that begin with a first call and last a minute. A refused call does not lengthen one.
 * It keeps a timer for each key, which holds no process alive; a session's goes with the session, a principal's after
 * its minute: a new session is no way to a new window.
 */

import type { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Refusal } from "../errors.js";
import type { SessionId } from "../ids.js";

const WINDOW_SECONDS = 60;

export interface RateState {
  /** Null if there is no limit. */
  readonly perMinute: number | null;
  readonly left: number | null;
  /** Until there are more; 0 if no window is open. */
  readonly resetsInMs: number;
}

export class RateLimit {
  readonly #perMinute: number;
  /** Loaded with the first call: nobody waits for it before. */
  #limiter: Promise<RateLimiterMemory> | null = null;

  /** @param perMinute 0 means no limit. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /**
   * Counts a call of a session, or of none.
   *
   * @throws {Refusal} `rate-limited`.
   */
  async count(sessionId: SessionId | null, principal: string): Promise<void> {
    if (this.#perMinute === 0) return;
    const limiter = await this.#load();
    // The session first: what it is refused must not use up what other sessions of its principal have.
    if (sessionId !== null) await this.#consume(limiter, sessionKey(sessionId));
    try {
      await this.#consume(limiter, principalKey(principal));
    } catch (error) {
      // Nor does a session pay for what other connections of its principal have used up.
      if (sessionId !== null) await limiter.reward(sessionKey(sessionId));
      throw error;
    }
  }

  async #consume(limiter: RateLimiterMemory, key: string): Promise<void> {
    await limiter.consume(key).catch((refused: unknown) => {
      if (refused instanceof Error) throw refused;
      throw this.#tooMany(refused as RateLimiterRes);
    });
  }

  /** What is left in the window of a session or its principal, whichever has less, and until when. Counts nothing. */
  async state(sessionId: SessionId | null, principal: string): Promise<RateState> {
    if (this.#perMinute === 0) return { perMinute: null, left: null, resetsInMs: 0 };
    const limiter = await this.#load();
    const keys = [principalKey(principal), ...(sessionId === null ? [] : [sessionKey(sessionId)])];
    const windows = (await Promise.all(keys.map((key) => limiter.get(key)))).filter(
      (window) => window !== null && window.msBeforeNext > 0,
    );
    const left = Math.min(this.#perMinute, ...windows.map((window) => window?.remainingPoints ?? 0));
    const tightest = windows.filter((window) => window?.remainingPoints === left);
    return {
      perMinute: this.#perMinute,
      left,
      resetsInMs: Math.max(0, ...tightest.map((window) => window?.msBeforeNext ?? 0)),
    };
  }

  /** Forgets a session that has ended. */
  forget(sessionId: SessionId): void {
    // That it cannot be loaded is told to the next call.
    this.#limiter?.then((limiter) => limiter.delete(sessionKey(sessionId))).catch(() => undefined);
  }

  #load(): Promise<RateLimiterMemory> {
    this.#limiter ??= import("rate-limiter-flexible").then(
      ({ RateLimiterMemory }) => new RateLimiterMemory({ points: this.#perMinute, duration: WINDOW_SECONDS }),
    );
    return this.#limiter;
  }

  #tooMany({ msBeforeNext }: RateLimiterRes): Refusal {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    return new Refusal(
      "rate-limited",
      `Cannot take this call: there may be ${this.#perMinute} calls a minute, there were more. Come back in ${seconds} s`,
      {
        stage: "limits",
        retryable: true,
      },
    );
  }
}

function sessionKey(id: SessionId): string {
  return `session ${id}`;
}

function principalKey(principal: string): string {
  return `principal ${principal}`;
}
