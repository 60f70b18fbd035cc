/** `rlm_policy_check`: what `rlm_exec_run` would say of a program before running it. */

import { z } from "zod";
import type { Tool } from "../mcp/tool.js";
import { SEVERITY_NAMES, severityName } from "../analysis/severity.js";
import type { CodeRunner } from "../run/run-code.js";
import { CUSTOM_POLICY, makePolicy, PolicyError } from "../policy/custom.js";
import type { Policy } from "../policy/policy.js";
import { type InterpreterMode, INTERPRETER_MODES } from "../interpreter-mode.js";
import { type Language, LANGUAGES } from "../language.js";
import { Refusal } from "../errors.js";
import { CODE, type Field, listProblems } from "./arguments.js";
import { FAULT, REFUSAL } from "./endings.js";
import { defineSessionTool, type SessionToolParts } from "./session-tool.js";
import { VIOLATION, violationView } from "./violation.js";

/** In a policy of a caller's own: the largest that could be right has about half of these. */
const MAX_CUSTOM_VALUES = 3_000;

const FIELDS: Readonly<Record<string, Field>> = {
  code: CODE,
  language: {
    schema: z.enum(LANGUAGES).default("python").describe("Language of the program; java is checked only"),
    must: LANGUAGES.map((name) => `"${name}"`).join(" or "),
  },
  policy: {
    schema: z.string().min(1).max(100).optional().describe("Name of a policy; the server's if left out"),
    must: "the name of a policy",
  },
  interpreter: {
    schema: z
      .enum(INTERPRETER_MODES)
      .default("fresh")
      .describe("Check for a run in this interpreter: the session's may have more builtins"),
    must: INTERPRETER_MODES.map((name) => `"${name}"`).join(" or "),
  },
  custom: {
    // Its own check says what is wrong with it, by path.
    schema: z.looseObject({}).optional().meta(customSchema()),
    must: "a policy: an object",
    maxValues: MAX_CUSTOM_VALUES,
  },
};

/** What a client is shown of the argument. */
function customSchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(CUSTOM_POLICY, { target: "draft-7", io: "input" });
  return {
    ...schema,
    description: "A policy of your own to try, instead of `policy`; programs run under the server's policies alone",
  };
}

interface Arguments {
  readonly code: string;
  readonly language: Language;
  readonly policy?: string;
  readonly interpreter: InterpreterMode;
  readonly custom?: object;
}

const OUTPUT = z.strictObject({
  verdict: z.enum(["allow", "deny"]).nullable(),
  verdict_id: z.string().nullable(),
  policy: z
    .strictObject({
      name: z.string(),
      hash: z.string(),
      severity_threshold: z.enum(SEVERITY_NAMES),
      runnable: z.boolean(),
    })
    .nullable(),
  max_severity: z.enum(SEVERITY_NAMES).nullable(),
  violations: z.array(VIOLATION),
  refusal: REFUSAL,
  fault: FAULT,
});

const DESCRIPTION =
  "Says whether a program would be allowed to run, without running it: the verdict, and every finding with its rule, line, column and what to write instead. The same analysis guards rlm_exec_run; `policy.runnable` says whether that would take this policy. The verdict_id can be given to rlm_exec_run to make sure that the checked code is the code that runs. At most 10 KB of code; takes milliseconds.";

const BLANK = {
  verdict: null,
  verdict_id: null,
  policy: null,
  max_severity: null,
  violations: [],
  refusal: null,
  fault: null,
};

export function policyCheck(parts: SessionToolParts & { readonly runner: CodeRunner }): Tool {
  const { runner } = parts;
  return defineSessionTool<Arguments>(parts, {
    name: "rlm_policy_check",
    title: "Check code against the policy",
    description: DESCRIPTION,
    fields: FIELDS,
    outputSchema: OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    // A check counts for the rate alone: it runs no program.
    chargesBadInput: false,
    handle: async ({ code, language, policy: name, interpreter, custom }) => {
      const { policy, isAllowed, analysis, verdictId } = await runner.check(
        code,
        language,
        custom === undefined ? name : customPolicy(custom, name, runner),
        interpreter,
      );
      return {
        structured: {
          ...BLANK,
          verdict: analysis.verdict,
          verdict_id: verdictId,
          policy: {
            name: policy.name,
            hash: policy.hash,
            severity_threshold: severityName(policy.threshold),
            runnable: isAllowed,
          },
          max_severity: severityName(analysis.maxSeverity),
          violations: analysis.violations.map((violation) => violationView(violation, policy)),
        },
        isError: false,
      };
    },
    present: (ending) => ({ ...BLANK, ...ending }),
  });
}

/** @throws {Refusal} `bad-input`, naming the problems by their paths. */
function customPolicy(custom: object, name: string | undefined, { policies }: CodeRunner): Policy {
  const refuse = (problems: readonly string[]): Refusal =>
    new Refusal("bad-input", listProblems(problems.map((problem) => `Cannot use ${problem}`)), {
      stage: "policy",
      resource: "custom",
      retryable: false,
    });
  if (name !== undefined)
    throw refuse(["custom together with policy: name the policy that it starts from in custom.extends"]);
  const named = (wanted: string): Policy | undefined =>
    policies.entries.find(({ policy }) => policy.name === wanted)?.policy;
  try {
    return makePolicy(custom, "custom", named, "custom");
  } catch (error) {
    if (error instanceof PolicyError) throw refuse(error.problems);
    throw error;
  }
}
