import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { SetupError } from "../../../src/errors.js";
import {
  INITIAL_PAGES,
  prepareQuickjs,
  QUICKJS_WASM_SHA256,
  quickjsDigest,
} from "../../../src/sandbox/wasm/quickjs/quickjs-binary.js";
import { inspect } from "../../../src/sandbox/wasm/wasm-binary.js";
import { SECTION, sections } from "../../../src/sandbox/wasm/wasm-format.js";

const BINARY = readFileSync(createRequire(import.meta.url).resolve("@jitl/quickjs-ng-wasmfile-release-sync/wasm"));

function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Instantiates `binary` over a memory of `pages`, with imports that do nothing. */
function instantiate(binary: Uint8Array, pages: number): WebAssembly.Instance {
  const module = new WebAssembly.Module(binary);
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const memory = kind === "memory" ? new WebAssembly.Memory({ initial: pages, maximum: pages }) : undefined;
    (imports[from] ??= {})[name] = memory ?? (() => 0);
  }
  return new WebAssembly.Instance(module, imports);
}

describe("prepareQuickjs() returns a binary", () => {
  const prepared = prepareQuickjs(BINARY);

  it("whose state is its memory, one global and one table", () => {
    expect(inspect(prepared)).toEqual({
      mutableGlobals: [0],
      tables: 1,
      passiveDataSegments: 0,
      passiveElementSegments: 0,
      importsMemory: true,
    });
  });

  it("that exports its table and everything that the package's binary exports", () => {
    const exportsOf = (binary: Uint8Array) => WebAssembly.Module.exports(new WebAssembly.Module(binary));
    expect(exportsOf(prepared)).toEqual([...exportsOf(BINARY), { name: "table", kind: "table" }]);
  });

  it("that starts in the memory of a guest, and in no smaller memory", () => {
    expect(() => instantiate(BINARY, INITIAL_PAGES)).toThrow(/memory/);
    expect(() => instantiate(prepared, INITIAL_PAGES - 1)).toThrow(/memory/);
    expect(instantiate(prepared, INITIAL_PAGES).exports["table"]).toBeDefined();
  });

  it("with the package's code and data, byte for byte, but for one byte: the flag v of patterns", () => {
    const others: number[] = [SECTION.custom, SECTION.import, SECTION.export, SECTION.code];
    const kept = (binary: Uint8Array) =>
      sections(binary)
        .filter(({ id }) => !others.includes(id))
        .map(({ id, whole }) => [id, sha256(whole)]);
    expect(kept(prepared)).toEqual(kept(BINARY));
    const [before, after] = [BINARY, prepared].map(
      (binary) => sections(binary).find(({ id }) => id === SECTION.code)?.whole ?? new Uint8Array(),
    ) as [Uint8Array, Uint8Array];
    expect(after).toHaveLength(before.length);
    const changed = [...before.keys()].filter((at) => before[at] !== after[at]);
    expect(changed.map((at) => [before[at], after[at]])).toEqual([[5, 8]]);
    expect(sections(prepared).filter(({ id }) => id === SECTION.custom)).toEqual([]);
  });
});

describe("prepareQuickjs() refuses", () => {
  const changed = (at: number): Uint8Array => {
    const copy = Uint8Array.from(BINARY);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };

  it.each([
    ["a binary with one bit changed in its code", changed(Math.floor(BINARY.length / 2))],
    ["a binary with one bit changed at its end", changed(BINARY.length - 1)],
    ["a binary that ends too early", BINARY.subarray(0, -1)],
    ["a binary that goes on", Buffer.concat([BINARY, Uint8Array.of(0, 1, 0)])],
    ["what it has prepared itself", prepareQuickjs(BINARY)],
    ["an empty module", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)],
    ["nothing", new Uint8Array()],
  ])("%s", (_, binary) => {
    expect(() => prepareQuickjs(binary)).toThrow(SetupError);
  });
});

describe("quickjsDigest()", () => {
  it("covers the binary and the prelude", () => {
    expect(QUICKJS_WASM_SHA256).toBe(sha256(BINARY));
    expect(quickjsDigest("prelude")).toBe(sha256(`${sha256(BINARY)}\nprelude`));
    expect(quickjsDigest("prelude")).not.toBe(quickjsDigest("prelude "));
  });
});
