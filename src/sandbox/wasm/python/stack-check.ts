/**
 * Adds a check of the stack of C calls to the code of the embedded Python.
 *
 * The binary takes it that its stack lies at the start of its memory, where a stack that is too long leaves the memory
 * and traps. The stack of a guest lies among the objects of the interpreter (c-stack.ts). Without a check, a deep
 * recursion writes over these objects and goes on. The collector then follows a ring of broken links without end. So
 * each instruction that lengthens the stack is followed by one that compares the stack with its limit, and traps.
 */

import { SetupError } from "../../../errors.js";
import {
  encodeSection,
  encodeUnsigned,
  exportEntry,
  HEADER_SIZE,
  KIND,
  Reader,
  SECTION,
  type Section,
  sections,
  withEntries,
  withFunctions,
} from "../wasm-format.js";

/** The export that sets the lowest address of the stack. It is 0 until the host sets it. */
export const STACK_LIMIT = "stack_limit";

/** Places in the binary where a function takes a part of the stack, those with a size known at run time included. */
const PLACES = 13_010;

/**
 * Subtracts from the stack pointer, keeps the result in a local variable, and sets the pointer (global 0). Twice the
 * compiled code sets another variable in between. What makes the stack shorter again keeps nothing.
 */
const LENGTHENING = /[\x6a\x6b]\x22([\x80-\xff]?[\0-\x7f])(?:\x21[\x80-\xff]?[\0-\x7f]\x20\1)?\x24\x00/g;

/** A global of 32 bits that can be changed and starts as 0. */
const NEW_GLOBAL = Uint8Array.of(0x7f, 1, 0x41, 0, 0x0b);

const OPCODE = { getLocal: "\x20", getGlobal: "\x23", isLess: "\x49", if: "\x04\x40", trap: "\x00", end: "\x0b" };

/**
 * Returns the binary with the check and the export of its limit.
 *
 * @throws {SetupError} If the binary has not the places of the expected one.
 */
export function withStackCheck(binary: Uint8Array): Uint8Array {
  const all = sections(binary);
  const limit = new Reader(bodyOf(all, SECTION.global)).unsigned();
  return Buffer.concat([
    binary.subarray(0, HEADER_SIZE),
    ...all.map(({ id, whole, body }) => {
      if (id === SECTION.global) return encodeSection(id, withEntries(body, NEW_GLOBAL));
      if (id === SECTION.export)
        return encodeSection(id, withEntries(body, exportEntry(STACK_LIMIT, KIND.global, limit)));
      return id === SECTION.code ? encodeSection(id, checkAll(body, limit)) : whole;
    }),
  ]);
}

function bodyOf(all: readonly Section[], wanted: number): Uint8Array {
  const section = all.find(({ id }) => id === wanted);
  if (section === undefined) throw new SetupError(`Cannot boot the embedded Python: section ${wanted} is missing`);
  return section.body;
}

/** Returns the code section with a check at each place. */
function checkAll(body: Uint8Array, limit: number): Uint8Array {
  let places = 0;
  const checked = withFunctions(body, (code) =>
    code.replace(LENGTHENING, (place, local: string) => {
      places++;
      return place + check(local, limit);
    }),
  );
  if (places !== PLACES)
    throw new SetupError(`Cannot boot the embedded Python: ${PLACES} uses of its stack expected, ${places} found`);
  return checked;
}

/** Returns the instructions that trap if the stack, whose end is in `local`, is longer than it may be. */
function check(local: string, limit: number): string {
  const global = Buffer.from(encodeUnsigned(limit)).toString("latin1");
  const { getLocal, getGlobal, isLess, trap, end } = OPCODE;
  return `${getLocal}${local}${getGlobal}${global}${isLess}${OPCODE.if}${trap}${end}`;
}
