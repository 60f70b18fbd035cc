/** `rlm-mcp run FILE`: one program, on the same path as the tool. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { createApplication } from "../application.js";
import { callerWithoutClient } from "../caller.js";
import type { Config } from "../settings.js";
import { Fault, Refusal, SetupError, quote } from "../errors.js";
import { MAX_EXEC_CODE_SIZE } from "../limits.js";
import { execRun } from "../tools/exec-run.js";
import { HELP, readOptions } from "./options.js";

export const RUN_USAGE = `rlm-mcp run FILE [--language python|javascript] [--timeout MS] [--memory MB] [--inputs JSON] [--file PATH]... [--json]
  Runs one program in the sandbox; "-" is stdin. The language follows from the file's name if it is not given.
  Prints the program's output, or with --json the tool's whole result. Exit status: 0 ok, 1 the program failed, 3 refused, 4 fault`;

const OPTIONS = {
  language: { type: "string" },
  timeout: { type: "string" },
  memory: { type: "string" },
  inputs: { type: "string" },
  file: { type: "string", multiple: true },
  json: { type: "boolean" },
  help: HELP,
} as const;

const LANGUAGE_OF: Readonly<Record<string, string>> = {
  ".py": "python",
  ".js": "javascript",
  ".mjs": "javascript",
  ".cjs": "javascript",
};
const STATUS_OF: Readonly<Record<string, number>> = { ok: 0, refused: 3, fault: 4 };

/** No more of stdin is read than shows that it is too much. */
const MAX_READ = 16 * MAX_EXEC_CODE_SIZE;

interface RunResult {
  readonly status: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: string | null;
  readonly error: { readonly traceback: string } | null;
  readonly refusal: { readonly message: string } | null;
  readonly fault: { readonly message: string; readonly id: string } | null;
  readonly isolation: { readonly level: string; readonly runtime: string } | null;
  readonly timings: { readonly run_ms: number; readonly total_ms: number };
}

/** Returns the exit status. */
export async function run(config: Config, args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(args, RUN_USAGE, OPTIONS);
  const [file] = positionals;
  if (values.help === true || file === undefined || positionals.length > 1) {
    process.stdout.write(`${RUN_USAGE}\n`);
    return values.help === true ? 0 : 2;
  }
  const application = await createApplication(
    { ...config, logLevel: config.logLevel === "info" ? "error" : config.logLevel },
    { warm: false },
  );
  const aborter = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        aborter.abort();
        reject(new SetupError(`Interrupted by ${signal}`));
      });
    }
  });
  // Once the program runs, its own end tells.
  interrupted.catch(() => undefined);
  const unlessInterrupted = <Value>(work: Promise<Value>): Promise<Value> => Promise.race([work, interrupted]);
  try {
    // The server stops with this sentence; so do we.
    await unlessInterrupted(application.choice);
    const { structured } = await execRun(application).call(
      {
        code: await unlessInterrupted(source(file)),
        language: values.language ?? LANGUAGE_OF[path.extname(file)] ?? "python",
        ...(values.timeout === undefined ? {} : { timeout_ms: numeric(values.timeout) }),
        ...(values.memory === undefined ? {} : { memory_limit_mb: numeric(values.memory) }),
        ...(values.inputs === undefined ? {} : { inputs: inputsOf(values.inputs) }),
        files: values.file ?? [],
      },
      { caller: callerWithoutClient("cli"), signal: aborter.signal, progress: () => undefined },
    );
    const result = structured as unknown as RunResult;
    if (values.json === true) process.stdout.write(`${JSON.stringify(structured, null, 2)}\n`);
    else show(result);
    return STATUS_OF[result.status] ?? 1;
  } finally {
    await application.close();
  }
}

/** What is no number goes on as it came: the tool's own check says what is wrong with it. */
function numeric(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function inputsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SetupError(`Cannot use --inputs ${quote(text)}: it must be JSON`, { cause });
  }
}

async function source(file: string): Promise<string> {
  try {
    return file === "-" ? await readStdin() : decode(await readFile(file));
  } catch (cause) {
    if (cause instanceof Refusal || cause instanceof Fault || cause instanceof SetupError) throw cause;
    throw new SetupError(`Cannot read ${quote(file)}: it must be a readable file`, { cause });
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_READ) break;
  }
  const all = Buffer.concat(chunks);
  // Too long by far: what it is cut to says so, wherever the cut is.
  return size > MAX_READ ? all.toString("utf8") : decode(all);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SetupError("Cannot read the program: it must be UTF-8", { cause });
  }
}

function show(result: RunResult): void {
  const { stdout, stderr, error, refusal, fault, isolation, timings } = result;
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (result.result !== null) process.stdout.write(`${result.result}\n`);
  if (error !== null) process.stderr.write(`${error.traceback.trimEnd()}\n`);
  if (refusal !== null) process.stderr.write(`${refusal.message}\n`);
  if (fault !== null) process.stderr.write(`${fault.message}: ${fault.id}\n`);
  const where = isolation === null ? "nothing ran" : `${isolation.level} (${isolation.runtime})`;
  process.stderr.write(`[${result.status}; ${where}; ${timings.run_ms} ms]\n`);
}
