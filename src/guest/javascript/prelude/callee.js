/**
 * Finds the name of what a program called, for an engine that says only "not a function".
 *
 * The engine knows the place of a call roughly: the point of a method, or the end of the word before a function. The
 * name is taken from the text there. If no name stands there, and the line has more than one call, no name is told.
 */

import { callsAt } from "./call-names.js";
import { charCodeAt, indexOf, objectHasOwn, regExpExec, setPrototypeOf, slice } from "./intrinsics.js";

/** Longest line that is searched, and longest name that is told. */
const MAX_LINE = 2000;
const MAX_NAME = 100;

/** Longest line whose calls are all told apart: the work grows by the square of their number. */
const MAX_PARSED = 400;

const METHOD = /^\.\s*([\w$#]+)\s*(?:\(|`|\?\.\(|$)/;
const FUNCTION =
  /^[\s(]*(?:(?:await|return|void|typeof)\s+)*(new\s+)?([A-Za-z_$][\w$]*(?:\.[\w$]+)*)\)?\s*(?:\(|`|\?\.\(|;|$)/;
const OBJECT = /(?:[A-Za-z_$][\w$]*|\]|\)|["'`])(?:\.[\w$#]+)*\??$/;
const CALL = /([A-Za-z_$][\w$]*(?:\??\.[\w$#]+)*)\s*(?:\?\.)?\(/;
/** @type {Record<string, boolean>} */
const keywords = setPrototypeOf({}, null);
for (const word of "if for while switch catch function return typeof void await new in of async with super".split(" "))
  keywords[word] = true;

/**
 * @param {string} text
 * @param {number} line
 * @param {number} column Counts from 1, as `line` does.
 * @returns {string} "" if the name is not known.
 */
export function calleeAt(text, line, column) {
  const source = lineOf(text, line);
  if (source === null || source.length > MAX_LINE) return "";
  // A division, a comment, a pattern or a template needs a parser.
  if (source.length <= MAX_PARSED && regExpExec(/[/`]/, source) === null) return callsAt(source, column - 1);
  for (let at = column - 1; at >= 0 && at >= column - 2; at--) {
    if (source[at] === ".") return methodAt(source, at);
  }
  const found = regExpExec(FUNCTION, slice(source, column - 1));
  if (found === null || !isStart(source, column - 1) || objectHasOwn(keywords, found[2])) return onlyCall(source);
  return isCalledTwice(source, column - 1) ? "" : short(found[2]);
}

/**
 * @param {string} source
 * @param {number} at The place of a point.
 */
function methodAt(source, at) {
  const method = regExpExec(METHOD, slice(source, at));
  if (method === null) return onlyCall(source);
  if (isCalledTwice(source, at)) return "";
  const object = regExpExec(OBJECT, slice(source, 0, at));
  const whole = object === null ? "" : object[0];
  const first = whole[whole.length - 1] === "?" ? slice(whole, 0, -1) : whole;
  // The rest of an expression would be told without its start.
  const isName = first !== "" && regExpExec(/^[A-Za-z_$]/, first) !== null;
  return short(`${isName ? first : "(...)"}.${method[1]}`);
}

/**
 * True for `f()()`: the engine gives both calls one place, so it is unknown which of them failed.
 *
 * @param {string} source
 * @param {number} from Where the name of the first call begins.
 */
function isCalledTwice(source, from) {
  let depth = 0;
  for (let at = indexOf(source, "(", from); at >= 0 && at < source.length; at++) {
    if (source[at] === "(") depth++;
    if (source[at] === ")" && --depth <= 0) return source[at + 1] === "(" || source[at + 1] === "`";
  }
  return false;
}

/**
 * True if no word goes on at `at`.
 *
 * @param {string} source
 * @param {number} at
 */
function isStart(source, at) {
  return at === 0 || regExpExec(/[\w$]/, source[at - 1]) === null || regExpExec(/[\w$]/, source[at] ?? "") === null;
}

/**
 * Returns the name of the call of a line that has one call only.
 *
 * @param {string} source
 */
function onlyCall(source) {
  let name = "";
  if (regExpExec(/\)\s*[(`]/, source) !== null) return "";
  for (let rest = source; ;) {
    const found = regExpExec(CALL, rest);
    if (found === null) return short(name);
    if (!objectHasOwn(keywords, found[1])) {
      if (name !== "") return "";
      name = found[1];
    }
    rest = slice(rest, indexOf(rest, found[0]) + found[0].length);
  }
}

/** @param {string} name */
function short(name) {
  return name.length > MAX_NAME ? "" : name;
}

/**
 * @param {string} text
 * @param {number} line
 */
function lineOf(text, line) {
  let start = 0;
  for (let i = 1; i < line; i++) {
    start = indexOf(text, "\n", start) + 1;
    if (start === 0) return null;
  }
  const end = indexOf(text, "\n", start);
  const whole = slice(text, start, end < 0 ? text.length : end);
  return whole !== "" && charCodeAt(whole, whole.length - 1) === 13 ? slice(whole, 0, -1) : whole;
}
