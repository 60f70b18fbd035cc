/** Waits with an end: for a time, or until a signal is aborted. */

/**
 * A signal that is aborted after a time, or when another signal is aborted, whichever comes first.
 *
 * `AbortSignal.any` would not do. It holds its sources weakly, so the garbage collector can remove a timer that only it
 * refers to, and that timer never fires.
 */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | null;
  readonly #stop = (): void => this.#controller.abort(this.#outer?.reason);
  /** Set by the constructor, cleared by `dispose`. */
  readonly #timer: NodeJS.Timeout;

  /** @param outer Aborts this signal too, with its own reason. */
  constructor(ms: number, outer: AbortSignal | null = null) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`Not done within ${ms} ms`)), ms);
    if (outer?.aborted === true) this.#stop();
    else outer?.addEventListener("abort", this.#stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#stop);
  }
}

/**
 * Waits for `promise` until `signal` is aborted, and then rejects with its reason. An engine that hangs never answers,
 * not even with an error.
 *
 * @param drop Receives the value if it comes after that.
 */
export function within<Value>(
  signal: AbortSignal,
  promise: Promise<Value>,
  drop: (late: Value) => unknown = () => undefined,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      promise.then(drop, () => undefined);
      reject(signal.reason);
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

/** Waits for `promise` for `ms` milliseconds, and then rejects with the error that `late` makes. */
export async function inTime<Value>(promise: Promise<Value>, ms: number, late: () => Error): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)));
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
