/**
 * Turns a guest's words about a run into values of known types and bounded sizes. Every engine uses this file, and
 * nothing else makes an outcome of a guest's words.
 *
 * A hostile program may have written any of these words. `parseClaim` bounds them in bytes before it decodes them. The
 * other functions bound each field: a wrong type becomes null or a default, a long text is cut, a number is finite and
 * in its range. Not promised: that the words are true.
 */

import { MAX_RESULT_SIZE } from "../limits.js";
import { ENDINGS, type Outcome, type ProgramError } from "../outcome.js";

/** An engine's account of a run: an outcome without the output. */
export type Verdict = Omit<Outcome, "stdout" | "stderr">;

/** A guest's words about a run, as JSON has them. No field is checked. */
export type Claim = Readonly<Record<string, unknown>>;

/** A program's own account of its end. */
export interface Report {
  /** From 0 to 255. */
  readonly exitCode: number;
  readonly error: ProgramError | null;
  readonly result: string | null;
  /** True if the program ended because it asked for more memory than its limit. */
  readonly outOfMemory: boolean;
}

/**
 * Longest JSON that is decoded, in bytes. It holds four texts of 16 KiB each, which JSON may make six times longer.
 * JSON of this size needs at most 25 MB once it is parsed, whatever it is made of.
 */
export const MAX_CLAIM_SIZE = 524_288;

/** Largest exit status of a process. */
const MAX_EXIT_CODE = 255;

const SIGNAL_NAME = /^SIG[A-Z0-9+-]{2,12}$/;

/** Reads a JSON object. Null if it is longer than `MAX_CLAIM_SIZE`, no JSON, or no object. */
export function parseClaim(bytes: Uint8Array): Claim | null {
  if (bytes.length > MAX_CLAIM_SIZE) return null;
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    const claim: unknown = JSON.parse(text);
    // The type of null is "object" too.
    return typeof claim === "object" && !Array.isArray(claim) ? (claim as Claim | null) : null;
  } catch {
    return null;
  }
}

/**
 * Reads a verdict: that of a container's supervisor, or that of the embedded engine.
 *
 * @throws {Error} If it names no known ending.
 */
export function parseVerdict(claim: Claim): Verdict {
  const ending = ENDINGS.find((name) => name === claim["ending"]);
  if (ending === undefined) throw new Error("The verdict has no known ending");
  return {
    ending,
    result: ending === "ok" ? parseText(claim["result"]) : null,
    exitCode: parseExitCode(claim["exit_code"]),
    signal: parseSignal(claim["signal"]),
    error: ending === "ok" ? null : parseProgramError(claim["error"]),
    usage: {
      cpuMs: parseAmount(claim["cpu_ms"]),
      peakMemoryBytes: parseAmount(claim["peak_memory_bytes"]),
    },
    runMs: parseAmount(claim["run_ms"]) ?? 0,
  };
}

/** Reads a program's own account of its end. Null if it has no exit code. */
export function parseReport(claim: Claim): Report | null {
  const exitCode = parseExitCode(claim["exit_code"]);
  if (exitCode === null) return null;
  return {
    exitCode,
    error: parseProgramError(claim["error"]),
    result: parseText(claim["result"]),
    outOfMemory: claim["out_of_memory"] === true,
  };
}

/** Reads an interpreter's account of an error; null if it is no object. */
export function parseProgramError(claim: unknown): ProgramError | null {
  if (typeof claim !== "object" || claim === null || Array.isArray(claim)) return null;
  const error = claim as Claim;
  return {
    type: parseText(error["type"]) || "Error",
    message: parseText(error["message"]) ?? "",
    line: parsePlace(error["line"]),
    column: parsePlace(error["column"]),
    traceback: parseText(error["traceback"]) ?? "",
  };
}

/** Cuts a text to `MAX_RESULT_SIZE` bytes, between two characters. */
function parseText(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const start = value.slice(0, MAX_RESULT_SIZE);
  if (start.length === value.length && Buffer.byteLength(start) <= MAX_RESULT_SIZE) return value.toWellFormed();
  const bytes = Buffer.from(start).subarray(0, MAX_RESULT_SIZE);
  // A decoder that expects more bytes keeps the half of a last character to itself.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** A line or a column: a whole number from 1 on. */
function parsePlace(value: unknown): number | null {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : null;
}

function parseExitCode(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_EXIT_CODE ? Number(value) : null;
}

function parseSignal(value: unknown): string | null {
  return typeof value === "string" && SIGNAL_NAME.test(value) ? value : null;
}

/** An amount of time or memory. */
function parseAmount(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;
}
