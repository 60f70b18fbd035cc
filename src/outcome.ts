import { MAX_OUTPUT_SIZE } from "./limits.js";

/** How a program ended. The first cause wins: a time-out that leads to a kill is a time-out. */
export type Ending = "ok" | "error" | "timeout" | "out_of_memory" | "output_limit" | "killed" | "cancelled";

export const ENDINGS: readonly Ending[] = [
  "ok",
  "error",
  "timeout",
  "out_of_memory",
  "output_limit",
  "killed",
  "cancelled",
];

/** The error that ended the program, as its interpreter reports it. All of it is data from the program. */
export interface ProgramError {
  readonly type: string;
  readonly message: string;
  /** 1-based, as is `column`; null if the error has no place in the program. */
  readonly line: number | null;
  readonly column: number | null;
  /** The program's own frames only. */
  readonly traceback: string;
}

/** One output stream, decoded as UTF-8 with invalid bytes replaced. */
export interface CapturedStream {
  readonly text: string;
  /** Null if the text is whole. */
  readonly truncated: { readonly totalBytes: number; readonly keptBytes: number } | null;
}

export interface Usage {
  /** Processor time of the program and of the processes that it started; null if the engine cannot measure it. */
  readonly cpuMs: number | null;
  /**
   * Peak resident memory of the program's largest process. On the embedded engine: the memory of the interpreter, and
   * the growth of its memory in this run.
   */
  readonly peakMemoryBytes: number | null;
}

export interface Outcome {
  readonly ending: Ending;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
  /** `repr` of the program's last expression, or null. */
  readonly result: string | null;
  /** Exit code of the program's process, or the code that stands for the way it was stopped; null if cancelled. */
  readonly exitCode: number | null;
  /** Name of the signal that ended the program's process, such as `SIGKILL`. */
  readonly signal: string | null;
  readonly error: ProgramError | null;
  readonly usage: Usage;
  /** Wall clock of the program alone. */
  readonly runMs: number;
}

/** Returns the bytes that a program printed on both streams, including those that were cut off. */
export function printedBytes({ stdout, stderr }: Outcome): number {
  return [stdout, stderr].reduce(
    (bytes, { text, truncated }) => bytes + (truncated?.totalBytes ?? Buffer.byteLength(text, "utf8")),
    0,
  );
}

/** An ending that the program did not reach by itself. */
export type StoppedEnding = Exclude<Ending, "ok" | "error">;

/**
 * Exit codes of stopped programs, as `timeout(1)` and shells report them: 124 for a time limit, 137 (128 + SIGKILL) for
 * a kill. A cancelled program has none, because no caller waits for it. The supervisor in a guest sends the same codes
 * (src/guest/python).
 */
const STOPPED_EXIT_CODES: Readonly<Record<StoppedEnding, number | null>> = {
  timeout: 124,
  out_of_memory: 137,
  output_limit: 137,
  killed: 137,
  cancelled: null,
};

/** Returns the exit code for an ending. `own` is the code that the program itself left with. */
export function exitCodeOf(ending: Ending, own: number): number | null {
  return ending === "ok" || ending === "error" ? own : STOPPED_EXIT_CODES[ending];
}

const NO_OUTPUT: CapturedStream = { text: "", truncated: null };

const NOTHING_KNOWN: Omit<Outcome, "ending" | "exitCode" | "runMs"> = {
  stdout: NO_OUTPUT,
  stderr: NO_OUTPUT,
  result: null,
  signal: null,
  error: null,
  usage: { cpuMs: null, peakMemoryBytes: null },
};

/**
 * Returns the outcome of a program that was stopped, or that never began (`runMs` 0).
 *
 * @param known Output and usage, if the engine knows them, and the error that tells why it was stopped.
 */
export function stoppedOutcome(
  ending: StoppedEnding,
  runMs: number,
  known: Partial<Pick<Outcome, "stdout" | "stderr" | "usage" | "error">> = {},
): Outcome {
  return { ...NOTHING_KNOWN, ending, exitCode: STOPPED_EXIT_CODES[ending], runMs, ...known };
}

/** The limits of a program that has reached one of them. */
export interface ReachedLimits {
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

/**
 * Returns the error of a program that was stopped at a limit: the same on every engine, whoever stopped it. Null for
 * every other ending. The supervisor in a guest says the same (src/guest/python/supervisor/verdict.py).
 */
export function limitError(ending: Ending, { timeoutMs, memoryMb }: ReachedLimits): ProgramError | null {
  switch (ending) {
    case "timeout":
      return plainError("TimeoutError", `The program ran longer than ${timeoutMs} ms`);
    case "out_of_memory":
      return plainError("MemoryError", `The program used more than ${memoryMb} MiB of memory`);
    case "output_limit":
      return plainError("SystemError", `The program printed more than ${MAX_OUTPUT_SIZE} bytes`);
    case "ok":
    case "error":
    case "killed":
    case "cancelled":
      return null;
  }
}

/** Returns an error that has no place in the program. */
export function plainError(type: string, message: string): ProgramError {
  return { type, message, line: null, column: null, traceback: "" };
}

/**
 * Returns the outcome of a JavaScript program that cannot be parsed, in the form of the interpreter's own error.
 *
 * @param problem With a 1-based line and column.
 */
export function syntaxErrorOutcome(problem: {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly hint?: string;
}): Outcome {
  const { line, column, hint } = problem;
  const message = hint === undefined ? problem.message : `${problem.message}: ${hint}`;
  const traceback = `SyntaxError: ${message}\n    at program.js:${line}:${column}`;
  const error = { type: "SyntaxError", message, line, column, traceback };
  return { ...NOTHING_KNOWN, ending: "error", exitCode: 1, error, runMs: 0 };
}

/**
 * Returns the outcome of a program that its interpreter could not read, with a sentence about what to send instead.
 * Nothing of the program has run, so the error is the interpreter's own.
 */
export function withSyntaxHint(outcome: Outcome, hint: string | undefined): Outcome {
  const { error } = outcome;
  if (hint === undefined || error?.type !== "SyntaxError") return outcome;
  const traceback = `${error.traceback.trimEnd()}: ${hint}\n`;
  return { ...outcome, error: { ...error, message: `${error.message}: ${hint}`, traceback } };
}
