/** Computes the texts that an expression or binding, or a part of it, may be, once. The work is bounded. */

import { type KnownTexts, limitTexts, NO_TEXTS } from "./known-texts.js";
import { boundFor } from "./size-bound.js";

const MAX_DEPTH = 60;
/** Most expressions and texts for a program of 10 KB. */
const MAX_WORK = 40_000;

/** `Key` is an expression or a binding. */
export class TextMemo<Key> {
  /** By key, and the steps into it. */
  readonly #known = new Map<Key, Map<string, KnownTexts>>();
  readonly #maxWork: number;
  #work = 0;
  #depth = 0;

  constructor(code: string) {
    this.#maxWork = boundFor(code, MAX_WORK);
  }

  /** Returns no texts for a key that depends on itself, and beyond a bound. */
  of(key: Key, steps: string, compute: () => KnownTexts): KnownTexts {
    const known = this.#known.get(key) ?? new Map<string, KnownTexts>();
    const found = known.get(steps);
    if (found !== undefined) return found;
    if (++this.#work > this.#maxWork || this.#depth > MAX_DEPTH) return NO_TEXTS;
    this.#known.set(key, known);
    // An expression that is a part of itself has no known text.
    known.set(steps, NO_TEXTS);
    this.#depth++;
    const texts = limitTexts(compute());
    this.#depth--;
    this.#work += texts.length;
    known.set(steps, texts);
    return texts;
  }
}
