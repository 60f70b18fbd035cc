/**
 * Prepares a WebAssembly binary so that its instances can be put back to an earlier state from outside.
 *
 * All state of an instance is its memory, its mutable globals and its table. A restore is complete only if these are
 * all the places that a binary has for state. `assertRestorable` checks the conditions.
 */

import { SetupError } from "../../errors.js";
import {
  encodeSection,
  encodeUnsigned,
  exportEntry,
  HEADER_SIZE,
  KIND,
  memoryImportEntry,
  Reader,
  SECTION,
  type Section,
  sections,
  withEntries,
} from "./wasm-format.js";

/** The facts of a binary that decide whether its instances can be restored. */
export interface BinaryFacts {
  /** Numbers of the globals that a program can change. */
  readonly mutableGlobals: readonly number[];
  readonly tables: number;
  readonly passiveDataSegments: number;
  readonly passiveElementSegments: number;
  readonly importsMemory: boolean;
}

/** Returns the facts of a binary. */
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
    else if (id === SECTION.data) facts = { ...facts, passiveDataSegments: countPassiveData(reader) };
    else if (id === SECTION.element) facts = { ...facts, passiveElementSegments: countPassiveElements(reader) };
  }
  return facts;
}

/**
 * Throws unless an instance is restored completely when its memory and its global 0 are. A passive segment would be
 * state too, because a program can drop it.
 *
 * @throws {SetupError} With the condition that does not hold.
 */
export function assertRestorable(facts: BinaryFacts): void {
  const broken = brokenCondition(facts);
  if (broken !== null) throw new SetupError(`Cannot use the embedded interpreter: ${broken}`);
}

function brokenCondition(facts: BinaryFacts): string | null {
  if (facts.mutableGlobals.length !== 1 || facts.mutableGlobals[0] !== 0)
    return `it must have one mutable global, number 0, it has ${JSON.stringify(facts.mutableGlobals)}`;
  if (facts.tables !== 1) return `it must have one table, it has ${facts.tables}`;
  if (facts.passiveDataSegments + facts.passiveElementSegments > 0) return "it must have no passive segments";
  return null;
}

/** How a binary is prepared. */
export interface PrepareOptions {
  /** False removes the data segments: the image that is written over the memory has their content already. */
  readonly keepData: boolean;
}

/**
 * Returns the binary with its memory imported as `env.memory`, so that each instance can have its own limit. It exports
 * its stack pointer and its function table, and has no debug sections.
 *
 * @throws {SetupError} If the binary has no memory.
 */
export function prepare(binary: Uint8Array, options: PrepareOptions): Uint8Array {
  const all = sections(binary);
  const memory = all.find(({ id }) => id === SECTION.memory);
  if (memory === undefined)
    throw new SetupError("Cannot use the embedded interpreter: its binary must define a memory");
  const minPages = memoryMinimum(memory.body);
  return Buffer.concat([
    binary.subarray(0, HEADER_SIZE),
    ...all.map((section) => prepareSection(section, minPages, options)),
  ]);
}

const NOTHING = new Uint8Array();

function prepareSection({ id, whole, body }: Section, minPages: number, { keepData }: PrepareOptions): Uint8Array {
  switch (id) {
    case SECTION.custom:
      return new Reader(body).name().startsWith(".debug") ? NOTHING : whole;
    case SECTION.memory:
      return NOTHING;
    case SECTION.import:
      return encodeSection(id, withEntries(body, memoryImportEntry(minPages)));
    case SECTION.export: {
      const entries = [exportEntry("stack_pointer", KIND.global), exportEntry("functions", KIND.table)];
      return encodeSection(id, withEntries(body, ...entries));
    }
    case SECTION.data:
      return keepData ? whole : encodeSection(id, encodeUnsigned(0));
    default:
      return whole;
  }
}

/** Returns the size of the smallest memory that the binary can start with, in pages of `PAGE_SIZE`. */
export function minimumPages(binary: Uint8Array): number {
  const memory = sections(binary).find(({ id }) => id === SECTION.memory);
  return memory === undefined ? 0 : memoryMinimum(memory.body);
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
    // None of the package's binaries imports a table or a global before its memory.
    if (kind !== KIND.function) return false;
    reader.unsigned();
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

function countPassiveData(reader: Reader): number {
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

/**
 * Counts every segment as passive, except one: an active segment of function numbers (mode 0) that is the only segment.
 * The package's binaries have that one or none, so its entries need not be read.
 */
function countPassiveElements(reader: Reader): number {
  const count = reader.unsigned();
  const isOneActive = count === 1 && reader.unsigned() === 0;
  return isOneActive ? 0 : count;
}
