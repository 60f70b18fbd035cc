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
