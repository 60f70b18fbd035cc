/** `rlm_exec_run`: run code in the sandbox. The contract of its input and output is in docs/architecture.md. */

import { z } from "zod";
import { Fault, Refusal } from "../errors.js";
import { type RunnableLanguage, RUNNABLE_LANGUAGES } from "../language.js";
import {
  MAX_EXEC_MEMORY_MB,
  MAX_EXEC_TIMEOUT_MS,
  MAX_FILES,
  MAX_FILES_SIZE,
  MAX_INPUTS_SIZE,
  MAX_OUTPUT_SIZE,
  MAX_PATH_LENGTH,
  MIN_EXEC_MEMORY_MB,
} from "../limits.js";
import type { Tool, ToolResult } from "../mcp/tool.js";
import { ENDINGS, type CapturedStream } from "../outcome.js";
import { type InterpreterMode, INTERPRETER_MODES } from "../interpreter-mode.js";
import { fitsAsJson, type Inputs } from "../run/inputs.js";
import type { CodeRunner, RunReport, RunRequest } from "../run/run-code.js";
import { WORKSPACE } from "../sandbox/engine.js";
import { CODE, type Field, MAX_NESTING, sessionId } from "./arguments.js";
import { type EndingView, endingView, FAULT, REFUSAL } from "./endings.js";
import { defineSessionTool, type SessionToolParts } from "./session-tool.js";
import { VIOLATION, violationView } from "./violation.js";

const FIELDS: Readonly<Record<string, Field>> = {
  code: CODE,
  language: {
    schema: z.enum(RUNNABLE_LANGUAGES).default("python").describe("RunnableLanguage of the program"),
    must: RUNNABLE_LANGUAGES.map((name) => `"${name}"`).join(" or "),
  },
  session_id: sessionId(
    "Session whose roots apply; the connection's own if left out",
    "the session_id that rlm_roots_set gave",
  ),
  timeout_ms: {
    schema: z
      .int()
      .min(1)
      .max(MAX_EXEC_TIMEOUT_MS)
      .default(MAX_EXEC_TIMEOUT_MS)
      .describe("Wall clock of the program alone, in milliseconds"),
    must: `a whole number from 1 to ${MAX_EXEC_TIMEOUT_MS}`,
  },
  memory_limit_mb: {
    schema: z
      .int()
      .min(MIN_EXEC_MEMORY_MB)
      .max(MAX_EXEC_MEMORY_MB)
      .default(MAX_EXEC_MEMORY_MB)
      .describe("Memory of the program, in MiB"),
    must: `a whole number from ${MIN_EXEC_MEMORY_MB} to ${MAX_EXEC_MEMORY_MB}`,
  },
  policy: {
    schema: z.string().min(1).max(100).optional().describe("Name of a policy; the server's if left out"),
    must: "the name of a policy",
  },
  inputs: {
    schema: z
      // What came over the wire is JSON already: to look at each value again takes 90 ms of a megabyte of records.
      .record(z.string(), z.unknown())
      .refine((inputs) => fitsAsJson(inputs as Inputs, MAX_INPUTS_SIZE))
      .default({})
      .describe(
        `JSON values; each key is a variable in the program. At most ${MAX_INPUTS_SIZE} bytes as JSON, nested at most ${MAX_NESTING} deep`,
      ),
    must: `an object of JSON values, at most ${MAX_INPUTS_SIZE} bytes as JSON, nested at most ${MAX_NESTING} deep`,
  },
  files: {
    schema: z
      .array(z.string().min(1).max(MAX_PATH_LENGTH))
      .max(MAX_FILES)
      .default([])
      .describe(
        `Host files and directories inside the session's roots. The program finds private copies in the variable \`files\` by the path relative to the root (text, or bytes) and, where the policy gives \`open\`, at ${WORKSPACE}/<root's name>/<path>; it starts in the first root's directory there. A file whose relative path another root's file has is <root's name>/<path> in \`files\` too. Of a directory, links and names that usually hold secrets (.env, .git, keys) are left out. At most ${MAX_FILES} files, ${MAX_FILES_SIZE} bytes together`,
      ),
    must: `a list of at most ${MAX_FILES} paths of 1 to ${MAX_PATH_LENGTH} characters`,
  },
  interpreter: {
    schema: z
      .enum(INTERPRETER_MODES)
      .default("fresh")
      .describe(
        "fresh: nothing is kept. session: variables, functions and imports stay for the session's next call in this language",
      ),
    must: INTERPRETER_MODES.map((name) => `"${name}"`).join(" or "),
  },
  reset: {
    schema: z.boolean().default(false).describe("With interpreter session: start over"),
    must: "true or false",
  },
  verdict_id: {
    schema: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Run only if this is the verdict of this very code under this policy"),
    must: "the verdict_id that rlm_policy_check gave",
  },
};

interface Arguments {
  readonly code: string;
  readonly language: RunnableLanguage;
  readonly session_id?: string;
  readonly timeout_ms: number;
  readonly memory_limit_mb: number;
  readonly policy?: string;
  readonly inputs: Inputs;
  readonly files: readonly string[];
  readonly interpreter: InterpreterMode;
  readonly reset: boolean;
  readonly verdict_id?: string;
}

const truncation = z.strictObject({ total_bytes: z.number(), kept_bytes: z.number() }).nullable();

const OUTPUT = z.strictObject({
  status: z.enum([...ENDINGS, "refused", "fault"]),
  run_id: z.string(),
  session_id: z.string().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  result: z.string().nullable(),
  exit_code: z.number().nullable(),
  signal: z.string().nullable(),
  error: z
    .strictObject({
      type: z.string(),
      message: z.string(),
      line: z.number().nullable(),
      column: z.number().nullable(),
      traceback: z.string(),
    })
    .nullable(),
  refusal: REFUSAL,
  fault: FAULT,
  artifacts: z.array(
    z.strictObject({ name: z.string(), mime_type: z.string(), bytes: z.number(), sha256: z.string(), uri: z.string() }),
  ),
  truncated: z.strictObject({ stdout: truncation, stderr: truncation }),
  egress: z.strictObject({
    blocked: z.boolean(),
    redactions: z.array(
      z.strictObject({ stream: z.string(), rule: z.string(), start: z.number(), length: z.number() }),
    ),
  }),
  policy: z
    .strictObject({
      name: z.string(),
      hash: z.string(),
      verdict: z.enum(["allow", "deny"]),
      violations: z.array(VIOLATION),
    })
    .nullable(),
  isolation: z
    .strictObject({
      engine: z.string(),
      runtime: z.string(),
      level: z.enum(["gvisor", "container", "wasm", "none"]),
      network: z.string(),
      image: z.string().nullable(),
    })
    .nullable(),
  interpreter: z
    .strictObject({
      mode: z.enum(INTERPRETER_MODES),
      is_new: z.boolean(),
      is_kept: z.boolean(),
      note: z.string().nullable(),
    })
    .nullable(),
  limits: z
    .strictObject({
      timeout_ms: z.number(),
      memory_limit_mb: z.number(),
      code_bytes: z.number(),
      output_bytes: z.number(),
    })
    .nullable(),
  usage: z.strictObject({ cpu_ms: z.number().nullable(), peak_memory_bytes: z.number().nullable() }),
  timings: z.strictObject({ queue_ms: z.number(), boot_ms: z.number(), run_ms: z.number(), total_ms: z.number() }),
  provenance: z
    .strictObject({
      code_sha256: z.string(),
      inputs_sha256: z.string(),
      files: z.array(z.strictObject({ path: z.string(), sha256: z.string(), sandbox_path: z.string().nullable() })),
      left_out: z.array(z.string()),
    })
    .nullable(),
});

const DESCRIPTION = [
  "Runs one short Python or JavaScript program in a fresh, single-use sandbox without network and returns what it printed, the value of its last expression, and how it ended.",
  `Limits: 10 KB of code, ${MAX_EXEC_TIMEOUT_MS} ms, ${MAX_EXEC_MEMORY_MB} MB, ${MAX_OUTPUT_SIZE} bytes of output.`,
  "Python: the modules that the policy allows. JavaScript: current ECMAScript with top-level await, console and timers, no require. Nothing is kept between calls, unless `interpreter` is session.",
  "Pass data in `inputs` (variables) and host files in `files`. A long text (`context`, a file) has `lines(first, last)`, `chunks(size, overlap)` and `search(regex, limit)`.",
  "`status` is ok, error (with line and column), timeout, out_of_memory, output_limit, killed, cancelled, refused (nothing ran; `refusal` says what to change) or fault. Output is not filtered for secrets.",
].join(" ");

/** Says which policies there are to choose from, and what the one without a choice is for. */
function policiesOf({ policies }: CodeRunner): string {
  const { name, description } = policies.fallback;
  const others = policies.entries
    .filter((entry) => entry.isAllowed && !entry.isDefault)
    .map((entry) => entry.policy.name);
  return `Policy: ${name} (${description})${others.length === 0 ? "" : `; \`policy\` may also be ${others.join(", ")}`}.`;
}

export function execRun(parts: SessionToolParts & { readonly runner: CodeRunner }): Tool {
  const { runner } = parts;
  return defineSessionTool<Arguments>(parts, {
    name: "rlm_exec_run",
    title: "Run code in a sandbox",
    description: `${DESCRIPTION} ${policiesOf(runner)}`,
    fields: FIELDS,
    outputSchema: OUTPUT,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    chargesBadInput: true,
    assertConsistent,
    handle: async (args, visit, { caller, signal, progress }) => {
      progress("Waiting for a sandbox");
      return show(await runner.run(requestOf(args), { visit, caller, signal, onStart: () => progress("Running") }));
    },
    present: (ending) => ({ ...BLANK, ...ending, status: statusOf(ending) }),
  });
}

function statusOf({ fault }: EndingView): "fault" | "refused" {
  return fault === null ? "refused" : "fault";
}

/** @throws {Refusal} `bad-input` for a reset of a fresh interpreter. */
function assertConsistent({ reset, interpreter }: Arguments): void {
  if (!reset || interpreter === "session") return;
  throw new Refusal("bad-input", 'Cannot reset: `interpreter` must be "session", a fresh one has nothing to forget', {
    stage: "limits",
    resource: "reset",
    retryable: false,
  });
}

function requestOf(args: Arguments): RunRequest {
  return {
    code: args.code,
    language: args.language,
    timeoutMs: args.timeout_ms,
    memoryMb: args.memory_limit_mb,
    policy: args.policy,
    inputs: args.inputs,
    files: args.files,
    verdictId: args.verdict_id,
    interpreter: args.interpreter,
    reset: args.reset,
  };
}

/** Every field in its order, so that what matters is read first. */
const BLANK = {
  status: "fault",
  run_id: "",
  session_id: null,
  stdout: "",
  stderr: "",
  result: null,
  exit_code: null,
  signal: null,
  error: null,
  refusal: null,
  fault: null,
  artifacts: [],
  truncated: { stdout: null, stderr: null },
  // No filter runs in this version, so nothing is blocked or redacted; the description says so.
  egress: { blocked: false, redactions: [] },
  policy: null,
  isolation: null,
  interpreter: null,
  limits: null,
  usage: { cpu_ms: null, peak_memory_bytes: null },
  timings: { queue_ms: 0, boot_ms: 0, run_ms: 0, total_ms: 0 },
  provenance: null,
};

/** Turns a report into the tool's result. */
function show(report: RunReport): ToolResult {
  const { ending, policy, limits, timings, provenance } = report;
  const known = {
    ...BLANK,
    run_id: report.runId,
    session_id: report.sessionId,
    policy:
      policy === null
        ? null
        : {
            name: policy.policy.name,
            hash: policy.policy.hash,
            verdict: policy.analysis.verdict,
            violations: policy.analysis.violations.map((violation) => violationView(violation, policy.policy)),
          },
    isolation: report.isolation,
    interpreter: interpreterView(report.interpreter),
    limits: {
      timeout_ms: limits.timeoutMs,
      memory_limit_mb: limits.memoryMb,
      code_bytes: limits.codeBytes,
      output_bytes: limits.outputBytes,
    },
    timings: {
      queue_ms: rounded(timings.queueMs),
      boot_ms: rounded(timings.bootMs),
      run_ms: rounded(timings.runMs),
      total_ms: rounded(timings.totalMs),
    },
    provenance: {
      code_sha256: provenance.codeSha256,
      inputs_sha256: provenance.inputsSha256,
      files: provenance.files.map(({ path, sha256, sandboxPath }) => ({ path, sha256, sandbox_path: sandboxPath })),
      left_out: provenance.leftOut,
    },
  };
  if (ending instanceof Refusal || ending instanceof Fault) {
    const view = endingView(ending);
    return { structured: { ...known, ...view, status: statusOf(view) }, isError: true };
  }
  const { stdout, stderr, usage } = ending;
  return {
    structured: {
      ...known,
      status: ending.ending,
      stdout: stdout.text,
      stderr: stderr.text,
      result: ending.result,
      exit_code: ending.exitCode,
      signal: ending.signal,
      error: ending.error,
      truncated: { stdout: truncationView(stdout), stderr: truncationView(stderr) },
      usage: { cpu_ms: usage.cpuMs, peak_memory_bytes: usage.peakMemoryBytes },
    },
    isError: ending.ending !== "ok",
  };
}

function interpreterView(report: RunReport["interpreter"]): object | null {
  if (report === null) return null;
  const { mode, isNew, isKept, ended } = report;
  const notes = [
    ...(ended === null
      ? []
      : [`The session's earlier interpreter is gone with all that was in it: ${ended}. This is a new one.`]),
    ...(mode === "session" && !isKept
      ? [
          "The interpreter is gone with all that was in it, because this program did not come to its end by itself; the next call starts a new one.",
        ]
      : []),
  ];
  return { mode, is_new: isNew, is_kept: isKept, note: notes.length === 0 ? null : notes.join(" ") };
}

function truncationView({ truncated }: CapturedStream): { total_bytes: number; kept_bytes: number } | null {
  return truncated === null ? null : { total_bytes: truncated.totalBytes, kept_bytes: truncated.keptBytes };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
