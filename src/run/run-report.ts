/** The report of one run: its ending, and everything that is known of it. */

import { sha256 } from "../digest.js";
import { type Fault, isFailure, type Refusal } from "../errors.js";
import { newRunId, type RunId, type SessionId } from "../ids.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import { MAX_OUTPUT_SIZE } from "../limits.js";
import { type Outcome, printedBytes } from "../outcome.js";
import type { Analysis } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import type { Isolation } from "../sandbox/engine.js";
import type { Spent } from "../session/budget.js";
import { hashInputs } from "./inputs.js";
import { describeInputFiles, type InputFileReport, type InputFiles, NO_INPUT_FILES } from "./input-files.js";
import type { SandboxLease } from "./lease.js";
import type { RunRequest } from "./run-request.js";

/** The time that a run took. A step that the run did not reach took 0. */
export interface Timings {
  /** Wait for a sandbox. */
  readonly queueMs: number;
  /** The part of the wait in which a guest started; 0 if one was up already. */
  readonly bootMs: number;
  /** The program alone. */
  readonly runMs: number;
  /** The whole call. */
  readonly totalMs: number;
}

/** The report of one run. A field is null if the run ended before it was known. */
export interface RunReport {
  readonly runId: RunId;
  readonly sessionId: SessionId;
  readonly ending: Outcome | Refusal | Fault;
  readonly policy: { readonly policy: Policy; readonly analysis: Analysis } | null;
  readonly isolation: Isolation | null;
  readonly interpreter: InterpreterReport | null;
  /** Those of the request, and those about the run. */
  readonly notes: readonly string[];
  /** The limits of the run, `memoryMb` as its sandbox has it. */
  readonly limits: {
    readonly timeoutMs: number;
    readonly memoryMb: number;
    readonly codeBytes: number;
    readonly outputBytes: number;
  };
  readonly timings: Timings;
  readonly provenance: {
    /** In hexadecimal, as are the next two. */
    readonly codeSha256: string;
    /** Of the inputs as JSON. */
    readonly inputsSha256: string;
    /** Null if the call gives no `stdin`. */
    readonly stdinSha256: string | null;
    readonly files: readonly InputFileReport[];
    /** Entries of directories that the call names and that were left out; see `InputFiles`. */
    readonly leftOut: readonly string[];
  };
}

/** The interpreter that a program ran in. */
export interface InterpreterReport {
  readonly mode: InterpreterMode;
  /** True if no program ran in it before. */
  readonly isNew: boolean;
  /** True if the session's next call finds the variables of this program. */
  readonly isKept: boolean;
  /** The reason why the session's interpreter before this one ended; null if there was none. */
  readonly predecessorEnd: string | null;
}

/** Collects the facts of a run step by step, and makes the report from them. */
export class RunRecord {
  readonly #request: RunRequest;
  readonly #sessionId: SessionId;
  readonly runId: RunId = newRunId();
  readonly #beganMs = performance.now();
  #policy: RunReport["policy"] = null;
  #inputFiles: InputFiles = NO_INPUT_FILES;
  #lease: SandboxLease | null = null;
  #isKept = false;
  #timings = { queueMs: 0, bootMs: 0, runMs: 0 };
  /** The time when the program went to its guest. */
  #startedMs: number | null = null;
  #digests: Promise<InputDigests> | null = null;
  readonly #codeSize: number;
  #readMs = 0;
  readonly #notes: string[] = [];

  /** @param codeSize The longest program of the server, in bytes. */
  constructor(request: RunRequest, sessionId: SessionId, codeSize: number) {
    this.#request = request;
    this.#codeSize = codeSize;
    this.#sessionId = sessionId;
  }

  /** Notes the analysis, before the verdict may refuse the program. */
  noteAnalysis(policy: Policy, analysis: Analysis): void {
    this.#policy = { policy, analysis };
  }

  /** Notes a sentence for the caller. */
  noteSentence(sentence: string): void {
    this.#notes.push(sentence);
  }

  /** Notes the host files that were read for the program. */
  noteInputFiles(inputFiles: InputFiles): void {
    this.#inputFiles = inputFiles;
  }

  /** Notes the time in which the host files were read. It counts as time of the run. */
  noteReading(readMs: number): void {
    this.#readMs = readMs;
  }

  /** Notes the sandbox of the program, and the time that the call waited for it. */
  noteLease(lease: SandboxLease, queueMs: number): void {
    this.#lease = lease;
    this.#timings = { queueMs, bootMs: lease.wasWarm ? 0 : queueMs, runMs: 0 };
  }

  /** Notes that the program goes to its guest now. */
  noteStart(): void {
    this.#startedMs = performance.now();
  }

  /** Computes the digest of the inputs while the program runs: of a megabyte it takes longer than most programs. */
  hashInputsLater(): void {
    const request = this.#request;
    this.#digests = new Promise((resolve) => setImmediate(() => resolve(hashGiven(request))));
  }

  /** Notes how the program ended. */
  noteOutcome({ runMs }: Outcome, isKept: boolean): void {
    this.#timings = { ...this.#timings, runMs };
    this.#isKept = isKept;
  }

  /** Returns the cost of the run for its session. If the guest failed, it is the time since the program's start. */
  costOf(ending: RunReport["ending"]): Spent {
    const readMs = this.#readMs;
    if (!isFailure(ending)) return { runMs: readMs + this.#timings.runMs, outputBytes: printedBytes(ending) };
    const ranMs = this.#startedMs === null ? 0 : performance.now() - this.#startedMs;
    return { runMs: readMs + ranMs, outputBytes: 0 };
  }

  /** Makes the report. To be called once, at the end of the run. */
  async report(ending: RunReport["ending"]): Promise<RunReport> {
    const { code, timeoutMs, memoryMb, notes = [] } = this.#request;
    const totalMs = performance.now() - this.#beganMs;
    return {
      runId: this.runId,
      sessionId: this.#sessionId,
      ending,
      policy: this.#policy,
      isolation: this.#lease?.sandbox.isolation ?? null,
      interpreter: this.#interpreterReport(),
      notes: [...notes, ...this.#notes],
      limits: {
        timeoutMs,
        memoryMb: this.#lease?.memoryMb ?? memoryMb,
        codeBytes: this.#codeSize,
        outputBytes: MAX_OUTPUT_SIZE,
      },
      timings: { ...this.#timings, totalMs },
      provenance: {
        codeSha256: sha256(code),
        ...(await (this.#digests ?? hashGiven(this.#request))),
        files: describeInputFiles(this.#inputFiles, this.#lease?.sandbox.workspace ?? null),
        leftOut: this.#inputFiles.leftOut,
      },
    };
  }

  #interpreterReport(): InterpreterReport | null {
    if (this.#lease === null) return null;
    const { mode, isNew, predecessorEnd } = this.#lease;
    return { mode, isNew, isKept: this.#isKept, predecessorEnd };
  }
}

type InputDigests = Pick<RunReport["provenance"], "inputsSha256" | "stdinSha256">;

async function hashGiven({ inputs, stdin }: RunRequest): Promise<InputDigests> {
  return { inputsSha256: await hashInputs(inputs), stdinSha256: stdin === undefined ? null : sha256(stdin) };
}
