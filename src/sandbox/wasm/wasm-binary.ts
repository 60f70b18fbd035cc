/**
 * Reads and rewrites the section list of a WebAssembly binary, so that an instance can be put back to an earlier state
 * from outside.
 *
 * All state of an instance is its memory, its mutable globals and its table. Restoring is sound only if that list is
 * complete for the binary at hand; `assertRestorable` holds the conditions.
 */

import { SetupError } from "../../errors.js";

/** The format's unit of memory, in bytes. */
export const PAGE_SIZE = 65_536;

export const SECTION = {
  custom: 0,
  import: 2,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  element: 9,
  data: 11,
} as const;
/** What an import or an export can be. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;
export const HEADER_SIZE = 8;

export interface Section {
  readonly id: number;
  /** From the section's id to its end. */
  readonly whole: Uint8Array;
  /** Without id and size. */
  readonly body: Uint8Array;
}

/** What the conditions are checked against. */
export interface BinaryFacts {
  readonly mutableGlobals: readonly number[];
  readonly tables: number;
  readonly passiveDataSegments: number;
  readonly passiveElementSegments: number;
  readonly importsMemory: boolean;
}

/** Returns the facts of a binary that say whether restoring it is sound. */
export function inspect(binary: Uint8Array): BinaryFacts {
  let facts: BinaryFacts = {
    mutableGlobals: [],
    tables: 0,
    passiveDataSegments: 0,
    passiveElementSegments: 0,
    importsMemory: false,
  };
  for (const { id, body } of sections(binary)) {
    const reader = new Reader(body);
    if (id === SECTION.import) facts = { ...facts, importsMemory: importsMemory(reader) };
    else if (id === SECTION.table) facts = { ...facts, tables: reader.unsigned() };
    else if (id === SECTION.global) facts = { ...facts, mutableGlobals: mutableGlobals(reader) };
    else if (id === SECTION.data) facts = { ...facts, passiveDataSegments: passiveData(reader) };
    else if (id === SECTION.element) facts = { ...facts, passiveElementSegments: passiveElements(reader) };
  }
  return facts;
}

/**
 * Throws unless putting back the memory and global 0 puts back everything.
 *
 * @throws {SetupError} That says which condition does not hold.
 */
export function assertRestorable(facts: BinaryFacts): void {
  const problem =
    facts.mutableGlobals.length !== 1 || facts.mutableGlobals[0] !== 0
      ? `it must have one mutable global, number 0, it has ${JSON.stringify(facts.mutableGlobals)}`
      : facts.tables !== 1
        ? `it must have one table, it has ${facts.tables}`
        : facts.passiveDataSegments + facts.passiveElementSegments > 0
          ? "it must have no passive segments"
          : null;
  if (problem !== null) throw new SetupError(`Cannot use the embedded interpreter: ${problem}`);
}

export interface PrepareOptions {
  /** False leaves the data segments out: the image that is written over the memory holds them already. */
  readonly keepData: boolean;
}

/**
 * Returns the binary with its memory imported as `env.memory` (so that each instance can have its own limit), its stack
 * pointer and function table exported, and without its debug sections.
 */
export function prepare(binary: Uint8Array, { keepData }: PrepareOptions): Uint8Array {
  const all = sections(binary);
  const memory = all.find(({ id }) => id === SECTION.memory);
  if (memory === undefined)
    throw new SetupError("Cannot use the embedded interpreter: it must have a memory of its own");
  const minPages = memoryMinimum(memory.body);
  const out: Uint8Array[] = [binary.subarray(0, HEADER_SIZE)];
  for (const { id, whole, body } of all) {
    if (id === SECTION.custom) {
      if (!new Reader(body).name().startsWith(".debug")) out.push(whole);
    } else if (id === SECTION.memory) {
      continue;
    } else if (id === SECTION.import) {
      out.push(encodeSection(id, withEntries(body, importedMemory(minPages))));
    } else if (id === SECTION.export) {
      out.push(
        encodeSection(
          id,
          withEntries(body, exportEntry("stack_pointer", KIND.global), exportEntry("functions", KIND.table)),
        ),
      );
    } else if (id === SECTION.data && !keepData) {
      out.push(encodeSection(id, encodeUnsigned(0)));
    } else {
      out.push(whole);
    }
  }
  return Buffer.concat(out);
}

/** Returns the smallest memory that the binary can start with, in pages of 64 KiB. */
export function minimumPages(binary: Uint8Array): number {
  const memory = sections(binary).find(({ id }) => id === SECTION.memory);
  return memory === undefined ? 0 : memoryMinimum(memory.body);
}

/** Returns the sections in their order, without the header. */
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

function memoryMinimum(body: Uint8Array): number {
  const reader = new Reader(body);
  reader.unsigned();
  reader.byte();
  return reader.unsigned();
}

function importsMemory(reader: Reader): boolean {
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind === KIND.memory) return true;
    if (kind === KIND.function) reader.unsigned();
    else return false; // tables and globals: none of our binaries imports one before its memory
  }
  return false;
}

function mutableGlobals(reader: Reader): number[] {
  const mutable: number[] = [];
  const count = reader.unsigned();
  for (let index = 0; index < count; index++) {
    reader.byte();
    if (reader.byte() === 1) mutable.push(index);
    reader.skipConstant();
  }
  return mutable;
}

function passiveData(reader: Reader): number {
  let passive = 0;
  for (let left = reader.unsigned(); left > 0; left--) {
    const mode = reader.unsigned();
    if (mode === 2) reader.unsigned();
    if (mode === 1) passive++;
    else reader.skipConstant();
    reader.take(reader.unsigned());
  }
  return passive;
}

function passiveElements(reader: Reader): number {
  const count = reader.unsigned();
  // An active segment of function indices has mode 0; ours have one or none, and its entries need not be read.
  return count <= 1 ? (count === 1 && reader.unsigned() !== 0 ? 1 : 0) : count;
}

function importedMemory(minPages: number): Uint8Array {
  return Buffer.concat([
    encodeName("env"),
    encodeName("memory"),
    Uint8Array.of(KIND.memory, 0),
    encodeUnsigned(minPages),
  ]);
}

/** The entry of an export section that gives item 0 of its kind a name. */
export function exportEntry(as: string, kind: number): Uint8Array {
  return Buffer.concat([encodeName(as), Uint8Array.of(kind), encodeUnsigned(0)]);
}

/** Adds entries to a section that is a count and that many entries. */
export function withEntries(body: Uint8Array, ...entries: readonly Uint8Array[]): Uint8Array {
  const reader = new Reader(body);
  const count = reader.unsigned();
  return Buffer.concat([encodeUnsigned(count + entries.length), body.subarray(reader.at), ...entries]);
}

export function encodeSection(id: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(id), encodeUnsigned(body.length), body]);
}

function encodeName(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeUnsigned(bytes.length), bytes]);
}

/** LEB128, the format's variable-length integers. */
export function encodeUnsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return Uint8Array.from(bytes);
}

/** Reads the format's values one after the other. */
export class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw new SetupError("Cannot use the embedded interpreter: the binary ends too early");
    return value;
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value >>> 0;
    }
  }

  name(): string {
    return Buffer.from(this.take(this.unsigned())).toString("utf8");
  }

  take(size: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.at, this.at + size);
    this.at += size;
    return bytes;
  }

  /** Skips a constant expression: one instruction with its operand, and the end. */
  skipConstant(): void {
    const opcode = this.byte();
    if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23) this.unsigned();
    else if (opcode === 0x43) this.take(4);
    else if (opcode === 0x44) this.take(8);
    if (this.byte() !== 0x0b)
      throw new SetupError("Cannot use the embedded interpreter: a constant expression is not of the expected form");
  }
}
