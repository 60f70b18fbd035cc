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

/** What the program's interpreter said of its failure: data from the program, never words of ours. */
export interface ProgramError {
  readonly type: string;
  readonly message: string;
  /** 1-based place in the program, or null when the failure has none. */
  readonly line: number | null;
  readonly column: number | null;
  /** The program's own frames only. */
  readonly traceback: string;
}

/** One output stream, decoded as UTF-8 with invalid bytes replaced. */
export interface CapturedStream {
  readonly text: string;
  /** Null when nothing was left out. */
  readonly truncated: { readonly totalBytes: number; readonly keptBytes: number } | null;
}

export interface Usage {
  /** Processor time of the program and all it started; null when the engine cannot tell it apart. */
  readonly cpuMs: number | null;
  /** Peak resident memory of the program's largest process, or peak size of its WebAssembly memory. */
  readonly peakMemoryBytes: number | null;
}

export interface Outcome {
  readonly ending: Ending;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
  /** `repr` of the program's last expression, or null. */
  readonly result: string | null;
  /** What the program's process ended with, or null if it was stopped from outside. */
  readonly exitCode: number | null;
  /** Name of the signal that ended the program's process, such as `SIGKILL`. */
  readonly signal: string | null;
  readonly error: ProgramError | null;
  readonly usage: Usage;
  readonly runMs: number;
}

/** Bytes that a program printed, what was cut off included. */
export function printedBytes({ stdout, stderr }: Outcome): number {
  return [stdout, stderr].reduce(
    (bytes, { text, truncated }) => bytes + (truncated?.totalBytes ?? Buffer.byteLength(text, "utf8")),
    0,
  );
}
