/** Refuses a program that its policy denies, and tells the caller what to change. */

import { Fault, quote, Refusal, type RefusalDetail } from "../errors.js";
import type { Violation } from "../policy/judge.js";
import { importableModules } from "../policy/policy.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { EngineModules } from "../sandbox/engine.js";
import type { CheckedProgram } from "./check-program.js";
import { judgeProject } from "./judge-project.js";
import { findObstacle } from "./missing-modules.js";

type PassingPolicies = NonNullable<RefusalDetail["passesUnder"]>;

/** What a refusal says besides the violation. */
export interface DenialTerms {
  /** The sentence that tells what would let the program run, without its end. Null for the sentence about policies. */
  readonly wayOn?: string | null;
  /** True if the same call may be accepted later. */
  readonly isRetryable?: boolean;
}

/**
 * Makes the refusal of a program that its policy denies: `policy-denied`, with the first violation that denies. The
 * report of the run carries all of them.
 *
 * @param modules The modules of the engine; undefined if nothing is known of it.
 */
export function denialOf(
  program: CheckedProgram,
  policies: PolicySet,
  modules?: EngineModules,
  { wayOn = null, isRetryable = false }: DenialTerms = {},
): Refusal {
  const { analysis, policy } = program;
  const [first, ...others] = analysis.violations.filter(
    ({ severity, category }) => severity >= policy.threshold || category === "syntax",
  );
  if (first === undefined) throw new Fault("Cannot tell why a policy denied a program");
  const obstacle = findObstacle(program, modules);
  const passesUnder = obstacle === null ? findPassingPolicies(program, policies) : [];
  const told = obstacle ?? wayOn;
  const wayOns = told === null ? describePassingPolicies(passesUnder) : [told];
  return new Refusal("policy-denied", describeDenial(first, others.length, wayOns), {
    stage: "policy",
    rule: first.rule,
    line: first.line,
    column: first.column,
    snippet: first.snippet,
    suggestion: first.suggestion,
    passesUnder,
    ...(first.resource === undefined ? {} : { resource: first.resource }),
    ...(first.file === undefined ? {} : { file: first.file }),
    ...importableInstead(first, program),
    retryable: isRetryable,
  });
}

function findPassingPolicies(program: CheckedProgram, policies: PolicySet): PassingPolicies {
  return policies
    .listOthers(program.policy)
    .filter((entry) => judgeProject(program, entry.policy).verdict === "allow")
    .map((entry) => ({ policy: entry.policy.name, allowed: entry.isAllowed }));
}

function describeDenial(first: Violation, othersCount: number, wayOn: readonly string[]): string {
  const others = othersCount === 1 ? "is 1 more finding" : `are ${othersCount} more findings`;
  const sentences = [
    `${first.message} (${first.file === undefined ? "" : `${first.file} `}line ${first.line}, column ${first.column})`,
    first.suggestion,
    ...(othersCount === 0 ? [] : [`There ${others}, listed under policy.violations`]),
    ...wayOn,
  ];
  return `${sentences.join(". ")}.`;
}

/** Names the policies that the caller can choose or, if there is none, those that the operator could allow. */
function describePassingPolicies(passesUnder: PassingPolicies): string[] {
  const namesOf = (isAllowed: boolean): string =>
    passesUnder
      .filter(({ allowed }) => allowed === isAllowed)
      .map(({ policy }) => quote(policy))
      .join(", ");
  const [allowed, notAllowed] = [namesOf(true), namesOf(false)];
  if (allowed !== "") return [`It passes with \`policy\` set to ${allowed}`];
  return notAllowed === "" ? [] : [`The operator could allow a policy under which it passes: ${notAllowed}`];
}

/** The modules that a Python program may import, if the violation is about a module and the policy lists them. */
function importableInstead(
  { rule }: Violation,
  { policy, inspection }: CheckedProgram,
): Pick<RefusalDetail, "alternatives"> {
  const importable = importableModules(policy);
  const isListed = rule.includes("-IMPORT-") && importable !== "all" && inspection.report.language === "python";
  return isListed ? { alternatives: importable } : {};
}
