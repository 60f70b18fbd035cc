/**
 * The process in which the mutation tester runs tests. It stays for many runs, because a start takes longer than most.
 *
 * fresh-modules.ts gives each file of tests fresh modules.
 */

import { ForksPoolWorker } from "vitest/node";
import type { PoolOptions, PoolWorker, WorkerRequest } from "vitest/node";

/** Runs that one process serves. What they leave behind, such as listeners and memory, goes with it. */
const MAX_RUNS = 40;

type Callback = (value: unknown) => void;

interface Process {
  readonly worker: ForksPoolWorker;
  runs: number;
}

let spare: Process | null = null;

/** Serves one run in the process of the last run, and leaves it to the next. */
export class KeptWorker implements PoolWorker {
  readonly name = "kept";
  readonly cacheFs = true;
  readonly #process: Process;
  readonly #listeners: [event: string, callback: Callback][] = [];
  #isKept = false;

  constructor(options: PoolOptions) {
    this.#process = spare ?? { worker: new ForksPoolWorker(options), runs: 0 };
    spare = null;
    if (this.#process.runs === 0) options.project.vitest.onClose(async () => await spare?.worker.stop());
  }

  async start(): Promise<void> {
    if (this.#process.runs++ === 0) await this.#process.worker.start();
  }

  on(event: string, callback: Callback): void {
    this.#listeners.push([event, callback]);
    this.#process.worker.on(event, callback);
  }

  off(event: string, callback: Callback): void {
    this.#process.worker.off(event, callback);
  }

  send(message: WorkerRequest): void {
    this.#isKept = message.type === "stop" && this.#process.runs < MAX_RUNS;
    if (!this.#isKept) return this.#process.worker.send(message);
    for (const [event, callback] of this.#listeners)
      if (event === "message") callback({ type: "stopped", __vitest_worker_response__: true });
  }

  async stop(): Promise<void> {
    for (const [event, callback] of this.#listeners) this.off(event, callback);
    if (this.#isKept) spare = this.#process;
    else await this.#process.worker.stop();
  }

  deserialize(data: unknown): unknown {
    return data;
  }
}
