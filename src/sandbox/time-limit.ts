/**
 * A signal that is aborted by another one or when its time is up, whichever is first.
 *
 * Not `AbortSignal.any`: that holds its sources weakly, and a timer that only
 * it refers to can be collected and then never fires.
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
