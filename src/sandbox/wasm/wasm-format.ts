/**
 * The format of WebAssembly binaries: a header and a list of sections. This file reads and writes the format. It does
 * not know what a binary means.
 */

import { SetupError } from "../../errors.js";

/** The format's unit of memory, in bytes. */
export const PAGE_SIZE = 65_536;

/** Most pages of a memory: addresses have 32 bits. */
export const MOST_PAGES = 65_536;

/** Size of the header of a binary, in bytes. */
export const HEADER_SIZE = 8;

/** The numbers of the sections that this package reads or changes. */
export const SECTION = {
  custom: 0,
  import: 2,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
} as const;

/** The kinds of imports and exports. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** Opcodes of the instructions that make constants, and of the end of an expression. */
const OPCODE = { globalGet: 0x23, i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44, end: 0x0b } as const;

/** One section of a binary. */
export interface Section {
  readonly id: number;
  /** The bytes from the section's id to its end. */
  readonly whole: Uint8Array;
  /** The bytes after the id and the size. */
  readonly body: Uint8Array;
}

/**
 * Returns the sections of a binary in their order.
 *
 * @throws {SetupError} If the binary ends too early.
 */
export function sections(binary: Uint8Array): Section[] {
  const found: Section[] = [];
  const reader = new Reader(binary, HEADER_SIZE);
  while (!reader.isAtEnd) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.unsigned();
    const body = reader.take(size);
    found.push({ id, body, whole: binary.subarray(start, reader.at) });
  }
  return found;
}

/** Reads the values of the format one after the other. */
export class Reader {
  readonly #bytes: Uint8Array;
  /** Offset of the next value. */
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** True if there is no further value. */
  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** @throws {SetupError} If there is none. */
  byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw new SetupError("Cannot use the embedded interpreter: its binary ends too early");
    return value;
  }

  /** Reads an unsigned number of 32 bits in LEB128, the format's variable-length numbers. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value >>> 0;
    }
  }

  /** Reads a text with its length before it. */
  name(): string {
    return Buffer.from(this.take(this.unsigned())).toString("utf8");
  }

  /** Returns the next `size` bytes, or as many as there are. */
  take(size: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.at, this.at + size);
    this.at += size;
    return bytes;
  }

  /**
   * Skips a constant expression of one instruction, its operand, and the end.
   *
   * @throws {SetupError} If the expression has another form.
   */
  skipConstant(): void {
    const opcode = this.byte();
    if (opcode === OPCODE.i32Const || opcode === OPCODE.i64Const || opcode === OPCODE.globalGet) this.unsigned();
    else if (opcode === OPCODE.f32Const) this.take(4);
    else if (opcode === OPCODE.f64Const) this.take(8);
    if (this.byte() !== OPCODE.end)
      throw new SetupError("Cannot use the embedded interpreter: its binary has a constant of an unexpected form");
  }
}

/** Returns an entry of an export section: it exports an item of `kind` as `name`, by default the first one. */
export function exportEntry(name: string, kind: number, item = 0): Uint8Array {
  return Buffer.concat([encodeName(name), Uint8Array.of(kind), encodeUnsigned(item)]);
}

/** Returns an entry of an import section: it imports a memory of at least `minPages` pages as `env.memory`. */
export function memoryImportEntry(minPages: number): Uint8Array {
  return Buffer.concat([
    encodeName("env"),
    encodeName("memory"),
    Uint8Array.of(KIND.memory, 0),
    encodeUnsigned(minPages),
  ]);
}

/** Adds entries to the body of a section that is a count and as many entries. */
export function withEntries(body: Uint8Array, ...entries: readonly Uint8Array[]): Uint8Array {
  const reader = new Reader(body);
  const count = reader.unsigned();
  return Buffer.concat([encodeUnsigned(count + entries.length), body.subarray(reader.at), ...entries]);
}

/** Returns the body of a code section with each function changed. The text has a character for each byte. */
export function withFunctions(body: Uint8Array, change: (code: string) => string): Uint8Array {
  const reader = new Reader(body);
  const count = reader.unsigned();
  const out: Uint8Array[] = [encodeUnsigned(count)];
  for (let left = count; left > 0; left--) {
    const code = Buffer.from(change(Buffer.from(reader.take(reader.unsigned())).toString("latin1")), "latin1");
    out.push(encodeUnsigned(code.length), code);
  }
  return Buffer.concat(out);
}

/** Returns a section with its id and its size. */
export function encodeSection(id: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(id), encodeUnsigned(body.length), body]);
}

/** Returns a number in LEB128. */
export function encodeUnsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return Uint8Array.from(bytes);
}

function encodeName(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeUnsigned(bytes.length), bytes]);
}
