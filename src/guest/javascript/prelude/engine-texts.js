/** Conversion of long texts and bytes by the engine, because the language takes microseconds for each character. */

import { bufferByteLength, builtIns, indexOf, toWellFormed } from "./intrinsics.js";

/**
 * Returns the UTF-8 of a text without a NUL; undefined if the text is too long.
 *
 * @typedef {(text: string) => ArrayBuffer | undefined} EncodeCallback
 */

/**
 * Returns the text of the bytes between two offsets; undefined if they are no UTF-8, hold a NUL, or are too many.
 *
 * @typedef {(bytes: ArrayBuffer, from: number, to: number) => string | undefined} DecodeCallback
 */

/** Shorter texts take the language less than a call of the engine. */
const SHORT = 64;

/** @type {EncodeCallback | undefined} */
let encode;
/** @type {DecodeCallback | undefined} */
let decode;

/**
 * @param {EncodeCallback | undefined} encoder
 * @param {DecodeCallback | undefined} decoder
 */
export function connectTexts(encoder, decoder) {
  encode = encoder;
  decode = decoder;
}

/**
 * Returns the UTF-8 of a text, or undefined if the caller must make it by itself.
 *
 * @param {string} text
 */
export function encodeByEngine(text) {
  if (encode === undefined || text.length < SHORT || indexOf(text, "\0") >= 0) return undefined;
  const bytes = encode(toWellFormed(text));
  return bytes === undefined ? undefined : new builtIns.Uint8Array(bytes);
}

/**
 * Returns the text of bytes, or undefined if the caller must make it by itself.
 *
 * @param {ArrayBuffer} buffer
 * @param {number} from
 * @param {number} to
 */
export function decodeByEngine(buffer, from, to) {
  if (decode === undefined || to - from < SHORT || bufferByteLength(buffer) < to) return undefined;
  return decode(buffer, from, to);
}
