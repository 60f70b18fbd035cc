import { describe, expect, it } from "vitest";
import { assertRestorable, inspect, minimumPages, prepare } from "../../../src/sandbox/wasm/wasm-binary.js";

const section = (id: number, ...body: number[]): number[] => [id, body.length, ...body];
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

interface Parts {
  readonly globals?: readonly number[];
  readonly data?: readonly number[];
  readonly elements?: readonly number[];
}

/** A module with a function type, a table, a memory of 2 pages, a mutable global, and "hi" at address 8. */
function binary({
  globals = [1, 0x7f, 0x01, 0x41, 0x2a, 0x0b],
  data = [1, 0x00, 0x41, 0x08, 0x0b, 2, 0x68, 0x69],
  elements = [1, 0x00, 0x41, 0x00, 0x0b, 1, 0],
}: Parts = {}): Uint8Array {
  return Uint8Array.from([
    ...HEADER,
    ...section(1, 1, 0x60, 0, 1, 0x7f),
    // One import, so that there is an import section.
    ...section(2, 1, 1, 0x65, 1, 0x66, 0x00, 0),
    ...section(3, 1, 0),
    ...section(4, 1, 0x70, 0, 2),
    ...section(5, 1, 0x00, 2),
    ...section(6, ...globals),
    ...section(7, 1, 3, 0x72, 0x75, 0x6e, 0x00, 1),
    ...section(9, ...elements),
    // global.get 0
    ...section(10, 1, 4, 0, 0x23, 0x00, 0x0b),
    ...section(11, ...data),
    // A custom section with debug information, and one with a name.
    ...section(0, 6, ...Buffer.from(".debug"), 1, 2, 3),
    ...section(0, 4, ...Buffer.from("keep"), 9),
  ]);
}

function instantiate(bytes: Uint8Array): { instance: WebAssembly.Instance; memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 3 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { f: () => 1 }, env: { memory } });
  return { instance, memory };
}

describe("inspect()", () => {
  it("finds the facts that decide about a restore", () => {
    expect(inspect(binary())).toEqual({
      mutableGlobals: [0],
      tables: 1,
      passiveDataSegments: 0,
      passiveElementSegments: 0,
      importsMemory: false,
    });
    expect(minimumPages(binary())).toBe(2);
  });

  it("counts mutable globals among constant ones", () => {
    const globals = [3, 0x7f, 0x00, 0x41, 0x01, 0x0b, 0x7e, 0x01, 0x42, 0x02, 0x0b, 0x7f, 0x01, 0x41, 0x03, 0x0b];
    expect(inspect(binary({ globals })).mutableGlobals).toEqual([1, 2]);
  });

  it("counts a passive segment", () => {
    expect(inspect(binary({ data: [1, 0x01, 2, 0x68, 0x69] })).passiveDataSegments).toBe(1);
    expect(inspect(binary({ elements: [1, 0x01, 0x00, 1, 0] })).passiveElementSegments).toBe(1);
  });

  it("finds that a prepared binary imports its memory", () => {
    expect(inspect(prepare(binary(), { keepData: true })).importsMemory).toBe(true);
  });
});

describe("assertRestorable()", () => {
  it("accepts one mutable global, number 0, one table and no passive segments", () => {
    expect(() => assertRestorable(inspect(binary()))).not.toThrow();
  });

  it.each([
    ["two mutable globals", { globals: [2, 0x7f, 0x01, 0x41, 0x01, 0x0b, 0x7f, 0x01, 0x41, 0x01, 0x0b] }],
    ["a constant one first", { globals: [2, 0x7f, 0x00, 0x41, 0x01, 0x0b, 0x7f, 0x01, 0x41, 0x01, 0x0b] }],
    ["none", { globals: [1, 0x7f, 0x00, 0x41, 0x01, 0x0b] }],
    ["a passive data segment", { data: [1, 0x01, 2, 0x68, 0x69] }],
    ["a passive element segment", { elements: [1, 0x01, 0x00, 1, 0] }],
  ])("refuses %s", (_, parts) => {
    expect(() => assertRestorable(inspect(binary(parts)))).toThrow(/^Cannot use the embedded interpreter/);
  });
});

describe("prepare()", () => {
  it("makes a module that runs as before, in an imported memory", () => {
    const { instance, memory } = instantiate(prepare(binary(), { keepData: true }));
    expect((instance.exports["run"] as () => number)()).toBe(42);
    expect(Buffer.from(memory.buffer, 8, 2).toString()).toBe("hi");
  });

  it("exports the table, and the stack pointer so that it can be set", () => {
    const { instance } = instantiate(prepare(binary(), { keepData: true }));
    const pointer = instance.exports["stack_pointer"] as WebAssembly.Global;
    expect(pointer.value).toBe(42);
    pointer.value = 7;
    expect((instance.exports["run"] as () => number)()).toBe(7);
    expect((instance.exports["functions"] as { length: number }).length).toBe(2);
  });

  it("leaves the data out if the image has it", () => {
    const { memory } = instantiate(prepare(binary(), { keepData: false }));
    expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
  });

  it("drops debug sections and keeps the others", () => {
    const module = new WebAssembly.Module(prepare(binary(), { keepData: true }));
    const { customSections } = WebAssembly.Module as unknown as {
      customSections(module: WebAssembly.Module, name: string): unknown[];
    };
    expect(customSections(module, ".debug")).toHaveLength(0);
    expect(customSections(module, "keep")).toHaveLength(1);
  });

  it("refuses a binary without a memory, and one that is cut short", () => {
    expect(() => prepare(Uint8Array.from(HEADER), { keepData: true })).toThrow(/must define a memory/);
    expect(() => inspect(binary().subarray(0, 40))).toThrow();
  });
});
