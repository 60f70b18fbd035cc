/** Checks a program against a policy: for a run, and for a caller that wants the verdict alone. */

import type { Analyser, ProgramInspection } from "../analysis/analyser.js";
import type { VerdictId } from "../ids.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import type { Language } from "../language.js";
import { type Analysis, judge, needsStdin } from "../policy/judge.js";
import { searchAhead } from "../policy/pattern-thread.js";
import type { Policy } from "../policy/policy.js";
import type { PersonsSay, PolicyEntry, PolicySet } from "../policy/policy-set.js";
import type { VerdictSigner } from "../policy/verdict.js";
import type { GuestFile } from "../sandbox/engine.js";
import { judgeProject, mayBeOwn } from "./judge-project.js";
import { collectModules, type ProjectModules } from "./project-modules.js";
import type { RunRequest } from "./run-request.js";
import { collectScripts } from "./script-modules.js";

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
  /** Of the program and of its modules. */
  readonly analysis: Analysis;
  /** True if the call gives a standard input. */
  readonly hasStdin: boolean;
  /** The modules of the project that the program can import. Absent until its input files were read. */
  readonly project?: ProjectModules;
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
  readonly inspection: ProgramInspection;
}

/**
 * Chooses the policy of a run, and analyses the program.
 *
 * @param person What the person at the client has said about policies.
 * @throws {Refusal} `bad-input` if there is no such policy; `policy-not-allowed`; `verdict-mismatch`.
 */
export async function checkProgram(
  parts: CheckParts,
  request: RunRequest,
  person?: PersonsSay,
): Promise<CheckedProgram> {
  const { policies, signer } = parts;
  const { code, language, verdictId } = request;
  const mode = request.interpreter ?? "fresh";
  const hasStdin = request.stdin !== undefined;
  const policy = policies.adaptToMode(policies.choose(request.policy, person), mode);
  const inspection = await (await parts.analyser).read(code, language);
  const isGivenStdin = hasStdin && needsStdin(inspection, policy);
  if (verdictId !== undefined) signer.assertMatches(verdictId, code, language, policy, { mode, isGivenStdin });
  // A denial names the other policies under which the program passes.
  await searchAhead(inspection, [policy, ...policies.listOthers(policy).map((other) => other.policy)]);
  return { policy, inspection, analysis: judge(inspection, policy, hasStdin), hasStdin };
}

/** The program as it is judged before its input files are read, which may be the modules that it imports. */
export function beforeFiles(program: CheckedProgram, request: RunRequest): CheckedProgram {
  if (request.files.length === 0) return program;
  return { ...program, analysis: judgeBeforeFiles(program, request, program.policy) };
}

/** The verdict of any policy before the input files are read. */
export function judgeBeforeFiles(
  { inspection, hasStdin }: CheckedProgram,
  { files, language }: RunRequest,
  policy: Policy,
): Analysis {
  return judge(inspection, policy, hasStdin, files.length === 0 ? undefined : mayBeOwn(language));
}

/**
 * Analyses the modules of the project that a checked program can import, under the same policy.
 *
 * @param start The directory that the program starts in, relative to the workspace.
 * @throws {Refusal} `bad-input` for modules that are too large, too many, or no text.
 */
export async function checkModules(
  parts: CheckParts,
  program: CheckedProgram,
  files: readonly GuestFile[],
  start: string,
): Promise<CheckedProgram> {
  if (files.length === 0) return program;
  const { policy, inspection } = program;
  const collect = inspection.report.language === "python" ? collectModules : collectScripts;
  const project = await collect(await parts.analyser, inspection, files, start);
  const policies = [policy, ...parts.policies.listOthers(policy).map((other) => other.policy)];
  for (const module of project.checked) await searchAhead(module.inspection, policies);
  const whole = { ...program, project };
  return { ...whole, analysis: judgeProject(whole, policy) };
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
  const chosen =
    typeof policy === "object"
      ? { policy, isDefault: false, isAllowed: false, isAskable: false }
      : policies.find(policy);
  const entry = { ...chosen, policy: policies.adaptToMode(chosen.policy, mode) };
  const inspection = await (await parts.analyser).read(code, language);
  await searchAhead(inspection, [entry.policy]);
  return {
    ...entry,
    inspection,
    analysis: judge(inspection, entry.policy, hasStdin),
    verdictId: signer.issue(code, language, entry.policy, {
      mode,
      isGivenStdin: hasStdin && needsStdin(inspection, entry.policy),
    }),
  };
}
