/**
 * One thread, one guest. Runs a job, says when the program started and how it went, puts the guest back, and says
 * whether it can be used again; a guest that is kept is not put back. The guest has the usual memory; a job with
 * another limit gets one of its own, which is dropped afterwards. A program that does not end is ended with this
 * thread, by the thread's owner (host.ts).
 */

import { parentPort, workerData } from "node:worker_threads";
import type { Job } from "../engine.js";
import type { GuestReport, WasmGuest } from "./guest.js";
import { PythonGuest, type PythonAssets } from "./python/python-guest.js";
import { QuickjsGuest } from "./quickjs/quickjs-guest.js";
import { SharedOutput } from "./shared-output.js";
import type { RunnableLanguage } from "../../language.js";

export interface WorkerStart {
  readonly language: RunnableLanguage;
  readonly memoryMb: number;
  readonly output: SharedArrayBuffer;
  /** Python's assets, or the source of JavaScript's prelude. */
  readonly python: PythonAssets | null;
  readonly prelude: string;
}

export type WorkerMessage =
  | { readonly type: "ready" }
  /** The program's time starts now. */
  | { readonly type: "started" }
  /** A guest that is kept waits for the next job; any other is about to be restored. */
  | { readonly type: "ended"; readonly report: GuestReport; readonly isKept: boolean }
  | { readonly type: "restored"; readonly isUsable: boolean };

/** What of the thread's stack (host.ts gives it more) a JavaScript program may use for its calls: about 13 000 deep. */
const THREAD_STACK_MB = 8;

/** Meets what most programs meet: imports, classes, printing, a last expression, an exception. */
const WARM_UP: Readonly<Record<RunnableLanguage, string>> = {
  python:
    "import math\nclass A:\n    x = [1]\ntry:\n    math.sqrt(-1)\nexcept ValueError as e:\n    print(f'{e}', A.x, {'a': 1}, sum(range(9)))\nA().x",
  javascript:
    "class A { x = [1] }\ntry { null.x } catch (e) { console.log(`${e}`, new A(), { a: 1 }) }\n[1].map((x) => x + 1)",
};

function warmUp(language: RunnableLanguage): Job {
  const code = WARM_UP[language];
  return {
    code,
    timeoutMs: 5_000,
    memoryMb: 256,
    inputs: { a: 1 },
    files: [],
    guestPolicy: { builtins: "safe", modules: ["math"], withheld: [], reads: false, hint: "" },
    javascript: { lastExpression: [code.lastIndexOf("\n") + 1, code.length], isAsync: false },
  };
}

async function start(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("This file is the start of a worker thread");
  const post = (message: WorkerMessage): void => port.postMessage(message);
  const { language, memoryMb, output: buffer, python, prelude } = workerData as WorkerStart;
  const output = new SharedOutput(buffer);
  const create = async (limitMb: number): Promise<WasmGuest> =>
    language === "python" && python !== null
      ? new PythonGuest(python, limitMb)
      : QuickjsGuest.create({ memoryMb: limitMb, preludeSource: prelude, threadStackMb: THREAD_STACK_MB });
  const guest = await create(memoryMb);
  // The first run compiles what it meets; nobody should wait for that.
  await guest.run(warmUp(language), { write: () => true });
  if (!guest.restore()) throw new Error("A fresh guest cannot be restored");
  /** The guest of the present job, and between jobs one that is kept for the next. */
  let kept: WasmGuest | null = null;
  port.on("message", (job: Job) => void runOne(job));
  post({ type: "ready" });

  async function runOne(job: Job): Promise<void> {
    const runner = (kept ??= job.memoryMb === memoryMb ? guest : await create(job.memoryMb));
    post({ type: "started" });
    const report = await runner.run(job, { write: (stream, bytes) => output.write(stream, bytes) });
    const isKept = job.keep === true && runner.isIntact;
    post({ type: "ended", report, isKept });
    if (isKept) return;
    kept = null;
    post({ type: "restored", isUsable: runner !== guest || guest.restore() });
  }
}

await start();
