/** Changes to the code of the embedded Python's binary, which make programs end in ordinary errors. */

import { SetupError } from "../../../errors.js";
import { encodeSection, encodeUnsigned, HEADER_SIZE, SECTION, sections, withFunctions } from "../wasm-format.js";
import { ERRNO } from "./wasi-abi.js";

/**
 * The modes of the kinds of files, in the order of WASI's numbers from 1 on: block device, character device, directory,
 * file, two kinds of sockets, link. WASI has no permissions, so the binary's table has none.
 */
const MODES = [0o060000, 0o020000, 0o040000, 0o100000, 0o140000, 0o140000, 0o120000] as const;

/** The same with the permissions that files in a container have. */
const MODES_OF_LINUX = [0o060660, 0o020620, 0o040755, 0o100644, 0o140755, 0o140755, 0o120777] as const;

/** The tables of the modes: of the interpreter, and of its own file layer. */
const MODE_TABLES = 2;

/** The parser's limits on its own recursion, from CPython's parser. */
const PARSER_LIMIT = { wasi: 4_000, linux: 6_000 } as const;

/** Functions of the parser that look at the limit. */
const PARSER_FUNCTIONS = 388;

/** The instructions that are written or looked for. */
const OPCODE = { nop: 0x01, branch: 0x0c, constant: 0x41, equal: 0x46, setLocal: 0x21 } as const;

/**
 * Answers of the interpreter's own file layer, which serves the library below `/usr`, to calls that it does not
 * implement, in the order in which the binary has the calls. Without an answer each of them ends the interpreter.
 */
const LIBRARY_ANSWERS = [
  ["fd_filestat_set_times", ERRNO.rofs],
  ["fd_allocate", ERRNO.rofs],
  ["fd_advise", ERRNO.success],
  ["fd_datasync", ERRNO.success],
  ["fd_sync", ERRNO.success],
  ["fd_filestat_set_size", ERRNO.rofs],
  ["fd_pread", ERRNO.notsup],
  ["fd_pwrite", ERRNO.rofs],
  ["fd_write", ERRNO.rofs],
  ["path_symlink", ERRNO.rofs],
  ["path_create_directory", ERRNO.rofs],
  ["path_filestat_set_times", ERRNO.rofs],
  ["path_link", ERRNO.rofs],
  ["path_rename", ERRNO.rofs],
  ["path_unlink_file", ERRNO.rofs],
  ["path_remove_directory", ERRNO.rofs],
] as const;

/** Reports "not implemented" and traps: two texts as arguments, the call, and `unreachable`. */
const TRAP = /\x41\xdc\xd6\xbf\x01\x41\x13\x41[^]{4}\x10\xa2\x51\x00/g;

/**
 * Before most traps: the error number is put into a local, blocks begin, and a table branches by the kind of the
 * descriptor. Its second target is for errors. The inmost block, which the trap is not in, ends.
 */
const BEFORE_TRAP = /\x21([^])(?:\x02\x40)+\x20[^]\x41\x01\x6b\x0e\x02[^]([^])\x00\x0b$/;

/** After the traps of calls with two paths: the code goes on with the error number in a local. */
const AFTER_TRAP = /^\x0b\x20([^])\x21\x00\x41\x01\x0c\x02\x0b/;

/** Takes the mode of a kind of file from one of the tables, in the last step of `stat`. */
const MODE_OF_KIND = /\xc0\x41\x02\x74\x41[\x80-\xff]{3}[\0-\x7f]\x6a\x28\x02\x00(?=\x36\x02\x00)/g;

/**
 * Changes that mode by 16 bits that WASI leaves unused in the status of a file. The status is in local 4 there. The
 * interpreter's own file layer does not set these bits. Its files have no number of names, and are left alone.
 */
const CHANGE_MODE = "\x20\x04\x2f\x01\x12\x20\x04\x29\x03\x18\x50\x45\x6c\x73";

/** Sets the position of a file of the file layer: local 1 to the result (2) and to the file (13). */
const SET_POSITION = /(?=\x20\x02\x20\x01\x37\x03\x08\x20\x0d\x20\x01\x3e\x02\x04)/g;

/** Gives an error number as the result if the position is negative, or has more bits than the file layer keeps. */
const CHECK_POSITION =
  "\x20\x01\x42\xff\xff\xff\xff\x0f\x56\x04\x40" + // if the position has more than 32 bits
  "\x20\x02\x41\x01\x3b\x01\x00" + // the result is an error
  `\x20\x02\x41${String.fromCharCode(ERRNO.inval)}\x3b\x01\x02\x0c\x04\x0b`; // and which one

/** Tells whether a move from the position, or from the end, leads before the start. It looks at 32 bits of local 1. */
const IS_BEFORE_START = /\xa7\x22[\0-\x7f]\x6b\x49\x20\x01\x42\x00\x53\x71(?=\x45\x04\x40)/g;

/** Counts a move by more than 32 bits as one of those. */
const IS_TOO_FAR = "\x20\x01\x42\xff\xff\xff\xff\x0f\x7c\x42\xfe\xff\xff\xff\x1f\x56\x72";

/**
 * Returns the binary with the parser's limit of Linux, so that the same programs can be parsed. Each of the parser's
 * functions compares its depth with the limit.
 *
 * @throws {SetupError} If the comparisons are not found.
 */
export function withDeeperParser(binary: Uint8Array): Uint8Array {
  const deeper = Buffer.from(binary);
  const [from, to] = [PARSER_LIMIT.wasi, PARSER_LIMIT.linux].map((limit) =>
    Buffer.from([OPCODE.constant, ...encodeUnsigned(limit), OPCODE.equal]),
  ) as [Buffer, Buffer];
  let found = 0;
  for (let at = deeper.indexOf(from); at >= 0; at = deeper.indexOf(from, at + to.length)) {
    to.copy(deeper, at);
    found++;
  }
  assertFound("parser functions", PARSER_FUNCTIONS, found);
  return deeper;
}

/**
 * Returns the binary with an error number in the place of each trap of the library's file layer.
 *
 * @throws {SetupError} If the traps are not found.
 */
export function withReadOnlyLibrary(binary: Uint8Array): Uint8Array {
  const changed = Buffer.from(binary);
  const text = changed.toString("latin1");
  const traps = [...text.matchAll(TRAP)];
  assertFound("calls of the file layer", LIBRARY_ANSWERS.length, traps.length);
  for (const [index, { 0: trap, index: at }] of traps.entries()) {
    const errno = LIBRARY_ANSWERS[index]?.[1] ?? ERRNO.rofs;
    const answer = answerOf(text.slice(at - 32, at), text.slice(at + trap.length, at + trap.length + 16), errno);
    changed.fill(OPCODE.nop, at, at + trap.length);
    changed.set(answer, at);
  }
  return changed;
}

/**
 * Returns the binary with modes of files that the host can set, and with a check of positions before a file's start.
 *
 * @throws {SetupError} If the places are not found.
 */
export function withModesAndPositions(binary: Uint8Array): Uint8Array {
  let modes = 0;
  let positions = 0;
  const change = (code: string): string =>
    code
      .replace(MODE_OF_KIND, (place) => (modes++, place + CHANGE_MODE))
      .replace(SET_POSITION, () => (positions++, CHECK_POSITION))
      .replace(IS_BEFORE_START, (place) => (positions++, place + IS_TOO_FAR));
  const changed = Buffer.concat([
    binary.subarray(0, HEADER_SIZE),
    ...sections(binary).map(({ id, whole, body }) =>
      id === SECTION.code ? encodeSection(id, withFunctions(body, change)) : whole,
    ),
  ]);
  assertFound("modes of files", MODE_TABLES, modes);
  assertFound("positions in files", 3, positions);
  return changed;
}

/**
 * Puts permissions into the modes of files, in the memory with which the binary starts.
 *
 * @throws {SetupError} If the tables of the modes are not found.
 */
export function addPermissions(memory: Uint8Array): void {
  const bytes = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
  const table = Buffer.from(Uint32Array.from(MODES).buffer);
  let found = 0;
  for (let at = bytes.indexOf(table); at >= 0; at = bytes.indexOf(table, at + table.length)) {
    Buffer.from(Uint32Array.from(MODES_OF_LINUX).buffer).copy(bytes, at);
    found++;
  }
  assertFound("tables of file modes", MODE_TABLES, found);
}

/** Returns the code that goes on with an error number. */
function answerOf(before: string, after: string, errno: number): readonly number[] {
  // The number is a signed LEB128 of two bytes.
  const constant = [OPCODE.constant, (errno & 0x7f) | 0x80, errno >> 7];
  const [, local, target] = BEFORE_TRAP.exec(before) ?? [];
  if (local !== undefined && target !== undefined)
    return [...constant, OPCODE.setLocal, local.charCodeAt(0), OPCODE.branch, target.charCodeAt(0) - 1];
  const [, other] = AFTER_TRAP.exec(after) ?? [];
  if (other === undefined)
    throw new SetupError("Cannot boot the embedded Python: a call of its file layer has an unexpected form");
  return [...constant, OPCODE.setLocal, other.charCodeAt(0)];
}

function assertFound(things: string, expected: number, found: number): void {
  if (found !== expected)
    throw new SetupError(`Cannot boot the embedded Python: ${expected} ${things} expected, ${found} found`);
}
