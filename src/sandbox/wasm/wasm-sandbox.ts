/** One sandbox of the embedded engine, as the server sees it. Its guest is in the engine's process. */

import { Fault } from "../../errors.js";
import { type Outcome, stoppedOutcome } from "../../outcome.js";
import { type Isolation, type Job, type Sandbox, WORKSPACE } from "../engine.js";
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

  constructor(options: WasmSandboxOptions) {
    this.isolation = options.isolation;
    this.#options = options;
    this.opened = new Promise((resolve, reject) => (this.#settleOpened = { resolve, reject }));
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  run(job: Job, signal: AbortSignal): Promise<Outcome> {
    if (this.#state !== "ready") return Promise.reject(new Fault("Cannot run: the sandbox is not ready"));
    this.#state = "used";
    const started = performance.now();
    return new Promise<Outcome>((resolve, reject) => {
      const clear = (): void => {
        clearTimeout(backstop);
        signal.removeEventListener("abort", cancel);
      };
      const stop = (ending: "cancelled" | "timeout"): void => {
        clear();
        void this.close();
        resolve(stoppedOutcome(ending, performance.now() - started));
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
      this.#options.send({ type: "run", id: this.#options.id, job });
    });
  }

  /** Takes an answer of the engine's process, or null when the process has ended. */
  take(message: FromEngineProcess | null): void {
    if (message === null) this.#fail("The embedded engine's process has ended");
    else if (message.type === "failed") this.#fail(message.message);
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

  #fail(why: string): void {
    const fault = new Fault(`Cannot run in the embedded engine: ${why}`);
    this.#state = "closed";
    this.#options.onClosed();
    this.#settleOpened?.reject(fault);
    this.#settleRun?.reject(fault);
  }
}
