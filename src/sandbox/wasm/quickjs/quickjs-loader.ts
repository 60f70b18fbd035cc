/**
 * Loads QuickJS: the emscripten code of the package around the prepared copy of its binary.
 *
 * The imports of the binary come from the code of the package: growth of the memory, clocks, and the callbacks that
 * quickjs-interpreter.ts sets. Emscripten prints nothing. The time zone of a guest is UTC.
 */

import variantPackage from "@jitl/quickjs-ng-wasmfile-release-sync";
import type { EmscriptenModuleLoader, QuickJSEmscriptenModule, QuickJSSyncVariant } from "quickjs-emscripten-core";
import { compileQuickjs } from "./quickjs-binary.js";
import type { StackAccess } from "./quickjs-memory.js";

/** The types of the package describe its CommonJS form, in which the default export is a property. */
const variant = variantPackage as unknown as QuickJSSyncVariant;

/** The functions of the binary, by name. */
export type QuickjsFfi = InstanceType<Awaited<ReturnType<typeof variant.importFFI>>>;

/** A QuickJS instance and the ways into it. */
export interface LoadedQuickjs {
  readonly module: QuickJSEmscriptenModule;
  readonly ffi: QuickjsFfi;
  /** The function table of the instance. C function pointers are its indices. */
  readonly table: WebAssembly.Table;
  readonly stack: StackAccess;
}

/**
 * Makes a QuickJS instance over `memory`.
 *
 * @throws {SetupError} If the binary is not the expected build.
 */
export async function loadQuickjs(memory: WebAssembly.Memory): Promise<LoadedQuickjs> {
  const binary = compileQuickjs();
  let instance: WebAssembly.Instance | undefined;
  const loaderOptions = {
    wasmMemory: memory,
    print: () => undefined,
    printErr: () => undefined,
    instantiateWasm(
      imports: Record<string, Record<string, unknown>>,
      onSuccess: (instance: WebAssembly.Instance) => void,
    ) {
      Object.assign(imports["a"] ?? {}, utcImports(memory));
      instance = new WebAssembly.Instance(binary, imports);
      onSuccess(instance);
      return instance.exports;
    },
  };
  const loader = await variant.importModuleLoader();
  const load = ("default" in loader ? loader.default : loader) as EmscriptenModuleLoader<QuickJSEmscriptenModule>;
  const Ffi = await variant.importFFI();
  const module = await load(loaderOptions);
  if (instance === undefined) throw new Error("Cannot load QuickJS: the package made no instance of its binary");
  return {
    module,
    ffi: new Ffi(module),
    table: instance.exports["table"] as WebAssembly.Table,
    stack: {
      save: instance.exports["Pa"] as () => number,
      restore: instance.exports["Na"] as (address: number) => void,
    },
  };
}

/**
 * Returns replacements for the two functions of emscripten that use the time zone of the host: `m` fills a `struct tm`,
 * and `n` names the zone. A guest's zone is UTC.
 */
function utcImports(memory: WebAssembly.Memory): { readonly [name: string]: unknown } {
  return {
    m: (seconds: bigint, address: number) => {
      const date = new Date(Number(seconds) * 1000);
      const view = new DataView(memory.buffer);
      const startOfYear = Date.UTC(date.getUTCFullYear(), 0, 1);
      const fields = [
        date.getUTCSeconds(),
        date.getUTCMinutes(),
        date.getUTCHours(),
        date.getUTCDate(),
        date.getUTCMonth(),
        date.getUTCFullYear() - 1900,
        date.getUTCDay(),
        Math.floor((date.getTime() - startOfYear) / 86_400_000),
        0,
        0,
      ];
      fields.forEach((value, index) => view.setInt32(address + index * 4, value, true));
    },
    n: (timezone: number, daylight: number, standardName: number, daylightName: number) => {
      const view = new DataView(memory.buffer);
      view.setInt32(timezone, 0, true);
      view.setInt32(daylight, 0, true);
      for (const name of [standardName, daylightName]) new Uint8Array(memory.buffer).set([85, 84, 67, 0], name);
    },
  };
}
