/** The causes of an error, in a few words: they stand in its message, which has a bound. */

import { getOwnPropertyDescriptor, indexOf, isArray, slice } from "./intrinsics.js";
import { inspect } from "./inspect.js";
import { constructorName, isErrorValue } from "./kinds.js";
import { newList, ownField, push } from "./lists.js";
import { clipTo, cutNote, sizeOf } from "./utf8.js";

/** @import { List } from "./lists.js" */

/** Errors that are named below the thrown one, and how deep. A chain can have any length, and can lead back. */
const MAX_NAMED = 12;
const MAX_DEPTH = 5;
/** Errors of one list that are named. */
const MAX_LISTED = 5;
/** Bytes of one name and message. */
const MAX_HEAD = 400;
/** Errors of a chain whose size is still counted when they are not named. */
const MAX_COUNTED_ERRORS = 4_000;

/** @typedef {{ __proto__: null, seen: List<unknown> }} Visit */

/**
 * Returns the causes of an error and the errors that it lists as " (cause: TypeError: ...)", or "" without any.
 *
 * @param {object} error
 */
export function causesText(error) {
  /** @type {Visit} */
  const visit = { __proto__: null, seen: newList() };
  push(visit.seen, error);
  return partsText(error, visit, 1);
}

/**
 * @param {object} error
 * @param {Visit} visit
 * @param {number} depth
 * @returns {string}
 */
function partsText(error, visit, depth) {
  const cause = readField(error, "cause");
  // The parts of a SuppressedError have names of their own.
  const parts = [
    cause !== undefined && cause.value !== undefined ? `cause: ${valueText(cause.value, visit, depth)}` : "",
    listText(readField(error, "errors")?.value, visit, depth),
    partText(error, "error", visit, depth),
    partText(error, "suppressed", visit, depth),
  ];
  let text = "";
  for (let i = 0; i < 4; i++) if (parts[i] !== "") text += text === "" ? parts[i] : `; ${parts[i]}`;
  return text === "" ? "" : ` (${text})`;
}

/**
 * @param {object} error
 * @param {"error" | "suppressed"} key
 * @param {Visit} visit
 * @param {number} depth
 */
function partText(error, key, visit, depth) {
  const part = readField(error, key);
  return part !== undefined && isErrorValue(part.value) ? `${key}: ${valueText(part.value, visit, depth)}` : "";
}

/**
 * @param {unknown} errors
 * @param {Visit} visit
 * @param {number} depth
 */
function listText(errors, visit, depth) {
  if (!isArray(errors)) return "";
  const list = /** @type {unknown[]} */ (errors);
  const { length } = list;
  if (length === 0) return "";
  let text = "errors: ";
  for (let i = 0; i < length && i < MAX_LISTED; i++)
    text += (i === 0 ? "" : ", ") + valueText(readField(list, `${i}`)?.value, visit, depth);
  return length > MAX_LISTED ? `${text}, and ${length - MAX_LISTED} more` : text;
}

/**
 * @param {unknown} value
 * @param {Visit} visit
 * @param {number} depth
 */
function valueText(value, visit, depth) {
  if (!isErrorValue(value)) return clipHead(inspect(value, 1));
  for (let i = 0; i < visit.seen.length; i++) if (visit.seen[i] === value) return `${headOf(value)} (named before)`;
  if (visit.seen.length > MAX_NAMED || depth > MAX_DEPTH) return cutNote(chainSize(value));
  push(visit.seen, value);
  return headOf(value) + partsText(value, visit, depth + 1);
}

/**
 * Returns the class and the message of an error on one line.
 *
 * @param {Error} error
 */
function headOf(error) {
  const type = constructorName(error) ?? "Error";
  const message = messageOf(error);
  const end = indexOf(message, "\n");
  const line = end < 0 ? message : slice(message, 0, end);
  const head = line === "" ? type : `${type}: ${line}`;
  return clipHead(head, end < 0 ? 0 : sizeOf(message) - sizeOf(line));
}

/**
 * Shortens a text of one error, and says how much is missing.
 *
 * @param {string} text
 * @param {number} [missing] Bytes that are missing already.
 */
function clipHead(text, missing = 0) {
  const kept = clipTo(text, MAX_HEAD);
  const all = missing + sizeOf(text) - sizeOf(kept);
  return all === 0 ? kept : kept + cutNote(all);
}

/**
 * Returns the bytes of the errors of a chain, without those that they list.
 *
 * @param {unknown} value
 */
function chainSize(value) {
  let size = 0;
  for (let i = 0; i < MAX_COUNTED_ERRORS && isErrorValue(value); i++) {
    const type = constructorName(value) ?? "Error";
    size += sizeOf(type) + sizeOf(messageOf(value)) + 12;
    const cause = readField(value, "cause");
    if (cause === undefined) break;
    value = cause.value;
  }
  return size;
}

/**
 * Returns the message of an error. Its getter is the program's, and can throw.
 *
 * @param {Error} error
 */
export function messageOf(error) {
  try {
    const { message } = /** @type {{ message: unknown }} */ (error);
    return typeof message === "string" ? message : inspect(message);
  } catch {
    return "<its message cannot be read: the getter throws>";
  }
}

/**
 * Reads an own property without a call of a getter; undefined if there is none.
 *
 * @param {object} error
 * @param {string} key
 */
function readField(error, key) {
  try {
    const descriptor = getOwnPropertyDescriptor(error, key);
    if (descriptor === undefined) return undefined;
    if (ownField(descriptor, "get") !== undefined) return { __proto__: null, value: undefined };
    return { __proto__: null, value: ownField(descriptor, "value") };
  } catch {
    // A proxy can throw.
    return undefined;
  }
}
