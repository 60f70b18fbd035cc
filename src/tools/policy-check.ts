/** `rlm_policy_check`: the verdict that `rlm_exec_run` would give on a program, without running it. */

import { z } from "zod";
import { SEVERITY_NAMES, severityName } from "../analysis/severity.js";
import { type Fault, isFailure, Refusal } from "../errors.js";
import { INTERPRETER_MODES } from "../interpreter-mode.js";
import { LANGUAGES } from "../language.js";
import { MAX_EXEC_CODE_SIZE } from "../limits.js";
import type { Tool } from "../mcp/tool.js";
import { CUSTOM_POLICY, PolicyError } from "../policy/custom-schema.js";
import { makeCallersPolicy } from "../policy/pattern-thread.js";
import type { Policy } from "../policy/policy.js";
import type { Check } from "../run/check-program.js";
import type { CodeRunner } from "../run/run-code.js";
import { fitList } from "./answer-size.js";
import { argument, joinProblems } from "./arguments.js";
import { FAULT, REFUSAL, renderEnding } from "./endings.js";
import { defineResult, NOTES, resultField } from "./result.js";
import { readProgram } from "./program-text.js";
import { defineSessionTool, type SessionToolParts } from "./session-tool.js";
import { choiceArgument, codeArgument, POLICY } from "./shared-arguments.js";
import { renderViolation, VIOLATION } from "./violation.js";

/** Most values in a custom policy: the largest valid one has about half of these. */
const MAX_CUSTOM_VALUES = 3_000;

const INPUT = z.strictObject({
  code: codeArgument(MAX_EXEC_CODE_SIZE),
  language: choiceArgument(LANGUAGES, "python", "Language of the program; java is checked only"),
  policy: POLICY,
  interpreter: choiceArgument(
    INTERPRETER_MODES,
    "fresh",
    "Check for a run in this interpreter; a session interpreter may have more builtins",
  ),
  has_stdin: argument(
    z.boolean().default(false).describe("Check for a run that is given `stdin`, which the program may then read"),
    "true or false",
  ),
  custom: argument(
    // makeCallersPolicy checks it, and names its problems by their paths.
    z.looseObject({}).optional().meta(customPolicySchema()),
    "a policy: an object",
    MAX_CUSTOM_VALUES,
  ),
});

/** Returns the JSON schema of a custom policy, for clients. */
function customPolicySchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(CUSTOM_POLICY, { target: "draft-7", io: "input" });
  return {
    ...schema,
    description:
      "A policy of your own to check against, instead of `policy`. Programs run under the server's policies only",
  };
}

const OUTPUT = z.strictObject({
  verdict: resultField(z.enum(["allow", "deny"]).nullable(), "Verdict on the program"),
  verdict_id: resultField(z.string().nullable(), "Proof of this verdict, for rlm_exec_run"),
  policy: resultField(
    z
      .strictObject({
        name: resultField(z.string(), "Name of the policy"),
        hash: resultField(z.string(), "Hash of the policy's content"),
        severity_threshold: resultField(z.enum(SEVERITY_NAMES), "Violations at or above it deny"),
        runnable: resultField(z.boolean(), "True if rlm_exec_run accepts this policy"),
      })
      .nullable(),
    "The policy that judged the program",
  ),
  max_severity: resultField(z.enum(SEVERITY_NAMES).nullable(), "Highest severity among the violations"),
  violations: resultField(z.array(VIOLATION), "Violations, in the order of the program"),
  notes: NOTES,
  refusal: REFUSAL,
  fault: FAULT,
});

/** A check, and the sentences about the way in which the call was read. */
type NotedCheck = Check & { readonly notes: string[] };

const RESULT = defineResult(OUTPUT, (value: NotedCheck | Refusal | Fault): z.output<typeof OUTPUT> => {
  if (isFailure(value))
    return {
      verdict: null,
      verdict_id: null,
      policy: null,
      max_severity: null,
      violations: [],
      notes: [],
      ...renderEnding(value),
    };
  const { analysis, policy, verdictId, isAllowed, notes } = value;
  return {
    verdict: analysis.verdict,
    verdict_id: verdictId,
    policy: {
      name: policy.name,
      hash: policy.hash,
      severity_threshold: severityName(policy.threshold),
      runnable: isAllowed,
    },
    max_severity: severityName(analysis.maxSeverity),
    violations: fitList(analysis.violations.map((violation) => renderViolation(violation, policy))),
    notes,
    ...renderEnding(null),
  };
});

const DESCRIPTION = [
  "Checks a program against a policy without running it.",
  "Returns the verdict, and each violation with its rule, line, column and what to write instead.",
  "rlm_exec_run makes the same check before a run; `policy.runnable` tells whether it accepts this policy.",
  "Give the verdict_id to rlm_exec_run to make sure that the checked code is the code that runs.",
  "Takes milliseconds.",
].join(" ");

/** Makes the tool that checks a program and runs nothing. */
export function policyCheck(parts: SessionToolParts & { readonly runner: CodeRunner }): Tool {
  const { runner } = parts;
  return defineSessionTool(parts, {
    name: "rlm_policy_check",
    title: "Check code against the policy",
    description: `${DESCRIPTION} At most ${runner.limits.codeSize} bytes of code.`,
    input: INPUT.extend({ code: codeArgument(runner.limits.codeSize) }),
    result: RESULT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    // A check runs no program, so it counts for the rate alone.
    chargesBadInput: false,
    handle: async (
      { code, language, policy, interpreter: mode, has_stdin: hasStdin, custom },
      { session },
      { caller },
    ) => {
      const chosen = custom === undefined ? policy : await customPolicy(custom, policy, runner);
      const program = readProgram(code, language);
      const terms = { mode, hasStdin };
      const check = await runner.check(program.code, language, chosen, terms);
      // A run that names a policy asks nobody.
      const help = chosen === undefined ? await runner.describeHelp(check, terms, session, caller) : null;
      const foreseen = await runner.foreseeRefusal(check, terms);
      const isOpened = typeof chosen === "string" && session.consent.standingOf(chosen) === "yes";
      const notes = [program.note, help === null ? null : `${help}.`, foreseen].filter((note) => note !== null);
      return { ...check, isAllowed: check.isAllowed || (check.isAskable && isOpened), notes };
    },
    present: async (ending) => ending,
  });
}

/**
 * Makes a policy of the `custom` argument.
 *
 * @throws {Refusal} `bad-input`, naming the problems by their paths.
 */
async function customPolicy(custom: object, name: string | undefined, { policies }: CodeRunner): Promise<Policy> {
  const refuse = (problems: readonly string[]): Refusal =>
    new Refusal("bad-input", joinProblems(problems.map(sentenceFor)), {
      stage: "policy",
      resource: "custom",
      retryable: false,
    });
  if (name !== undefined)
    throw refuse(["custom together with policy: custom.extends must name the policy that it starts from"]);
  try {
    return await makeCallersPolicy(
      custom,
      "custom",
      policies.entries.map(({ policy }) => policy),
      "custom",
    );
  } catch (error) {
    if (error instanceof PolicyError) throw refuse(error.problems);
    throw error;
  }
}

/** Makes a sentence of a problem, which begins with the path of its field. */
function sentenceFor(problem: string): string {
  const [, path, rest] = /^(custom(?:[^\s"]|"(?:[^"\\]|\\.)*")*) (.+)$/s.exec(problem) ?? [];
  if (path === undefined || rest === undefined) return `Cannot use ${problem}`;
  if (rest.startsWith("cannot be used: ")) return `Cannot use ${path}: ${rest.slice("cannot be used: ".length)}`;
  if (!/^(?:must|is|are|take|cannot) /.test(rest)) return `Cannot use ${problem}`;
  return `Cannot use ${path}: ${path.endsWith("patterns") ? "they" : "it"} ${rest}`;
}
