import { describe, expect, it } from "vitest";
import { Budget } from "../../../src/session/budget.js";

const NONE = { calls: 0, runMs: 0, outputBytes: 0 };
const RENEWAL = "There is a new one";

function refusal(budget: Budget, wishedMs = 1_000): unknown {
  try {
    return budget.begin(wishedMs);
  } catch (error) {
    return error;
  }
}

describe("Budget.begin()", () => {
  it("lets calls through without an end when there is no limit", () => {
    const budget = new Budget(NONE, RENEWAL);
    for (let count = 0; count < 1_000; count++) {
      const { timeoutMs, settle } = budget.begin(5_000);
      expect(timeoutMs).toBe(5_000);
      settle({ runMs: 1e9, outputBytes: 1e12 });
    }
    expect(budget.state.calls).toEqual({ limit: null, used: 1_000, left: null });
  });

  it("counts a call that has not ended", () => {
    const budget = new Budget({ ...NONE, calls: 2 }, RENEWAL);
    budget.begin(1);
    budget.begin(1);
    expect(refusal(budget)).toMatchObject({
      reason: "budget-spent",
      message: "Cannot run a program in this session: it may make 2 calls, it has made 2. Left are 0 calls, any run time, any output. There is a new one",
      detail: { stage: "limits", retryable: false },
    });
  });

  it("cuts a time limit to what is left, and stops when nothing is", () => {
    const budget = new Budget({ ...NONE, runMs: 7_000 }, RENEWAL);
    budget.begin(5_000).settle({ runMs: 4_999.5, outputBytes: 0 });
    const last = budget.begin(5_000);
    expect(last.timeoutMs).toBe(2_000);
    last.settle({ runMs: 2_000, outputBytes: 0 });
    expect(budget.state.runMs.left).toBeLessThan(1);
    expect(refusal(budget)).toMatchObject({ reason: "budget-spent", message: expect.stringContaining("its programs may run for 7 s, they ran for 7 s. ") });
  });

  it("sets time aside, so that ten calls side by side cannot run longer than one after the other", () => {
    const budget = new Budget({ ...NONE, runMs: 7_000 }, RENEWAL);
    const begun = Array.from({ length: 10 }, () => refusal(budget, 5_000));
    const allotted = begun.map((one) => (one as { timeoutMs?: number }).timeoutMs ?? null);
    expect(allotted).toEqual([5_000, 2_000, ...Array<null>(8).fill(null)]);
    expect(begun[9]).toMatchObject({ reason: "budget-spent", message: expect.stringMatching(/set aside for those that are running.*Come back when a running call has ended$/), detail: { retryable: true } });
    expect(budget.state.calls.used).toBe(2);
  });

  it("gives back what was set aside and not used, once", () => {
    const budget = new Budget({ ...NONE, runMs: 5_000 }, RENEWAL);
    const first = budget.begin(5_000);
    first.settle({ runMs: 10, outputBytes: 3 });
    first.settle({ runMs: 10, outputBytes: 3 });
    expect(budget.state).toMatchObject({ runMs: { used: 10, left: 4_990 }, outputBytes: { used: 3 } });
    expect(budget.begin(5_000).timeoutMs).toBe(4_990);
  });

  it("stops after the output that went over, and shows no less than nothing left", () => {
    const budget = new Budget({ ...NONE, outputBytes: 100 }, RENEWAL);
    budget.begin(1).settle({ runMs: 0, outputBytes: 99 });
    budget.begin(1).settle({ runMs: 0, outputBytes: 5_000 });
    expect(budget.state.outputBytes).toEqual({ limit: 100, used: 5_099, left: 0 });
    expect(refusal(budget)).toMatchObject({
      reason: "budget-spent",
      message: "Cannot run a program in this session: its programs may print 100 bytes, they printed 5099. Left are any number of calls, any run time, 0 bytes of output. There is a new one",
    });
  });

  it("takes a program that ran longer than it was given at its word", () => {
    const budget = new Budget({ ...NONE, runMs: 1_000 }, RENEWAL);
    budget.begin(1_000).settle({ runMs: 1_300, outputBytes: 0 });
    expect(budget.state.runMs).toEqual({ limit: 1_000, used: 1_300, left: 0 });
  });
});
