/** `TextDecoder`: UTF-8, UTF-16 and the encoding that the web calls latin1. */

import {
  builtIns,
  charCodeAt,
  fromCharCode,
  indexOf,
  lower,
  regExpExec,
  slice,
  toWellFormed,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayOffset,
} from "./intrinsics.js";
import { bytesOf } from "./encoding.js";
import { decodeByEngine } from "./engine-texts.js";
import { failWith } from "./errors.js";
import { textOf } from "./quote.js";
import { decodeUtf8 } from "./utf8.js";

/** The labels of each encoding. Each label stands between spaces. */
const LABELS = /** @type {const} */ ([
  ["utf-8", " utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 "],
  ["utf-16le", " utf-16le utf-16 ucs-2 iso-10646-ucs-2 csunicode unicode unicodefeff "],
  ["utf-16be", " utf-16be unicodefffe "],
  [
    "windows-1252",
    " windows-1252 latin1 iso-8859-1 iso8859-1 iso_8859-1 iso88591 ascii us-ascii l1 cp1252 cp819 ibm819 x-cp1252 ",
  ],
]);

/** The characters of the bytes 0x80 to 0x9f in windows-1252. */
const WINDOWS =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
  "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

/** Characters that are made into a text at once. */
const CHUNK = 4096;
const EDGES = /^[\t\n\f\r ]+|[\t\n\f\r ]+$/;

/** @param {unknown} label */
function encodingNamed(label) {
  let name = lower(textOf(label));
  for (let edge = regExpExec(EDGES, name); edge !== null && edge[0] !== ""; edge = regExpExec(EDGES, name))
    name = edge.index === 0 ? slice(name, edge[0].length) : slice(name, 0, edge.index);
  for (let i = 0; i < LABELS.length; i++) if (indexOf(LABELS[i][1], ` ${name} `) >= 0) return LABELS[i][0];
  return failWith(
    "RangeError",
    "ERR_ENCODING_NOT_SUPPORTED",
    `The "${textOf(label)}" encoding is not supported: a program has utf-8, utf-16le, utf-16be and latin1 here; ` +
      "Python decodes the others, with bytes.decode",
  );
}

/**
 * The number of bytes at the end that begin a character, and need more bytes.
 *
 * @param {Uint8Array} bytes
 * @param {number} size
 * @param {string} encoding
 */
function openBytes(bytes, size, encoding) {
  if (encoding === "windows-1252") return 0;
  if (encoding !== "utf-8") {
    const odd = size % 2;
    const high = size - odd - (encoding === "utf-16le" ? 1 : 2);
    return high >= 0 && (bytes[high] & 0xfc) === 0xd8 ? odd + 2 : odd;
  }
  for (let count = 1; count <= 3 && count <= size; count++) {
    const byte = bytes[size - count];
    if (byte < 0x80 || byte > 0xf4) return 0;
    if (byte < 0xc0) continue;
    return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > count ? count : 0;
  }
  return 0;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} size
 * @param {boolean} isBig
 */
function decodeUtf16(bytes, size, isBig) {
  let text = "";
  for (let at = 0; at + 1 < size; at += 2)
    text += fromCharCode(isBig ? (bytes[at] << 8) | bytes[at + 1] : bytes[at] | (bytes[at + 1] << 8));
  return text;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} size
 */
function decodeWindows(bytes, size) {
  let text = "";
  let chunk = "";
  for (let at = 0; at < size; at++) {
    const byte = bytes[at];
    chunk += byte >= 0x80 && byte <= 0x9f ? WINDOWS[byte - 0x80] : fromCharCode(byte);
    if (at % CHUNK !== 0) continue;
    text += chunk;
    chunk = "";
  }
  return text + chunk;
}

export class TextDecoder {
  #encoding;
  #isFatal = false;
  #keepsMark = false;
  /** @type {Uint8Array | null} */
  #open = null;
  #hasBegun = false;

  /**
   * @param {unknown} [label]
   * @param {unknown} [options]
   */
  constructor(label = "utf-8", options) {
    this.#encoding = encodingNamed(label);
    if (options !== null && typeof options === "object") {
      const { fatal, ignoreBOM } = /** @type {{ fatal?: unknown, ignoreBOM?: unknown }} */ (options);
      this.#isFatal = !!fatal;
      this.#keepsMark = !!ignoreBOM;
    }
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#isFatal;
  }

  get ignoreBOM() {
    return this.#keepsMark;
  }

  /**
   * @param {unknown} [input]
   * @param {{ stream?: unknown }} [options]
   */
  decode(input, options) {
    const isPart = !!options?.stream;
    const bytes = joined(this.#open, bytesOf(input));
    const all = typedArrayByteLength(bytes);
    const left = isPart ? openBytes(bytes, all, this.#encoding) : 0;
    const text = this.#textOf(bytes, all - left);
    const isBegin = !this.#hasBegun;
    this.#hasBegun = isPart && (!isBegin || text !== "");
    this.#open = left === 0 ? null : partOf(bytes, all - left, left);
    if (text === null) {
      this.#open = null;
      return failWith(
        "TypeError",
        "ERR_ENCODING_INVALID_ENCODED_DATA",
        `The encoded data was not valid for encoding ${this.#encoding}`,
      );
    }
    return isBegin && !this.#keepsMark && charCodeAt(text, 0) === 0xfeff ? slice(text, 1) : text;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} size
   */
  #textOf(bytes, size) {
    if (this.#encoding === "windows-1252") return decodeWindows(bytes, size);
    if (this.#encoding !== "utf-8") return wellFormed(bytes, size, this.#encoding === "utf-16be", this.#isFatal);
    const from = typedArrayOffset(bytes);
    const part = size === typedArrayByteLength(bytes) ? bytes : partOf(bytes, 0, size);
    return decodeByEngine(typedArrayBuffer(bytes), from, from + size) ?? decodeUtf8(part, this.#isFatal);
  }
}

/**
 * Decodes UTF-16. Half of a pair, and half of a unit, become U+FFFD, or make the result null if `isFatal`.
 *
 * @param {Uint8Array} bytes
 * @param {number} size
 * @param {boolean} isBig
 * @param {boolean} isFatal
 */
function wellFormed(bytes, size, isBig, isFatal) {
  const text = decodeUtf16(bytes, size, isBig);
  const whole = toWellFormed(text);
  const isCut = size % 2 !== 0;
  if (isFatal && (isCut || whole !== text)) return null;
  return isCut ? `${whole}\ufffd` : whole;
}

/**
 * @param {Uint8Array | null} before
 * @param {Uint8Array} bytes
 */
function joined(before, bytes) {
  if (before === null) return bytes;
  const first = typedArrayByteLength(before);
  const second = typedArrayByteLength(bytes);
  const all = new builtIns.Uint8Array(first + second);
  for (let i = 0; i < first; i++) all[i] = before[i];
  for (let i = 0; i < second; i++) all[first + i] = bytes[i];
  return all;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} from
 * @param {number} count
 */
function partOf(bytes, from, count) {
  const copy = new builtIns.Uint8Array(count);
  for (let i = 0; i < count; i++) copy[i] = bytes[from + i];
  return copy;
}
