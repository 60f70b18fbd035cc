import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Application, createApplication } from "../../../src/application.js";
import { callerWithoutClient } from "../../../src/caller.js";
import { readConfig } from "../../../src/config.js";
import { policyCheck } from "../../../src/tools/policy-check.js";
import type { CheckResult, RefusalResult } from "../../support/mcp-client.js";
import { leastProcessorMs, startProcessorClock } from "../../support/processor-time.js";

let application: Application;

beforeAll(async () => {
  const { config } = readConfig(
    ["--execution-mode", "wasm", "--log-level", "silent", "--rate-limit-per-minute", "0"],
    {},
  );
  application = await createApplication(config, { warm: false });
  await refusalOf({ extends: "none" });
});
afterAll(() => application?.close());

async function refusalOf(custom: unknown): Promise<RefusalResult> {
  const tool = policyCheck(application);
  const context = {
    caller: callerWithoutClient("ann"),
    signal: new AbortController().signal,
    progress: () => undefined,
  };
  const { refusal } = (await tool.call({ code: "1", custom }, context)).structured as unknown as CheckResult;
  if (refusal !== null) return refusal;
  throw new Error("Expected the policy to be refused");
}

/** Garbage that nearly fills a message of 10 MiB. */
const GARBAGE: readonly (readonly [string, () => unknown])[] = [
  ["a list where an object must be", () => new Array(4_500_000).fill(0)],
  ["a list of millions", () => ({ patterns: new Array(4_500_000).fill(0) })],
  ["as many empty patterns as may be looked at", () => ({ patterns: Array.from({ length: 2_900 }, () => ({})) })],
  [
    "as many wrong fields as may be looked at",
    () => Object.fromEntries(Array.from({ length: 2_900 }, (_, count) => [`k${"x".repeat(3_000)}${count}`, 0])),
  ],
  [
    "texts of megabytes",
    () => ({
      name: "x".repeat(3_000_000),
      patterns: [{ pattern: "(".repeat(3_000_000) }],
      allowed_modules: ["a.".repeat(1_500_000)],
    }),
  ],
];

describe("rlm_policy_check refuses cheaply and shortly a policy that is", () => {
  it.each(GARBAGE)("%s", async (_what, make) => {
    const custom = make();
    const elapsedMs = startProcessorClock();
    const { reason, message } = await refusalOf(custom);
    const usedMs = elapsedMs();
    expect(reason).toBe("bad-input");
    expect(message.length).toBeLessThan(4_100);
    expect(usedMs).toBeLessThan(150);
  });

  it("hundreds of thousands of fields, in less time than it takes to read them", async () => {
    const text = `{${Array.from({ length: 700_000 }, (_, count) => `"k${count}":0`).join(",")}}`;
    let custom: unknown;
    const readMs = await leastProcessorMs(() => (custom = JSON.parse(text)));
    let message = "";
    const refuseMs = await leastProcessorMs(async () => ({ message } = await refusalOf(custom)));
    expect(refuseMs).toBeLessThan(readMs);
    expect(message).toContain("it is larger than its limit of 3000 values");
  });
});

/** Longest time in which nothing else could run, in milliseconds. */
async function longestStallMs(work: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  let longest = 0;
  let before = performance.now();
  const watch = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - before);
    before = now;
    if (!isOver) setImmediate(watch);
  };
  setImmediate(watch);
  await work();
  isOver = true;
  await new Promise((resolve) => setImmediate(resolve));
  return longest;
}

const patternsOf = (count: number, make: (at: number) => string): object => ({
  patterns: Array.from({ length: count }, (_, at) => ({ pattern: make(at), description: "d", severity: "HIGH" })),
});

/** Each is different, so that nothing is known from before. */
let serial = 0;

const SLOW_POLICIES: readonly (readonly [string, () => object])[] = [
  ["repetitions one behind the other", () => patternsOf(50, (at) => `${"a{0,1000}".repeat(100)}${serial++}${at}`)],
  ["repetitions in one another", () => patternsOf(50, (at) => `(?:(?:a{0,30}){0,31}b|c){1,30}${serial++}${at}`)],
  ["a repetition of alternatives", () => patternsOf(50, () => `(?:x${serial++}|yz|[ab]c){1000}`)],
  ["classes of Unicode", () => patternsOf(50, (at) => `(?i)${"\\pL".repeat(300)}${serial++}${at}`)],
  ["one class of many classes", () => patternsOf(2, () => `(?i)[${"\\pL\\PN".repeat(60)}]x${serial++}`)],
  ["wide ranges without case", () => patternsOf(3, () => `(?i)${"[a-\\x{10ffff}]".repeat(20)}x${serial++}`)],
];

describe("rlm_policy_check lets others be answered while it", () => {
  const check = async (code: string, custom: object): Promise<CheckResult> => {
    const context = {
      caller: callerWithoutClient("ann"),
      signal: new AbortController().signal,
      progress: () => undefined,
    };
    return (await policyCheck(application).call({ code, custom }, context)).structured as unknown as CheckResult;
  };

  it.each(SLOW_POLICIES)("compiles %s", async (_what, make) => {
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 6 && least > 50; attempt++)
      least = Math.min(least, await longestStallMs(() => check("1", make())));
    expect(least).toBeLessThan(50);
  });

  it("searches a long program for a slow pattern, and finds it", async () => {
    const code = `x = "${"ab ".repeat(3_000)}"`;
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 6 && least > 50; attempt++) {
      const custom = {
        patterns: ["", "k"].map((end) => ({
          pattern: `(?i)(?:[\\pL ]|a|b){80}${end}|ab${serial++}`,
          in: "all",
          description: "d",
          severity: "HIGH",
        })),
      };
      let result: CheckResult | null = null;
      least = Math.min(least, await longestStallMs(async () => (result = await check(code, custom))));
      expect((result as CheckResult | null)?.violations.map(({ rule }) => rule)).toContain("CUSTOM-001");
    }
    expect(least).toBeLessThan(50);
  });

  it("refuses what is too large within a second", async () => {
    const start = performance.now();
    const custom = patternsOf(50, (at) => `${"b{0,1000}".repeat(100)}${at}`);
    expect((await check("1", custom)).refusal?.message).toContain("too large");
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("rlm_policy_check says in one sentence a problem what is wrong with a custom policy:", () => {
  it.each([
    ["a base that does not exist", { extends: "none" }],
    ["a module that is no name", { allowed_modules: ["a b"] }],
    ["a pattern that is no expression", { patterns: [{ pattern: "(", message: "m" }] }],
    ["a field that does not exist", { nothing: 1 }],
    ["a field of another type", { allowed_modules: 5 }],
  ])("%s", async (_what, custom) => {
    const { message } = await refusalOf(custom);
    expect(message).toMatch(/^Cannot use /);
    expect(message).not.toMatch(/Cannot use [^:]* (?:cannot be used|must|is|are|take) /);
  });
});
