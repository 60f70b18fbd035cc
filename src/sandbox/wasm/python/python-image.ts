/** Reads the files of the embedded Python that the build wrote, and checks them by their digests. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { sha256 } from "../../../digest.js";
import { SetupError } from "../../../errors.js";
import { PAGE_SIZE } from "../wasm-format.js";
import { type ImageFacts, type ImagePart, partsOf, type PythonImage, withChanges } from "./image-parts.js";
import { type BootSources, guestFiles } from "./python-boot.js";
import type { PythonAssets } from "./python-guest.js";

/** Where guests take their next image from. Consecutive ones differ. Four are enough for calls in a row. */
const SLOTS = 4;

type Ranges = readonly (readonly [start: number, end: number])[];

/** The content of `python.json`: facts of the images, and the digests of the files beside it. */
interface PythonManifest extends ImageFacts {
  /** Size of an image, not compressed. */
  readonly memoryBytes: number;
  /** Size of the memory with which a boot starts. */
  readonly freshBytes: number;
  /** Where other memories differ from the first image. The file of changes has the bytes, first those of `second`. */
  readonly changes: { readonly second: Ranges; readonly fresh: Ranges };
  /** SHA-256 of each file as it is on the disk, by name. */
  readonly sha256: { readonly [file: string]: string };
}

/**
 * The names of the built files: the interpreter, its first image and what is different in other memories (both
 * compressed by Brotli), the standard library, and the two files of a boot.
 */
export const PYTHON_FILES = {
  binary: "python.wasm",
  image: "python.image.br",
  changes: "python.changes.br",
  library: "python311.zip",
  boot: "boot.py",
  program: "program.py",
} as const;

/** What the engine's process knows of the embedded Python. */
export interface LoadedPython {
  readonly assets: PythonAssets;
  /** For the making of further images. */
  readonly sources: Omit<BootSources, "fresh">;
  /** The first image as it is in the memory. Other images are compared with it. */
  readonly base: Uint8Array;
  /** The memory with which a boot starts: its size, and where it differs from `base`. */
  readonly fresh: { readonly size: number; readonly changes: readonly ImagePart[] };
  /** The first image in parts. */
  readonly baseImage: PythonImage;
  /** Names the whole: the digest of `python.json`. */
  readonly digest: string;
}

/**
 * Reads the built files.
 *
 * @throws {SetupError} If a file is missing or is not the one that was built.
 */
export async function loadPython(directory: string): Promise<LoadedPython> {
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
  const { binary, image, changes, library, boot, program } = PYTHON_FILES;
  const [module, base, changed, files, bootSource, programSource] = await Promise.all([
    readChecked(binary).then((bytes) => WebAssembly.compile(bytes)),
    readChecked(image).then((packed) => unpack(packed, manifest.memoryBytes)),
    readChecked(changes).then((packed) =>
      unpack(packed, sizeOf(manifest.changes.second) + sizeOf(manifest.changes.fresh)),
    ),
    readChecked(library),
    readChecked(boot),
    readChecked(program),
  ]);
  if (base.length % PAGE_SIZE !== 0)
    throw new SetupError(
      `Cannot start the embedded engine: its image must have whole pages, it has ${base.length} bytes`,
    );
  const { stackStart, stackPointer, entry, freshBytes } = manifest;
  const first: PythonImage = { size: base.length, parts: partsOf(base), stackStart, stackPointer, entry };
  const second = withChanges(first, place(changed, manifest.changes.second));
  const freshChanges = place(changed.subarray(sizeOf(manifest.changes.second)), manifest.changes.fresh);
  const images = Array.from({ length: SLOTS }, (_, slot) => (slot % 2 === 0 ? first : second));
  return {
    assets: { module, images, turn: new Int32Array(new SharedArrayBuffer(4)), files: guestFiles(files) },
    sources: {
      module,
      library: files,
      boot: bootSource.toString("utf8"),
      program: programSource.toString("utf8"),
    },
    base,
    fresh: { size: freshBytes, changes: freshChanges },
    baseImage: first,
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

/** Returns unpacked bytes in shared memory, so that all threads restore from the same ones. */
async function unpack(packed: Uint8Array, size: number): Promise<Uint8Array> {
  const memory = new Uint8Array(new SharedArrayBuffer(size));
  memory.set(await promisify(brotliDecompress)(packed));
  return memory;
}

function sizeOf(ranges: Ranges): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** Divides bytes that are one after another into the parts that they are. */
function place(bytes: Uint8Array, ranges: Ranges): ImagePart[] {
  let at = 0;
  return ranges.map(([start, end]) => ({ start, content: bytes.subarray(at, (at += end - start)) }));
}
