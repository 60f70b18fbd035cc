/** A text that is cut says so itself, and in `truncated`, with its whole size. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Connection, connect } from "../support/mcp-client.js";

type Cut = Readonly<Record<string, { readonly total_bytes: number; readonly kept_bytes: number } | null>>;

const WHOLE = { stdout: null, stderr: null, result: null, error_message: null, traceback: null };
const CUT = (total: number): object => ({ total_bytes: total, kept_bytes: expect.any(Number) as number });

describe.each(["wasm", "local"])("On the engine %s", (engine) => {
  let server: Connection;
  beforeAll(async () => {
    const env = { RLM_EXECUTION_MODE: engine, ...(engine === "local" ? { RLM_DANGEROUSLY_ALLOW_LOCAL: "true" } : {}) };
    server = await connect({ env });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it.each([
    ["python", "a result", "'x' * 20000", { result: CUT(20_002) }],
    ["python", "a result of other characters", "'\\u00e9' * 20000", { result: CUT(40_002) }],
    ["python", "a list", "list(range(100000))", { result: CUT(688_890) }],
    [
      "python",
      "an error",
      "raise ValueError('m' * 30000)",
      { error_message: CUT(30_000), traceback: expect.anything() },
    ],
    ["python", "output", "print('o' * 100000)", { stdout: CUT(100_001) }],
    ["javascript", "a result", "'x'.repeat(20000)", { result: CUT(20_002) }],
    ["javascript", "a list", "Array.from({ length: 90 }, () => 'y'.repeat(900))", { result: expect.anything() }],
    ["javascript", "an awaited result", "(async () => 'x'.repeat(20000))()", { result: CUT(20_002) }],
    [
      "javascript",
      "an error",
      "throw new Error('m'.repeat(30000))",
      { error_message: CUT(30_000), traceback: expect.anything() },
    ],
    [
      "javascript",
      "an error with a cause",
      "throw new Error('m'.repeat(30000), { cause: new Error('c') })",
      { error_message: CUT(30_018), traceback: expect.anything() },
    ],
    [
      "javascript",
      "a thrown text",
      "throw 't'.repeat(30000)",
      { error_message: CUT(30_002), traceback: expect.anything() },
    ],
  ])("%s: %s", async (language, _, code, cut) => {
    const answer = await server.exec({ code, language });
    const { truncated } = answer as unknown as { readonly truncated: Cut };
    expect(truncated).toEqual({ ...WHOLE, ...cut });
    const texts: Readonly<Record<string, string | null | undefined>> = {
      stdout: answer.stdout,
      result: answer.result,
      error_message: answer.error?.message,
      traceback: answer.error?.traceback,
    };
    for (const [name, size] of Object.entries(truncated)) {
      if (size === null) continue;
      expect(texts[name]).toMatch(/\[\d+ more bytes\]\.\.\.|bytes left out/);
      expect(size.kept_bytes).toBeLessThan(size.total_bytes);
    }
  });

  it.each([
    ["python", "'x' * 16382"],
    ["javascript", "'x'.repeat(16382)"],
    ["python", "'it is [5 more bytes]...'"],
    ["javascript", "throw new Error('it is [5 more bytes]...')"],
  ])("%s: a text that fits is whole: %s", async (language, code) => {
    const answer = await server.exec({ code, language });
    expect(answer as unknown).toMatchObject({ truncated: WHOLE });
  });
});
