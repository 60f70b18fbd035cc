/**
 * The policies that the person has opened for one session, or has refused to. The person is asked once for each,
 * because a model that could repeat the question would do so until the person gives in. A yes ends with the session.
 */

import type { Answer, Caller } from "../caller.js";
import type { Questions } from "./questions.js";

/**
 * Most questions about one policy, of which only the last one was answered by a person. The calls of the others were
 * cancelled, or the client answered by itself.
 */
export const MAX_PUT = 3;

/** An answer that stands until the session ends. */
export type Standing = Extract<Answer, "yes" | "no" | "closed" | "unanswered">;

/** What came of a question, or the reason why there was none: `busy` while the person is being asked something else. */
export type ConsentAnswer = Answer | "busy";

/** The person's answers about the policies of one session. */
export class PolicyConsent {
  readonly #questions: Questions;
  /** By name of the policy. */
  readonly #standing = new Map<string, Standing>();
  /** The questions that are open now, by name of the policy. */
  readonly #pending = new Map<string, Promise<Answer>>();
  /** How often the person was asked about each policy. */
  readonly #puts = new Map<string, number>();

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  /** The person's answer about a policy; undefined if there is none yet. */
  standingOf(policy: string): Standing | undefined {
    return this.#standing.get(policy);
  }

  /** Returns true if the person can still be asked about a policy. */
  canAsk(policy: string, caller: Caller): boolean {
    if (this.#standing.has(policy)) return false;
    return this.#pending.has(policy) || ((this.#puts.get(policy) ?? 0) < MAX_PUT && this.#questions.canAsk(caller));
  }

  /**
   * Asks the person about a policy, unless there is an answer. Calls side by side share one question. If the call that
   * put it is cancelled, one of the others puts it again.
   */
  async ask(policy: string, message: string, caller: Caller, signal: AbortSignal): Promise<ConsentAnswer> {
    while (!signal.aborted) {
      const known = this.#standing.get(policy);
      if (known !== undefined) return known;
      const pending = this.#pending.get(policy);
      if (pending === undefined) return this.#put(policy, message, caller);
      const answer = await Promise.race([pending, abortOf(signal)]);
      if (answer !== "cancelled") return answer;
    }
    return "cancelled";
  }

  async #put(policy: string, message: string, caller: Caller): Promise<ConsentAnswer> {
    if (!this.canAsk(policy, caller)) return "failed";
    using question = this.#questions.claim(caller);
    if (question === null) return "busy";
    this.#puts.set(policy, (this.#puts.get(policy) ?? 0) + 1);
    const asked = question.put(message);
    this.#pending.set(policy, asked);
    try {
      const answer = await asked;
      if (isStanding(answer)) this.#standing.set(policy, answer);
      return answer;
    } finally {
      this.#pending.delete(policy);
    }
  }
}

function abortOf(signal: AbortSignal): Promise<"cancelled"> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve("cancelled"), { once: true }));
}

function isStanding(answer: Answer): answer is Standing {
  return answer === "yes" || answer === "no" || answer === "closed" || answer === "unanswered";
}
