/**
 * Makes the embedded Python's files: at build time `bootPythonImage` boots the WASI CPython once; at run time
 * `loadPythonAssets` reads what it left, checked against its digests.
 */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { sha256 } from "../../../digest.js";
import { SetupError } from "../../../errors.js";
import type { ImagePart, PythonAssets, PythonImage } from "./python-guest.js";
import { Exit, WasiImports } from "./wasi-imports.js";
import { assertRestorable, inspect, minimumPages, PAGE_SIZE, prepare } from "../wasm-binary.js";

/** The interpreter that the offsets in python-guest.ts belong to: CPython 3.11.3 for WASI. */
export const PYTHON_WASM_SHA256 = "658cb6add2bbf8dfe84d67fb85430956d5a8b2b1d694d33432d654cdf048f813";

/** Zeros are looked for in stretches of this many bytes; `PAGE_SIZE` is a multiple. */
const ZERO_RUN = 16_384;

/** Room for the boot itself; what it does not touch is cut off. */
const BOOT_PAGES = 1_024;

/** What `python.json` says of the files beside it. */
export interface PythonManifest {
  readonly stackPointer: number;
  readonly entry: number;
  readonly memoryBytes: number;
  /** SHA-256 of each file as it lies on the disk, by name. */
  readonly sha256: { readonly [file: string]: string };
}

export const PYTHON_FILES = { binary: "python.wasm", image: "python.image.br", library: "python311.zip" } as const;
const LIBRARY_PATH = "/usr/local/lib/python311.zip";

/** The file tree that a guest sees: the standard library, read-only. */
function guestFiles(library: Uint8Array): Map<string, Uint8Array> {
  return new Map([
    [LIBRARY_PATH, library],
    // The interpreter looks for this landmark to find its library.
    ["/usr/local/lib/python3.11/os.py", new Uint8Array()],
  ]);
}

export interface BootedPython {
  readonly memory: Uint8Array;
  readonly stackPointer: number;
  readonly entry: number;
  /** The binary that guests run. */
  readonly runBinary: Uint8Array;
}

/** The guest's Python, joined by scripts/join-guest-python.mjs. */
export interface PythonSources {
  /** `embedded.py`: the interpreter runs it to become the image. */
  readonly boot: string;
  /** `program.py`: the boot imports it. */
  readonly program: string;
}

/**
 * Boots the interpreter and returns its image and the binary that guests run.
 *
 * @throws {SetupError} If the binary is not the expected one or cannot be restored.
 */
export async function bootPythonImage(
  binary: Uint8Array,
  library: Uint8Array,
  sources: PythonSources,
): Promise<BootedPython> {
  if (sha256(binary) !== PYTHON_WASM_SHA256)
    throw new SetupError("Cannot boot the embedded Python: its binary is not the expected one");
  assertRestorable(inspect(binary));
  const module = await WebAssembly.compile(prepare(binary, { keepData: true }));
  const memory = new WebAssembly.Memory({ initial: minimumPages(binary), maximum: BOOT_PAGES });
  const wasi = new WasiImports({
    memory,
    files: new Map([...guestFiles(library), ["/rlm/program.py", new TextEncoder().encode(sources.program)]]),
    args: ["python", "-I", "-S", "-B", "-c", sources.boot],
  });
  const names = WebAssembly.Module.imports(module).flatMap((entry) => (entry.kind === "function" ? [entry.name] : []));
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.imports(names), env: { memory } });
  let told = "";
  let printed = "";
  wasi.begin({
    stdin: new Uint8Array(),
    write: (_stream, bytes) => ((printed += new TextDecoder().decode(bytes.slice())), true),
    report: (bytes) => void (told += new TextDecoder().decode(bytes.slice())),
  });
  try {
    (instance.exports["_start"] as () => void)();
  } catch (error) {
    if (!(error instanceof Exit) || error.code !== 0)
      throw new SetupError(`Cannot boot the embedded Python: ${printed}`, { cause: error });
  }
  const entry = Number(told);
  if (!Number.isInteger(entry) || entry <= 0 || !wasi.hasOnlyStandardDescriptors) {
    throw new SetupError(`Cannot boot the embedded Python: ${printed || "it did not say where its entry is"}`);
  }
  return {
    memory: new Uint8Array(memory.buffer).slice(),
    stackPointer: (instance.exports["stack_pointer"] as WebAssembly.Global).value,
    entry,
    runBinary: prepare(binary, { keepData: false }),
  };
}

/**
 * Reads the files that the build left.
 *
 * @throws {SetupError} If one is missing or is not the one that was built.
 */
export async function loadPythonAssets(directory: string): Promise<PythonAssets & { readonly digest: string }> {
  const read = async (name: string): Promise<Buffer> => {
    try {
      return await readFile(path.join(directory, name));
    } catch (cause) {
      throw new SetupError(`Cannot start the embedded engine: ${name} is missing, run "npm run build"`, { cause });
    }
  };
  const text = await read("python.json");
  const manifest = JSON.parse(text.toString("utf8")) as PythonManifest;
  const [binary, packed, library] = await Promise.all(
    [PYTHON_FILES.binary, PYTHON_FILES.image, PYTHON_FILES.library].map(async (name) => {
      const bytes = await read(name);
      if (sha256(bytes) !== manifest.sha256[name])
        throw new SetupError(`Cannot start the embedded engine: ${name} is not the one that was built`);
      return bytes;
    }),
  );
  if (binary === undefined || packed === undefined || library === undefined)
    throw new SetupError("Cannot start the embedded engine");
  // Shared, so that every thread restores from the same bytes.
  const memory = new Uint8Array(new SharedArrayBuffer(manifest.memoryBytes));
  memory.set(brotliDecompressSync(packed));
  if (memory.length % PAGE_SIZE !== 0)
    throw new SetupError("Cannot start the embedded engine: the image is not made of whole pages");
  const image: PythonImage = {
    size: memory.length,
    parts: partsOf(memory),
    stackPointer: manifest.stackPointer,
    entry: manifest.entry,
  };
  return {
    module: await WebAssembly.compile(binary),
    image,
    files: guestFiles(library),
    digest: sha256(text),
  };
}

/**
 * Returns the stretches that are not zero; between two of them lies at least one whole page of `ZERO_RUN` bytes of
 * zeros.
 */
export function partsOf(memory: Uint8Array): ImagePart[] {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8);
  const parts: ImagePart[] = [];
  let start = -1;
  for (let at = 0; at < memory.length; at += ZERO_RUN) {
    const isZero = words.subarray(at / 8, (at + ZERO_RUN) / 8).every((word) => word === 0n);
    if (!isZero && start < 0) start = at;
    if (isZero && start >= 0) {
      parts.push({ start, content: memory.subarray(start, at) });
      start = -1;
    }
  }
  if (start >= 0) parts.push({ start, content: memory.subarray(start) });
  return parts;
}
