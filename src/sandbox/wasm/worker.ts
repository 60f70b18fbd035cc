/**
 * One thread with one guest. It runs a job, reports when the program starts and how it ended, puts the guest back, and
 * reports whether it can be used again. A guest that a job keeps is not put back.
 *
 * The guest has the usual memory. A job with another limit gets a guest of its own, which is dropped afterwards. The
 * thread cannot stop a program that does not end: the thread's owner (thread-guest.ts) then ends the thread.
 */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { RunnableLanguage } from "../../language.js";
import { packJob, type PackedJob } from "../job-parts.js";
import type { GuestReport, WasmGuest } from "./guest.js";
import type { PythonImage } from "./python/image-parts.js";
import { PythonGuest, type PythonAssets } from "./python/python-guest.js";
import { QuickjsGuest } from "./quickjs/quickjs-guest.js";
import { SharedOutput } from "./shared-output.js";

/** The data that a thread starts with. */
export interface WorkerStart {
  readonly language: RunnableLanguage;
  /** The memory limit of the thread's own guest, in MiB. */
  readonly memoryMb: number;
  /** The memory of a `SharedOutput`. */
  readonly output: SharedArrayBuffer;
  /** Null for JavaScript. */
  readonly python: PythonAssets | null;
  /** Source of JavaScript's prelude; empty for Python. */
  readonly prelude: string;
}

/** A message of the owner to its thread. */
export type OwnerMessage =
  | { readonly type: "run"; readonly job: PackedJob }
  /** The images that Python takes from now on. */
  | { readonly type: "images"; readonly images: readonly PythonImage[] };

/** A message of the thread to its owner. */
export type WorkerMessage =
  | { readonly type: "ready" }
  /** The program's time starts now. */
  | { readonly type: "started" }
  /** A guest that is kept waits for the next job. Any other guest is put back next. */
  | { readonly type: "ended"; readonly report: GuestReport; readonly isKept: boolean }
  | { readonly type: "restored"; readonly isUsable: boolean };

/**
 * The part of the thread's stack that a JavaScript program may use for its calls, in MiB: about 13 000 nested calls.
 * The owner gives the thread a larger stack.
 */
const THREAD_STACK_MB = 8;

/** Programs that use the most common features: imports, classes, output, a last expression, an exception. */
const WARM_UP: Readonly<Record<RunnableLanguage, string>> = {
  python: `import math
class A:
    x = [1]
try:
    math.sqrt(-1)
except ValueError as e:
    print(f'{e}', A.x, {'a': 1}, sum(range(9)))
A().x`,
  javascript: `class A { x = [1] }
try { null.x } catch (e) { console.log(\`\${e}\`, new A(), { a: 1 }) }
[1].map((x) => x + 1)`,
};

function warmUpJob(language: RunnableLanguage): PackedJob {
  const code = WARM_UP[language];
  return packJob({
    code,
    timeoutMs: 5_000,
    memoryMb: 256,
    inputs: { a: 1 },
    files: [],
    guestPolicy: { builtins: "safe", modules: ["math"], withheld: [], reads: false, hint: "" },
    javascript: { lastExpression: [code.lastIndexOf("\n") + 1, code.length], isAsync: false },
  });
}

/** Runs the jobs of one thread, one after another. */
class JobRunner {
  #start: WorkerStart;
  readonly #output: SharedOutput;
  readonly #post: (message: WorkerMessage) => void;
  /** The thread's own guest. */
  readonly #guest: WasmGuest;
  /** The guest of the present job. Between two jobs: the guest that was kept for the next one, or null. */
  #current: WasmGuest | null = null;

  constructor(start: WorkerStart, guest: WasmGuest, port: MessagePort) {
    this.#start = start;
    this.#guest = guest;
    this.#output = new SharedOutput(start.output);
    this.#post = (message) => port.postMessage(message);
  }

  async run(job: PackedJob): Promise<void> {
    const guest = (this.#current ??= await this.#guestFor(job));
    this.#post({ type: "started" });
    const report = await guest.run(job, { write: (stream, bytes) => this.#output.write(stream, bytes) });
    const isKept = job.keep === true && guest.isIntact;
    this.#post({ type: "ended", report, isKept });
    if (isKept) return;
    this.#current = null;
    this.#post({ type: "restored", isUsable: guest !== this.#guest || guest.restore() });
  }

  /** Takes the images of later guests and restores. */
  offer(images: readonly PythonImage[]): void {
    const { python } = this.#start;
    if (python === null) return;
    this.#start = { ...this.#start, python: { ...python, images } };
    for (const guest of [this.#guest, this.#current]) if (guest instanceof PythonGuest) guest.offer(images);
  }

  async #guestFor({ memoryMb }: PackedJob): Promise<WasmGuest> {
    return memoryMb === this.#start.memoryMb ? this.#guest : createGuest(this.#start, memoryMb);
  }
}

async function createGuest({ language, python, prelude }: WorkerStart, memoryMb: number): Promise<WasmGuest> {
  return language === "python" && python !== null
    ? new PythonGuest(python, memoryMb)
    : QuickjsGuest.create({ memoryMb, preludeSource: prelude, threadStackMb: THREAD_STACK_MB });
}

async function start(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("Cannot start a guest: this file must be started as a worker thread");
  const data = workerData as WorkerStart;
  const guest = await createGuest(data, data.memoryMb);
  // The first run compiles the code that it uses, so it happens before the first call.
  await guest.run(warmUpJob(data.language), { write: () => true });
  if (!guest.restore("same")) throw new Error("Cannot restore a new guest");
  const runner = new JobRunner(data, guest, port);
  port.on("message", (message: OwnerMessage) => {
    if (message.type === "run") void runner.run(message.job);
    else runner.offer(message.images);
  });
  const ready: WorkerMessage = { type: "ready" };
  port.postMessage(ready);
}

await start();
