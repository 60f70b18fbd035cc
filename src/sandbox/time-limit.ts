/** Waiting, but not for ever. */

/**
 * A signal that is aborted by another one or when its time is up, whichever is first.
 *
 * Not `AbortSignal.any`: that holds its sources weakly, and a timer that only it refers to can be collected and then
 * never fires.
 */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | null;
  readonly #stop = (): void => this.#controller.abort(this.#outer?.reason);
  /** Set here; cleared by dispose. */
  readonly #timer: NodeJS.Timeout;

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
 * Waits no longer than until `signal` is aborted: an engine that hangs answers nothing, not even that it failed.
 *
 * @param drop Takes the value if it comes later.
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

/** Waits no longer than `ms`, and fails with what `late` makes then. */
export async function inTime<Value>(promise: Promise<Value>, ms: number, late: () => Error): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)));
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
