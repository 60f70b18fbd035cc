/**
 * The policies that the person at the client may allow for a session, as one call sees them. They are tried from the
 * strictest to the loosest.
 *
 * The person is asked about the first one that would let a program run. If the answer was no, a looser one is not
 * asked about instead: that would be the same question again.
 */

import type { Caller } from "../caller.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import { describeOpening } from "../policy/opening.js";
import type { Policy } from "../policy/policy.js";
import type { PersonsSay, PolicySet } from "../policy/policy-set.js";
import type { EngineModules } from "../sandbox/engine.js";
import type { ConsentAnswer, PolicyConsent, Standing } from "../session/policy-consent.js";

/** A policy that the person may allow. */
export interface PersonsPolicy {
  /** The name that the person is asked about. */
  readonly name: string;
  /** In the form for the interpreter of the call. */
  readonly policy: Policy;
}

/** True if a policy lets the program of the call run. */
export type Passes = (policy: Policy) => boolean;

/** The policies of one call. */
export class PersonsPolicies implements PersonsSay {
  readonly #policies: PolicySet;
  readonly #consent: PolicyConsent;
  readonly #caller: Caller;
  readonly #all: readonly PersonsPolicy[];

  constructor(policies: PolicySet, mode: InterpreterMode, consent: PolicyConsent, caller: Caller) {
    this.#policies = policies;
    this.#consent = consent;
    this.#caller = caller;
    this.#all = policies.entries
      .filter(({ isAskable }) => isAskable)
      .map(({ policy }) => ({ name: policy.name, policy: policies.adaptToMode(policy, mode) }));
  }

  isOpened(policy: string): boolean {
    return this.#consent.standingOf(policy) === "yes";
  }

  adviceAbout(policy: string): string {
    const answer = this.#consent.standingOf(policy);
    if (answer !== undefined) return `. ${describeAnswer(answer, policy)}`;
    return this.#consent.canAsk(policy, this.#caller)
      ? ", and the person at the client, who is asked if a program is refused in a call without `policy`"
      : "";
  }

  /** The policies that the person has allowed. */
  get allowed(): readonly PersonsPolicy[] {
    return this.#all.filter(({ name }) => this.isOpened(name));
  }

  /** The policy to ask about, answered or not. Undefined if the caller may itself choose a policy that passes. */
  findWanted(base: Policy, passes: Passes): PersonsPolicy | undefined {
    const isFree = this.#policies.listOthers(base).some((entry) => entry.isAllowed && passes(entry.policy));
    return isFree ? undefined : this.#all.find(({ policy }) => passes(policy));
  }

  /** Returns true if the person's answer lets the program run, or may still do so. */
  mayHelp(base: Policy, passes: Passes): boolean {
    if (this.allowed.some(({ policy }) => passes(policy))) return true;
    const wanted = this.findWanted(base, passes);
    return wanted !== undefined && this.canAsk(wanted);
  }

  /** Returns true if the person can still be asked about a policy. */
  canAsk({ name }: PersonsPolicy): boolean {
    return this.#consent.canAsk(name, this.#caller);
  }

  /** The person's answer about a policy; undefined if there is none yet. */
  standingOf({ name }: PersonsPolicy): Standing | undefined {
    return this.#consent.standingOf(name);
  }

  /** Asks the person, or returns the answer that stands. */
  ask(wanted: PersonsPolicy, base: Policy, engine: EngineModules, signal: AbortSignal): Promise<ConsentAnswer> {
    return this.#consent.ask(wanted.name, questionAbout(wanted, base, engine), this.#caller, signal);
  }

  /** Says what the person has answered about a policy, or can be asked; null if neither. A sentence without its end. */
  describe(wanted: PersonsPolicy): string | null {
    const answer = this.#consent.standingOf(wanted.name);
    if (answer !== undefined) return describeAnswer(answer, wanted.name);
    if (!this.canAsk(wanted)) return null;
    return `The person at the client can be asked to allow the policy "${wanted.name}", under which it passes`;
  }
}

/** Says what came of a question about a policy; null if it is as if nobody had been asked. */
export function describeAnswer(answer: ConsentAnswer, name: string): string | null {
  const asked = `The person at the client was asked to allow the policy "${name}" for this session`;
  switch (answer) {
    case "yes":
      return `The person at the client has allowed the policy "${name}" for this session`;
    case "no":
      return `${asked} and said no. The question is not put again in this session`;
    case "closed":
      return `${asked} and closed the question without an answer. It is not put again in this session`;
    case "unanswered":
      return `${asked} and did not answer in time. The question is not put again in this session`;
    case "busy":
      return (
        `The person at the client can be asked to allow the policy "${name}" when they have answered ` +
        "the question that is open now: try again then"
      );
    case "too-fast":
    case "failed":
    case "cancelled":
      return null;
  }
}

/** The question. Its words are this product's own: no part of the program or of the call is in it. */
function questionAbout({ name, policy }: PersonsPolicy, base: Policy, { kind }: EngineModules): string {
  const isIsolated = kind !== "local";
  return [
    `An agent wants to run a program that this server refuses under the policy "${base.name}". ` +
      `If you allow the policy "${name}", programs of this session may:`,
    ...describeOpening(base, policy, isIsolated).map((words) => `- ${words}`),
    isIsolated
      ? "They still run in a sandbox: without a network, and of your files they see only copies of those that are " +
        "open to the session. Your answer holds until the session ends."
      : "This server has NO sandbox: what they do, they do as your own user on this machine. Your answer holds until " +
        "the session ends.",
  ].join("\n");
}
