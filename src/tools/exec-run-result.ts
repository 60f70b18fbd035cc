/** The result of `rlm_exec_run`: its schema, and its form for a run and for a call that was refused or failed. */

import { z } from "zod";
import { type Fault, isFailure, type Refusal } from "../errors.js";
import { INTERPRETER_MODES } from "../interpreter-mode.js";
import { type CapturedStream, ENDINGS, type ProgramError } from "../outcome.js";
import type { InterpreterReport, RunReport } from "../run/run-report.js";
import { ANSWER_BYTES, fitList, fitText } from "./answer-size.js";
import { fitProgramText } from "./cut-text.js";
import { FAULT, REFUSAL, renderEnding } from "./endings.js";
import { defineResult, NOTES, resultField, type ResultFormat } from "./result.js";
import { renderViolation, VIOLATION } from "./violation.js";

const TRUNCATION = resultField(
  z
    .strictObject({
      total_bytes: resultField(z.number(), "Bytes of the whole text"),
      kept_bytes: resultField(z.number(), "Bytes that are shown"),
    })
    .nullable(),
  "Null if the whole text is shown",
);

const ARTIFACT = z.strictObject({
  name: resultField(z.string(), "Name of a file that the program made"),
  mime_type: resultField(z.string(), "Its media type"),
  bytes: resultField(z.number(), "Its size"),
  sha256: resultField(z.string(), "SHA-256 of its content"),
  uri: resultField(z.string(), "URI of its resource"),
});

const REDACTION = z.strictObject({
  stream: resultField(z.string(), "Stream in which text was replaced"),
  rule: resultField(z.string(), "Rule that found the text"),
  start: resultField(z.number(), "First position of the text"),
  length: resultField(z.number(), "Length of the text"),
});

/** The fields are in the order in which a reader needs them. */
const SCHEMA = z.strictObject({
  status: resultField(z.enum([...ENDINGS, "refused", "fault"]), "How the call ended"),
  run_id: resultField(z.string(), "Id of the run in the server's log; empty if the run did not begin"),
  session_id: resultField(z.string().nullable(), "Session of the call; null if the run did not begin"),
  stdout: resultField(z.string(), "Standard output; its middle is left out if it is long"),
  stderr: resultField(z.string(), "Standard error; its middle is left out if it is long"),
  result: resultField(z.string().nullable(), "Value of the last expression, as text"),
  exit_code: resultField(z.number().nullable(), "Exit code of the program's process; 124 for a timeout, 137 if killed"),
  signal: resultField(z.string().nullable(), "Signal that ended the process, such as `SIGKILL`"),
  error: resultField(
    z
      .strictObject({
        type: resultField(z.string(), "Type of the error, such as `ValueError`"),
        message: resultField(z.string(), "Message of the error"),
        line: resultField(z.number().nullable(), "Line of the program, counted from 1"),
        column: resultField(z.number().nullable(), "Column in the line, counted from 1"),
        traceback: resultField(z.string(), "Traceback through the program's own frames"),
      })
      .nullable(),
    "The error that ended the program",
  ),
  refusal: REFUSAL,
  fault: FAULT,
  notes: NOTES,
  artifacts: resultField(z.array(ARTIFACT), "Always empty in this version"),
  truncated: resultField(
    z.strictObject({
      stdout: TRUNCATION,
      stderr: TRUNCATION,
      result: TRUNCATION,
      error_message: TRUNCATION,
      traceback: TRUNCATION,
    }),
    "Texts that are not shown whole. The text itself says so where it is cut",
  ),
  egress: resultField(
    z.strictObject({
      blocked: resultField(z.boolean(), "Always false"),
      redactions: resultField(z.array(REDACTION), "Always empty"),
    }),
    "No filter runs in this version",
  ),
  policy: resultField(
    z
      .strictObject({
        name: resultField(z.string(), "Name of the policy"),
        hash: resultField(z.string(), "Hash of the policy's content"),
        verdict: resultField(z.enum(["allow", "deny"]), "Verdict of the analysis"),
        violations: resultField(z.array(VIOLATION), "Violations, in the order of the program; the first ones that fit"),
      })
      .nullable(),
    "Policy that judged the program; null if the call ended before that",
  ),
  isolation: resultField(
    z
      .strictObject({
        engine: resultField(z.string(), "docker, wasm or local"),
        runtime: resultField(z.string(), "runsc, runc, cpython-wasi, quickjs-wasm or process"),
        level: resultField(z.enum(["gvisor", "container", "wasm", "none"]), "Strength of the isolation"),
        network: resultField(z.string(), "none, or host"),
        image: resultField(z.string().nullable(), "Id or digest of the image that the sandbox was made from"),
      })
      .nullable(),
    "The sandbox of the run; null if the program did not start",
  ),
  interpreter: resultField(
    z
      .strictObject({
        mode: resultField(z.enum(INTERPRETER_MODES), "fresh or session"),
        is_new: resultField(z.boolean(), "True if no program ran in it before"),
        is_kept: resultField(z.boolean(), "True if the session's next call finds it"),
        note: resultField(z.string().nullable(), "The reason that an interpreter is gone"),
      })
      .nullable(),
    "The interpreter of the run; null if the program did not start",
  ),
  limits: resultField(
    z
      .strictObject({
        timeout_ms: resultField(z.number(), "Longest run, in milliseconds"),
        memory_limit_mb: resultField(z.number(), "Most memory, in MiB"),
        code_bytes: resultField(z.number(), "Longest program, in bytes"),
        output_bytes: resultField(z.number(), "Most output of both streams together, in bytes"),
      })
      .nullable(),
    "Limits of the run; null if the run did not begin",
  ),
  usage: resultField(
    z.strictObject({
      cpu_ms: resultField(z.number().nullable(), "Processor time, in milliseconds"),
      peak_memory_bytes: resultField(z.number().nullable(), "Peak memory"),
    }),
    "Resources that the program used; null if the engine cannot measure them",
  ),
  timings: resultField(
    z.strictObject({
      queue_ms: resultField(z.number(), "Wait for a sandbox"),
      boot_ms: resultField(z.number(), "Part of the wait in which a sandbox started; 0 if one was ready"),
      run_ms: resultField(z.number(), "Run of the program"),
      total_ms: resultField(z.number(), "Whole call"),
    }),
    "Wall clock, in milliseconds",
  ),
  provenance: resultField(
    z
      .strictObject({
        code_sha256: resultField(z.string(), "SHA-256 of the program"),
        inputs_sha256: resultField(z.string(), "SHA-256 of the inputs as JSON"),
        stdin_sha256: resultField(z.string().nullable(), "SHA-256 of `stdin`; null if the call gives none"),
        files: resultField(
          z.array(
            z.strictObject({
              path: resultField(z.string(), "Path, as the call names it"),
              sha256: resultField(z.string(), "SHA-256 of the content"),
              sandbox_path: resultField(z.string().nullable(), "Absolute path in the sandbox"),
            }),
          ),
          "Files that the program was given; those that fit into the answer",
        ),
        files_not_listed: resultField(z.number(), "Number of the other files that the program was given"),
        left_out: resultField(z.array(z.string()), "Paths in named directories that were left out, at most 100"),
      })
      .nullable(),
    "Data that went into the run; null if the run did not begin",
  ),
});

type Result = z.output<typeof SCHEMA>;

/** The result of a run, or of a call that was refused or failed before it. */
export const EXEC_RUN_RESULT: ResultFormat<RunReport | Refusal | Fault> = defineResult(SCHEMA, renderResult);

function renderResult(value: RunReport | Refusal | Fault): Result {
  const report = isFailure(value) ? null : value;
  const ending = isFailure(value) ? value : value.ending;
  const outcome = isFailure(ending) ? null : ending;
  const { refusal, fault } = renderEnding(isFailure(ending) ? ending : null);
  const [stdout, stderr] = [fitStream(outcome?.stdout), fitStream(outcome?.stderr)];
  const message = fitProgramText(outcome?.error?.message ?? "");
  const traceback = fitProgramText(outcome?.error?.traceback ?? "");
  const resultText = outcome?.result == null ? null : fitProgramText(outcome.result);
  return {
    status: outcome?.ending ?? (fault === null ? "refused" : "fault"),
    run_id: report?.runId ?? "",
    session_id: report?.sessionId ?? null,
    stdout: stdout.text,
    stderr: stderr.text,
    result: resultText?.text ?? null,
    exit_code: outcome?.exitCode ?? null,
    signal: outcome?.signal ?? null,
    error: renderError(outcome?.error ?? null, message, traceback),
    refusal,
    fault,
    notes: [...(report?.notes ?? [])],
    artifacts: [],
    truncated: {
      stdout: renderTruncation(stdout),
      stderr: renderTruncation(stderr),
      result: renderTruncation(resultText),
      error_message: renderTruncation(message),
      traceback: renderTruncation(traceback),
    },
    egress: { blocked: false, redactions: [] },
    policy: renderPolicy(report?.policy ?? null),
    isolation: report?.isolation ?? null,
    interpreter: renderInterpreter(report?.interpreter ?? null),
    limits: report === null ? null : renderLimits(report),
    usage: { cpu_ms: outcome?.usage.cpuMs ?? null, peak_memory_bytes: outcome?.usage.peakMemoryBytes ?? null },
    timings: renderTimings(report),
    provenance: report === null ? null : renderProvenance(report),
  };
}

function renderError(error: ProgramError | null, message: CapturedStream, traceback: CapturedStream): Result["error"] {
  if (error === null) return null;
  const { type, line, column } = error;
  return {
    type: fitText(type, ANSWER_BYTES.text).text,
    message: message.text,
    line,
    column,
    traceback: traceback.text,
  };
}

function fitStream(stream: CapturedStream | undefined): CapturedStream {
  if (stream === undefined) return { text: "", truncated: null };
  const { text, leftOutBytes } = fitText(stream.text, ANSWER_BYTES.stream);
  if (leftOutBytes === 0) return stream;
  const shown = Buffer.byteLength(stream.text);
  const { totalBytes, keptBytes } = stream.truncated ?? { totalBytes: shown, keptBytes: shown };
  return { text, truncated: { totalBytes, keptBytes: Math.max(0, keptBytes - leftOutBytes) } };
}

function renderTruncation(text: CapturedStream | null): z.output<typeof TRUNCATION> {
  const truncated = text?.truncated ?? null;
  return truncated === null ? null : { total_bytes: truncated.totalBytes, kept_bytes: truncated.keptBytes };
}

function renderPolicy(judged: RunReport["policy"]): Result["policy"] {
  if (judged === null) return null;
  const { policy, analysis } = judged;
  const violations = analysis.violations.map((violation) => renderViolation(violation, policy));
  return { name: policy.name, hash: policy.hash, verdict: analysis.verdict, violations: fitList(violations) };
}

function renderInterpreter(report: InterpreterReport | null): Result["interpreter"] {
  if (report === null) return null;
  const { mode, isNew, isKept, predecessorEnd } = report;
  const notes: string[] = [];
  if (predecessorEnd !== null)
    notes.push(
      `The session's earlier interpreter and its state are gone: ${predecessorEnd}. This is a new interpreter.`,
    );
  if (mode === "session" && !isKept)
    notes.push(
      "The interpreter and its state are gone, because this program did not end by itself. " +
        "The next call starts a new interpreter.",
    );
  return { mode, is_new: isNew, is_kept: isKept, note: notes.length === 0 ? null : notes.join(" ") };
}

function renderLimits({ limits }: RunReport): Result["limits"] {
  return {
    timeout_ms: limits.timeoutMs,
    memory_limit_mb: limits.memoryMb,
    code_bytes: limits.codeBytes,
    output_bytes: limits.outputBytes,
  };
}

function renderTimings(report: RunReport | null): Result["timings"] {
  const { queueMs, bootMs, runMs, totalMs } = report?.timings ?? { queueMs: 0, bootMs: 0, runMs: 0, totalMs: 0 };
  return { queue_ms: rounded(queueMs), boot_ms: rounded(bootMs), run_ms: rounded(runMs), total_ms: rounded(totalMs) };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

function renderProvenance({ provenance }: RunReport): Result["provenance"] {
  const all = provenance.files.map(({ path, sha256, sandboxPath }) => ({ path, sha256, sandbox_path: sandboxPath }));
  const files = fitList(all);
  return {
    code_sha256: provenance.codeSha256,
    inputs_sha256: provenance.inputsSha256,
    stdin_sha256: provenance.stdinSha256,
    files,
    files_not_listed: all.length - files.length,
    left_out: fitList(provenance.leftOut, ANSWER_BYTES.text),
  };
}
