import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { KEPT_OUTPUT_HEAD, KEPT_OUTPUT_TAIL } from "../../../src/limits.js";
import { OutputCapture } from "../../../src/sandbox/output-capture.js";

const KEPT = KEPT_OUTPUT_HEAD + KEPT_OUTPUT_TAIL;

function capture(bytes: Uint8Array, chunk: number) {
  const output = new OutputCapture();
  for (let at = 0; at < bytes.length; at += chunk) output.push(bytes.subarray(at, at + chunk));
  return output.finish();
}

function parts(text: string): { head: string; left: number; tail: string } {
  const [, head = "", left = "", tail = ""] =
    /^([^]*)\n\[\.\.\. (\d+) bytes left out \.\.\.\]\n([^]*)$/.exec(text) ?? [];
  return { head, left: Number(left), tail };
}

describe("OutputCapture keeps", () => {
  it.each([0, 1, KEPT_OUTPUT_HEAD - 1, KEPT_OUTPUT_HEAD, KEPT_OUTPUT_HEAD + 1, KEPT - 1, KEPT])(
    "all of %i bytes",
    (size) => {
      const text = "ab".repeat(size).slice(0, size);
      for (const chunk of [1_000, 65_536]) expect(capture(Buffer.from(text), chunk)).toEqual({ text, truncated: null });
    },
  );

  it.each([KEPT + 1, KEPT * 3, 1_048_576])("start and end of %i bytes, and counts what is missing", (size) => {
    const bytes = Buffer.from(Array.from({ length: size }, (_, index) => 97 + (index % 26)));
    for (const chunk of [777, 65_536, size]) {
      const { text, truncated } = capture(bytes, chunk);
      const { head, left, tail } = parts(text);
      expect(head).toBe(bytes.subarray(0, KEPT_OUTPUT_HEAD).toString());
      expect(tail).toBe(bytes.subarray(size - KEPT_OUTPUT_TAIL).toString());
      expect(truncated).toEqual({ totalBytes: size, keptBytes: KEPT });
      expect(left).toBe(size - KEPT);
    }
  });

  it.each([
    ["two bytes", "\u00e9"],
    ["two bytes, with the first of all such", "\u0080"],
    ["three bytes", "\u20ac"],
    ["three bytes, with the first of all such", "\u0800"],
    ["four bytes", "\u{1f600}"],
  ])("whole characters of %s at every position of both cuts", (_, character) => {
    const size = Buffer.byteLength(character);
    for (let shift = 0; shift < size; shift++) {
      for (let end = 0; end < size; end++) {
        const bytes = Buffer.from("x".repeat(shift) + character.repeat(40_000) + "y".repeat(end));
        const { text, truncated } = capture(bytes, 4_099);
        const { head, left, tail } = parts(text);
        expect(text).not.toContain("\ufffd");
        expect(head).toBe("x".repeat(shift) + character.repeat(Math.floor((KEPT_OUTPUT_HEAD - shift) / size)));
        expect(tail).toBe(character.repeat(Math.floor((KEPT_OUTPUT_TAIL - end) / size)) + "y".repeat(end));
        expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBe(truncated?.keptBytes);
        expect(left + (truncated?.keptBytes ?? 0)).toBe(bytes.length);
      }
    }
  });

  it("the end of bytes that are no text: at most three are taken for the rest of a character", () => {
    const { text, truncated } = capture(Buffer.alloc(KEPT * 2, 0x80), 65_536);
    expect(truncated?.keptBytes).toBe(KEPT - 3);
    expect(parts(text).tail).toBe("\ufffd".repeat(KEPT_OUTPUT_TAIL - 3));
  });

  it("characters that were split between two chunks", () => {
    const bytes = Buffer.from("\u20ac\u{1f600}".repeat(100));
    for (let chunk = 1; chunk < 9; chunk++) expect(capture(bytes, chunk).text).toBe("\u20ac\u{1f600}".repeat(100));
  });

  it("bytes that are not UTF-8 as replacement characters, and cuts off nothing more", () => {
    expect(capture(Buffer.from([0x41, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0x42]), 3)).toEqual({
      text: "A\ufffd\ufffd(\ufffdB",
      truncated: null,
    });
    // Continuation bytes alone: no character begins anywhere.
    const { text, truncated } = capture(Buffer.alloc(KEPT * 2, 0x80), 65_536);
    expect(truncated?.totalBytes).toBe(KEPT * 2);
    expect(KEPT - (truncated?.keptBytes ?? 0)).toBeLessThanOrEqual(8);
    expect(parts(text).head.replaceAll("\ufffd", "")).toBe("");
  });

  it("a byte order mark, NUL and carriage returns as they are", () => {
    expect(capture(Buffer.from("\ufeffa\0b\r\n"), 2).text).toBe("\ufeffa\0b\r\n");
  });

  it("its own copy of the end, so a caller can reuse its buffer", () => {
    const output = new OutputCapture();
    const buffer = Buffer.alloc(KEPT_OUTPUT_TAIL * 5, "a");
    output.push(buffer);
    buffer.fill("b");
    output.push(Buffer.from("c"));
    expect(parts(output.finish().text).tail).toBe(`${"a".repeat(KEPT_OUTPUT_TAIL - 1)}c`);
  });

  it("a bounded amount of memory for any amount of output", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const memory = (): number => {
      for (let time = 0; time < 3; time++) collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const output = new OutputCapture();
    const before = memory();
    for (let count = 0; count < 300; count++) output.push(Buffer.alloc(65_536, "z"));
    for (let count = 0; count < 300; count++) output.push(Buffer.alloc(65_536).subarray(0, 0));
    expect(memory() - before).toBeLessThan(20 * 65_536);
    expect(output.finish().truncated?.totalBytes).toBe(300 * 65_536);
  });
});
