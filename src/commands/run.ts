/** `rlm-mcp run FILE`: runs one program on the same path as the tool `rlm_exec_run`. */

import { fstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { createApplication } from "../application.js";
import { callerWithoutClient } from "../caller.js";
import { SetupError, quote } from "../errors.js";
import { LARGEST_EXEC_LIMITS, MAX_STDIN_SIZE } from "../limits.js";
import { inexactNumbersIn, noteInexactNumbers } from "../mcp/exact-numbers.js";
import { isRecord } from "../mcp/incoming.js";
import { type Language, PROGRAM_LANGUAGES } from "../language.js";
import type { Config } from "../settings.js";
import { execRun } from "../tools/exec-run.js";
import { endingOf, LANGUAGE_BY_ENDING } from "./language-of.js";
import { HELP, readOptions } from "./options.js";

export const RUN_USAGE = `rlm-mcp run FILE [--language python|javascript|typescript] [--timeout MS] [--memory MB]
            [--inputs JSON] [--file PATH]... [--json]
  Runs one program in the sandbox; "-" is stdin. The language follows from the file's name unless --language names it.
  The program of a file can read the stdin of this command, unless that is a terminal.
  Prints the program's output, or with --json the tool's whole result.
  Exit status: 0 ok, 1 the program failed, 3 refused, 4 fault`;

const OPTIONS = {
  language: { type: "string" },
  timeout: { type: "string" },
  memory: { type: "string" },
  inputs: { type: "string" },
  file: { type: "string", multiple: true },
  json: { type: "boolean" },
  help: HELP,
} as const;

type Values = ReturnType<typeof readOptions<typeof OPTIONS>>["values"];

/** Exit statuses by the result's `status`. Every other status is 1. */
const EXIT_STATUS_OF: Readonly<Record<string, number>> = { ok: 0, refused: 3, fault: 4 };

/** Bytes to read from stdin: more than enough to see that a program is too long, or its input. */
const MAX_READ = 16 * LARGEST_EXEC_LIMITS.codeSize;
const MAX_INPUT_READ = MAX_STDIN_SIZE + 1;

/** A program without these words reads no stdin. The command must not wait for an input that never ends. */
const MAY_READ_STDIN = /stdin|input|read/;

/** The fields of the tool's result that the command prints. */
const PRINTED = z.object({
  status: z.string(),
  stdout: z.string(),
  stderr: z.string(),
  result: z.string().nullable(),
  error: z.object({ traceback: z.string() }).nullable(),
  refusal: z.object({ message: z.string() }).nullable(),
  fault: z.object({ message: z.string(), id: z.string() }).nullable(),
  isolation: z.object({ level: z.string(), runtime: z.string() }).nullable(),
  timings: z.object({ run_ms: z.number() }),
});

/**
 * Runs the program and prints its result. Returns the exit status.
 *
 * @throws {SetupError} If the arguments are wrong, the file cannot be read, there is no engine, or a signal interrupts.
 */
export async function run(config: Config, args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(args, RUN_USAGE, OPTIONS);
  const [file] = positionals;
  if (values.help === true || file === undefined || positionals.length > 1) {
    process.stdout.write(`${RUN_USAGE}\n`);
    return values.help === true ? 0 : 2;
  }
  const logLevel = config.logLevel === "info" ? "error" : config.logLevel;
  const application = await createApplication({ ...config, logLevel }, { warm: false });
  const interruption = watchSignals();
  try {
    // Fails with the sentence that stops the server in the same case.
    await interruption.race(application.choice);
    const code = await interruption.race(readProgram(file));
    const stdin = file !== "-" && MAY_READ_STDIN.test(code) ? await interruption.race(readPiped()) : "";
    const context = {
      caller: callerWithoutClient("cli"),
      signal: interruption.signal,
      progress: () => undefined,
    };
    const { structured } = await execRun(application).call(
      { ...toolArguments(file, code, values), ...(stdin === "" ? {} : { stdin }) },
      context,
    );
    const result = PRINTED.parse(structured);
    if (values.json === true) process.stdout.write(`${JSON.stringify(structured, null, 2)}\n`);
    else print(result);
    return EXIT_STATUS_OF[result.status] ?? 1;
  } finally {
    await application.close();
  }
}

interface Interruption {
  /** Aborted by the first signal. A program that runs is then cancelled, and its result is printed. */
  readonly signal: AbortSignal;
  /** Waits for `work`, or rejects when a signal arrives first. */
  readonly race: <Value>(work: Promise<Value>) => Promise<Value>;
}

function watchSignals(): Interruption {
  const aborter = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        aborter.abort();
        reject(new SetupError(`Interrupted by ${signal}`));
      });
    }
  });
  // No error while a program runs: its outcome tells that it was cancelled.
  interrupted.catch(() => undefined);
  return { signal: aborter.signal, race: (work) => Promise.race([work, interrupted]) };
}

function toolArguments(file: string, code: string, values: Values): Record<string, unknown> {
  return {
    code,
    language: values.language ?? languageOf(file),
    ...(values.timeout === undefined ? {} : { timeout_ms: parseNumber(values.timeout) }),
    ...(values.memory === undefined ? {} : { memory_limit_mb: parseNumber(values.memory) }),
    ...(values.inputs === undefined ? {} : { inputs: parseInputs(values.inputs) }),
    files: values.file ?? [],
  };
}

/** @throws {SetupError} If the name does not tell it. To guess would show the errors of another language. */
function languageOf(file: string): Language {
  if (file === "-") return "python";
  const language = LANGUAGE_BY_ENDING.get(endingOf(file));
  if (language !== undefined) return language;
  throw new SetupError(
    `Cannot tell the language of ${quote(file)}: its name must end in ${[...LANGUAGE_BY_ENDING.keys()].join(", ")}; ` +
      `name the language with --language ${PROGRAM_LANGUAGES.join("|")}`,
  );
}

/** Returns text that is no number unchanged, so that the tool's own check reports it. */
function parseNumber(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function parseInputs(text: string): unknown {
  try {
    const inputs: unknown = JSON.parse(text);
    if (isRecord(inputs)) noteInexactNumbers(inputs, inexactNumbersIn(text));
    return inputs;
  } catch (cause) {
    throw new SetupError(`Cannot use --inputs ${quote(text)}: it must be JSON`, { cause });
  }
}

async function readProgram(file: string): Promise<string> {
  if (file === "-") return readStdin(MAX_READ, "the program");
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SetupError(`Cannot read ${quote(file)}: it must be a readable file`, { cause });
  });
  return decode(bytes);
}

/** Reads the stdin of the command, if it is a file, a pipe or a connection. */
async function readPiped(): Promise<string> {
  try {
    const found = fstatSync(0);
    if (!found.isFile() && !found.isFIFO() && !found.isSocket()) return "";
  } catch {
    return ""; // it is closed
  }
  return readStdin(MAX_INPUT_READ, "stdin");
}

async function readStdin(most: number, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) break;
  }
  const all = Buffer.concat(chunks);
  // The cut may be inside a character. The tool refuses the text for its length anyway.
  return size > most ? all.toString("utf8") : decode(all, what);
}

function decode(bytes: Buffer, what = "the program"): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SetupError(`Cannot read ${what}: it must be UTF-8`, { cause });
  }
}

function print(printed: z.output<typeof PRINTED>): void {
  const { status, stdout, stderr, result, error, refusal, fault, isolation, timings } = printed;
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (result !== null) process.stdout.write(`${result}\n`);
  if (error !== null) process.stderr.write(`${error.traceback.trimEnd()}\n`);
  if (refusal !== null) process.stderr.write(`${refusal.message}\n`);
  if (fault !== null) process.stderr.write(`${fault.message}: ${fault.id}\n`);
  const where = isolation === null ? "nothing ran" : `${isolation.level} (${isolation.runtime})`;
  process.stderr.write(`[${status}; ${where}; ${timings.run_ms} ms]\n`);
}
