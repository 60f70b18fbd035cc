/** `rlm_exec_run`: runs code in the sandbox. */

import { z } from "zod";
import { isFailure, Refusal } from "../errors.js";
import { INTERPRETER_MODES } from "../interpreter-mode.js";
import { engineLanguage, PROGRAM_LANGUAGES } from "../language.js";
import {
  EXEC_LIMITS,
  type ExecLimits,
  MAX_FILES,
  MAX_FILES_SIZE,
  MAX_INPUTS_SIZE,
  MAX_OUTPUT_SIZE,
  MAX_PATH_LENGTH,
  MAX_STDIN_SIZE,
  MIN_EXEC_MEMORY_MB,
} from "../limits.js";
import { isRecord } from "../mcp/incoming.js";
import type { Tool } from "../mcp/tool.js";
import { fitsAsJson, type Inputs } from "../run/inputs.js";
import type { CodeRunner } from "../run/run-code.js";
import type { RunRequest } from "../run/run-request.js";
import { takenNames } from "../run/taken-names.js";
import { WORKSPACE } from "../sandbox/engine.js";
import { argument, MAX_NESTING } from "./arguments.js";
import { EXEC_RUN_RESULT } from "./exec-run-result.js";
import { readProgram } from "./program-text.js";
import { defineSessionTool, type SessionToolParts } from "./session-tool.js";
import { choiceArgument, codeArgument, POLICY, sessionIdArgument } from "./shared-arguments.js";

/**
 * The schema of `inputs` looks at no name and no value again, because JSON.parse made them: that would take 90 ms for a
 * megabyte of records, and a second for a hundred thousand names.
 */
const JSON_OBJECT: z.ZodType<Inputs> = z
  .any()
  .refine(isRecord, { abort: true })
  .meta({ type: "object", propertyNames: { type: "string" }, additionalProperties: {} });

/** Returns the arguments that a limit bounds, which an operator can raise. */
function limitedArguments(limits: ExecLimits) {
  return {
    code: codeArgument(limits.codeSize),
    timeout_ms: argument(
      z
        .int()
        .min(1)
        .max(limits.timeoutMs)
        .default(limits.timeoutMs)
        .describe("Longest run in milliseconds of wall clock; the start of the sandbox does not count"),
      `a whole number from 1 to ${limits.timeoutMs}`,
    ),
    memory_limit_mb: argument(
      z
        .int()
        .min(MIN_EXEC_MEMORY_MB)
        .max(limits.memoryMb)
        .default(limits.memoryMb)
        .describe("Most memory of the program, in MiB"),
      `a whole number from ${MIN_EXEC_MEMORY_MB} to ${limits.memoryMb}`,
    ),
  };
}

const DEFAULTS = limitedArguments(EXEC_LIMITS);

const INPUT = z.strictObject({
  code: DEFAULTS.code,
  language: choiceArgument(PROGRAM_LANGUAGES, "python", "Language of the program"),
  session_id: sessionIdArgument(
    "Session whose roots and budget apply. Default: the connection's own",
    "a session_id that rlm_roots_set returned",
  ),
  timeout_ms: DEFAULTS.timeout_ms,
  memory_limit_mb: DEFAULTS.memory_limit_mb,
  policy: POLICY,
  inputs: argument(
    JSON_OBJECT.refine((inputs) => fitsAsJson(inputs, MAX_INPUTS_SIZE))
      .default({})
      .describe(
        "JSON values. Each key becomes a variable of the program. " +
          `At most ${MAX_INPUTS_SIZE} bytes as JSON, nested at most ${MAX_NESTING} deep`,
      ),
    `an object of JSON values, at most ${MAX_INPUTS_SIZE} bytes as JSON, nested at most ${MAX_NESTING} deep`,
  ),
  stdin: argument(
    z
      .string()
      .refine((text) => text.length <= MAX_STDIN_SIZE && text.isWellFormed())
      .refine((text) => Buffer.byteLength(text, "utf8") <= MAX_STDIN_SIZE)
      .optional()
      .describe(
        "Text that the program reads by input() and sys.stdin; JavaScript has it as the text `stdin` " +
          "and as process.stdin. " +
          `At most ${MAX_STDIN_SIZE} bytes`,
      ),
    `well-formed text of at most ${MAX_STDIN_SIZE} bytes of UTF-8`,
  ),
  files: argument(
    z
      .array(z.string().min(1).max(MAX_PATH_LENGTH))
      .max(MAX_FILES)
      .default([])
      .describe(
        "Host files and directories inside the session's roots. The program gets private copies. The variable " +
          "`files` has the content (text, or bytes if it is not UTF-8) under the path relative to the root, or under " +
          "<root's name>/<path> if another root's file has the same path. If the policy gives `open`, they are also " +
          `at ${WORKSPACE}/<root's name>/<path>, and the program starts in the first root's directory there. From a ` +
          "directory, links and names that usually hold secrets (.env, .git, keys) are left out. " +
          `At most ${MAX_FILES} files, ${MAX_FILES_SIZE} bytes together`,
      ),
    `a list of at most ${MAX_FILES} paths of 1 to ${MAX_PATH_LENGTH} characters`,
  ),
  interpreter: choiceArgument(
    INTERPRETER_MODES,
    "fresh",
    "fresh: no state is kept. session: variables, functions and imports stay for the session's next call in this " +
      "language",
  ),
  reset: argument(
    z.boolean().default(false).describe("With interpreter session: use a new interpreter and drop the old state"),
    "true or false",
  ),
  verdict_id: argument(
    z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Run only if this is the verdict_id of exactly this code under this policy, for this `interpreter`"),
    "a verdict_id that rlm_policy_check returned",
  ),
});

type Arguments = z.output<typeof INPUT>;

/** Describes the tool, with its limits on this server. */
function describeTool({ codeSize, timeoutMs, memoryMb }: ExecLimits): string {
  const code = codeSize % 1_024 === 0 ? `${codeSize / 1_024} KB` : `${codeSize} bytes`;
  const limits = `Limits: ${code} of code, ${timeoutMs} ms, ${memoryMb} MB, ${MAX_OUTPUT_SIZE} bytes of output.`;
  return [...DESCRIPTION.slice(0, 2), limits, ...DESCRIPTION.slice(2)].join(" ");
}

const DESCRIPTION: readonly string[] = [
  "Runs one short Python, JavaScript or TypeScript program in a new sandbox that is used once and has no network.",
  "Returns its output, the value of its last expression, and how it ended.",
  "Python can import the modules that the policy allows. Every language imports the project's own, among `files`.",
  "JavaScript is current ECMAScript with top-level await, console, timers, URL, Buffer, crypto,",
  "and import and require of node:assert, node:events, node:path, node:readline, node:url, node:util;",
  "under the policy workspace also node:fs, node:os, node:crypto, node:test and the whole process.",
  "No state is kept between calls, unless `interpreter` is session.",
  "Pass data in `inputs` (variables), host files in `files`, and lines for input() in `stdin`.",
  "Long texts (`context`, a file) have `lines(first, last)`, `chunks(size, overlap)` and `search(regex, limit)`.",
  "`status` is ok, error (with line and column), timeout, out_of_memory, output_limit, killed, cancelled,",
  "refused (nothing ran; `refusal` tells what to change) or fault (the server failed).",
  "Output is not filtered for secrets.",
];

/** Names the policies that a call may choose, and describes the default. */
function describePolicies({ policies }: CodeRunner): string {
  const { name, description } = policies.fallback;
  const others = policies.entries
    .filter((entry) => entry.isAllowed && !entry.isDefault)
    .map((entry) => entry.policy.name);
  const choice = others.length === 0 ? "" : `; \`policy\` may also be ${others.join(", ")}`;
  const askable = policies.entries.filter((entry) => entry.isAskable).map((entry) => entry.policy.name);
  const ask = askable.length === 0 ? "" : `. The person may be asked to allow ${askable.join(" or ")}`;
  return `Policy: ${name} (${description})${choice}${ask}.`;
}

/** Makes the tool that runs a program. */
export function execRun(parts: SessionToolParts & { readonly runner: CodeRunner }): Tool {
  const { runner } = parts;
  return defineSessionTool(parts, {
    name: "rlm_exec_run",
    title: "Run code in a sandbox",
    description: `${describeTool(runner.limits)} ${describePolicies(runner)}`,
    input: INPUT.extend(limitedArguments(runner.limits)),
    result: EXEC_RUN_RESULT,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    chargesBadInput: true,
    assertConsistent,
    handle: async (args, visit, { caller, signal, progress }) => {
      progress("Waiting for a sandbox");
      const onStart = (): void => progress("Running");
      const onQuestion = (): void => progress("Waiting for an answer of the person");
      const context = { visit, caller, signal, onStart, onQuestion };
      return runner.run(requestOf(args), context);
    },
    isError: ({ ending }) => isFailure(ending) || ending.ending !== "ok",
    present: async (ending) => ending,
  });
}

/** @throws {Refusal} `bad-input` for a reset of a fresh interpreter, or an input with the name of another variable. */
function assertConsistent({ reset, interpreter, inputs, language }: Arguments): void {
  const taken = takenNames(engineLanguage(language));
  const name = taken.find((one) => Object.hasOwn(inputs, one));
  if (name !== undefined)
    throw new Refusal(
      "bad-input",
      `Cannot use inputs.${name}: an input must have a name of its own, and the program has another ${name}. ` +
        `Taken are ${taken.join(", ")}; give the input another name`,
      { stage: "limits", resource: "inputs", retryable: false },
    );
  if (!reset || interpreter === "session") return;
  throw new Refusal("bad-input", 'Cannot use reset: `interpreter` must be "session" with it, it is "fresh"', {
    stage: "limits",
    resource: "reset",
    retryable: false,
  });
}

function requestOf(args: Arguments): RunRequest {
  const { code, note } = readProgram(args.code, args.language);
  return {
    code,
    notes: note === null ? [] : [note],
    language: args.language,
    timeoutMs: args.timeout_ms,
    memoryMb: args.memory_limit_mb,
    policy: args.policy,
    inputs: args.inputs,
    stdin: args.stdin,
    files: args.files,
    verdictId: args.verdict_id,
    interpreter: args.interpreter,
    reset: args.reset,
  };
}
