/**
 * Limits how much a session may use for its programs: calls, run time, output.
 *
 * A call counts when it begins, so that a program that is refused or fails is not free. Its whole time limit is
 * reserved until it ends: calls side by side cannot use the same second twice. A call that finds too little time left
 * is refused. Its time limit is never shortened.
 *
 * Not promised: exact totals. A call that runs alone may begin with less time left than its limit, so the run time can
 * exceed the budget by one call. Output cannot be reserved, so calls side by side can each print as much as one call
 * may print before the budget stops the next.
 */

import { Refusal } from "../errors.js";

/** The limits of a session's budget. 0 means no limit. */
export interface BudgetLimits {
  readonly calls: number;
  readonly runMs: number;
  readonly outputBytes: number;
}

/** The cost of one program. */
export interface Spent {
  readonly runMs: number;
  /** As printed, before any of it was cut off. */
  readonly outputBytes: number;
}

/** One limit, and how much of it is used. `limit` and `left` are null if there is no limit. */
export interface BudgetLine {
  readonly limit: number | null;
  readonly used: number;
  readonly left: number | null;
}

/** The state of each limit. */
export type BudgetState = Readonly<Record<keyof BudgetLimits, BudgetLine>>;

/** The budget of one session. */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #describeRenewal: () => string;
  readonly #used = { calls: 0, runMs: 0, outputBytes: 0 };
  /** Time limits of the calls that have not been settled. */
  #reservedMs = 0;

  /** @param describeRenewal Makes the sentence that says when there is a new budget. */
  constructor(limits: BudgetLimits, describeRenewal: () => string) {
    this.#limits = limits;
    this.#describeRenewal = describeRenewal;
  }

  /** Reserved time counts as left. */
  get state(): BudgetState {
    return { calls: this.#line("calls"), runMs: this.#line("runMs"), outputBytes: this.#line("outputBytes") };
  }

  /**
   * Counts a call and reserves its time limit. Returns the function that settles the call: it charges the cost and
   * releases the reserved time. Settling again does nothing.
   *
   * @throws {Refusal} `budget-spent`.
   */
  begin(timeoutMs: number): (spent: Spent) => void {
    const { calls, runMs, outputBytes } = this.state;
    if (calls.left === 0) throw this.#refuseSpent(`it may make ${calls.limit} calls, it has made ${calls.used}`);
    if (runMs.left !== null && runMs.left < 1)
      throw this.#refuseSpent(`its programs may run for ${seconds(runMs.limit)}, they ran for ${seconds(runMs.used)}`);
    if (outputBytes.left === 0)
      throw this.#refuseSpent(`its programs may print ${outputBytes.limit} bytes, they printed ${outputBytes.used}`);
    const freeMs = Math.max((runMs.left ?? Infinity) - this.#reservedMs, 0);
    if (this.#reservedMs > 0 && freeMs < timeoutMs) throw this.#refuseReserved(timeoutMs, freeMs);

    this.#used.calls++;
    this.#reservedMs += timeoutMs;
    let isSettled = false;
    return (spent) => {
      if (isSettled) return;
      isSettled = true;
      this.#reservedMs -= timeoutMs;
      this.#used.runMs += spent.runMs;
      this.#used.outputBytes += spent.outputBytes;
    };
  }

  #line(kind: keyof BudgetLimits): BudgetLine {
    const [limit, used] = [this.#limits[kind], this.#used[kind]];
    return limit === 0 ? { limit: null, used, left: null } : { limit, used, left: Math.max(limit - used, 0) };
  }

  #refuseSpent(problem: string): Refusal {
    return this.#refuse(problem, this.#describeRenewal(), false);
  }

  #refuseReserved(timeoutMs: number, freeMs: number): Refusal {
    const problem =
      `the run time that running calls have not reserved must cover the program's limit of ${seconds(timeoutMs)}, ` +
      `it is ${seconds(freeMs)}`;
    return this.#refuse(problem, "Try again when a running call has ended, or with a lower time limit", true);
  }

  #refuse(problem: string, advice: string, isRetryable: boolean): Refusal {
    return new Refusal(
      "budget-spent",
      `Cannot run a program in this session: ${problem}. ${this.#describeLeft()}. ${advice}`,
      { stage: "limits", retryable: isRetryable },
    );
  }

  #describeLeft(): string {
    const { calls, runMs, outputBytes } = this.state;
    const lines = [
      calls.left === null ? "any number of calls" : `${calls.left} calls`,
      runMs.left === null ? "any run time" : `${seconds(runMs.left)} of run time`,
      outputBytes.left === null ? "any output" : `${outputBytes.left} bytes of output`,
    ];
    return `Left: ${lines.join(", ")}`;
  }
}

/** To a tenth of a second. */
function seconds(milliseconds: number | null): string {
  return `${Math.round((milliseconds ?? 0) / 100) / 10} s`;
}
