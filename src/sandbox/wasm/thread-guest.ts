/**
 * A guest in a thread of its own (worker.ts), seen from the thread that owns it.
 *
 * Theory of operation. The owner runs no program, so it always has the processor to keep the time. It starts a clock
 * when the thread says that the program starts, and ends the thread when the time is up. It alone decides how a run
 * ended. After a run the thread puts its guest back and reports whether the guest can take another job.
 */

import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  type Ending,
  exitCodeOf,
  limitError,
  type Outcome,
  plainError,
  type ProgramError,
  type StoppedEnding,
} from "../../outcome.js";
import type { SandboxSpec } from "../engine.js";
import { parseVerdict } from "../guest-verdict.js";
import type { PackedJob } from "../job-parts.js";
import type { GuestReport } from "./guest.js";
import type { PythonImage } from "./python/image-parts.js";
import type { PythonAssets } from "./python/python-guest.js";
import type { SharedOutput, SpareOutputs } from "./shared-output.js";
import type { OwnerMessage, WorkerMessage, WorkerStart } from "./worker.js";

/** QuickJS stops by itself when the time is up, and reports the line. It has this time for it, in milliseconds. */
const INTERRUPT_GRACE_MS = 40;

/** Time limit from a job's message to the start of its program, in milliseconds. */
const HAND_OVER_MS = 5_000;

/**
 * Stacks of the threads, in MiB. Deep recursion in a program is deep recursion of its thread too. For JavaScript the
 * stack is large. Python has a second stack (python/c-stack.ts), which most recursion fills first: 1 000 calls through
 * C code take 2 MiB of the thread's. A larger one serves texts of deeply nested lists only, and the time that the
 * interpreter needs for these grows by the square of the depth.
 */
const STACK_MB = { python: 4, javascript: 64 } as const;

/** Heap of a thread, in MiB. */
const HEAP_MB = 128;

/** Told of a run whose thread used up its heap. A program can cause it only by what it asks of the host. */
const FULL_HEAP = "The program made its sandbox use more memory outside the interpreter than it may";

/** Told of a run whose thread failed in another way. The log has the failure. */
const THREAD_FAILED = "The sandbox's thread failed while the program ran in it";

/** The parts that guests are made of. */
export interface GuestAssets {
  readonly python: PythonAssets;
  /** Source of JavaScript's prelude. */
  readonly prelude: string;
}

/** `restoring`: a run has ended, and the thread puts the guest back. A `dead` guest never changes its state again. */
export type GuestState = "starting" | "ready" | "running" | "restoring" | "dead";

/** Receives how a run ended, and whether its guest was kept for another job. */
type Done = (outcome: Outcome, isKept: boolean) => void;

interface Run {
  readonly job: PackedJob;
  readonly done: Done;
  /** In the milliseconds of `performance.now()`. */
  started: number;
  /** Ends the thread. First bounds the hand-over, then the program. Cleared when the run ends. */
  timer: NodeJS.Timeout;
}

/** One guest and its thread. */
export class ThreadGuest {
  readonly spec: SandboxSpec;
  readonly #worker: Worker;
  readonly #output: SharedOutput;
  readonly #onChange: (guest: ThreadGuest) => void;
  #state: GuestState = "starting";
  #isUsed = false;
  #failure = "";
  /** The reason why the thread ended by itself, in words for the caller. */
  #cause: string | null = null;
  #run: Run | null = null;

  /** @param onChange Called when the guest becomes ready, and when it dies. */
  constructor(spec: SandboxSpec, assets: GuestAssets, outputs: SpareOutputs, onChange: (guest: ThreadGuest) => void) {
    this.spec = spec;
    this.#onChange = onChange;
    this.#output = outputs.acquire();
    this.#worker = startWorker(spec, assets, this.#output);
    this.#worker.on("message", (message: WorkerMessage) => this.#take(message));
    this.#worker.on("error", (error: Error) => {
      this.#failure = error.stack ?? error.message;
      const isFull = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#cause = isFull ? FULL_HEAP : THREAD_FAILED;
      this.#die(isFull ? "out_of_memory" : "killed");
    });
    this.#worker.on("exit", () => {
      this.#die("killed");
      outputs.release(this.#output);
    });
  }

  /** The present state. `onChange` reports `ready` and `dead`. */
  get state(): GuestState {
    return this.#state;
  }

  /** True if a program that was kept has left its state in the guest. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** The error that ended the thread; empty if the thread lives or was stopped. */
  get failure(): string {
    return this.#failure;
  }

  /** Gives the thread a job. The guest must be ready. `done` is called once. */
  run(job: PackedJob, done: Done): void {
    this.#state = "running";
    const timer = setTimeout(() => this.#die("timeout"), HAND_OVER_MS);
    this.#run = { job, done, started: performance.now(), timer };
    this.#post({ type: "run", job });
  }

  /** Gives a Python guest other images for its next restores. */
  offer(images: readonly PythonImage[]): void {
    if (this.spec.language === "python" && this.#state !== "dead") this.#post({ type: "images", images });
  }

  /** Ends the thread. A run in it ends as `cancelled`. */
  stop(): void {
    this.#die("cancelled");
  }

  #take(message: WorkerMessage): void {
    if (this.#state === "dead") return;
    switch (message.type) {
      case "started":
        return this.#startClock();
      case "ended":
        this.#state = message.isKept ? "ready" : "restoring";
        this.#isUsed ||= message.isKept;
        return this.#end(null, message.report);
      case "restored":
        return message.isUsable ? this.#becomeReady() : this.#die("killed");
      case "ready":
        return this.#becomeReady();
    }
  }

  #post(message: OwnerMessage): void {
    this.#worker.postMessage(message);
  }

  #becomeReady(): void {
    this.#state = "ready";
    this.#onChange(this);
  }

  #startClock(): void {
    const run = this.#run;
    if (run === null) return;
    clearTimeout(run.timer);
    const grace = this.spec.language === "javascript" ? INTERRUPT_GRACE_MS : 0;
    run.started = performance.now();
    run.timer = setTimeout(() => this.#die("timeout"), run.job.timeoutMs + grace);
  }

  #die(ending: StoppedEnding): void {
    if (this.#state === "dead") return;
    this.#state = "dead";
    void this.#worker.terminate();
    this.#end(ending, null);
    this.#onChange(this);
  }

  #end(stopped: StoppedEnding | null, report: GuestReport | null): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    clearTimeout(run.timer);
    const { timeoutMs } = run.job;
    const runMs = Math.max(performance.now() - run.started, report?.timedOut === true ? timeoutMs : 0);
    const ending = stopped ?? endingOf(report, this.#output.isOverLimit, runMs >= timeoutMs);
    const verdict = parseVerdict({
      ending,
      result: report?.result,
      exit_code: exitCodeOf(ending, report?.exitCode ?? 1),
      error: this.#errorOf(ending, report, run.job),
      peak_memory_bytes: report?.peakMemoryBytes,
      run_ms: runMs,
    });
    const outcome = { ...verdict, ...this.#output.take() };
    run.done(outcome, this.#state === "ready" && (ending === "ok" || ending === "error"));
  }

  /** Returns the guest's error, or one in its place if the thread ended or the program left without an exception. */
  #errorOf(ending: Ending, report: GuestReport | null, job: PackedJob): ProgramError | null {
    if (ending === "ok") return null;
    // A program may end with an error of its own just after the limit that ended it.
    if (ending === "output_limit" || ending === "timeout") return limitError(ending, job);
    if (report !== null && report.error !== null) return report.error;
    if (ending === "error" && report !== null) return plainError("SystemExit", String(report.exitCode));
    return this.#cause === null ? limitError(ending, job) : plainError("SystemError", this.#cause);
  }
}

function startWorker(spec: SandboxSpec, assets: GuestAssets, output: SharedOutput): Worker {
  const isPython = spec.language === "python";
  const workerData: WorkerStart = {
    language: spec.language,
    memoryMb: spec.memoryMb,
    output: output.buffer,
    python: isPython ? assets.python : null,
    prelude: isPython ? "" : assets.prelude,
  };
  return new Worker(fileURLToPath(new URL("./worker.js", import.meta.url)), {
    workerData,
    env: {},
    resourceLimits: { stackSizeMb: STACK_MB[spec.language], maxOldGenerationSizeMb: HEAP_MB },
  });
}

function endingOf(report: GuestReport | null, isOverLimit: boolean, isLate: boolean): Ending {
  if (isOverLimit) return "output_limit";
  if (isLate) return "timeout";
  if (report === null) return "killed";
  if (report.outOfMemory) return "out_of_memory";
  return report.exitCode === 0 ? "ok" : "error";
}
