/**
 * Keeps started guests ready, so that a call does not wait for a start.
 *
 * Theory of operation. The pool opens a guest in the background. The guest waits, then one call gets a lease on it, and
 * closing the lease destroys it: a guest never returns to the pool. `warm` is the number of guests that wait at any
 * time. `max` bounds the guests that start, wait, run, or are being closed after a run. A call that finds no guest
 * waits in a queue. After `idleMs` without a call, the pool closes all waiting guests except one.
 *
 * A start that fails rejects the waiting calls. The pool tries again when the next call comes. So a dead engine costs
 * nothing while no call comes, and the pool finds the engine again once it is back.
 */

import { Fault, Refusal } from "../errors.js";
import type { Engine, Sandbox, SandboxSpec } from "./engine.js";

/** The sizes and the times of a pool. */
export interface PoolOptions {
  /** Guests that wait for calls; at most `max` of them. */
  readonly warm: number;
  /** Guests that exist at once. */
  readonly max: number;
  /** Time without a call, in milliseconds, after which all waiting guests except one are closed. */
  readonly idleMs: number;
  /** Calls that may wait in the queue. The pool refuses one more as `busy`. */
  readonly maxWaiting: number;
}

/** The right of one call to use one sandbox. */
export interface Lease extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** True if the guest was ready before the call came. */
  readonly wasWarm: boolean;
  /**
   * Ends the lease and leaves the sandbox open. The pool no longer counts it: the caller counts it and closes it.
   */
  detach(): Sandbox;
  /** Destroys the guest and frees its place in the pool. May be called twice. */
  close(): Promise<void>;
}

/** Numbers of guests by state, and the number of calls in the queue. */
export interface PoolUsage {
  readonly ready: number;
  readonly opening: number;
  readonly leased: number;
  readonly waiting: number;
}

/**
 * Time between a lease and the start of the guest that replaces its guest, in milliseconds. The start would take the
 * processor from the program that runs, and most programs end sooner than this.
 */
const REFILL_DELAY_MS = 30;

interface Waiter {
  readonly resolve: (lease: Lease) => void;
  readonly reject: (error: unknown) => void;
}

/** The guests of one kind: one language on one engine. */
export class Pool {
  readonly #engine: Engine;
  readonly #spec: SandboxSpec;
  readonly #options: PoolOptions;
  readonly #ready: Sandbox[] = [];
  readonly #waiting: Waiter[] = [];
  /** Guests that start now. */
  #opening = 0;
  /** The same starts as promises. `close` waits for them. */
  readonly #starts = new Set<Promise<void>>();
  /** Guests whose lease is open, or that are being closed. */
  #leased = 0;
  /** Guests that should wait now: 0 before the first call and after a failed start. */
  #target = 0;
  #isClosed = false;
  readonly #closed = new AbortController();
  /** Set by a lease on a waiting guest, and fires once. Cleared by `close`. */
  #refillTimer: NodeJS.Timeout | null = null;
  /** Set by each call, and fires when no call came for `idleMs`. Cleared by the next call and by `close`. */
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
   * Returns a lease on one guest. Waits for a guest if none is ready.
   *
   * @throws {Refusal} `busy` if too many calls wait already.
   * @throws {Fault} If the guest cannot be started, or the pool is closed.
   * @throws The reason of `signal` if it is aborted first.
   */
  async acquire(signal: AbortSignal): Promise<Lease> {
    if (this.#isClosed) throw new Fault("Cannot lease a sandbox: the pool is closed");
    this.#restartIdleTimer();
    this.#target = Math.min(this.#options.warm, this.#options.max);
    const sandbox = this.#takeReady();
    if (sandbox === undefined) return this.#waitInQueue(signal);
    const lease = this.#lease(sandbox, true);
    this.#refillSoon();
    return lease;
  }

  /** Destroys every waiting guest and rejects every waiting call. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed.abort();
    for (const timer of [this.#idleTimer, this.#refillTimer]) clearTimeout(timer ?? undefined);
    for (const { reject } of this.#waiting.splice(0)) reject(new Fault("Cannot lease a sandbox: the pool is closed"));
    await Promise.all([...this.#ready.splice(0).map((sandbox) => sandbox.close()), ...this.#starts]);
  }

  /** The guests and the waiting calls at this moment. */
  get usage(): PoolUsage {
    return { ready: this.#ready.length, opening: this.#opening, leased: this.#leased, waiting: this.#waiting.length };
  }

  #takeReady(): Sandbox | undefined {
    for (let sandbox = this.#ready.shift(); sandbox !== undefined; sandbox = this.#ready.shift()) {
      if (sandbox.isReady) return sandbox;
      // It died while it waited.
      void sandbox.close();
    }
    return undefined;
  }

  #waitInQueue(signal: AbortSignal): Promise<Lease> {
    const { maxWaiting } = this.#options;
    if (this.#waiting.length >= maxWaiting) throw refuseBusy(maxWaiting);
    signal.throwIfAborted();
    return new Promise<Lease>((resolve, reject) => {
      const leave = (): void => {
        // Nobody listens any more once the waiter has left the queue.
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const stopListening = (): void => signal.removeEventListener("abort", leave);
      const waiter: Waiter = {
        resolve: (lease) => (stopListening(), resolve(lease)),
        reject: (error) => (stopListening(), reject(error)),
      };
      signal.addEventListener("abort", leave);
      this.#waiting.push(waiter);
      this.#refill();
    });
  }

  #lease(sandbox: Sandbox, wasWarm: boolean): Lease {
    this.#leased++;
    let isCounted = true;
    const free = (): void => {
      if (isCounted) this.#leased--;
      isCounted = false;
      this.#refill();
    };
    let closing: Promise<void> | null = null;
    const close = (): Promise<void> => (closing ??= sandbox.close().finally(free));
    const detach = (): Sandbox => {
      free();
      return sandbox;
    };
    return { sandbox, wasWarm, detach, close, [Symbol.asyncDispose]: close };
  }

  #refillSoon(): void {
    if (this.#refillTimer !== null) return;
    this.#refillTimer = setTimeout(() => {
      this.#refillTimer = null;
      this.#refill();
    }, REFILL_DELAY_MS);
  }

  #refill(): void {
    if (this.#isClosed) return;
    const wanted = this.#target + this.#waiting.length;
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
    } catch (error) {
      this.#opening--;
      // No more starts until the next call comes.
      this.#target = 0;
      // While another guest may still become free, only the first waiting call fails.
      const mayGetAnother = this.#opening + this.#leased > 0;
      const failed = this.#waiting.splice(0, mayGetAnother ? 1 : this.#waiting.length);
      for (const { reject } of failed) reject(error);
    }
    this.#refill();
  }

  #restartIdleTimer(): void {
    clearTimeout(this.#idleTimer ?? undefined);
    this.#idleTimer = setTimeout(() => {
      this.#target = Math.min(1, this.#target);
      for (const sandbox of this.#ready.splice(1)) void sandbox.close();
    }, this.#options.idleMs);
    this.#idleTimer.unref();
  }
}

function refuseBusy(maxWaiting: number): Refusal {
  return new Refusal(
    "busy",
    `Cannot run now: ${maxWaiting} calls are waiting for a sandbox already; try again in a second`,
    { stage: "sandbox", retryable: true },
  );
}
