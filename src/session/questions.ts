/**
 * The questions that one connection may put to the person in front of its client. One may be open at a time. A client
 * that answers by itself, or that fails, is asked no more after a few times.
 */

import type { Answer, Caller } from "../caller.js";

/** A connection gets no more questions after this many that no person has answered. */
export const MAX_WORTHLESS = 3;

/** The right to put one question. No other call of the connection has it until it is disposed of. */
export interface OpenQuestion extends Disposable {
  /** Puts the question. The message holds words of this product only, and what was escaped and bounded. */
  put(message: string): Promise<Answer>;
}

/** The questions of one connection. */
export class Questions {
  /** Answers that no person gave. Never goes down. */
  #worthless = 0;
  /** Set by `claim`; cleared when the question is disposed of. */
  #isOpen = false;

  /** Returns true if the caller's client can ask, and has not shown that no person reads its questions. */
  canAsk({ confirm }: Caller): boolean {
    return confirm !== null && this.#worthless < MAX_WORTHLESS;
  }

  /** Claims the only question that may be open. Returns null if the caller cannot ask, or another question is open. */
  claim(caller: Caller): OpenQuestion | null {
    const { confirm } = caller;
    if (confirm === null || this.#isOpen || !this.canAsk(caller)) return null;
    this.#isOpen = true;
    return {
      put: async (message) => {
        const answer = await confirm(message);
        if (answer === "too-fast" || answer === "failed") this.#worthless++;
        return answer;
      },
      [Symbol.dispose]: () => {
        this.#isOpen = false;
      },
    };
  }
}
