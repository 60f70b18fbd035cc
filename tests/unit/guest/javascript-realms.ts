/** Runs programs in both JavaScript realms: QuickJS in this process, and runner.mjs as a child. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { expect } from "vitest";
import type { ProgramError } from "../../../src/outcome.js";
import { checkJavaScript } from "../../../src/analysis/javascript/check.js";
import { Report } from "../../../src/analysis/report.js";
import { describeJavaScript } from "../../../src/run/keep-declarations.js";
import { splitInputs } from "../../../src/run/inputs.js";
import type { GuestFile, Json } from "../../../src/sandbox/engine.js";
import { packJob, type PackedJob } from "../../../src/sandbox/job-parts.js";
import { QuickjsGuest } from "../../../src/sandbox/wasm/quickjs/quickjs-guest.js";
import { application } from "../../support/built-modules.js";
import { tempDir } from "../../support/temp-dir.js";

const GUEST = path.join(application.GUEST_DIRECTORY, "javascript");
const RUNNER = path.join(GUEST, "runner.mjs");
export const PRELUDE: string = readFileSync(path.join(GUEST, "prelude.js"), "utf8");
const RUNNER_FLAGS = ["--disallow-code-generation-from-strings", "--no-deprecation", "--no-warnings"];

export interface Options {
  readonly inputs?: { readonly [name: string]: Json };
  readonly files?: readonly GuestFile[];
  readonly builtins?: "safe" | "all";
  readonly compileOnly?: boolean;
  readonly timeoutMs?: number;
  readonly keep?: boolean;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly error: ProgramError | null;
  readonly result: string | null;
}

/** One realm that runs several programs. */
interface Session extends AsyncDisposable {
  /** Keeps the realm for the next program, unless the options say otherwise. */
  run(code: string, options?: Options): Promise<Ran>;
}

export function jobOf(code: string, options: Options): PackedJob {
  const { javascript } = checkJavaScript(new Report(code, "javascript"));
  return packJob({
    code,
    timeoutMs: options.timeoutMs ?? 5_000,
    memoryMb: 64,
    ...splitInputs(options.inputs ?? {}),
    files: options.files ?? [],
    guestPolicy: { builtins: options.builtins ?? "safe", modules: [], withheld: [], reads: false, hint: "" },
    ...(javascript === undefined
      ? {}
      : { javascript: describeJavaScript(javascript, { isKept: options.keep !== undefined }) }),
    compileOnly: options.compileOnly ?? false,
    keep: options.keep ?? false,
  });
}

export const kept: { guest?: QuickjsGuest } = {};

/** Returns the one guest of all tests of a file. It is restored before each test, so that no test sees another one. */
async function freshGuest(): Promise<QuickjsGuest> {
  if (kept.guest?.restore() !== true) kept.guest = await QuickjsGuest.create({ memoryMb: 64, preludeSource: PRELUDE });
  return kept.guest;
}

function runIn(guest: QuickjsGuest, job: PackedJob): Ran {
  const streams: [Uint8Array[], Uint8Array[]] = [[], []];
  const { exitCode, error, result } = guest.run(job, {
    write(stream, bytes) {
      streams[stream - 1]?.push(bytes);
      return true;
    },
  });
  const [stdout, stderr] = streams.map((chunks) => Buffer.concat(chunks).toString()) as [string, string];
  return { stdout, stderr, exitCode, error, result };
}

export async function runInQuickjs(code: string, options: Options = {}): Promise<Ran> {
  return runIn(await freshGuest(), jobOf(code, options));
}

async function openQuickjs(): Promise<Session> {
  const guest = await freshGuest();
  return {
    run: async (code, options = {}) => runIn(guest, jobOf(code, { keep: true, ...options })),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function encodeJob(job: PackedJob): Buffer {
  const { texts = [] } = job;
  const json = Buffer.from(
    JSON.stringify({
      code: job.code,
      inputs: JSON.parse(job.inputs) as unknown,
      stdin: null,
      guest_policy: JSON.parse(job.policy.json) as unknown,
      texts: texts.map(({ name, bytes }) => ({ name, size: bytes.length })),
      files: job.files.map(({ name, bytes }) => ({ name, size: bytes.length })),
      timeout_ms: job.timeoutMs,
      memory_mb: job.memoryMb,
      compile_only: job.compileOnly,
      keep: job.keep,
      javascript:
        job.javascript === undefined
          ? null
          : { last: job.javascript.lastExpression, async: job.javascript.isAsync, globals: job.javascript.globals },
    }),
  );
  const header = Buffer.alloc(4);
  header.writeUInt32BE(json.length);
  return Buffer.concat([header, json, ...[...texts, ...job.files].map(({ bytes }) => bytes)]);
}

function startRunner(stdout: number | "pipe", stderr: number | "pipe") {
  const child = spawn(process.execPath, [...RUNNER_FLAGS, RUNNER], {
    stdio: ["ignore", stdout, stderr, "pipe", "pipe"],
    env: { SECRET: "planted" },
  });
  const [, , , jobs, reports] = child.stdio as unknown as [null, Readable | null, Readable | null, Writable, Readable];
  return { child, jobs, reports, exited: once(child, "exit") as Promise<[number | null]> };
}

interface RunnerReport {
  readonly exit_code: number;
  readonly error: ProgramError | null;
  readonly result: string | null;
}

async function runInNode(code: string, options: Options = {}): Promise<Ran> {
  const { child, jobs, reports, exited } = startRunner("pipe", "pipe");
  const collected = [child.stdout, child.stderr, reports].map(async (stream) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as Readable) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
  jobs.write(encodeJob(jobOf(code, options)));
  const [stdout, stderr, reported] = (await Promise.all(collected)) as [string, string, string];
  expect(reported[0]).toBe("R");
  const report = JSON.parse(reported.slice(1)) as RunnerReport;
  expect(await exited).toEqual([report.exit_code, null]);
  return { stdout, stderr, exitCode: report.exit_code, error: report.error, result: report.result };
}

/** The output goes to files: all output that is there when a report comes was written before the report. */
async function openNode(): Promise<Session> {
  const dir = await tempDir();
  const paths = [dir.at("stdout"), dir.at("stderr")] as const;
  const [out, err] = [openSync(paths[0], "a"), openSync(paths[1], "a")];
  const { jobs, reports, exited } = startRunner(out, err);
  for (const fd of [out, err]) closeSync(fd);
  let unread = "";
  reports.on("data", (chunk: Buffer) => void (unread += chunk.toString("latin1")));
  const closed = once(reports, "close");
  const seen = [0, 0];
  let isFirst = true;
  let isOver = false;
  return {
    async run(code, options = {}) {
      const job = jobOf(code, { keep: true, ...options });
      jobs.write(encodeJob(job));
      while (!reports.closed && (job.keep !== true || !unread.includes("\n")))
        await Promise.race([once(reports, "data"), closed]);
      isOver = job.keep !== true;
      const text = Buffer.from(isFirst ? unread.replace(/^R/, "") : unread, "latin1").toString();
      isFirst = false;
      unread = "";
      const report = JSON.parse(text) as RunnerReport;
      const [stdout, stderr] = paths.map((file, index) => {
        const bytes = readFileSync(file);
        const fresh = bytes.subarray(seen[index]).toString();
        seen[index] = bytes.length;
        return fresh;
      }) as [string, string];
      return { stdout, stderr, exitCode: report.exit_code, error: report.error, result: report.result };
    },
    async [Symbol.asyncDispose]() {
      jobs.end();
      const [exitCode] = await exited;
      if (!isOver) expect(exitCode).toBe(0);
      await dir[Symbol.asyncDispose]();
    },
  };
}

export const REALMS = [
  ["QuickJS", runInQuickjs],
  ["Node", runInNode],
] as const;

export const SESSIONS = [
  ["QuickJS", openQuickjs],
  ["Node", openNode],
] as const;

export function file(name: string, content: string | Uint8Array): GuestFile {
  return { name, path: `root/${name}`, bytes: typeof content === "string" ? Buffer.from(content) : content };
}
