/**
 * Limits how many calls a minute a session may make, and all sessions of a principal together.
 *
 * The library counts in windows. A window begins with a first call and lasts a minute. A refused call does not lengthen
 * it. The library keeps a timer for each key; the timers keep no process alive. A session's window ends with the
 * session. A principal's window stays, so a new session does not bring a new window.
 */

import type { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Refusal } from "../errors.js";
import type { SessionId } from "../ids.js";

const WINDOW_SECONDS = 60;

/** The calls that are left in the current minute. */
export interface RateState {
  /** Null if there is no limit, as is `left`. */
  readonly perMinute: number | null;
  readonly left: number | null;
  /** Time until `left` goes up again; 0 if no window is open. */
  readonly resetsInMs: number;
}

/** Counts the calls of all sessions and principals of a server. */
export class RateLimit {
  readonly #perMinute: number;
  /** Set by the first call, so that the start of the server does not wait for the library. */
  #limiter: Promise<RateLimiterMemory> | null = null;

  /** @param perMinute 0 means no limit. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /**
   * Counts a call.
   *
   * @param sessionId Null for a call that has no session: it counts for its principal alone.
   * @throws {Refusal} `rate-limited`.
   */
  async count(sessionId: SessionId | null, principal: string): Promise<void> {
    if (this.#perMinute === 0) return;
    const limiter = await this.#load();
    // The session first: a call that its session's limit refuses must not use up the limit of its principal.
    if (sessionId !== null) await this.#consume(limiter, sessionKey(sessionId));
    try {
      await this.#consume(limiter, principalKey(principal));
    } catch (error) {
      // And a session must not pay for calls that other sessions of its principal have made.
      if (sessionId !== null) await limiter.reward(sessionKey(sessionId));
      throw error;
    }
  }

  async #consume(limiter: RateLimiterMemory, key: string): Promise<void> {
    await limiter.consume(key).catch((refused: unknown) => {
      if (refused instanceof Error) throw refused;
      throw this.#refuseTooMany(refused as RateLimiterRes);
    });
  }

  /** Returns the window of the session or of its principal, whichever has fewer calls left. Counts nothing. */
  async state(sessionId: SessionId | null, principal: string): Promise<RateState> {
    if (this.#perMinute === 0) return { perMinute: null, left: null, resetsInMs: 0 };
    const limiter = await this.#load();
    const keys = [principalKey(principal), ...(sessionId === null ? [] : [sessionKey(sessionId)])];
    const windows = (await Promise.all(keys.map((key) => limiter.get(key)))).filter(
      (window): window is RateLimiterRes => window !== null && window.msBeforeNext > 0,
    );
    const left = Math.min(this.#perMinute, ...windows.map(({ remainingPoints }) => remainingPoints));
    const tightest = windows.filter(({ remainingPoints }) => remainingPoints === left);
    return {
      perMinute: this.#perMinute,
      left,
      resetsInMs: Math.max(0, ...tightest.map(({ msBeforeNext }) => msBeforeNext)),
    };
  }

  /** Forgets a session that has ended. */
  forget(sessionId: SessionId): void {
    // An error of loading reaches the next call that counts.
    this.#limiter?.then((limiter) => limiter.delete(sessionKey(sessionId))).catch(() => undefined);
  }

  #load(): Promise<RateLimiterMemory> {
    this.#limiter ??= import("rate-limiter-flexible").then(
      ({ RateLimiterMemory }) => new RateLimiterMemory({ points: this.#perMinute, duration: WINDOW_SECONDS }),
    );
    return this.#limiter;
  }

  #refuseTooMany({ msBeforeNext }: RateLimiterRes): Refusal {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    return new Refusal(
      "rate-limited",
      `Cannot take this call: at most ${this.#perMinute} calls a minute are allowed, there were more. ` +
        `Try again in ${seconds} s`,
      { stage: "limits", retryable: true },
    );
  }
}

function sessionKey(id: SessionId): string {
  return `session ${id}`;
}

function principalKey(principal: string): string {
  return `principal ${principal}`;
}
