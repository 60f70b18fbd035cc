/**
 * Names the calls of a line that may have failed, for an engine that knows the place of a call only roughly: the point
 * of a method, or a place from before the callee to the end of its arguments.
 */

import {
  getOwnPropertyDescriptor,
  global,
  indexOf,
  objectHasOwn,
  regExpExec,
  setPrototypeOf,
  slice,
} from "./intrinsics.js";
import { newList, ownField, push } from "./lists.js";

/** Longest name that is told, most names, and the longest key that is told in brackets. */
const LONGEST_NAME = 100;
const MOST_NAMES = 3;
/** Most calls around a place that are looked at: each one costs more than the one before it. */
const MOST_AROUND = 8;
const LONGEST_KEY = 40;

const PART_OF_WORD = /[\w$#]/;
const NO_CALLEE_WORDS = "if|for|while|switch|catch|return|typeof|void|await|new|in|of|async|with|super|import";
/** The end of a text after which brackets are no call: a word of the language, or the name of a new function. */
const NO_CALLEE = new RegExp(`(?:^|[^\\w$.])(?:${NO_CALLEE_WORDS}|function\\b\\s*\\*?\\s*[\\w$]*)$`);
/** So much of the text before a bracket is looked at for that. */
const LONGEST_END = 60;

/** @typedef {{ name: string, start: number, point: number, close: number }} Call */

/**
 * Returns the name of what was called around a place; several names if it is unknown which, and "" if there are more.
 *
 * @param {string} source
 * @param {number} place
 */
export function callsAt(source, place) {
  const found = callsAround(source, place);
  if (found.length > MOST_AROUND) return "";
  let names = "";
  let count = 0;
  for (let i = 0; i < found.length; i++) {
    const { name } = found[i];
    if (found.length > 1 && isGlobalFunction(name)) continue;
    if (name.length > LONGEST_NAME || ++count > MOST_NAMES) return "";
    names += count > 1 ? `, ${name}` : name;
  }
  return count > 1 ? `one of ${names}` : names;
}

/**
 * @param {string} source
 * @param {number} place
 */
function callsAround(source, place) {
  const pairs = pairsOf(source);
  /** @type {import("./lists.js").List<Call>} */
  const around = newList();
  /** @type {import("./lists.js").List<Call>} */
  const atPoint = newList();
  for (let open = 0; open < source.length; open++) {
    if (source[open] !== "(" || pairs[open] === undefined) continue;
    const call = callBefore(source, pairs, open);
    if (call === null || place < call.start - 1 || place > call.close) continue;
    push(around, call);
    if (around.length > MOST_AROUND) return around;
    const isPoint = call.point >= 0 && (call.point === place || call.point === place - 1);
    // The engine gives the place of the last call that went well, if the next one has no point.
    if (isPoint && !isGlobalFunction(call.name)) push(atPoint, call);
  }
  return atPoint.length > 0 ? atPoint : around;
}

/**
 * Returns for each bracket and each quote the place of its partner. An opening bracket without one has the line's end.
 *
 * @param {string} source
 */
function pairsOf(source) {
  /** @type {Record<number, number>} */
  const pairs = setPrototypeOf({}, null);
  /** @type {import("./lists.js").List<number>} */
  const open = newList();
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    if (char === '"' || char === "'") {
      const start = at;
      for (at++; at < source.length && source[at] !== char; at++) if (source[at] === "\\") at++;
      pairs[start] = at;
      pairs[at] = start;
    } else if (indexOf("([{", char) >= 0) {
      pairs[at] = source.length;
      open[depth++] = at;
    } else if (indexOf(")]}", char) >= 0 && depth > 0) {
      const start = open[--depth];
      pairs[start] = at;
      pairs[at] = start;
    }
  }
  return pairs;
}

/**
 * Returns the call whose arguments begin at `open`, or null if no call does.
 *
 * @param {string} source
 * @param {Record<number, number>} pairs
 * @param {number} open
 * @returns {Call | null}
 */
function callBefore(source, pairs, open) {
  const close = pairs[open];
  const after = regExpExec(/^\s*(?:\{|=>)/, slice(source, close + 1));
  if (after !== null || regExpExec(NO_CALLEE, slice(endTrimmed(slice(source, 0, open)), -LONGEST_END)) !== null)
    return null;
  let name = "";
  let point = -1;
  let at = endTrimmed(calleeTextBefore(source, open)).length - 1;
  while (at >= 0) {
    const end = at;
    const char = source[at];
    if (regExpExec(PART_OF_WORD, char) !== null) {
      while (at >= 0 && regExpExec(PART_OF_WORD, source[at]) !== null) at--;
      name = slice(source, at + 1, end + 1) + name;
      const before = endTrimmed(slice(source, 0, at + 1));
      if (before[before.length - 1] !== "." || slice(before, -2) === "..") break;
      if (point < 0) point = before.length - 1;
      const mark = before[before.length - 2] === "?" ? "?." : ".";
      name = mark + name;
      at = endTrimmed(slice(before, 0, -mark.length)).length - 1;
      if (at < 0) name = `(...)${name}`;
      continue;
    }
    const start = indexOf(")]\"'}", char) >= 0 ? pairs[at] : undefined;
    if (start === undefined) break;
    const key = slice(source, start, end + 1);
    at = start - 1;
    const owner = endTrimmed(calleeTextBefore(source, start));
    const isPart =
      regExpExec(/[\w$)\]"']$/, owner) !== null && regExpExec(NO_CALLEE, slice(owner, -LONGEST_END)) === null;
    if (char === ")") name = `${isPart ? "" : groupOf(key)}${isPart ? "(...)" : ""}${name}`;
    else name = (key.length > LONGEST_KEY ? `${key[0]}...${char}` : key) + name;
    if ((char !== ")" && char !== "]") || !isPart) break;
    at = owner.length - 1;
  }
  return name === "" || regExpExec(/^\.\.\./, name) !== null ? null : { name, start: at + 1, point, close };
}

/**
 * Returns what stands before `at`, without a mark of an optional call.
 *
 * @param {string} source
 * @param {number} at
 */
function calleeTextBefore(source, at) {
  const before = endTrimmed(slice(source, 0, at));
  return slice(before, -2) === "?." ? slice(before, 0, -2) : before;
}

/**
 * Returns the name in a group of brackets, or the group without its content.
 *
 * @param {string} group
 */
function groupOf(group) {
  const found = regExpExec(/^\(\s*([A-Za-z_$][\w$]*(?:\.[\w$]+)*)\s*\)$/, group);
  return found === null ? "(...)" : found[1];
}

/** @param {string} text */
function endTrimmed(text) {
  let end = text.length;
  while (end > 0 && regExpExec(/\s/, text[end - 1]) !== null) end--;
  return slice(text, 0, end);
}

/**
 * True for the name of a function of the global object, which is a function for sure.
 *
 * @param {string} name
 */
function isGlobalFunction(name) {
  /** @type {unknown} */
  let value = global;
  for (let rest = name; rest !== "";) {
    const point = indexOf(rest, ".");
    const key = point < 0 ? rest : slice(rest, 0, point);
    rest = point < 0 ? "" : slice(rest, point + 1);
    const isOwner = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isOwner || !objectHasOwn(/** @type {object} */ (value), key)) return false;
    const descriptor = getOwnPropertyDescriptor(/** @type {object} */ (value), key);
    value = descriptor === undefined ? undefined : ownField(descriptor, "value");
  }
  return typeof value === "function";
}
