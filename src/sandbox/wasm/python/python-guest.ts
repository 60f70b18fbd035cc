/**
 * CPython as a WebAssembly instance that is restored instead of booted.
 *
 * Booting (imports, the function that takes a job) happens once, when the package is built, and leaves an image of the
 * memory. A guest is an instance over a memory that holds the image; a run calls the function through its slot in the
 * table; `restore` writes the image back, zeroes what had grown and resets the stack pointer. `assertRestorable` says
 * why that is everything.
 */

import type { ProgramError } from "../../../outcome.js";
import { Fault } from "../../../errors.js";
import type { Job } from "../../engine.js";
import { parseProgramError } from "../../guest-verdict.js";
import type { GuestIo, GuestReport, WasmGuest } from "../guest.js";
import { PAGE_SIZE } from "../wasm-binary.js";
import { Exit, WasiImports } from "./wasi-imports.js";

/** Where the vectorcall slot lies in a CPython 3.11 function object with 32-bit pointers. */
const VECTORCALL_OFFSET = 60;

/**
 * A memory never shrinks, and what one run has grown is no longer there for the next: it may have this much on top of
 * its limit, and beyond this the instance is dropped.
 */
const MAX_GROWTH_TO_KEEP = 6 * 1_048_576;

export interface ImagePart {
  readonly start: number;
  readonly content: Uint8Array;
}

/** What the boot leaves. */
export interface PythonImage {
  /** Size of the whole memory, a multiple of `PAGE_SIZE`. */
  readonly size: number;
  /** What of it is not zero, in order of place. */
  readonly parts: readonly ImagePart[];
  readonly stackPointer: number;
  /** Address of the function object that takes a job. */
  readonly entry: number;
}

export interface PythonAssets {
  /** Compiled from the binary without data segments. */
  readonly module: WebAssembly.Module;
  readonly image: PythonImage;
  /** Content by absolute path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** CPython's vectorcall: the callable, its arguments, how many, and the names of the last ones. */
type Entry = (callable: number, args: number, count: number, names: number) => number;

export class PythonGuest implements WasmGuest {
  readonly #image: PythonImage;
  readonly #memory: WebAssembly.Memory;
  readonly #wasi: WasiImports;
  readonly #stackPointer: WebAssembly.Global;
  readonly #go: Entry;
  /** Set after each run, cleared by `restore`. */
  #isIntact = false;

  constructor(assets: PythonAssets, memoryMb: number) {
    const { image, module, files } = assets;
    const pages = image.size / PAGE_SIZE;
    this.#image = image;
    this.#memory = new WebAssembly.Memory({
      initial: pages,
      maximum: pages + (memoryMb * 1_048_576 + MAX_GROWTH_TO_KEEP) / PAGE_SIZE,
    });
    this.#wasi = new WasiImports({ memory: this.#memory, files, args: [] });
    const names = WebAssembly.Module.imports(module).flatMap((entry) =>
      entry.kind === "function" ? [entry.name] : [],
    );
    const instance = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: this.#wasi.imports(names),
      env: { memory: this.#memory },
    });
    this.#stackPointer = instance.exports["stack_pointer"] as WebAssembly.Global;
    this.#putBack(new Uint8Array(this.#memory.buffer));
    const slot = new DataView(this.#memory.buffer).getUint32(image.entry + VECTORCALL_OFFSET, true);
    this.#go = (instance.exports["functions"] as WebAssembly.Table).get(slot) as Entry;
  }

  run(job: Job, io: GuestIo): GuestReport {
    let told = "";
    const decoder = new TextDecoder();
    const input = {
      stdin: new Uint8Array() as Uint8Array,
      write: (stream: 1 | 2, bytes: Uint8Array) => io.write(stream, bytes),
      report: (bytes: Uint8Array) => void (told += decoder.decode(bytes.slice(), { stream: true })),
    };
    const hasRoom = this.#isIntact ? this.#wasi.resume(input, job.files) : this.#wasi.begin(input, job.files);
    input.stdin = encodeJob(job, hasRoom);
    let failure: unknown = null;
    try {
      this.#go(this.#image.entry, 0, 0, 0);
    } catch (error) {
      failure = error;
    }
    const report = this.#report(told, failure);
    // A program that has spoilt what its end is told with takes no other.
    this.#isIntact = job.keep === true && failure === null && !report.outOfMemory && parseReport(told) !== null;
    return report;
  }

  get isIntact(): boolean {
    return this.#isIntact;
  }

  restore(): boolean {
    this.#isIntact = false;
    const bytes = new Uint8Array(this.#memory.buffer);
    if (bytes.length - this.#image.size > MAX_GROWTH_TO_KEEP) return false;
    this.#putBack(bytes);
    return true;
  }

  /** Writes the image over the memory: where it holds zeros they are filled in, which costs a third of copying them. */
  #putBack(bytes: Uint8Array): void {
    let end = 0;
    for (const { start, content } of this.#image.parts) {
      bytes.fill(0, end, start);
      bytes.set(content, start);
      end = start + content.length;
    }
    bytes.fill(0, end);
    this.#stackPointer.value = this.#image.stackPointer;
  }

  #report(told: string, failure: unknown): GuestReport {
    const peakMemoryBytes = this.#memory.buffer.byteLength;
    const report = (
      exitCode: number,
      error: ProgramError | null,
      outOfMemory = false,
      result: string | null = null,
    ): GuestReport => ({
      exitCode,
      error,
      result,
      outOfMemory,
      peakMemoryBytes,
    });
    if (failure === null) {
      const parsed = parseReport(told);
      if (parsed === null)
        return report(1, crash("SystemError", "The program has changed what its end is reported with"));
      const result = typeof parsed["result"] === "string" ? parsed["result"] : null;
      return report(
        Number(parsed["exit_code"]),
        parseProgramError(parsed["error"]),
        parsed["out_of_memory"] === true,
        result,
      );
    }
    if (failure instanceof Exit) return report(failure.code ?? 1, null);
    if (failure instanceof RangeError)
      return report(1, crash("RecursionError", "The program's calls are nested too deeply for its stack"));
    // `unreachable` is what `abort` compiles to; a stack that has run into other memory faults in some other way.
    if (failure instanceof WebAssembly.RuntimeError && failure.message === "unreachable") {
      return report(134, crash("SystemError", "The interpreter aborted"));
    }
    if (failure instanceof WebAssembly.RuntimeError) {
      return report(
        134,
        crash("RecursionError", "The interpreter stopped: the program's calls are nested too deeply for its stack"),
      );
    }
    throw new Fault("Cannot run in the embedded engine", { cause: failure });
  }
}

/** The program shares its interpreter with what writes the report, so it may be anything. */
function parseReport(told: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(told);
    return typeof parsed === "object" &&
      parsed !== null &&
      Number.isInteger((parsed as Record<string, unknown>)["exit_code"])
      ? (parsed as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function crash(type: string, message: string): ProgramError {
  return { type, message, line: null, column: null, traceback: `${type}: ${message}` };
}

/**
 * The job as its guest reads it: its length, JSON, and the long texts. The files are on the guest's disk if there was
 * room for them.
 */
function encodeJob(job: Job, hasRoom: boolean): Uint8Array {
  const { texts = [] } = job;
  const text = Buffer.from(
    JSON.stringify({
      code: job.code,
      inputs: job.inputs,
      texts: texts.map(({ name, bytes }) => ({ name, size: bytes.length })),
      guest_policy: job.guestPolicy,
      files: job.files.map(({ name, path }) => ({ name, path })),
      hasRoom,
      directory: job.directory ?? null,
      keep: job.keep ?? false,
      compile_only: job.compileOnly ?? false,
    }),
  );
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.length);
  return Buffer.concat([size, text, ...texts.map(({ bytes }) => bytes)]);
}
