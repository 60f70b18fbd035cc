/**
 * Keeps guests up and waiting, so that a call does not pay for their start.
 *
 * Theory of operation. A guest is opened in the background, waits, is handed out once, and is closed by its lease; it
 * never comes back. `warm` guests wait at any time; `max` bounds the guests that wait, start, run, or are being closed
 * after a run. A call that finds none waits in line. After `idleMs` without a call the pool lets go all waiting guests
 * but one. A start that fails is reported to those who wait, and tried again when the next call comes, so a dead engine
 * costs nothing while nobody asks and is found again when it is back.
 */

import { Fault, Refusal } from "../errors.js";
import type { Engine, Sandbox, SandboxSpec } from "./engine.js";

export interface PoolOptions {
  readonly warm: number;
  readonly max: number;
  readonly idleMs: number;
  /** Calls that may wait in line; one more is refused as `busy`. */
  readonly maxWaiting: number;
}

/** A guest for one run. `close` destroys it and lets the pool start another. */
export interface Lease extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** True if the guest was up before the call came. */
  readonly wasWarm: boolean;
  /** Takes the guest out of the pool's count, for good; whoever does so counts it and closes the sandbox. */
  detach(): Sandbox;
  close(): Promise<void>;
}

/** How long a program has the processor to itself before the guest that replaces its own is started. */
const REFILL_DELAY_MS = 30;

interface Waiter {
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: unknown) => void;
}

export class Pool {
  readonly #engine: Engine;
  readonly #spec: SandboxSpec;
  readonly #options: PoolOptions;
  readonly #ready: Sandbox[] = [];
  readonly #waiting: Waiter[] = [];
  /** Guests being opened, handed out, or being closed. */
  #opening = 0;
  /** The same, to be waited for by close. */
  readonly #starts = new Set<Promise<void>>();
  #leased = 0;
  #target = 0;
  #isClosed = false;
  readonly #closed = new AbortController();
  /** Set when a waiting guest is handed out; fires once. Cleared by close. */
  #refillTimer: NodeJS.Timeout | null = null;
  /** Set after each lease; fires when the pool has been idle. Cleared by the next call and by close. */
  #idleTimer: NodeJS.Timeout | null = null;

  constructor(engine: Engine, spec: SandboxSpec, options: PoolOptions) {
    this.#engine = engine;
    this.#spec = spec;
    this.#options = options;
  }

  /** Starts guests in the background. */
  warm(): void {
    this.#target = Math.min(this.#options.warm, this.#options.max);
    this.#refill();
  }

  /**
   * Returns a guest for one run, waiting for one if need be.
   *
   * @throws {Refusal} `busy`, if too many calls wait already.
   * @throws {Fault} If the guest cannot be started or the pool is closed.
   */
  async acquire(signal: AbortSignal): Promise<Lease> {
    if (this.#isClosed) throw new Fault("Cannot take a guest: the pool is closed");
    this.#restartIdleTimer();
    this.#target = Math.min(this.#options.warm, this.#options.max);
    const sandbox = this.#takeReady();
    if (sandbox !== undefined) {
      const lease = this.#lease(sandbox, true);
      this.#refillSoon();
      return lease;
    }
    if (this.#waiting.length >= this.#options.maxWaiting) {
      throw new Refusal(
        "busy",
        `Cannot run now: ${this.#options.maxWaiting} calls are waiting for a sandbox already; try again in a second`,
        {
          stage: "sandbox",
          retryable: true,
        },
      );
    }
    return new Promise<Lease>((resolve, reject) => {
      const waiter: Waiter = { resolve, reject };
      const leave = (): void => {
        const at = this.#waiting.indexOf(waiter);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiter);
      this.#refill();
    });
  }

  /** Destroys every waiting guest. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed.abort();
    for (const timer of [this.#idleTimer, this.#refillTimer]) if (timer !== null) clearTimeout(timer);
    for (const waiter of this.#waiting.splice(0)) waiter.reject(new Fault("Cannot take a guest: the pool is closed"));
    await Promise.all([...this.#ready.splice(0).map((sandbox) => sandbox.close()), ...this.#starts]);
  }

  /** How many guests wait, start or run. */
  get usage(): { readonly ready: number; readonly opening: number; readonly leased: number; readonly waiting: number } {
    return { ready: this.#ready.length, opening: this.#opening, leased: this.#leased, waiting: this.#waiting.length };
  }

  #takeReady(): Sandbox | undefined {
    for (let sandbox = this.#ready.shift(); sandbox !== undefined; sandbox = this.#ready.shift()) {
      if (sandbox.isReady) return sandbox;
      void sandbox.close();
    }
    return undefined;
  }

  #lease(sandbox: Sandbox, wasWarm: boolean): Lease {
    this.#leased++;
    let isCounted = true;
    const leave = (): void => {
      if (isCounted) this.#leased--;
      isCounted = false;
      this.#refill();
    };
    let closing: Promise<void> | null = null;
    const close = (): Promise<void> => (closing ??= sandbox.close().finally(leave));
    const detach = (): Sandbox => {
      leave();
      return sandbox;
    };
    return { sandbox, wasWarm, detach, close, [Symbol.asyncDispose]: close };
  }

  /** A guest that starts takes the processor from the program that runs: most programs are done before this. */
  #refillSoon(): void {
    if (this.#refillTimer !== null) return;
    this.#refillTimer = setTimeout(() => {
      this.#refillTimer = null;
      this.#refill();
    }, REFILL_DELAY_MS);
  }

  #refill(): void {
    if (this.#isClosed) return;
    const wanted = Math.max(this.#target, 0) + this.#waiting.length;
    while (
      this.#ready.length + this.#opening < wanted &&
      this.#ready.length + this.#opening + this.#leased < this.#options.max
    ) {
      this.#opening++;
      const start = this.#open();
      this.#starts.add(start);
      void start.finally(() => this.#starts.delete(start));
    }
  }

  async #open(): Promise<void> {
    try {
      const sandbox = await this.#engine.open(this.#spec, this.#closed.signal);
      this.#opening--;
      if (this.#isClosed) return await sandbox.close();
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#ready.push(sandbox);
      else waiter.resolve(this.#lease(sandbox, false));
      this.#refill();
    } catch (error) {
      this.#opening--;
      // The next call starts afresh. Who waits is told, unless another guest may yet come for them.
      this.#target = 0;
      const isHope = this.#opening + this.#leased > 0;
      for (const waiter of this.#waiting.splice(0, isHope ? 1 : this.#waiting.length)) waiter.reject(error);
      this.#refill();
    }
  }

  #restartIdleTimer(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      this.#target = Math.min(1, this.#target);
      for (const sandbox of this.#ready.splice(1)) void sandbox.close();
    }, this.#options.idleMs);
    this.#idleTimer.unref();
  }
}
