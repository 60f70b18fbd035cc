/** Reads the files of the embedded Python that the build wrote (python-boot.ts), and checks them by their digests. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { sha256 } from "../../../digest.js";
import { SetupError } from "../../../errors.js";
import { PAGE_SIZE } from "../wasm-format.js";
import type { ImagePart, PythonAssets } from "./python-guest.js";

/** The search for zeros goes in steps of this many bytes. `PAGE_SIZE` is a multiple of it. */
const ZERO_RUN = 4_096;

/** The content of `python.json`: facts of the image, and the digests of the files beside it. */
interface PythonManifest {
  readonly stackStart: number;
  readonly stackPointer: number;
  /** Address of the function object that takes a job. */
  readonly entry: number;
  /** Size of the image, not compressed. */
  readonly memoryBytes: number;
  /** SHA-256 of each file as it is on the disk, by name. */
  readonly sha256: { readonly [file: string]: string };
}

/** The names of the built files: the interpreter, its image (compressed by Brotli), and the standard library. */
export const PYTHON_FILES = { binary: "python.wasm", image: "python.image.br", library: "python311.zip" } as const;

/** Returns the file tree of a guest: the standard library, by absolute path. */
export function guestFiles(library: Uint8Array): Map<string, Uint8Array> {
  return new Map([
    ["/usr/local/lib/python311.zip", library],
    // The interpreter finds its library by this file.
    ["/usr/local/lib/python3.11/os.py", new Uint8Array()],
  ]);
}

/**
 * Reads the built files. `digest` names the whole: it is the digest of `python.json`.
 *
 * @throws {SetupError} If a file is missing or is not the one that was built.
 */
export async function loadPythonAssets(directory: string): Promise<PythonAssets & { readonly digest: string }> {
  const text = await readBuilt(directory, "python.json");
  const manifest = JSON.parse(text.toString("utf8")) as PythonManifest;
  const readChecked = async (name: string): Promise<Buffer> => {
    const bytes = await readBuilt(directory, name);
    if (sha256(bytes) !== manifest.sha256[name])
      throw new SetupError(
        `Cannot start the embedded engine: ${name} is not the one that was built, run "npm run build"`,
      );
    return bytes;
  };
  const [binary, packed, library] = await Promise.all([
    readChecked(PYTHON_FILES.binary),
    readChecked(PYTHON_FILES.image),
    readChecked(PYTHON_FILES.library),
  ]);
  const { stackStart, stackPointer, entry } = manifest;
  const memory = unpack(packed, manifest.memoryBytes);
  return {
    module: await WebAssembly.compile(binary),
    image: { size: memory.length, parts: partsOf(memory), stackStart, stackPointer, entry },
    files: guestFiles(library),
    digest: sha256(text),
  };
}

async function readBuilt(directory: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path.join(directory, name));
  } catch (cause) {
    throw new SetupError(`Cannot start the embedded engine: ${name} is missing, run "npm run build"`, { cause });
  }
}

/** Returns the image in shared memory, so that all threads restore from the same bytes. */
function unpack(packed: Uint8Array, size: number): Uint8Array {
  const memory = new Uint8Array(new SharedArrayBuffer(size));
  memory.set(brotliDecompressSync(packed));
  if (memory.length % PAGE_SIZE !== 0)
    throw new SetupError(`Cannot start the embedded engine: its image must have whole pages, it has ${size} bytes`);
  return memory;
}

/** Returns the stretches that are not zero. At least `ZERO_RUN` zeros are between two of them. */
function partsOf(memory: Uint8Array): ImagePart[] {
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
