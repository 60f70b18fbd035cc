import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { LineGuard } from "../../../src/mcp/line-guard.js";

/** Feeds pieces through a guard of at most 6 bytes a line, the line's end included. */
async function pass(...pieces: readonly string[]): Promise<{ readonly lines: string[]; readonly dropped: number }> {
  let dropped = 0;
  const lines: string[] = [];
  const guard = new LineGuard(6, () => dropped++);
  guard.on("data", (chunk: Buffer) => lines.push(chunk.toString("utf8")));
  for (const piece of pieces) guard.write(piece);
  await new Promise((resolve) => setImmediate(resolve));
  return { lines, dropped };
}

describe("LineGuard", () => {
  it.each([
    { what: "hands on a line at the limit", pieces: ["12345\n"], lines: ["12345\n"], dropped: 0 },
    { what: "leaves out a line one byte over it", pieces: ["123456\n"], lines: [], dropped: 1 },
    { what: "counts bytes, not characters", pieces: ["ééé\n"], lines: [], dropped: 1 },
    {
      what: "hands on each line of a piece by itself",
      pieces: ["a\nb\n\nc\n"],
      lines: ["a\n", "b\n", "\n", "c\n"],
      dropped: 0,
    },
    { what: "puts a line together from its pieces", pieces: ["12", "3", "45", "\n"], lines: ["12345\n"], dropped: 0 },
    { what: "holds back half a line", pieces: ["a\n123"], lines: ["a\n"], dropped: 0 },
    {
      what: "leaves out a line that grew too long in pieces, once, and takes the next",
      pieces: ["1234", "5678", "9999\n", "ok\n"],
      lines: ["ok\n"],
      dropped: 1,
    },
    {
      what: "goes on within the piece in which a long line ends",
      pieces: ["123456789\nok\n123456789", "0\nyes\n"],
      lines: ["ok\n", "yes\n"],
      dropped: 2,
    },
  ])("$what", async ({ pieces, lines, dropped }) => {
    expect(await pass(...pieces)).toEqual({ lines, dropped });
  });
});

describe("LineGuard in memory", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;

  /** Feeds pieces of 64 KiB without a line's end. Returns how many of them the guard still holds. */
  async function held(maxBytes: number): Promise<number> {
    const guard = new LineGuard(maxBytes, () => undefined);
    const pieces: WeakRef<ArrayBufferLike>[] = [];
    for (let count = 0; count < 64; count++) {
      const piece = Buffer.alloc(65_536, "x");
      pieces.push(new WeakRef(piece.buffer));
      guard.write(piece);
    }
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    const alive = pieces.filter((piece) => piece.deref() !== undefined).length;
    guard.write("\n");
    return alive;
  }

  it("holds a line that may still fit", async () => {
    expect(await held(64 * 65_536)).toBe(64);
  });

  it("holds nothing of a line that is too long", async () => {
    expect(await held(4 * 65_536)).toBeLessThan(4);
  });
});
