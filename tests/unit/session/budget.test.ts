import { describe, expect, it } from "vitest";
import { Budget } from "../../../src/session/budget.js";

const NONE = { calls: 0, runMs: 0, outputBytes: 0 };
const RENEWAL = (): string => "There is a new one";

function refusal(budget: Budget, timeoutMs = 1_000): unknown {
  try {
    return budget.begin(timeoutMs);
  } catch (error) {
    return error;
  }
}

describe("Budget.begin()", () => {
  it("lets every call through when there is no limit", () => {
    const budget = new Budget(NONE, RENEWAL);
    for (let count = 0; count < 1_000; count++) {
      budget.begin(5_000)({ runMs: 1e9, outputBytes: 1e12 });
    }
    expect(budget.state.calls).toEqual({ limit: null, used: 1_000, left: null });
  });

  it("counts a call that still runs", () => {
    const budget = new Budget({ ...NONE, calls: 2 }, RENEWAL);
    budget.begin(1);
    budget.begin(1);
    expect(refusal(budget)).toMatchObject({
      reason: "budget-spent",
      message:
        "Cannot run a program in this session: it may make 2 calls, it has made 2. " +
        "Left: 0 calls, any run time, any output. There is a new one",
      detail: { stage: "limits", retryable: false },
    });
  });

  it("gives a call that runs alone its whole time limit, and refuses the next when no time is left", () => {
    const budget = new Budget({ ...NONE, runMs: 7_000 }, RENEWAL);
    budget.begin(5_000)({ runMs: 4_999.5, outputBytes: 0 });
    budget.begin(5_000)({ runMs: 5_000, outputBytes: 0 });
    expect(budget.state.runMs).toEqual({ limit: 7_000, used: 9_999.5, left: 0 });
    expect(refusal(budget)).toMatchObject({
      reason: "budget-spent",
      message: expect.stringContaining("its programs may run for 7 s, they ran for 10 s. "),
      detail: { retryable: false },
    });
  });

  it("reserves time, so that ten calls side by side cannot run longer than ten in a row", () => {
    const budget = new Budget({ ...NONE, runMs: 7_000 }, RENEWAL);
    const begun = Array.from({ length: 10 }, () => refusal(budget, 3_000));
    expect(begun.map((one) => typeof one === "function")).toEqual([true, true, ...Array<boolean>(8).fill(false)]);
    expect(begun[9]).toMatchObject({
      reason: "budget-spent",
      message: expect.stringMatching(
        /must cover the program's limit of 3 s, it is 1 s\. .*Try again when a running call has ended, or/,
      ),
      detail: { retryable: true },
    });
    expect(budget.state.calls.used).toBe(2);
    // A call with a lower time limit fits into the time that is not reserved.
    budget.begin(1_000);
    expect(refusal(budget, 1)).toMatchObject({ detail: { retryable: true } });
  });

  it("refuses even a short call beside one that may exceed the budget, until that one has ended early", () => {
    const budget = new Budget({ ...NONE, runMs: 2_000 }, RENEWAL);
    const settle = budget.begin(5_000);
    expect(refusal(budget, 1)).toMatchObject({ detail: { retryable: true } });
    settle({ runMs: 10, outputBytes: 0 });
    expect(refusal(budget, 5_000)).toBeTypeOf("function");
  });

  it("counts a call with a time limit of 0 beside any other", () => {
    const budget = new Budget({ ...NONE, runMs: 2_000 }, RENEWAL);
    budget.begin(5_000);
    budget.begin(0);
    expect(budget.state.calls.used).toBe(2);
  });

  it("releases the reserved time that was not used, once", () => {
    const budget = new Budget({ ...NONE, runMs: 5_000 }, RENEWAL);
    const settle = budget.begin(5_000);
    settle({ runMs: 10, outputBytes: 3 });
    settle({ runMs: 10, outputBytes: 3 });
    expect(budget.state).toMatchObject({ runMs: { used: 10, left: 4_990 }, outputBytes: { used: 3 } });
    budget.begin(2_000);
    expect(refusal(budget, 2_990)).toBeTypeOf("function");
  });

  it("refuses after the output that exceeded the limit, and shows 0 bytes left", () => {
    const budget = new Budget({ ...NONE, outputBytes: 100 }, RENEWAL);
    budget.begin(1)({ runMs: 0, outputBytes: 99 });
    budget.begin(1)({ runMs: 0, outputBytes: 5_000 });
    expect(budget.state.outputBytes).toEqual({ limit: 100, used: 5_099, left: 0 });
    expect(refusal(budget)).toMatchObject({
      reason: "budget-spent",
      message:
        "Cannot run a program in this session: its programs may print 100 bytes, they printed 5099. " +
        "Left: any number of calls, any run time, 0 bytes of output. There is a new one",
    });
  });

  it("charges the whole time of a program that ran longer than its limit", () => {
    const budget = new Budget({ ...NONE, runMs: 1_000 }, RENEWAL);
    budget.begin(1_000)({ runMs: 1_300, outputBytes: 0 });
    expect(budget.state.runMs).toEqual({ limit: 1_000, used: 1_300, left: 0 });
  });
});
