/** `rlm_policy_check`: what `rlm_exec_run` would say of a program before running it. */

import { z } from "zod";
import type { Tool } from "../mcp/tool.js";
import { SEVERITY_NAMES, severityName } from "../policy/severity.js";
import type { CodeRunner } from "../run/run-code.js";
import { LANGUAGES, type Language } from "../sandbox/engine.js";
import { CODE, type Field, parseArguments, schemaOf } from "./arguments.js";
import { FAULT, REFUSAL } from "./endings.js";
import { VIOLATION, violationView } from "./violation.js";

const FIELDS: Readonly<Record<string, Field>> = {
  code: CODE,
  language: {
    schema: z.enum(LANGUAGES).default("python").describe("Language of the program"),
    must: LANGUAGES.map((name) => `"${name}"`).join(" or "),
  },
  policy: {
    schema: z.string().min(1).max(100).optional().describe("Name of a policy; the server's if left out"),
    must: "the name of a policy",
  },
};

interface Arguments {
  readonly code: string;
  readonly language: Language;
  readonly policy?: string;
}

const OUTPUT = z.strictObject({
  verdict: z.enum(["allow", "deny"]).nullable(),
  verdict_id: z.string().nullable(),
  policy: z.strictObject({ name: z.string(), hash: z.string(), severity_threshold: z.enum(SEVERITY_NAMES) }).nullable(),
  max_severity: z.enum(SEVERITY_NAMES).nullable(),
  violations: z.array(VIOLATION),
  refusal: REFUSAL,
  fault: FAULT,
});

const DESCRIPTION =
  "Says whether a program would be allowed to run, without running it: the verdict, and every finding with its rule, line, column and what to write instead. The same analysis guards rlm_exec_run. The verdict_id can be given to rlm_exec_run to make sure that the checked code is the code that runs. At most 10 KB of code; takes milliseconds.";

const BLANK = { verdict: null, verdict_id: null, policy: null, max_severity: null, violations: [], refusal: null, fault: null };

export function policyCheck(runner: CodeRunner): Tool {
  return {
    name: "rlm_policy_check",
    title: "Check code against the policy",
    description: DESCRIPTION,
    inputSchema: schemaOf(FIELDS),
    outputSchema: OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    handle: async (args) => {
      const { code, language, policy: name } = parseArguments<Arguments>(FIELDS, args);
      const { policy, analysis, verdictId } = await runner.check(code, language, name);
      return {
        structured: {
          ...BLANK,
          verdict: analysis.verdict,
          verdict_id: verdictId,
          policy: { name: policy.name, hash: policy.hash, severity_threshold: severityName(policy.threshold) },
          max_severity: severityName(analysis.maxSeverity),
          violations: analysis.violations.map(violationView),
        },
        isError: false,
      };
    },
    present: (ending) => ({ ...BLANK, ...ending }),
  };
}
