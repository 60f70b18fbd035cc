/** Errors of a JavaScript program with long messages, in both realms. */

import { describe, expect, it } from "vitest";
import { REALMS } from "./javascript-realms.js";

const TIMEOUT_MS = 8_000;

describe.each(REALMS)("A program in %s ends with its own error, although the message is long:", (_, run) => {
  it.each(["Error", "TypeError", "ReferenceError", "SyntaxError", "RangeError"])("a %s", async (type) => {
    const { error } = await run(`throw new ${type}("x".repeat(1_000_000) + " is not a name")`, {
      timeoutMs: TIMEOUT_MS,
    });
    expect([error?.type, error?.message.slice(0, 5)]).toEqual([type, "xxxxx"]);
  });
});
