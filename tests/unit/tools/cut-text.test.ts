import { describe, expect, it } from "vitest";
import { fitProgramText } from "../../../src/tools/cut-text.js";

describe("A text of a program is told to be cut", () => {
  it("if a cause of an error was cut, although the text is short", () => {
    const text = "outer (cause: Error: inner [61764 more bytes]...)";
    const keptBytes = "outer (cause: Error: inner)".length;
    expect(fitProgramText(text)).toEqual({ text, truncated: { totalBytes: keptBytes + 61_764, keptBytes } });
  });

  it("with the bytes of all causes that were cut", () => {
    const text = "outer (errors: Error: a [10 more bytes]..., Error: b [5 more bytes]...)";
    expect(fitProgramText(text).truncated).toMatchObject({
      totalBytes: "outer (errors: Error: a, Error: b)".length + 15,
    });
  });

  it("but not if a short text without causes has only the same words", () => {
    const text = "loading [10 more bytes]...";
    expect(fitProgramText(text)).toEqual({ text, truncated: null });
  });
});
