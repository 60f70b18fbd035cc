/**
 * Reports the progress of one call to its client: at each new stage, and once a second in between, because clients give
 * up on a call that stays silent.
 */

import type { ProgressToken } from "@modelcontextprotocol/sdk/types.js";
import type { Extra } from "./connected-client.js";

const INTERVAL_MS = 1_000;

/** Reports until it is disposed. Without a token the client asked for no reports and gets none. */
export class ProgressReporter implements Disposable {
  readonly #extra: Extra;
  readonly #token: ProgressToken | undefined;
  /** Set until the reporter is disposed. */
  readonly #timer: NodeJS.Timeout;
  #stage = "Starting";
  /** When the stage began, in the milliseconds of `performance.now()`. */
  #startedMs = performance.now();
  #reports = 0;

  constructor(extra: Extra, token: ProgressToken | undefined) {
    this.#extra = extra;
    this.#token = token;
    this.#timer = setInterval(() => {
      const seconds = Math.round((performance.now() - this.#startedMs) / 1_000);
      this.#send(`${this.#stage} (${seconds} s)`);
    }, INTERVAL_MS);
  }

  report(stage: string): void {
    this.#stage = stage;
    this.#startedMs = performance.now();
    this.#send(stage);
  }

  #send(message: string): void {
    if (this.#token === undefined || this.#extra.signal.aborted) return;
    const params = { progressToken: this.#token, progress: ++this.#reports, message };
    // A client that has gone needs no report.
    this.#extra.sendNotification({ method: "notifications/progress", params }).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
