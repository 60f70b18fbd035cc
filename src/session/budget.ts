/**
 * What a session may spend on programs: calls, run time, output.
 *
 * A call counts when it begins, so that a program which is refused or fails is not free. All the time that it may take
 * is set aside until it ends: calls that run side by side cannot spend one second twice, and one that finds too little
 * left is refused, never cut short. Only a call that runs alone is let through with less left than it may take, so the
 * run time may be overrun by one call's limit. Output cannot be set aside: calls that run side by side may each print
 * what one call may print before the budget stops the next.
 */

import { Refusal } from "../errors.js";

/** 0 means no limit. */
export interface BudgetLimits {
  readonly calls: number;
  readonly runMs: number;
  readonly outputBytes: number;
}

export interface Spent {
  readonly runMs: number;
  /** As printed, not as shown. */
  readonly outputBytes: number;
}

/** Null where there is no limit. */
export interface BudgetLine {
  readonly limit: number | null;
  readonly used: number;
  readonly left: number | null;
}

export type BudgetState = Readonly<Record<keyof BudgetLimits, BudgetLine>>;

export class Budget {
  readonly #limits: BudgetLimits;
  readonly #renewal: () => string;
  readonly #used = { calls: 0, runMs: 0, outputBytes: 0 };
  /** Run time of calls that have not been settled. */
  #reservedMs = 0;

  /** @param renewal Makes the sentence that says when there is a new budget. */
  constructor(limits: BudgetLimits, renewal: () => string) {
    this.#limits = limits;
    this.#renewal = renewal;
  }

  /** What is set aside for running calls counts as left. */
  get state(): BudgetState {
    return { calls: this.#line("calls"), runMs: this.#line("runMs"), outputBytes: this.#line("outputBytes") };
  }

  /**
   * Counts a call and sets the time that it may take aside. Returns what charges what it has spent and gives back the
   * rest; only the first time.
   *
   * @throws {Refusal} `budget-spent`.
   */
  begin(wishedMs: number): (spent: Spent) => void {
    const { calls, runMs, outputBytes } = this.state;
    if (calls.left === 0) throw this.#spent(`it may make ${calls.limit} calls, it has made ${calls.used}`);
    if (runMs.left !== null && runMs.left < 1)
      throw this.#spent(`its programs may run for ${seconds(runMs.limit)}, they ran for ${seconds(runMs.used)}`);
    if (outputBytes.left === 0)
      throw this.#spent(`its programs may print ${outputBytes.limit} bytes, they printed ${outputBytes.used}`);
    const freeMs = Math.max((runMs.left ?? Infinity) - this.#reservedMs, 0);
    if (this.#reservedMs > 0 && freeMs < wishedMs) throw this.#reserved(wishedMs, freeMs);

    this.#used.calls++;
    this.#reservedMs += wishedMs;
    let isSettled = false;
    return (spent) => {
      if (isSettled) return;
      isSettled = true;
      this.#reservedMs -= wishedMs;
      this.#used.runMs += spent.runMs;
      this.#used.outputBytes += spent.outputBytes;
    };
  }

  #line(kind: keyof BudgetLimits): BudgetLine {
    const [limit, used] = [this.#limits[kind], this.#used[kind]];
    return limit === 0 ? { limit: null, used, left: null } : { limit, used, left: Math.max(limit - used, 0) };
  }

  #spent(what: string): Refusal {
    return refusal(`Cannot run a program in this session: ${what}. ${this.#left()}. ${this.#renewal()}`, false);
  }

  #reserved(wishedMs: number, freeMs: number): Refusal {
    const what = `what the calls that are running have left of its run time must be enough for the program's limit of ${seconds(wishedMs)}, it is ${seconds(freeMs)}`;
    return refusal(
      `Cannot run a program in this session: ${what}. ${this.#left()}. Come back when a running call has ended`,
      true,
    );
  }

  #left(): string {
    const { calls, runMs, outputBytes } = this.state;
    const lines = [
      calls.left === null ? "any number of calls" : `${calls.left} calls`,
      runMs.left === null ? "any run time" : `${seconds(runMs.left)} of run time`,
      outputBytes.left === null ? "any output" : `${outputBytes.left} bytes of output`,
    ];
    return `Left are ${lines.join(", ")}`;
  }
}

function refusal(message: string, isRetryable: boolean): Refusal {
  return new Refusal("budget-spent", message, { stage: "limits", retryable: isRetryable });
}

function seconds(milliseconds: number | null): string {
  return `${Math.round((milliseconds ?? 0) / 100) / 10} s`;
}
