/**
 * Binds a run to an earlier check. A verdict id is a MAC over the language, the interpreter mode, the hash of the
 * policy and the bytes of the program. If the policy allows the program only with a standard input, the id tells
 * whether the call gives one. The server keeps no list of ids, and a caller can neither invent an id nor use it for
 * another program. The id proves that this server checked this program. It does not prove that the verdict was `allow`.
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { quote, Refusal } from "../errors.js";
import { type VerdictId, verdictIdOf } from "../ids.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import type { Language } from "../language.js";
import type { Policy } from "./policy.js";

/** The length of a SHA-256 digest. */
const KEY_BYTES = 32;

/** The terms of a run that a verdict depends on, besides its policy. */
export interface VerdictTerms {
  readonly mode: InterpreterMode;
  /** The call gives a standard input, and the policy allows the program only then. */
  readonly isGivenStdin: boolean;
}

const FRESH: VerdictTerms = { mode: "fresh", isGivenStdin: false };

/** Issues verdict ids and verifies them. */
export class VerdictSigner {
  readonly #key: Uint8Array;

  /** @param key The default is a random key, so ids are valid until the process ends. */
  constructor(key: Uint8Array = randomBytes(KEY_BYTES)) {
    this.#key = key;
  }

  /** The verdict id of a program under a policy. The same arguments give the same id. */
  issue(code: string, language: Language, policy: Policy, { mode, isGivenStdin }: VerdictTerms = FRESH): VerdictId {
    const parts = [language, mode, policy.hash, code, ...(isGivenStdin ? ["stdin"] : [])];
    return verdictIdOf(this.#mac(parts));
  }

  /**
   * Does nothing if `id` was issued for this program, language and policy, on these terms.
   *
   * @throws {Refusal} `verdict-mismatch`.
   */
  assertMatches(id: string, code: string, language: Language, policy: Policy, terms: VerdictTerms = FRESH): void {
    const expected = Buffer.from(this.issue(code, language, policy, terms));
    const given = Buffer.from(id);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    throw new Refusal(
      "verdict-mismatch",
      `Cannot run under verdict ${quote(id)}: it must be the verdict of this very code, language, policy, ` +
        "interpreter and use of stdin, given by this server since it started; check the code again",
      { stage: "policy", resource: id, retryable: false },
    );
  }

  /** Each part follows its length, so that two different inputs never give the same bytes. */
  #mac(parts: readonly string[]): Buffer {
    const mac = createHmac("sha256", this.#key);
    for (const part of parts) {
      const bytes = Buffer.from(part, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      mac.update(length).update(bytes);
    }
    return mac.digest();
  }
}
