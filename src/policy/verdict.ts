/**
 * Binds a run to the check that came before it. A verdict id is a MAC over the language, the policy's hash and the
 * program's bytes, so nothing has to be remembered and no id can be made up or carried to another program. It says that
 * this server checked this very program; not that the verdict was `allow`.
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { quote, Refusal } from "../errors.js";
import { type VerdictId, verdictIdOf } from "../ids.js";
import type { Policy } from "./policy.js";
import type { Language } from "../language.js";

const KEY_BYTES = 32;

export class VerdictSigner {
  readonly #key: Uint8Array;

  /** The default key is random, so ids end with the process. */
  constructor(key: Uint8Array = randomBytes(KEY_BYTES)) {
    this.#key = key;
  }

  issue(code: string, language: Language, policy: Policy): VerdictId {
    return verdictIdOf(this.#mac(code, language, policy));
  }

  /**
   * Does nothing if `id` was issued for this program, language and policy.
   *
   * @throws {Refusal} `verdict-mismatch`.
   */
  assertMatches(id: string, code: string, language: Language, policy: Policy): void {
    const expected = Buffer.from(this.issue(code, language, policy));
    const given = Buffer.from(id);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    throw new Refusal(
      "verdict-mismatch",
      `Cannot run under verdict ${quote(id)}: it must be the verdict of this very code, language and policy, given by this server since it started; check the code again`,
      { stage: "policy", resource: id, retryable: false },
    );
  }

  /** Each part goes in behind its length, so that no two inputs share their bytes. */
  #mac(code: string, language: Language, policy: Policy): Buffer {
    const mac = createHmac("sha256", this.#key);
    for (const part of [language, policy.hash, code]) {
      const bytes = Buffer.from(part, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      mac.update(length).update(bytes);
    }
    return mac.digest();
  }
}
