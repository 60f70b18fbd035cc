/** Checks a program against a policy: for a run, and for a caller that wants the verdict alone. */

import type { Analyser, ProgramInspection } from "../analysis/analyser.js";
import type { VerdictId } from "../ids.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import type { Language } from "../language.js";
import { type Analysis, judge, needsStdin } from "../policy/judge.js";
import { searchAhead } from "../policy/pattern-thread.js";
import type { Policy } from "../policy/policy.js";
import type { PolicyEntry, PolicySet } from "../policy/policy-set.js";
import type { VerdictSigner } from "../policy/verdict.js";
import type { RunRequest } from "./run-request.js";

/** The parts of the server that a check needs. */
export interface CheckParts {
  /** May still be loading. */
  readonly analyser: Analyser | Promise<Analyser>;
  readonly signer: VerdictSigner;
  readonly policies: PolicySet;
}

/** A program that was analysed for a run. The verdict may be `deny`. */
export interface CheckedProgram {
  readonly policy: Policy;
  readonly inspection: ProgramInspection;
  readonly analysis: Analysis;
  /** True if the call gives a standard input. */
  readonly hasStdin: boolean;
}

/** The terms of a run that is checked before it. */
export interface CheckTerms {
  readonly mode?: InterpreterMode;
  /** True if the run will have a standard input. */
  readonly hasStdin?: boolean;
}

/** The verdict on a program, with the policy that gave it. */
export interface Check extends PolicyEntry {
  readonly analysis: Analysis;
  readonly verdictId: VerdictId;
}

/**
 * Chooses the policy of a run, and analyses the program.
 *
 * @throws {Refusal} `bad-input` if there is no such policy; `policy-not-allowed`; `verdict-mismatch`.
 */
export async function checkProgram(parts: CheckParts, request: RunRequest): Promise<CheckedProgram> {
  const { policies, signer } = parts;
  const { code, language, verdictId } = request;
  const mode = request.interpreter ?? "fresh";
  const hasStdin = request.stdin !== undefined;
  const policy = policies.adaptToMode(policies.choose(request.policy), mode);
  const inspection = await (await parts.analyser).read(code, language);
  const isGivenStdin = hasStdin && needsStdin(inspection, policy);
  if (verdictId !== undefined) signer.assertMatches(verdictId, code, language, policy, { mode, isGivenStdin });
  // A denial names the other policies under which the program passes.
  await searchAhead(inspection, [policy, ...policies.listOthers(policy).map((other) => other.policy)]);
  return { policy, inspection, analysis: judge(inspection, policy, hasStdin), hasStdin };
}

/**
 * Analyses a program as a run would. Runs nothing.
 *
 * @param policy Name of a policy, undefined for the server's default, or a policy itself. No program can run under a
 * policy that is not one of the server's.
 * @throws {Refusal} `bad-input` if there is no policy of that name.
 */
export async function checkCode(
  parts: CheckParts,
  code: string,
  language: Language,
  policy: string | Policy | undefined,
  { mode = "fresh", hasStdin = false }: CheckTerms = {},
): Promise<Check> {
  const { policies, signer } = parts;
  const chosen = typeof policy === "object" ? { policy, isDefault: false, isAllowed: false } : policies.find(policy);
  const entry = { ...chosen, policy: policies.adaptToMode(chosen.policy, mode) };
  const inspection = await (await parts.analyser).read(code, language);
  await searchAhead(inspection, [entry.policy]);
  return {
    ...entry,
    analysis: judge(inspection, entry.policy, hasStdin),
    verdictId: signer.issue(code, language, entry.policy, {
      mode,
      isGivenStdin: hasStdin && needsStdin(inspection, entry.policy),
    }),
  };
}
