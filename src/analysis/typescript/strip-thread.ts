/** Has the types of programs removed in a thread of their own (strip-worker.ts), one program after the other. */

import { Worker } from "node:worker_threads";
import type { Stripped } from "./type-remover.js";

/**
 * Longest work on one program, in milliseconds, and more for each character. On a busy machine 10 KB of an ordinary one
 * take 50 ms, and 1 MB takes less than a second.
 */
const MAX_STRIP_MS = 1_000;
const MORE_MS = 0.003;

/** Longest start of the thread, which compiles SWC, in milliseconds. */
const MAX_START_MS = 20_000;

/** The thread. Tests run this source, and a thread runs built files alone. */
const WORKER = new URL(
  import.meta.url.endsWith(".ts") ? "../../../dist/analysis/typescript/strip-worker.js" : "./strip-worker.js",
  import.meta.url,
);

const TOO_HARD: Stripped = { kind: "too-hard" };

/** Starts with the first program. */
let thread: Promise<Worker | null> | null = null;
let last: Promise<unknown> = Promise.resolve();

/** Removes the types of a program when the thread is free. Never rejects because of `source`. */
export function stripTypes(source: string): Promise<Stripped> {
  const answer = last.then(() => carryOut(source));
  last = answer.catch(() => undefined);
  return answer;
}

async function carryOut(source: string): Promise<Stripped> {
  const worker = await (thread ??= startThread());
  const answer = worker === null ? null : await ask(worker, source, MAX_STRIP_MS + MORE_MS * source.length);
  if (answer === null) {
    // SWC does not end, or has failed and cannot be used again.
    thread = null;
    void worker?.terminate();
  }
  return answer ?? TOO_HARD;
}

/** Starts the thread and has SWC compiled, which must not count as work on a program. */
async function startThread(): Promise<Worker | null> {
  const worker = new Worker(WORKER, { env: {}, execArgv: [] });
  worker.on("error", () => undefined);
  if ((await ask(worker, "", MAX_START_MS)) !== null) return worker;
  await worker.terminate();
  throw new Error("Cannot start the thread that removes types");
}

/** Returns null if there is no answer in time, or the thread has ended. */
async function ask(worker: Worker, source: string, mostMs: number): Promise<Stripped | null> {
  let settle: (answer: Stripped | null) => void = () => undefined;
  const answer = new Promise<Stripped | null>((resolve) => (settle = resolve));
  const fail = (): void => settle(null);
  const clock = setTimeout(fail, mostMs);
  worker.once("message", settle).once("error", fail).once("exit", fail);
  worker.ref();
  worker.postMessage(source);
  try {
    return await answer;
  } finally {
    clearTimeout(clock);
    worker.off("message", settle).off("error", fail).off("exit", fail);
    worker.unref();
  }
}
