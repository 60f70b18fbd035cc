import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { BoundedBytes } from "../../../src/sandbox/bounded-bytes.js";

const taken = (limit: number, ...parts: readonly string[]): string | null => {
  const bytes = new BoundedBytes(limit);
  for (const part of parts) bytes.push(Buffer.from(part));
  const all = bytes.take();
  return all === null ? null : Buffer.from(all).toString();
};

describe("BoundedBytes", () => {
  it.each<[string, readonly string[], string | null]>([
    ["nothing", [], ""],
    ["empty parts", ["", ""], ""],
    ["fewer bytes than the limit, in order", ["a", "", "bc"], "abc"],
    ["exactly the limit", ["ab", "cde"], "abcde"],
    ["one byte more in one part", ["abcdef"], null],
    ["one byte more in a last part", ["abcde", "f"], null],
    ["far too many, and then few", ["a".repeat(1_000), "b"], null],
    ["too many, and then nothing", ["abcdef", ""], null],
  ])("with a limit of five gives back %s", (_, parts, expected) => {
    expect(taken(5, ...parts)).toBe(expected);
  });

  it("keeps a copy: a guest may change its own memory afterwards", () => {
    const memory = Buffer.from("before");
    const bytes = new BoundedBytes(100);
    bytes.push(memory);
    memory.fill("x");
    expect(Buffer.from(bytes.take() ?? []).toString()).toBe("before");
  });

  it("holds no memory for a guest that said too much", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const memory = (): number => {
      for (let time = 0; time < 3; time++) collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const limit = 2 ** 25;
    const bytes = new BoundedBytes(limit);
    const before = memory();
    bytes.push(new Uint8Array(limit));
    expect(memory() - before).toBeGreaterThan(0.9 * limit);
    bytes.push(new Uint8Array(1));
    expect(memory() - before).toBeLessThan(limit / 2);
    bytes.push(new Uint8Array(limit));
    expect(memory() - before).toBeLessThan(limit / 2);
    expect(bytes.take()).toBeNull();
  });
});
