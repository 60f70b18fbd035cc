/**
 * One sandbox of the embedded engine, as the server sees it. Its guest is in the engine's process.
 *
 * That process has the guests of all sandboxes. If it ends, every run in it is lost, and one of the programs is the
 * likely cause. So nobody is told that his program is not the cause, except those whose program did not run.
 */

import { Fault } from "../../errors.js";
import { limitError, type Outcome, stoppedOutcome } from "../../outcome.js";
import { type Isolation, type Job, type Sandbox, WORKSPACE } from "../engine.js";
import { packJob } from "../job-parts.js";
import { verdictTimeMs } from "../verdict-time.js";
import type { FromEngineProcess, ToEngineProcess } from "./engine-messages.js";

/** Time for a thread to make an instance for a job with a lower memory limit, on a busy machine, in milliseconds. */
const INSTANCE_MS = 100;

/** The connection of a sandbox to its engine process. */
export interface WasmSandboxOptions {
  readonly isolation: Isolation;
  /** The number of the sandbox in messages. */
  readonly id: number;
  readonly send: (message: ToEngineProcess) => void;
  /** Called when the sandbox needs no more answers. */
  readonly onClosed: () => void;
}

const RETRY = "Call again; if the call fails again, give this id to the operator";

/** Told if the engine's process ended before the program started. */
const LOST_BEFORE_START =
  "The process of the sandboxes ended before this program started. Nothing of the program ran, so it is not the " +
  `cause. ${RETRY}`;

/** Told if the engine's process ended while one program ran in it. */
const LOST_ALONE =
  "The process of the sandboxes ended while this program ran in it, and no other program ran. The run is lost. The " +
  "program is the likely cause: change it before you call again. If you are sure of it, give this id to the operator";

/** Told if the engine's process ended while several programs ran in it. */
const LOST_WITH_OTHERS =
  "The process of the sandboxes ended while this program and others ran in it. Their runs are lost, and so are the " +
  "session interpreters in it. One of these programs is the likely cause, and it may be this one. Call again when no " +
  "other program runs; if the call fails again, change the program, or give this id to the operator";

/** The reason for a session whose interpreter was lost. */
const LOSS_REASON = "the process of the sandboxes ended, and another program that ran in it is the likely cause";

interface Settle<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Fault) => void;
}

/** A sandbox that opens, takes jobs, and is closed. */
export class WasmSandbox implements Sandbox {
  readonly isolation: Isolation;
  readonly workspace: string = WORKSPACE;
  /** Resolves when the guest is ready, and rejects with a Fault if it cannot become ready. */
  readonly opened: Promise<void>;
  readonly #options: WasmSandboxOptions;
  #settleOpened: Settle<void> | null = null;
  /** Set by each run. Settles only once, so a late answer does nothing. */
  #settleRun: Settle<Outcome> | null = null;
  #state: "opening" | "ready" | "used" | "closed" = "opening";
  #isRunning = false;
  #lossReason: string | null = null;

  constructor(options: WasmSandboxOptions) {
    this.isolation = options.isolation;
    this.#options = options;
    this.opened = new Promise((resolve, reject) => (this.#settleOpened = { resolve, reject }));
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** True while a program runs in it. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get lossReason(): string | null {
    return this.#lossReason;
  }

  run(job: Job, signal: AbortSignal): Promise<Outcome> {
    if (this.#state !== "ready") return Promise.reject(new Fault("Cannot run: the sandbox is not ready"));
    this.#state = "used";
    this.#isRunning = true;
    const started = performance.now();
    return new Promise<Outcome>((resolve, reject) => {
      const clear = (): void => {
        this.#isRunning = false;
        clearTimeout(backstop);
        signal.removeEventListener("abort", cancel);
      };
      const stop = (ending: "cancelled" | "timeout"): void => {
        clear();
        void this.close();
        const error = limitError(ending, job);
        resolve(stoppedOutcome(ending, performance.now() - started, { error }));
      };
      const cancel = (): void => stop("cancelled");
      // The engine's process keeps the time. This clock is for a process that hangs.
      const backstop = setTimeout(() => stop("timeout"), verdictTimeMs(job) + INSTANCE_MS);
      if (signal.aborted) return cancel();
      signal.addEventListener("abort", cancel, { once: true });
      this.#settleRun = {
        resolve: (outcome) => (clear(), resolve(outcome)),
        reject: (error) => (clear(), reject(error)),
      };
      this.#options.send({ type: "run", id: this.#options.id, job: packJob(job) });
    });
  }

  /**
   * Notes that the engine's process has ended.
   *
   * @param running Sandboxes in which a program ran then.
   */
  lose(running: number): void {
    const hasRun = this.#isRunning;
    this.#lossReason = LOSS_REASON;
    const told = !hasRun ? LOST_BEFORE_START : running === 1 ? LOST_ALONE : LOST_WITH_OTHERS;
    this.#fail("The embedded engine's process has ended", told);
  }

  /** Takes an answer of the engine's process. */
  take(message: FromEngineProcess): void {
    if (message.type === "failed") this.#fail(message.message);
    else if (message.type === "opened" && this.#state === "opening") {
      this.#state = "ready";
      this.#settleOpened?.resolve();
    } else if (message.type === "ended") {
      if (message.isKept && this.#state === "used") this.#state = "ready";
      this.#settleRun?.resolve(message.outcome);
    }
  }

  close(): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    const wasOpening = this.#state === "opening";
    this.#state = "closed";
    this.#options.onClosed();
    this.#options.send({ type: "close", id: this.#options.id });
    if (wasOpening) this.#settleOpened?.reject(new Fault("Cannot open a sandbox: it was closed before it was ready"));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fail(why: string, told: string | null = null): void {
    const fault = new Fault(`Cannot run in the embedded engine: ${why}`, { told });
    this.#state = "closed";
    this.#options.onClosed();
    this.#settleOpened?.reject(fault);
    this.#settleRun?.reject(fault);
  }
}
