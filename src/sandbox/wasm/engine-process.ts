/**
 * The embedded engine's process: threads with guests, and the clock.
 *
 * Theory of operation. The server starts this file as a child process, so that whatever a program does to its memory or
 * its process, the server lives. Each guest has a thread (worker.ts). This thread runs no program: it hands jobs out,
 * ends a thread whose program's time is up, and is the one that says how a run ended. A guest that was put back waits
 * for the next job; a thread that was ended is replaced when one is asked for. When the channel to the server closes,
 * the process exits.
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Ending, exitCodeOf, type Outcome } from "../../outcome.js";
import type { Job, SandboxSpec } from "../engine.js";
import type { GuestReport } from "./guest.js";
import type { FromEngineProcess, ToEngineProcess } from "./engine-messages.js";
import type { PythonAssets } from "./python/python-guest.js";
import { loadPythonAssets } from "./python/python-image.js";
import { quickjsDigest } from "./quickjs/quickjs-binary.js";
import { SharedOutput } from "./shared-output.js";
import type { WorkerMessage, WorkerStart } from "./worker.js";

/** QuickJS stops by itself when the time is up and says where; it gets this long for it, in milliseconds. */
const INTERRUPT_GRACE_MS = 40;

/** How long a thread may take from being given a job to starting the program. */
const HAND_OVER_MS = 5_000;

/** Guests of one kind that wait without an owner. */
const MAX_IDLE = 4;

/** Deep recursion in a program is deep recursion of the thread. */
const WORKER_LIMITS = { stackSizeMb: 64, maxOldGenerationSizeMb: 128 };

const send = (message: FromEngineProcess): void => void process.send?.(message);

interface Assets {
  readonly python: PythonAssets;
  readonly prelude: string;
}

type GuestState = "starting" | "ready" | "running" | "restoring" | "dead";

/** Takes how a run ended, and whether its guest takes another job. */
type Done = (outcome: Outcome, isKept: boolean) => void;

/**
 * Outputs whose threads have ended, to be used again: each has 2 MiB, and nothing hurries the collector to take what
 * this thread itself uses so little of.
 */
const spareOutputs: SharedOutput[] = [];
const MAX_SPARE_OUTPUTS = 8;

class ThreadGuest {
  readonly spec: SandboxSpec;
  readonly #worker: Worker;
  readonly #output = spareOutputs.pop() ?? new SharedOutput();
  readonly #onChange: (guest: ThreadGuest) => void;
  state: GuestState = "starting";
  /** A program that was kept has left its state in it. */
  isUsed = false;
  /** Why the thread died, when it did so by itself. */
  failure = "";
  #run: { readonly job: Job; started: number; timer: NodeJS.Timeout; readonly done: Done } | null = null;

  constructor(spec: SandboxSpec, assets: Assets, onChange: (guest: ThreadGuest) => void) {
    this.spec = spec;
    this.#onChange = onChange;
    const isPython = spec.language === "python";
    const start: WorkerStart = {
      language: spec.language,
      memoryMb: spec.memoryMb,
      output: this.#output.buffer,
      python: isPython ? assets.python : null,
      prelude: isPython ? "" : assets.prelude,
    };
    this.#worker = new Worker(fileURLToPath(new URL("./worker.js", import.meta.url)), {
      workerData: start,
      env: {},
      resourceLimits: WORKER_LIMITS,
    });
    this.#worker.on("message", (message: WorkerMessage) => this.#take(message));
    this.#worker.on("error", (error: Error) => {
      this.failure = error.stack ?? error.message;
      this.#die("killed");
    });
    this.#worker.on("exit", () => {
      this.#die("killed");
      // Nothing writes to it any more.
      this.#output.take();
      if (spareOutputs.length < MAX_SPARE_OUTPUTS) spareOutputs.push(this.#output);
    });
  }

  run(job: Job, done: Done): void {
    this.state = "running";
    const timer = setTimeout(() => this.#die("timeout"), HAND_OVER_MS);
    this.#run = { job, started: performance.now(), timer, done };
    this.#worker.postMessage(job);
  }

  /** Ends the thread; a run in it ends as `ending`. */
  stop(ending: Ending): void {
    this.#die(ending);
  }

  #take(message: WorkerMessage): void {
    if (this.state === "dead") return;
    if (message.type === "started") {
      this.#startClock();
      return;
    }
    if (message.type === "ended") {
      this.state = message.isKept ? "ready" : "restoring";
      this.isUsed ||= message.isKept;
      this.#end(null, message.report);
      return;
    }
    this.state = "ready";
    if (message.type === "restored" && !message.isUsable) this.#die("killed");
    else this.#onChange(this);
  }

  #startClock(): void {
    const run = this.#run;
    if (run === null) return;
    clearTimeout(run.timer);
    const grace = this.spec.language === "javascript" ? INTERRUPT_GRACE_MS : 0;
    run.started = performance.now();
    run.timer = setTimeout(() => this.#die("timeout"), run.job.timeoutMs + grace);
  }

  #die(ending: Ending): void {
    if (this.state === "dead") return;
    this.state = "dead";
    void this.#worker.terminate();
    this.#end(ending, null);
    this.#onChange(this);
  }

  #end(ending: Ending | null, report: GuestReport | null): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    clearTimeout(run.timer);
    const { timeoutMs } = run.job;
    const runMs = Math.max(performance.now() - run.started, report?.timedOut === true ? timeoutMs : 0);
    const isOverLimit = this.#output.isOverLimit;
    const how = ending ?? endingOf(report, isOverLimit, runMs >= timeoutMs);
    const outcome = {
      ...this.#output.take(),
      ending: how,
      result: how === "ok" ? (report?.result ?? null) : null,
      exitCode: exitCodeOf(how, report?.exitCode ?? 1),
      signal: null,
      error:
        how === "output_limit" || how === "ok" ? null : (report?.error ?? errorWithoutReport(how, report, run.job)),
      usage: { cpuMs: null, peakMemoryBytes: report?.peakMemoryBytes ?? null },
      runMs,
    };
    run.done(outcome, this.state === "ready" && (how === "ok" || how === "error"));
  }
}

function endingOf(report: GuestReport | null, isOverLimit: boolean, isLate: boolean): Ending {
  if (isOverLimit) return "output_limit";
  if (isLate) return "timeout";
  if (report === null) return "killed";
  if (report.outOfMemory) return "out_of_memory";
  return report.exitCode === 0 ? "ok" : "error";
}

/** For a thread that was ended, and a program that left with a status and no exception. */
function errorWithoutReport(how: Ending, report: GuestReport | null, job: Job): Outcome["error"] {
  const place = { line: null, column: null, traceback: "" };
  if (how === "timeout")
    return { type: "TimeoutError", message: `The program ran longer than ${job.timeoutMs} ms`, ...place };
  if (how === "error" && report !== null) return { type: "SystemExit", message: String(report.exitCode), ...place };
  return null;
}

class EngineProcess {
  readonly #assets: Assets;
  readonly #open = new Map<number, ThreadGuest>();
  readonly #idle: ThreadGuest[] = [];
  /** Guests that will be ready soon and are nobody's. */
  readonly #coming = new Set<ThreadGuest>();
  readonly #waiting: { readonly id: number; readonly spec: SandboxSpec }[] = [];

  constructor(assets: Assets) {
    this.#assets = assets;
  }

  take(message: ToEngineProcess): void {
    if (message.type === "open") this.#openGuest(message.id, message.spec);
    else if (message.type === "close") this.#closeGuest(message.id);
    else this.#runJob(message.id, message.job);
  }

  #openGuest(id: number, spec: SandboxSpec): void {
    const at = this.#idle.findIndex((guest) => isSame(guest.spec, spec));
    const [guest] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (guest !== undefined) {
      this.#give(guest, id);
      return;
    }
    this.#waiting.push({ id, spec });
    const wanted = this.#waiting.filter((one) => isSame(one.spec, spec)).length;
    const coming = [...this.#coming].filter((one) => isSame(one.spec, spec)).length;
    if (coming < wanted) this.#coming.add(new ThreadGuest(spec, this.#assets, (changed) => this.#changed(changed)));
  }

  #runJob(id: number, job: Job): void {
    const guest = this.#open.get(id);
    if (guest === undefined || guest.state !== "ready") {
      send({ type: "failed", id, message: `No guest is ready: ${guest?.failure ?? "it is not open"}` });
      return;
    }
    guest.run(job, (outcome, isKept) => send({ type: "ended", id, outcome, isKept }));
  }

  #closeGuest(id: number): void {
    const guest = this.#open.get(id);
    this.#open.delete(id);
    if (guest === undefined) {
      const at = this.#waiting.findIndex((one) => one.id === id);
      if (at >= 0) this.#waiting.splice(at, 1);
    } else if (guest.state === "ready" && !guest.isUsed) this.#changedHands(guest);
    else if (guest.state === "restoring") this.#coming.add(guest);
    else guest.stop("cancelled");
  }

  #changed(guest: ThreadGuest): void {
    const isOurs = this.#coming.delete(guest);
    if (guest.state === "ready") {
      if (isOurs) this.#changedHands(guest);
      return;
    }
    const rests = this.#idle.indexOf(guest);
    if (rests >= 0) this.#idle.splice(rests, 1);
    // Dead: those who waited for it get another, or are told why there is none.
    const at = this.#waiting.findIndex((one) => isSame(one.spec, guest.spec));
    if (!isOurs || at < 0) return;
    const [next] = this.#waiting.splice(at, 1);
    if (next === undefined) return;
    if (guest.failure === "") this.#openGuest(next.id, next.spec);
    else send({ type: "failed", id: next.id, message: guest.failure });
  }

  /** A ready guest that is nobody's goes to who waits for it, or to rest. */
  #changedHands(guest: ThreadGuest): void {
    const at = this.#waiting.findIndex((one) => isSame(one.spec, guest.spec));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (next !== undefined) this.#give(guest, next.id);
    else if (this.#idle.filter((one) => isSame(one.spec, guest.spec)).length < MAX_IDLE) this.#idle.push(guest);
    else guest.stop("cancelled");
  }

  #give(guest: ThreadGuest, id: number): void {
    this.#open.set(id, guest);
    send({ type: "opened", id });
  }
}

function isSame(a: SandboxSpec, b: SandboxSpec): boolean {
  return a.language === b.language && a.memoryMb === b.memoryMb;
}

async function start(embedded: string, prelude: string): Promise<void> {
  process.on("disconnect", () => process.exit(0));
  const preludeSource = await readFile(prelude, "utf8");
  const { digest, ...python } = await loadPythonAssets(embedded);
  const engineProcess = new EngineProcess({ python, prelude: preludeSource });
  process.on("message", (message: ToEngineProcess) => engineProcess.take(message));
  send({ type: "up", digest: { python: digest, javascript: quickjsDigest(preludeSource) } });
}

const [embedded = "", prelude = ""] = process.argv.slice(2);
await start(embedded, prelude);
