/** What the thread for patterns answers to each order. Its answer is one message, whatever happens. */

import { EventEmitter } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { answerTo, type PatternOrder } from "../../../src/policy/pattern-orders.js";
import { makePolicy } from "../../../src/policy/custom.js";
import { type Policy } from "../../../src/policy/policy.js";
import { PRODUCTION, STRICT } from "../../../src/policy/presets.js";
import { presetNamed } from "../../support/preset-facts.js";

const patterns = [{ pattern: "secret", description: "d", severity: "HIGH" }];
const make = (document: object, base: Policy | null = STRICT): PatternOrder => ({
  make: { document, path: "p", base, taken: ["strict", "production"], fallbackName: "custom" },
});

describe("an order to make a policy", () => {
  it("gives the policy that the server itself would make", () => {
    for (const [document, base] of [
      [{ patterns }, STRICT],
      [{ name: "own", extends: "production", patterns }, PRODUCTION],
    ] as const)
      expect(answerTo(make(document, base))).toEqual({ policy: makePolicy(document, "p", presetNamed, "custom") });
  });

  it("gives all problems of the document", () => {
    expect(answerTo(make({ name: "production", patterns: [{ ...patterns[0], pattern: "(" }] }))).toEqual({
      problems: [
        'p.name must be a name that no other policy has, it is "production"',
        "p.patterns[0].pattern cannot be used: missing closing",
      ],
    });
  });

  it("says if the base of the document does not exist", () => {
    expect(answerTo(make({ extends: "none", patterns }, null))).toEqual({
      problems: ['p.extends must be the name of a policy, it is "none"'],
    });
  });
});

describe("an order to search", () => {
  it("gives the matches of each pattern in its text", () => {
    const texts = { all: "ab", code: "b b", strings: "a" };
    const wanted = [
      { pattern: "b", in: "code" },
      { pattern: "c", in: "all" },
      { pattern: "a", in: "strings" },
    ] as const;
    expect(answerTo({ search: { texts, patterns: wanted } })).toEqual({
      found: [
        [
          { start: 0, end: 1 },
          { start: 2, end: 3 },
        ],
        [],
        [{ start: 0, end: 1 }],
      ],
    });
  });
});

describe("an error of our own", () => {
  const failing = (error: unknown): PatternOrder => ({
    search: {
      get texts(): never {
        throw error;
      },
      patterns: [],
    },
  });

  it("becomes an answer that tells where it happened", () => {
    expect(answerTo(failing(new Error("broken")))).toEqual({
      failure: expect.stringMatching(/broken\n +at /) as string,
    });
    expect(answerTo(failing(Object.assign(new Error("no stack"), { stack: undefined })))).toEqual({
      failure: "no stack",
    });
    expect(answerTo(failing("no error"))).toEqual({ failure: "no error" });
  });
});

describe("the thread", () => {
  const load = (): Promise<unknown> => import("../../../src/policy/pattern-worker.js");

  it("answers each message with one message, and does nothing outside of a thread", async () => {
    vi.resetModules();
    await load();
    const port = Object.assign(new EventEmitter(), { postMessage: vi.fn() });
    vi.doMock("node:worker_threads", async (original) => ({ ...(await original<object>()), parentPort: port }));
    vi.resetModules();
    try {
      await load();
    } finally {
      vi.doUnmock("node:worker_threads");
      vi.resetModules();
    }
    port.emit("message", make({ extends: "none" }, null));
    port.emit("message", { search: { texts: { all: "", code: "", strings: "" }, patterns: [] } });
    expect(port.postMessage.mock.calls).toEqual([
      [{ problems: ['p.extends must be the name of a policy, it is "none"'] }],
      [{ found: [] }],
    ]);
  });
});
