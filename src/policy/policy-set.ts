/** The policies of a server: which there are, which one is taken when none is named, and which a caller may choose. */

import { quote, Refusal, SetupError } from "../errors.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import type { Policy } from "./policy.js";
import { replPolicy } from "./repl.js";
import { isAtLeastAsStrict } from "./strictness.js";

export interface PolicyEntry {
  readonly policy: Policy;
  readonly isDefault: boolean;
  /** May a caller run programs under it? */
  readonly isAllowed: boolean;
}

export class PolicySet {
  readonly #entries: readonly PolicyEntry[];
  /** What a policy is for programs of a session interpreter; empty where that makes no difference. */
  readonly #forSessions: ReadonlyMap<Policy, Policy>;
  readonly fallback: Policy;

  /**
   * @param fallback Name of the policy for callers that name none.
   * @param allowed Names of further ones that callers may choose. What is at least as strict as one of these always may
   * be.
   * @param options.repl Session interpreters have the builtins of a REPL.
   * @throws {SetupError} If a name is not one of the policies', or two policies have one name.
   */
  constructor(
    policies: readonly Policy[],
    fallback: string,
    allowed: readonly string[] = [],
    options: { readonly repl: boolean } = { repl: false },
  ) {
    const names = policies.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined)
      throw new SetupError(`Cannot use two policies named ${quote(twice)}: give one another name`);
    const named = (name: string, setting: string): Policy => {
      const found = policies.find((policy) => policy.name === name);
      if (found === undefined)
        throw new SetupError(`Cannot use ${setting}=${quote(name)}: the policies are ${names.join(", ")}`);
      return found;
    };
    this.fallback = named(fallback, "RLM_POLICY");
    const floor = [this.fallback, ...allowed.map((name) => named(name, "RLM_POLICY_ALLOWED"))];
    this.#entries = policies.map((policy) => ({
      policy,
      isDefault: policy === this.fallback,
      isAllowed: floor.some((one) => isAtLeastAsStrict(policy, one)),
    }));
    this.#forSessions = new Map(options.repl ? policies.map((policy) => [policy, replPolicy(policy)]) : []);
  }

  /** All but the one that a policy is, or is for sessions. */
  othersThan(policy: Policy): readonly PolicyEntry[] {
    return this.#entries.filter((entry) => entry.policy !== policy && this.#forSessions.get(entry.policy) !== policy);
  }

  /** The policy as it holds for programs of an interpreter. */
  forMode(policy: Policy, mode: InterpreterMode): Policy {
    return (mode === "session" ? this.#forSessions.get(policy) : undefined) ?? policy;
  }

  get entries(): readonly PolicyEntry[] {
    return this.#entries;
  }

  /**
   * The policy of that name, or the server's own; a caller may look at each.
   *
   * @throws {Refusal} `bad-input` if there is none of that name.
   */
  named(name: string | undefined): PolicyEntry {
    const found = this.#entries.find(({ policy, isDefault }) =>
      name === undefined ? isDefault : policy.name === name,
    );
    if (found !== undefined) return found;
    const alternatives = this.#entries.map(({ policy }) => policy.name);
    throw new Refusal(
      "bad-input",
      `Cannot use policy ${quote(name ?? "")}: this server has ${alternatives.map((one) => quote(one)).join(", ")}`,
      {
        stage: "policy",
        resource: name ?? "",
        alternatives,
        retryable: false,
      },
    );
  }

  /**
   * The policy that a caller may run programs under.
   *
   * @throws {Refusal} `bad-input` if there is none of that name, `policy-not-allowed` if the operator has not opened
   * it.
   */
  choose(name: string | undefined): Policy {
    const { policy, isAllowed } = this.named(name);
    if (isAllowed) return policy;
    const alternatives = this.#entries.filter((entry) => entry.isAllowed).map((entry) => entry.policy.name);
    throw new Refusal(
      "policy-not-allowed",
      `Cannot run under policy ${quote(policy.name)}: it allows more than the operator does. Allowed are ${alternatives.map((one) => quote(one)).join(", ")}; the operator opens another with RLM_POLICY_ALLOWED=${policy.name}`,
      { stage: "policy", resource: policy.name, alternatives, retryable: false },
    );
  }
}
