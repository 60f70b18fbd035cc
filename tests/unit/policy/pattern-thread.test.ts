/** The thread for patterns: what it is asked, and what a caller gets if it fails or takes too long. */

import { Worker } from "node:worker_threads";
import { afterEach, beforeAll, describe, expect, it, type MockInstance, vi } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import { Fault, Refusal } from "../../../src/errors.js";
import { makePolicy } from "../../../src/policy/custom.js";
import { PolicyError } from "../../../src/policy/custom-schema.js";
import { judge } from "../../../src/policy/judge.js";
import { makeCallersPolicy, searchAhead } from "../../../src/policy/pattern-thread.js";
import { patternSearchOf } from "../../../src/policy/patterns.js";
import { definePolicy, type Policy } from "../../../src/policy/policy.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { presetNamed } from "../../support/preset-facts.js";

const pattern = (text: string, severity = "HIGH") => ({ pattern: text, description: "d", severity });
const make = (document: object): Promise<Policy> => makeCallersPolicy(document, "p", PRESETS, "custom");
const withPatterns = (...patterns: object[]): Policy => makePolicy({ patterns }, "p", presetNamed, "own");
const watchOrders = (): MockInstance<Worker["postMessage"]> => vi.spyOn(Worker.prototype, "postMessage");

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});
afterEach(() => void vi.useRealTimers());

/** Lets the thread do something else than answer to the next order. */
function insteadOfAnAnswer(act: (thread: Worker) => void): MockInstance<Worker["postMessage"]> {
  return watchOrders().mockImplementationOnce(function (this: Worker) {
    act(this);
  });
}

async function rejectionOf(work: Promise<unknown>): Promise<Error & { readonly cause?: unknown }> {
  return work.then(
    () => new Error("It did not fail"),
    (error: Error) => error,
  );
}

describe("a caller's policy", () => {
  it("with patterns is made in the thread, and is the one that the server would make", async () => {
    const orders = watchOrders();
    for (const document of [{ patterns: [pattern("a")] }, { extends: "production", patterns: [pattern("b", "LOW")] }])
      expect(await make(document)).toEqual(makePolicy(document, "p", presetNamed, "custom"));
    expect(orders).toHaveBeenCalledTimes(2);
  });

  it("without patterns needs no thread", async () => {
    const orders = watchOrders();
    for (const document of [{ extends: "production" }, { name: "own" }])
      expect(await make(document)).toEqual(makePolicy(document, "p", presetNamed, "custom"));
    expect((await rejectionOf(make({ extends: "none" }))).message).toMatch(/^p\.extends must be the name/);
    expect(orders).not.toHaveBeenCalled();
  });

  it.each<[string, object, string]>([
    ["a wrong pattern", { patterns: [pattern("(")] }, "p.patterns[0].pattern cannot be used: missing closing"],
    [
      "a base that does not exist",
      { extends: "none", patterns: [pattern("a")] },
      'p.extends must be the name of a policy, it is "none"',
    ],
    [
      "the name of another policy",
      { name: "minimal", patterns: [pattern("a")] },
      'p.name must be a name that no other policy has, it is "minimal"',
    ],
    ["a field that does not exist", { patern: [pattern("a")] }, "p.patern is not a field"],
  ])("with %s is refused, and the problem is told", async (_, document, problem) => {
    const error = await rejectionOf(make(document));
    expect(error).toBeInstanceOf(PolicyError);
    expect((error as PolicyError).problems).toEqual([problem]);
  });

  it("that takes too long to compile is refused, and the next one gets a new thread", async () => {
    const first = watchOrders();
    await make({ patterns: [pattern("before")] });
    const thread = first.mock.contexts[0] as Worker;
    // It stays alive for this test, because a thread that has ended loses its listeners.
    const terminate = vi.spyOn(Worker.prototype, "terminate").mockResolvedValueOnce(0);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    insteadOfAnAnswer(() => undefined);
    const late = vi.fn();
    const refused = rejectionOf(make({ patterns: [pattern("slow")] })).then((error) => (late(), error));
    await vi.advanceTimersByTimeAsync(9_999);
    expect(late).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    const error = await refused;
    expect(error).toBeInstanceOf(PolicyError);
    expect((error as PolicyError).problems).toEqual([
      expect.stringMatching(/^p\.patterns take too long to compile: write/),
    ]);
    expect(terminate.mock.contexts).toEqual([thread]);
    // What it still says reaches nobody, and an error of it does not end the server.
    expect(thread.emit("error", new Error("late"))).toBe(true);
    await thread.terminate();
    vi.useRealTimers();
    const second = watchOrders();
    await make({ patterns: [pattern("after")] });
    expect(second.mock.contexts.at(-1)).not.toBe(thread);
  });
});

describe("a thread that fails", () => {
  it.each<[string, (thread: Worker) => void, RegExp, RegExp | null]>([
    [
      "with an error",
      // Later: an error that nobody listens to would end the server.
      (thread) => void setImmediate(() => thread.emit("error", new Error("broken"))),
      /^Cannot work on patterns$/,
      /broken/,
    ],
    ["and ends", (thread) => thread.emit("exit", 1), /^Cannot work on patterns: their thread ended$/, null],
    [
      "to take an order",
      () => {
        throw new Error("no clone");
      },
      /^Cannot work on patterns$/,
      /no clone/,
    ],
  ])("%s is a fault of ours, and the next order gets a new one", async (_, act, message, cause) => {
    const terminate = vi.spyOn(Worker.prototype, "terminate");
    const orders = insteadOfAnAnswer(act);
    const error = await rejectionOf(make({ patterns: [pattern("a")] }));
    expect(error).toBeInstanceOf(Fault);
    expect(error.message).toMatch(message);
    expect((error.cause as Error | undefined)?.message ?? "").toMatch(cause ?? /^$/);
    expect(terminate).toHaveBeenCalledOnce();
    expect((await make({ patterns: [pattern("a")] })).patterns).toHaveLength(1);
    expect(orders.mock.contexts[1]).not.toBe(orders.mock.contexts[0]);
  });

  it("in an order tells the log of it, and is kept", async () => {
    const failure = { failure: "broken" };
    const orders = insteadOfAnAnswer((thread) => thread.emit("message", failure));
    const made = await rejectionOf(make({ patterns: [pattern("a")] }));
    expect(made).toBeInstanceOf(Fault);
    expect(made.cause).toBe(failure);
    insteadOfAnAnswer((thread) => thread.emit("message", failure));
    const searched = await rejectionOf(searchAhead(analyser.inspect("a", "python"), [withPatterns(pattern("a"))]));
    expect(searched).toBeInstanceOf(Fault);
    expect(searched.cause).toBe(failure);
    await make({ patterns: [pattern("a")] });
    expect(new Set(orders.mock.contexts).size).toBe(1);
  });
});

describe("the thread", () => {
  it("gets one order after the other, and keeps no listener and no clock", async () => {
    await make({ patterns: [pattern("a")] });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const orders = watchOrders();
    let answer = (): void => undefined;
    insteadOfAnAnswer((thread) => (answer = () => void thread.emit("message", { problems: ["first"] })));
    const first = rejectionOf(make({ patterns: [pattern("a")] }));
    const second = make({ patterns: [pattern("b")] });
    await vi.advanceTimersByTimeAsync(100);
    expect(orders).toHaveBeenCalledTimes(1);
    answer();
    expect((await first).message).toBe("first");
    expect((await second).patterns[0]?.pattern).toBe("b");
    expect(orders).toHaveBeenCalledTimes(2);
    const thread = orders.mock.contexts[0] as Worker;
    expect(orders.mock.contexts[1]).toBe(thread);
    expect(["message", "error", "exit"].map((event) => thread.listenerCount(event))).toEqual([0, 0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a search ahead", () => {
  const code = "alpha = 'beta'";

  it("finds the patterns of all policies, once each, before they judge", async () => {
    const inspection = analyser.inspect(code, "python");
    const known = { ...pattern("alph"), in: "all" };
    patternSearchOf(inspection).find({ pattern: "alph", in: "all" });
    const policies = [
      withPatterns(pattern("alpha"), known),
      STRICT,
      withPatterns({ ...pattern("beta", "LOW"), in: "strings" }),
      withPatterns(pattern("none"), pattern("safe", "SAFE")),
    ];
    const orders = watchOrders();
    await searchAhead(inspection, policies);
    expect(orders.mock.calls).toEqual([
      [
        {
          search: {
            texts: { all: code, code: "alpha = '    '", strings: "         beta " },
            patterns: [
              { pattern: "alpha", in: "code" },
              { pattern: "beta", in: "strings" },
              { pattern: "none", in: "code" },
            ],
          },
        },
      ],
    ]);
    const search = patternSearchOf(inspection);
    const found = (["alpha", "none"] as const).map((text) => search.find({ pattern: text, in: "code" }));
    expect(found).toEqual([[{ start: 0, end: 5 }], []]);
    expect(judge(inspection, policies[2] as Policy).violations).toMatchObject([{ line: 1, column: 10 }]);
    expect(search.knows({ pattern: "safe", in: "code" })).toBe(false);
    await searchAhead(inspection, policies);
    expect(orders).toHaveBeenCalledTimes(1);
  });

  it("asks nothing without a pattern that counts", async () => {
    const orders = watchOrders();
    const inspection = analyser.inspect(code, "python");
    await searchAhead(inspection, []);
    await searchAhead(inspection, [STRICT, withPatterns(pattern("alpha", "SAFE"))]);
    expect(orders).not.toHaveBeenCalled();
    expect(patternSearchOf(inspection).knows({ pattern: "alpha", in: "code" })).toBe(false);
  });

  it("takes no matches for a pattern that the answer leaves out", async () => {
    const inspection = analyser.inspect(code, "python");
    insteadOfAnAnswer((thread) => thread.emit("message", { found: [] }));
    await searchAhead(inspection, [withPatterns(pattern("alpha"))]);
    expect(patternSearchOf(inspection).find({ pattern: "alpha", in: "code" })).toEqual([]);
  });

  it("that takes too long is refused, and the policy is named", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    insteadOfAnAnswer(() => undefined);
    const policies = [definePolicy({ ...withPatterns(pattern("a")), name: "slow" }), STRICT];
    const refused = rejectionOf(searchAhead(analyser.inspect(code, "python"), policies));
    await vi.advanceTimersByTimeAsync(10_000);
    const error = await refused;
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(/under policy "slow".* 10000 ms.*write fewer or simpler patterns/) as string,
      detail: { stage: "policy", resource: "slow", retryable: false },
    });
  });
});
