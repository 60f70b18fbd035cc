/** The stacks of errors, with the program's own frames alone. */

import { errorToString, indexOf, regExpExec, slice } from "./intrinsics.js";
import { newList, push, splitAt } from "./lists.js";
import { findProgram, placeOf, program, PROGRAM } from "./programs.js";

/** @import { List } from "./lists.js" */

/**
 * A frame of a program. `isOwn` is false for a frame of an earlier program of this realm, or of a file of the project.
 *
 * @typedef {{ __proto__: null, text: string, isOwn: boolean, line: number, column: number }} Frame
 */

const framePattern = /^\s+at (?:(.*) \()?(?:async )?(program\.js(?:#\d+)?):(\d+)(?::(\d+))?\)?$/;

/**
 * Splits an error's stack into its first lines and the frames of programs.
 *
 * @param {Error} error
 */
export function readStack(error) {
  const { header, rest } = splitHeader(textOfError(error), stackOf(error));
  /** @type {List<Frame>} */
  const frames = newList();
  const lines = splitAt(rest, "\n");
  for (let i = 0; i < lines.length; i++) {
    const match = regExpExec(framePattern, lines[i]);
    if (match !== null) push(frames, frameOf(match));
  }
  return { __proto__: null, header, frames };
}

/** @param {Error} error */
export function errorStack(error) {
  const { header, frames } = readStack(error);
  return header + framesText(frames);
}

/** @param {List<Frame>} frames */
export function framesText(frames) {
  let text = "";
  for (let i = 0; i < frames.length; i++) text += `\n${frames[i].text}`;
  return text;
}

/** @param {Error} error */
function textOfError(error) {
  try {
    return errorToString(error);
  } catch {
    return "Error";
  }
}

/** @param {Error} error */
function stackOf(error) {
  try {
    const { stack } = error;
    return typeof stack === "string" ? stack : "";
  } catch {
    return "";
  }
}

/**
 * @param {string} header
 * @param {string} stack
 */
function splitHeader(header, stack) {
  if (header !== "" && slice(stack, 0, header.length) === header)
    return { __proto__: null, header, rest: slice(stack, header.length) };
  // QuickJS has no header of its own in the stack. V8 keeps the header that the error had when it was made.
  const at = indexOf(stack, "    at ");
  if (at > 0) header = slice(stack, 0, stack[at - 1] === "\n" ? at - 1 : at);
  else if (at < 0 && stack !== "") header = stack[stack.length - 1] === "\n" ? slice(stack, 0, -1) : stack;
  return { __proto__: null, header, rest: at < 0 ? "" : slice(stack, at) };
}

/**
 * @param {RegExpExecArray} match
 * @returns {Frame}
 */
function frameOf(match) {
  const owner = findProgram(match[2]);
  const isPresent = owner === program;
  const { line, column, file } = placeOf(owner, +match[3], match[4] === undefined ? 1 : +match[4]);
  const at = `${file || (isPresent ? PROGRAM : match[2])}:${line}:${column}`;
  const isNamed = match[1] !== undefined && match[1] !== "<eval>" && match[1] !== "<anonymous>";
  return {
    __proto__: null,
    text: isNamed ? `    at ${match[1]} (${at})` : `    at ${at}`,
    isOwn: isPresent && file === "",
    line,
    column,
  };
}
