/** The policies of a server: all of them, the one for callers that name none, and those that a caller may choose. */

import { quote, Refusal, SetupError } from "../errors.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import type { Policy } from "./policy.js";
import { replPolicy } from "./repl.js";
import { isAtLeastAsStrict } from "./strictness.js";

/** A policy of the server. */
export interface PolicyEntry {
  readonly policy: Policy;
  /** The policy for callers that name none. */
  readonly isDefault: boolean;
  /** A caller may run programs under it. */
  readonly isAllowed: boolean;
  /** The person may be asked to allow it for a session. Never true of a policy that every caller may choose. */
  readonly isAskable: boolean;
}

/** The choices that `PolicySet` has besides the policies. */
export interface PolicySetOptions {
  /** The interpreters of sessions have the builtins of a REPL. */
  readonly repl?: boolean;
  /** Names of the policies that the person may be asked for. */
  readonly ask?: readonly string[];
}

/** What the person at the client has said about the policies, for one session. */
export interface PersonsSay {
  /** True if the person has allowed the policy of this name. */
  isOpened(policy: string): boolean;
  /** Continues the sentence that tells a caller who could allow a policy. May be empty. */
  adviceAbout(policy: string): string;
}

/** All policies of a server. They do not change while the server runs. */
export class PolicySet {
  readonly #entries: readonly PolicyEntry[];
  /** The policies for programs in the interpreter of a session. Empty if those run under the same policies. */
  readonly #forSessions: ReadonlyMap<Policy, Policy>;
  /** The policy for callers that name none. */
  readonly fallback: Policy;

  /**
   * @param fallback Name of the policy for callers that name none.
   * @param allowed Names of other policies that callers may choose. Callers may also choose every policy that is at
   * least as strict as one of these or as the fallback.
   * @throws {SetupError} If there is no policy of a name, or two policies have the same name.
   */
  constructor(
    policies: readonly Policy[],
    fallback: string,
    allowed: readonly string[] = [],
    { repl = false, ask = [] }: PolicySetOptions = {},
  ) {
    const names = policies.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined)
      throw new SetupError(`Cannot use two policies named ${quote(twice)}: give one another name`);
    const policyOf = (name: string, setting: string): Policy => {
      const found = policies.find((policy) => policy.name === name);
      if (found === undefined)
        throw new SetupError(`Cannot use ${setting}=${quote(name)}: the policies are ${names.join(", ")}`);
      return found;
    };
    this.fallback = policyOf(fallback, "RLM_POLICY");
    const floor = [this.fallback, ...allowed.map((name) => policyOf(name, "RLM_POLICY_ALLOWED"))];
    const askable = ask.map((name) => policyOf(name, "RLM_POLICY_ASK"));
    this.#entries = policies.map((policy) => {
      const isAllowed = floor.some((one) => isAtLeastAsStrict(policy, one));
      const isAskable = !isAllowed && askable.includes(policy);
      return { policy, isDefault: policy === this.fallback, isAllowed, isAskable };
    });
    this.#forSessions = new Map(repl ? policies.map((policy) => [policy, replPolicy(policy)]) : []);
  }

  /** All policies except one. The form of a policy for sessions counts as that policy. */
  listOthers(policy: Policy): readonly PolicyEntry[] {
    return this.#entries.filter((entry) => entry.policy !== policy && this.#forSessions.get(entry.policy) !== policy);
  }

  /** The policy for programs in an interpreter of this mode. */
  adaptToMode(policy: Policy, mode: InterpreterMode): Policy {
    return (mode === "session" ? this.#forSessions.get(policy) : undefined) ?? policy;
  }

  /** All policies, in the order of the constructor's argument. */
  get entries(): readonly PolicyEntry[] {
    return this.#entries;
  }

  /**
   * Finds the policy of this name, or the default policy. A caller may read every policy.
   *
   * @throws {Refusal} `bad-input` if there is no policy of this name.
   */
  find(name: string | undefined): PolicyEntry {
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
   * Finds the policy of this name, or the default policy, for a run.
   *
   * @param person The person's say, of a caller that has one.
   * @throws {Refusal} `bad-input` if there is no policy of this name, `policy-not-allowed` if the operator does not
   * allow it.
   */
  choose(name: string | undefined, person?: PersonsSay): Policy {
    const { policy, isAllowed, isAskable } = this.find(name);
    if (isAllowed || (isAskable && person?.isOpened(policy.name) === true)) return policy;
    const alternatives = this.#entries.filter((entry) => entry.isAllowed).map((entry) => entry.policy.name);
    throw new Refusal(
      "policy-not-allowed",
      `Cannot run under policy ${quote(policy.name)}: it allows more than the operator does. ` +
        `Allowed are ${alternatives.map((one) => quote(one)).join(", ")}; ` +
        `the operator can allow this one with RLM_POLICY_ALLOWED=${policy.name}` +
        (isAskable ? (person?.adviceAbout(policy.name) ?? "") : ""),
      { stage: "policy", resource: policy.name, alternatives, retryable: false },
    );
  }
}
