/** The memory of a QuickJS guest is put back byte for byte, so that nothing of a program is left for the next one. */

import { describe, expect, it } from "vitest";
import { QuickjsMemory } from "../../../src/sandbox/wasm/quickjs/quickjs-memory.js";
import { PAGE_SIZE } from "../../../src/sandbox/wasm/wasm-format.js";

/** 8 MiB: a memory that has grown further is not restored. */
const MOST_KEPT_PAGES = (8 * 1_048_576) / PAGE_SIZE;

/** A memory whose present state is captured, and the stack pointer that goes with it. */
function capturedMemory() {
  const memory = new QuickjsMemory(16);
  const stack = {
    pointer: 1_000,
    save: () => stack.pointer,
    restore: (address: number) => void (stack.pointer = address),
  };
  memory.bytes[5] = 42;
  memory.capture(stack);
  return { memory, stack };
}

describe("QuickjsMemory.peakBytes", () => {
  it("counts what a run has written or added, and nothing of the run before it", () => {
    const { memory, stack } = capturedMemory();
    const size = memory.bytes.length;
    memory.begin();
    expect(memory.peakBytes).toBe(size);
    memory.memory.grow(20);
    expect(memory.peakBytes).toBe(size + 20 * PAGE_SIZE);

    expect(memory.restore(stack)).toBe(true);
    memory.begin();
    expect(memory.peakBytes).toBe(size);
    memory.bytes[size + 3 * PAGE_SIZE] = 1;
    expect(memory.peakBytes).toBe(size + 4 * PAGE_SIZE);
    memory.memory.grow(1);
    expect(memory.peakBytes).toBe(size + 21 * PAGE_SIZE);
  });

  it("counts only growth if the state of the run before is kept", () => {
    const { memory } = capturedMemory();
    const size = memory.bytes.length;
    memory.begin();
    memory.memory.grow(20);
    memory.bytes.fill(1, size);
    memory.begin();
    expect(memory.peakBytes).toBe(size);
    memory.memory.grow(2);
    expect(memory.peakBytes).toBe(size + 2 * PAGE_SIZE);
  });
});

describe("QuickjsMemory.restore()", () => {
  it("writes back what was captured, in the first byte and in the last", () => {
    const { memory, stack } = capturedMemory();
    const size = memory.bytes.length;
    memory.bytes[5] = 1;
    memory.bytes[size - 1] = 1;
    expect(memory.restore(stack)).toBe(true);
    expect([memory.bytes[5], memory.bytes[size - 1]]).toEqual([42, 0]);
  });

  it("fills everything that has grown since with zeros", () => {
    const { memory, stack } = capturedMemory();
    const size = memory.bytes.length;
    memory.memory.grow(MOST_KEPT_PAGES);
    memory.bytes.fill(0xaa, size);
    expect(memory.restore(stack)).toBe(true);
    expect(memory.bytes.length).toBe(size + MOST_KEPT_PAGES * PAGE_SIZE);
    expect(memory.bytes.subarray(size).some((byte) => byte !== 0)).toBe(false);
  });

  it("puts the stack pointer back", () => {
    const { memory, stack } = capturedMemory();
    stack.pointer = 7;
    memory.restore(stack);
    expect(stack.pointer).toBe(1_000);
  });

  it("refuses a memory that has grown by more than 8 MiB", () => {
    const { memory, stack } = capturedMemory();
    memory.memory.grow(MOST_KEPT_PAGES + 1);
    expect(memory.restore(stack)).toBe(false);
  });

  it("forgets that growth was refused", () => {
    const { memory, stack } = capturedMemory();
    expect(() => memory.memory.grow(100_000)).toThrow(RangeError);
    expect(memory.wasGrowthRefused).toBe(true);
    memory.restore(stack);
    expect(memory.wasGrowthRefused).toBe(false);
  });
});
