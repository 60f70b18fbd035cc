/**
 * Decides under which policy a checked program runs: the one of its call, or one that the person at the client has
 * allowed for the session. The person is asked only if their yes would really let the program run: on this engine, in
 * the interpreter that the call wants.
 *
 * A call that names a `policy` or a `verdict_id` runs under that policy or not at all. Its caller wants that policy, so
 * nobody is asked, and no earlier yes counts.
 */

import { Fault, quote } from "../errors.js";
import type { RunId } from "../ids.js";
import { engineLanguage } from "../language.js";
import type { Log } from "../log.js";
import type { Policy } from "../policy/policy.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { EngineModules } from "../sandbox/engine.js";
import type { ConsentAnswer } from "../session/policy-consent.js";
import type { CheckedProgram } from "./check-program.js";
import type { Interpreters } from "./interpreters.js";
import { judgeProject } from "./judge-project.js";
import { findObstacle } from "./missing-modules.js";
import { describeAnswer, type PersonsPolicies, type PersonsPolicy } from "./persons-policies.js";
import { denialOf } from "./policy-denial.js";
import type { RunContext, RunRequest } from "./run-request.js";

/** The parts of the server that the decision needs. */
export interface SettleParts {
  readonly policies: PolicySet;
  readonly interpreters: Interpreters;
  readonly log: Log;
  /** The modules of the engine; undefined if nothing is known of it. */
  readonly modules: EngineModules | undefined;
}

/** One call, and the person's policies in it. */
export interface SettledCall {
  readonly request: RunRequest;
  readonly context: RunContext;
  readonly persons: PersonsPolicies;
  readonly runId: RunId;
}

/** A program with the policy that it runs under. */
export interface SettledProgram {
  readonly program: CheckedProgram;
  /** Says why this is not the policy of the call; null if it is. */
  readonly note: string | null;
}

/** Returns true if a call names the policy that it runs under. */
export function namesPolicy({ policy, verdictId }: RunRequest): boolean {
  return policy !== undefined || verdictId !== undefined;
}

/**
 * Decides the policy of a program, and asks the person if need be. Returns null if the call was cancelled meanwhile.
 *
 * @throws {Refusal} `policy-denied`.
 */
export async function settlePolicy(
  program: CheckedProgram,
  call: SettledCall,
  parts: SettleParts,
): Promise<SettledProgram | null> {
  const { request, persons } = call;
  const { policies, modules } = parts;
  const passes = (policy: Policy): boolean => judgeProject(program, policy).verdict === "allow";
  const inUse = policyInUse(call, parts);
  if (program.analysis.verdict === "allow" && inUse === undefined) return { program, note: null };
  const allowed = namesPolicy(request) ? [] : persons.allowed.filter(({ policy }) => passes(policy));
  // A program that both policies let run finds the interpreter of its session, whichever of them that belongs to.
  const kept = allowed.find(({ policy }) => policy.name === inUse);
  if (program.analysis.verdict === "allow")
    return kept === undefined ? { program, note: null } : under(kept, program, describeKept);
  if (findObstacle(program, modules) !== null) throw denialOf(program, policies, modules);
  const chosen = kept ?? allowed[0];
  if (chosen !== undefined) return under(chosen, program, describeOpened);
  const wanted = needsStdinAlone(program) ? undefined : persons.findWanted(program.policy, passes);
  if (wanted === undefined || modules === undefined) throw denialOf(program, policies, modules);
  const obstacle = describeObstacle(wanted, inUse, call);
  if (obstacle !== undefined) throw denialOf(program, policies, modules, { wayOn: obstacle });
  const answer = await ask(wanted, program.policy, modules, call, parts.log);
  if (answer === "cancelled") return null;
  if (answer === "yes") return under(wanted, program, describeOpened);
  const wayOn = describeAnswer(answer, wanted.name);
  throw denialOf(program, policies, modules, { wayOn, isRetryable: answer === "busy" });
}

/**
 * Says whether the person's yes lets a program run, or could, that a check has denied; null if it could not. A sentence
 * without its end. Asks nobody.
 */
export function describeHelp(
  program: CheckedProgram,
  persons: PersonsPolicies,
  modules: EngineModules | undefined,
): string | null {
  if (program.analysis.verdict === "allow" || modules === undefined) return null;
  if (findObstacle(program, modules) !== null) return null;
  const passes = (policy: Policy): boolean => judgeProject(program, policy).verdict === "allow";
  const allowed = persons.allowed.find(({ policy }) => passes(policy));
  const wanted = allowed ?? (needsStdinAlone(program) ? undefined : persons.findWanted(program.policy, passes));
  return wanted === undefined ? null : persons.describe(wanted);
}

/** True if the program would pass in a call that gives `stdin`. Under a looser policy it would find nothing to read. */
function needsStdinAlone(program: CheckedProgram): boolean {
  return !program.hasStdin && judgeProject({ ...program, hasStdin: true }, program.policy).verdict === "allow";
}

/** Name of the policy of the session's interpreter that the call wants; undefined if it wants a new one. */
export function policyInUse(
  { request, context }: Pick<SettledCall, "request" | "context">,
  { interpreters }: Pick<SettleParts, "interpreters">,
): string | undefined {
  if (request.interpreter !== "session" || request.reset === true) return undefined;
  const language = engineLanguage(request.language);
  const views = interpreters.describeSession(context.visit.session.id);
  return views.find((view) => view.language === language)?.policy;
}

/**
 * Says why the person is not asked although their yes could let the program run: null if they cannot be asked at all,
 * undefined if nothing is in the way.
 */
function describeObstacle(
  wanted: PersonsPolicy,
  inUse: string | undefined,
  { request, persons }: SettledCall,
): string | null | undefined {
  const told = persons.describe(wanted);
  const standing = persons.standingOf(wanted);
  if (told === null || (standing !== undefined && standing !== "yes")) return told;
  // A policy that the person has allowed is not used only if the call names another.
  if (namesPolicy(request)) return `${told}: leave \`${request.policy === undefined ? "verdict_id" : "policy"}\` out`;
  if (inUse === undefined || inUse === wanted.policy.name) return undefined;
  return (
    `${told}, but the session's interpreter was started under ${quote(inUse)}: ` +
    'set `reset` to start over, or `interpreter` to "fresh"'
  );
}

async function ask(
  wanted: PersonsPolicy,
  base: Policy,
  modules: EngineModules,
  { context, persons, runId }: SettledCall,
  log: Log,
): Promise<ConsentAnswer> {
  context.onQuestion?.();
  const answer = await persons.ask(wanted, base, modules, context.signal);
  log.info({ run: runId, policy: wanted.name, answer }, "the person was asked for a policy");
  return answer;
}

function under(
  { name, policy }: PersonsPolicy,
  program: CheckedProgram,
  describe: (name: string, base: string) => string,
): SettledProgram {
  const analysis = judgeProject(program, policy);
  if (analysis.verdict === "deny") throw new Fault("A policy was chosen that denies the program");
  return { program: { ...program, policy, analysis }, note: describe(name, program.policy.name) };
}

function describeOpened(name: string, base: string): string {
  return (
    `The policy of this program is "${name}": the policy "${base}" refuses it, ` +
    `and the person at the client has allowed "${name}" for this session.`
  );
}

function describeKept(name: string): string {
  return (
    `The policy of this program is "${name}": the person at the client has allowed it for this session, ` +
    "and the session's interpreter was started under it."
  );
}
