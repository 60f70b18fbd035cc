/**
 * CPython as a WebAssembly instance that is restored instead of booted.
 *
 * An image is the memory that a boot has left. A guest is an instance over a memory that holds an image. A run calls
 * the function that takes a job, through its entry in the function table. `restore` writes an image over the memory,
 * fills the grown part with zeros, and resets the stack pointer. `assertRestorable` tells why this restores everything.
 *
 * The hash seed is part of an image. So there are several, with different seeds, and each restore takes the next one.
 */

import type { ProgramError } from "../../../outcome.js";
import { Fault } from "../../../errors.js";
import { BoundedBytes } from "../../bounded-bytes.js";
import { encodeModules, encodeParts, type PackedJob } from "../../job-parts.js";
import { MAX_CLAIM_SIZE, parseClaim, parseReport, type Report } from "../../guest-verdict.js";
import type { GuestIo, GuestReport, WasmGuest } from "../guest.js";
import { MOST_PAGES, PAGE_SIZE } from "../wasm-format.js";
import { stackLimit, wipeStack } from "./c-stack.js";
import type { PythonImage } from "./image-parts.js";
import { STACK_LIMIT } from "./stack-check.js";
import { Exit } from "./wasi-abi.js";
import { WasiImports } from "./wasi-imports.js";

/** Offset of the vectorcall field in a function object of CPython 3.11 with 32-bit pointers, in bytes. */
const VECTORCALL_OFFSET = 60;

/**
 * Growth of the memory that a guest may keep from one run to the next, in bytes. A memory never shrinks, so this comes
 * on top of the memory limit. A guest that has grown by more is replaced.
 */
const MAX_GROWTH_TO_KEEP = 6 * 1_048_576;

/** Exit code of a process that SIGABRT has ended, as shells report it (128 + 6). */
const ABORT_EXIT_CODE = 134;

/** The parts that every guest is made of. Guests share them and change none of them. */
export interface PythonAssets {
  readonly module: WebAssembly.Module;
  /** Images of the same size, with the same facts. */
  readonly images: readonly PythonImage[];
  /** Counts the images that guests have taken. All threads share it, so that guests in a row get different ones. */
  readonly turn: Int32Array;
  /** The guest's read-only files: content by absolute path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** CPython's vectorcall: the callable, its arguments, their number, and the names of the last ones. */
type Entry = (callable: number, args: number, count: number, names: number) => number;

/** One CPython. */
export class PythonGuest implements WasmGuest {
  readonly #turn: Int32Array;
  #images: readonly PythonImage[];
  #image: PythonImage;
  readonly #memory: WebAssembly.Memory;
  readonly #wasi: WasiImports;
  readonly #stackPointer: WebAssembly.Global;
  readonly #stackLimit: WebAssembly.Global;
  readonly #go: Entry;
  /** Set after each run, cleared by `restore`. */
  #isIntact = false;
  /** Size of the memory when the present run began, or the last one. */
  #sizeAtStart = 0;

  /** @param memoryMb Memory that programs may use on top of the interpreter, in MiB. */
  constructor(assets: PythonAssets, memoryMb: number) {
    const { module, files } = assets;
    this.#images = assets.images;
    this.#turn = assets.turn;
    const image = (this.#image = this.#nextImage());
    const pages = image.size / PAGE_SIZE;
    this.#memory = new WebAssembly.Memory({
      initial: pages,
      maximum: Math.min(pages + (memoryMb * 1_048_576 + MAX_GROWTH_TO_KEEP) / PAGE_SIZE, MOST_PAGES),
    });
    this.#wasi = new WasiImports({ memory: this.#memory, files, args: [] });
    const instance = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: this.#wasi.importsOf(module),
      env: { memory: this.#memory },
    });
    this.#stackPointer = instance.exports["stack_pointer"] as WebAssembly.Global;
    this.#stackLimit = instance.exports[STACK_LIMIT] as WebAssembly.Global;
    this.#putBack(new Uint8Array(this.#memory.buffer));
    const slot = new DataView(this.#memory.buffer).getUint32(image.entry + VECTORCALL_OFFSET, true);
    this.#go = (instance.exports["functions"] as WebAssembly.Table).get(slot) as Entry;
  }

  run(job: PackedJob, io: GuestIo): GuestReport {
    const report = new BoundedBytes(MAX_CLAIM_SIZE);
    const input = {
      stdin: new Uint8Array() as Uint8Array,
      write: (stream: 1 | 2, bytes: Uint8Array) => io.write(stream, bytes),
      report: (bytes: Uint8Array) => report.push(bytes),
    };
    const hasRoom = this.#isIntact ? this.#wasi.resume(input, job.files) : this.#wasi.begin(input, job.files);
    input.stdin = encodeJob(job, hasRoom);
    this.#isIntact = false;
    this.#sizeAtStart = this.#memory.buffer.byteLength;
    try {
      this.#go(this.#image.entry, 0, 0, 0);
    } catch (failure) {
      const isTooDeep = failure instanceof RangeError || this.#stackPointer.value < this.#stackLimit.value;
      return { ...(isTooDeep ? TOO_DEEP : reportOfFailure(failure)), peakMemoryBytes: this.#peakMemory() };
    }
    const parsed = readReport(report);
    // A program that has destroyed the code that reports its end takes no other job.
    this.#isIntact = job.keep === true && parsed !== null && !parsed.outOfMemory;
    return { ...(parsed ?? NO_REPORT), peakMemoryBytes: this.#peakMemory() };
  }

  /**
   * Returns the peak of the run: the image without its stack, and the growth of this run. The allocator takes new
   * memory from behind the end only, so it cannot use what an earlier run has left.
   */
  #peakMemory(): number {
    const { size, stackStart, stackPointer } = this.#image;
    return size - (stackPointer - stackStart) + this.#memory.buffer.byteLength - this.#sizeAtStart;
  }

  get isIntact(): boolean {
    return this.#isIntact;
  }

  /** Gives the guest other images to take from at its next restores. */
  offer(images: readonly PythonImage[]): void {
    this.#images = images;
  }

  restore(seed: "next" | "same" = "next"): boolean {
    this.#isIntact = false;
    const bytes = new Uint8Array(this.#memory.buffer);
    if (bytes.length - this.#image.size > MAX_GROWTH_TO_KEEP) return false;
    if (seed === "next") this.#image = this.#nextImage();
    this.#putBack(bytes);
    return true;
  }

  #nextImage(): PythonImage {
    const turn = Atomics.add(this.#turn, 0, 1) >>> 0;
    const image = this.#images[turn % this.#images.length];
    if (image === undefined) throw new Fault("Cannot run in the embedded engine: it has no image");
    return image;
  }

  /** Writes the image over the memory. Filling with zeros costs a third of copying zeros. */
  #putBack(bytes: Uint8Array): void {
    const { stackStart, stackPointer } = this.#image;
    let end = 0;
    for (const { start, content } of [...this.#image.parts, { start: bytes.length, content: NOTHING }]) {
      bytes.fill(0, end, Math.min(start, Math.max(end, stackStart)));
      bytes.fill(0, Math.max(end, Math.min(start, stackPointer)), start);
      bytes.set(content, start);
      end = start + content.length;
    }
    wipeStack(bytes, this.#image);
    this.#stackPointer.value = stackPointer;
    this.#stackLimit.value = stackLimit(this.#image);
  }
}

const NOTHING = new Uint8Array();

/** Reports a program that has used up the stack of the interpreter. */
const TOO_DEEP: Report = crash(
  1,
  "RecursionError",
  "The program is nested too deeply for the embedded engine: use a loop in the place of deep recursion, and build a " +
    "deep structure or a long expression in parts",
);

/** Stands for a report that is not of the right form. */
const NO_REPORT: Report = crash(1, "SystemError", "The program has changed the code that reports its end");

/** Reads a guest's report; null if it is too long or not of the right form. A program can write any in its guest. */
function readReport(written: BoundedBytes): Report | null {
  const bytes = written.take();
  const claim = bytes === null ? null : parseClaim(bytes);
  return claim === null ? null : parseReport(claim);
}

/**
 * Reports a run that an exception of the WebAssembly instance has ended.
 *
 * @throws {Fault} If the engine failed.
 */
function reportOfFailure(failure: unknown): Report {
  // A kernel keeps the low eight bits of an exit status.
  if (failure instanceof Exit)
    return { exitCode: (failure.code ?? 1) & 0xff, error: null, result: null, outOfMemory: false };
  if (!(failure instanceof WebAssembly.RuntimeError))
    throw new Fault("Cannot run in the embedded engine", { cause: failure });
  // The C function abort() compiles to `unreachable`. A stack that runs into other memory fails in other ways.
  if (failure.message === "unreachable") return crash(ABORT_EXIT_CODE, "SystemError", "The interpreter aborted");
  return TOO_DEEP;
}

function crash(exitCode: number, type: string, message: string): Report {
  const error: ProgramError = { type, message, line: null, column: null, traceback: `${type}: ${message}` };
  return { exitCode, error, result: null, outOfMemory: false };
}

/**
 * Returns a job as the guest reads it: the length of the JSON, the JSON, and the long texts. What follows is the
 * standard input of the program. The files are in the guest's file tree, unless there was no room for them.
 */
function encodeJob(job: PackedJob, hasRoom: boolean): Uint8Array {
  const { texts = [], stdin } = job;
  const text = Buffer.from(
    encodeParts(job, {
      code: job.code,
      modules: encodeModules(job),
      texts: texts.map(({ name, bytes }) => ({ name, size: bytes.length })),
      stdin: stdin === undefined ? null : { size: stdin.length },
      files: job.files.map(({ name, path, hostPath = null }) => ({ name, path, host_path: hostPath })),
      hasRoom,
      directory: job.directory ?? null,
      keep: job.keep ?? false,
      compile_only: job.compileOnly ?? false,
    }),
  );
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.length);
  return Buffer.concat([size, text, ...texts.map(({ bytes }) => bytes), stdin ?? NOTHING]);
}
