/**
 * The texts of the programs that a realm has run, and the places in them.
 *
 * A program can be compiled from a text that differs from its own: its top-level `await` needs a wrapper, and the names
 * that it declares must become globals of a realm that is kept. Each text is recorded as a list of pieces, so that the
 * line and column of an error are those of the program's own text.
 */

import { indexOf, mapDelete, mapGet, mapSet, min, slice, stringify } from "./intrinsics.js";
import { newList, push } from "./lists.js";

/** @import { List } from "./lists.js" */

/** @typedef {[from: number, to: number]} Range Offsets in a program's own text, in UTF-16 units. */

/**
 * A program as the engine hands it over.
 *
 * @typedef {object} ProgramJob
 * @property {string} name `program.js`, in a realm that is kept with `#` and a number.
 * @property {string} code
 * @property {Range | null} last The last expression, whose value is the result.
 * @property {boolean} isAsync True if the program awaits at its top level.
 * @property {GlobalsEdit | null} globals The changes of imports, and those that make globals of the names that the
 *   program declares.
 */

/**
 * Parts to put before a program (new text, or a range of its own), and ranges of its text to replace, in order.
 *
 * @typedef {object} GlobalsEdit
 * @property {(string | Range)[]} before
 * @property {[from: number, to: number, text: string][]} edits
 * @property {boolean} hasImports
 * @property {ProjectModules} [modules]
 */

/**
 * The files of the project that a program can import, and the names by which it does.
 *
 * @typedef {{ files: ProjectFile[], links: Record<string, string> }} ProjectModules
 */

/**
 * A file of the project: JSON, or a text that becomes the body of a function.
 *
 * @typedef {object} ProjectFile
 * @property {string} path
 * @property {string} name
 * @property {string} [json]
 * @property {string} code
 * @property {string} before
 * @property {GlobalsEdit["edits"]} edits
 * @property {Record<string, string>} links
 */

/**
 * A part of the compiled text. Its place in the program's text is `ownStart`; a part that the program does not have
 * stands for the place where the program goes on.
 *
 * @typedef {object} Piece
 * @property {null} __proto__
 * @property {number} compiledStart
 * @property {number} ownStart
 * @property {boolean} isOwn
 * @property {ProjectFile | null} file
 */

/** @typedef {{ __proto__: null, name: string, text: string, compiled: string, pieces: List<Piece> }} Program */

/** The name of a program in its own stack. */
export const PROGRAM = "program.js";

/** The name that stands for `import` in the text of a program that has it. */
export const IMPORT = "\u00ecmport";
/** The function that takes a file of the project. */
const DEFINE = `${IMPORT}.define`;
const STRICT = '"use strict";';

/** Places can be found in the texts of this many programs. */
const MAX_PROGRAMS = 100;

/**
 * The last programs of this realm by the name that stack frames have for them.
 *
 * @type {Map<string, Program>}
 */
const programs = new Map();
/**
 * The names of those programs. The newest takes the place of the oldest.
 *
 * @type {List<string>}
 */
const programNames = newList();

/** Programs that this realm has begun. */
export let programCount = 0;
/**
 * The program that runs.
 *
 * @type {Program}
 */
export let program = { __proto__: null, name: PROGRAM, text: "", compiled: "", pieces: newList() };

/** @param {string} name */
export function findProgram(name) {
  return mapGet(programs, name);
}

/**
 * Makes `program` of a job, with the text to compile in its field `compiled`.
 *
 * @param {ProgramJob} job
 */
export function beginProgram(job) {
  const { name, code, last, isAsync, globals } = job;
  // A hashbang may stand at the start of a script only, so inside the wrapper it must be a comment.
  const text = slice(code, 0, 2) === "#!" ? `//${slice(code, 2)}` : code;
  program = { __proto__: null, name, text, compiled: "", pieces: newList() };
  record(program);
  if (!isAsync && (globals === null || (globals.edits.length === 0 && globals.modules === undefined))) {
    program.compiled = text;
    return;
  }
  if (globals !== null) addBefore(globals.before, globals.modules);
  if (isAsync) addPiece("(async () => {", 0, false);
  const edits = globals === null ? newList() : globals.edits;
  let at = 0;
  if (isAsync && last !== null) {
    at = addEdited(edits, at, last[0]);
    // QuickJS gives a `return` no place in the text, so an error in it would have the place of the statement before.
    addPiece("0;return (", at, false);
    at = addEdited(edits, at, last[1]);
    addPiece(")", at, false);
  }
  at = addEdited(edits, at, text.length);
  if (isAsync) addPiece("\n})()", at, false);
}

/** @param {Program} added */
function record(added) {
  const place = programCount++ % MAX_PROGRAMS;
  if (place < programNames.length) mapDelete(programs, programNames[place]);
  programNames[place] = added.name;
  mapSet(programs, added.name, added);
}

/**
 * @param {(string | Range)[]} parts
 * @param {ProjectModules | undefined} modules
 */
function addBefore(parts, modules) {
  const isStrict = parts.length > 0 && parts[0] === STRICT; // a program may have put something at 0 of any object
  if (isStrict) addPiece(STRICT, 0, false);
  if (modules !== undefined) addFiles(modules.files);
  for (let i = isStrict ? 1 : 0; i < parts.length; i++) {
    const part = parts[i];
    if (typeof part === "string") addPiece(part, 0, false);
    else addOwn(part[0], part[1]);
  }
}

/**
 * Adds the files of the project, each as a function.
 *
 * @param {ProjectFile[]} files
 */
function addFiles(files) {
  for (let i = 0; i < files.length; i++) {
    const file = files[i];
    if (file.json !== undefined) continue;
    addPiece(`${DEFINE}(${stringify(file.path)},function(exports,require,module,${IMPORT}){${file.before}`, 0, false);
    let at = 0;
    for (let j = 0; j < file.edits.length; j++) {
      const edit = file.edits[j];
      addPiece(slice(file.code, at, edit[0]), at, true, file);
      addPiece(edit[2], edit[0], false, file);
      at = edit[1];
    }
    addPiece(slice(file.code, at), at, true, file);
    addPiece("\n});", 0, false);
  }
}

/**
 * Adds the program's text from `from` to `to` with the edits that lie there, and returns where it ends.
 *
 * @param {List<GlobalsEdit["edits"][number]>} edits
 * @param {number} from
 * @param {number} to
 */
function addEdited(edits, from, to) {
  let at = from;
  for (let i = 0; i < edits.length; i++) {
    const edit = edits[i];
    // Text that is put at the end of a statement belongs to it, and text that replaces the next one does not.
    if (edit[0] < from || edit[0] > to || (edit[0] === to && edit[1] > to)) continue;
    if (edit[0] === from && from > 0 && edit[1] === from) continue;
    at = addOwn(at, edit[0]);
    addPiece(edit[2], at, false);
    at = edit[1];
  }
  return addOwn(at, to);
}

/**
 * @param {number} from
 * @param {number} to
 */
function addOwn(from, to) {
  addPiece(slice(program.text, from, to), from, true);
  return to;
}

/**
 * @param {string} part
 * @param {number} ownStart
 * @param {boolean} isOwn
 * @param {ProjectFile | null} [file] The file of the project that it is of, if it is not of the program.
 */
function addPiece(part, ownStart, isOwn, file = null) {
  push(program.pieces, { __proto__: null, compiledStart: program.compiled.length, ownStart, isOwn, file });
  program.compiled += part;
}

/**
 * Turns a place in a compiled text into one in the program's own text. Lines and columns count from 1.
 *
 * @param {Program | undefined} owner
 * @param {number} line
 * @param {number} column
 */
export function placeOf(owner, line, column) {
  if (owner === undefined || owner.pieces.length === 0) return { __proto__: null, line, column, file: "" };
  const { pieces } = owner;
  const at = offsetOf(owner.compiled, line, column);
  let index = 0;
  while (index + 1 < pieces.length && pieces[index + 1].compiledStart <= at) index++;
  const { compiledStart, ownStart, isOwn, file } = pieces[index];
  const text = file === null ? owner.text : file.code;
  const offset = min(text.length, ownStart + (isOwn ? at - compiledStart : 0));
  let ownLine = 1;
  let lineStart = 0;
  for (let end = indexOf(text, "\n"); end >= 0 && end < offset; end = indexOf(text, "\n", lineStart)) {
    ownLine++;
    lineStart = end + 1;
  }
  return { __proto__: null, line: ownLine, column: offset - lineStart + 1, file: file === null ? "" : file.name };
}

/**
 * @param {string} text
 * @param {number} line
 * @param {number} column
 */
function offsetOf(text, line, column) {
  let at = column - 1;
  for (let i = 1, start = 0; i < line; i++) {
    start = indexOf(text, "\n", start) + 1;
    if (start === 0) break;
    at = start + column - 1;
  }
  return at;
}
