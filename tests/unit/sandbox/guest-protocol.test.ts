import { describe, expect, it } from "vitest";
import { FRAME, FrameReader, MAX_GUEST_FRAME, encodeFrame } from "../../../src/sandbox/guest-protocol.js";

/** Numbers that are the same in every run, so that a failure can be had again. */
function* pseudoRandom(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe("FrameReader", () => {
  it("finds the same frames for every way to split the stream", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = pseudoRandom(seed);
      const draw = (below: number): number => Math.floor(random.next().value * below);
      const sent = Array.from({ length: 1 + draw(12) }, () => ({
        type: 1 + draw(7),
        payload: Buffer.from(Array.from({ length: draw(4) === 0 ? 0 : draw(300) }, () => draw(256))),
      }));
      const stream = Buffer.concat(sent.map(({ type, payload }) => encodeFrame(type as 1, payload)));
      const reader = new FrameReader();
      const found: { type: number; payload: string }[] = [];
      for (let at = 0; at < stream.length;) {
        const end = at + 1 + draw(seed % 3 === 0 ? 4 : 400);
        // A fresh copy each time, as a socket hands it out.
        for (const { type, payload } of reader.push(Buffer.from(stream.subarray(at, end))))
          found.push({ type, payload: payload.toString("hex") });
        at = end;
      }
      expect(found, `seed ${seed}`).toEqual(
        sent.map(({ type, payload }) => ({ type, payload: payload.toString("hex") })),
      );
    }
  });

  it("takes a frame of the greatest length", () => {
    const [frame] = new FrameReader().push(encodeFrame(FRAME.stdout, Buffer.alloc(MAX_GUEST_FRAME)));
    expect(frame?.payload.length).toBe(MAX_GUEST_FRAME);
  });

  it.each([MAX_GUEST_FRAME + 1, 2 ** 31, 2 ** 32 - 1])(
    "refuses a frame of %i bytes when it reads the header, before it keeps any byte",
    (length) => {
      const header = Buffer.alloc(5);
      header.writeUInt8(FRAME.stdout, 0);
      header.writeUInt32BE(length, 1);
      const reader = new FrameReader();
      expect(reader.push(header.subarray(0, 4))).toEqual([]);
      expect(() => reader.push(header.subarray(4))).toThrow(RangeError);
    },
  );

  it("refuses it after valid frames too", () => {
    const bad = Buffer.from([FRAME.stdout, 0xff, 0xff, 0xff, 0xff]);
    expect(() => new FrameReader().push(Buffer.concat([encodeFrame(FRAME.ready), bad]))).toThrow(RangeError);
  });
});

describe("encodeFrame()", () => {
  it("writes type, length and parts in order", () => {
    expect(encodeFrame(FRAME.file, Buffer.from("ab"), Buffer.from("c"))).toEqual(
      Buffer.from([FRAME.file, 0, 0, 0, 3, 97, 98, 99]),
    );
  });
});
