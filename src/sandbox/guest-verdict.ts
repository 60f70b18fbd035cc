/**
 * Turns a guest's words about a run into values of known types and bounded sizes.
 *
 * A hostile program may have written any of these words. A wrong type becomes null or a default, a long text is cut,
 * and a number is finite. Not promised: that the words are true.
 */

import { MAX_RESULT_SIZE } from "../limits.js";
import { ENDINGS, type Outcome, type ProgramError } from "../outcome.js";

/** A supervisor's account of a run: an outcome without the output. */
export type Verdict = Omit<Outcome, "stdout" | "stderr">;

/**
 * Reads the verdict of a supervisor.
 *
 * @throws {Error} If it names no known ending.
 */
export function parseVerdict(claim: Record<string, unknown>): Verdict {
  const ending = ENDINGS.find((name) => name === claim["ending"]);
  if (ending === undefined) throw new Error("The verdict has no known ending");
  return {
    ending,
    result: parseText(claim["result"]),
    exitCode: parseNumber(claim["exit_code"]),
    signal: parseText(claim["signal"]),
    error: parseProgramError(claim["error"]),
    usage: { cpuMs: parseNumber(claim["cpu_ms"]), peakMemoryBytes: parseNumber(claim["peak_memory_bytes"]) },
    runMs: parseNumber(claim["run_ms"]) ?? 0,
  };
}

/** Reads an interpreter's account of an error; null if it is no object. A text has at most `MAX_RESULT_SIZE` units. */
export function parseProgramError(claim: unknown): ProgramError | null {
  if (typeof claim !== "object" || claim === null) return null;
  const error = claim as Record<string, unknown>;
  return {
    type: parseText(error["type"]) ?? "Error",
    message: parseText(error["message"]) ?? "",
    line: parseNumber(error["line"]),
    column: parseNumber(error["column"]),
    traceback: parseText(error["traceback"]) ?? "",
  };
}

function parseText(value: unknown): string | null {
  return typeof value === "string" ? value.slice(0, MAX_RESULT_SIZE).toWellFormed() : null;
}

function parseNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
