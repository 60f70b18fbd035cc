/** UTF-8, for realms that have no TextEncoder and no TextDecoder. */

import { charCodeAt, fromCharCode, min, regExpExec, slice, typedArrayLength } from "./intrinsics.js";

/** Longest result, message and traceback, in bytes; MAX_RESULT_SIZE of src/limits.ts. */
export const MAX_TEXT_SIZE = 16384;
/** Units of a text that are looked at one by one. */
const MAX_COUNTED = 100000;
const NOT_ASCII = /[^\0-\x7f]/;

/**
 * True if both halves of a surrogate pair are at `index`.
 *
 * @param {string} text
 * @param {number} index
 */
export function isPairAt(text, index) {
  const first = charCodeAt(text, index);
  if (first < 0xd800 || first > 0xdbff || index + 1 >= text.length) return false;
  const second = charCodeAt(text, index + 1);
  return second >= 0xdc00 && second <= 0xdfff;
}

/**
 * Calls `emit` with each byte of `text`. A surrogate without its other half becomes U+FFFD.
 *
 * @param {string} text
 * @param {(byte: number) => void} emit
 */
export function encodeUtf8(text, emit) {
  for (let i = 0; i < text.length; i++) {
    let code = charCodeAt(text, i);
    if (code >= 0xd800 && code <= 0xdfff) {
      code = isPairAt(text, i) ? 0x10000 + ((code - 0xd800) << 10) + (charCodeAt(text, ++i) - 0xdc00) : 0xfffd;
    }
    if (code < 0x80) {
      emit(code);
    } else if (code < 0x800) {
      emit(0xc0 | (code >> 6));
      emit(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      emit(0xe0 | (code >> 12));
      emit(0x80 | ((code >> 6) & 0x3f));
      emit(0x80 | (code & 0x3f));
    } else {
      emit(0xf0 | (code >> 18));
      emit(0x80 | ((code >> 12) & 0x3f));
      emit(0x80 | ((code >> 6) & 0x3f));
      emit(0x80 | (code & 0x3f));
    }
  }
}

/**
 * Cuts `text` between characters to MAX_TEXT_SIZE bytes, or to fewer, and says at its end how much is missing.
 *
 * @param {string} text
 * @param {number} [limit]
 * @param {number} [beyond] Bytes that are missing behind `text` already.
 */
export function clip(text, limit = MAX_TEXT_SIZE, beyond = 0) {
  if (beyond === 0 && text.length * 3 <= limit) return text;
  const size = sizeOf(text) + beyond;
  if (size <= limit) return text;
  let note = cutNote(size - limit);
  // The number may become one digit longer.
  for (let i = 0; i < 2; i++) note = cutNote(size - limit + note.length);
  const kept = startOf(text, limit - note.length);
  return kept + cutNote(size - sizeOf(kept));
}

/**
 * The end of a text that was cut (CUT_NOTE in src/tools/cut-text.ts).
 *
 * @param {number} missing
 */
export function cutNote(missing) {
  return ` [${missing} more bytes]...`;
}

/**
 * Cuts `text` between characters to `limit` bytes, which include the ellipsis.
 *
 * @param {string} text
 * @param {number} limit
 */
export function clipTo(text, limit) {
  if (text.length * 3 <= limit || sizeOf(text) <= limit) return text;
  return `${startOf(text, limit - 3)}...`;
}

/**
 * Returns the first characters that fit into `limit` bytes.
 *
 * @param {string} text
 * @param {number} limit
 */
function startOf(text, limit) {
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    size += sizeAt(text, i);
    if (size > limit) return slice(text, 0, i);
    if (isPairAt(text, i)) i++;
  }
  return text;
}

/**
 * Returns the bytes of `text` in UTF-8. Behind MAX_COUNTED units each unit counts as one byte, because a look at every
 * character of a long text would take seconds in QuickJS. So the size of such a text is at least this.
 *
 * @param {string} text
 */
export function sizeOf(text) {
  const counted = min(text.length, MAX_COUNTED);
  const start = counted === text.length ? text : slice(text, 0, counted);
  let size = text.length - counted;
  if (regExpExec(NOT_ASCII, start) === null) return size + counted;
  for (let i = 0; i < counted; i++) {
    size += sizeAt(start, i);
    if (isPairAt(start, i)) i++;
  }
  return size;
}

/**
 * Returns the bytes of the character at `index`. Half of a surrogate pair counts as the character that replaces it.
 *
 * @param {string} text
 * @param {number} index
 */
function sizeAt(text, index) {
  const code = charCodeAt(text, index);
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return isPairAt(text, index) ? 4 : 3;
}

/**
 * Decodes bytes. An invalid sequence becomes U+FFFD, or makes the result null if `isFatal`.
 *
 * @param {Uint8Array} bytes
 * @param {boolean} isFatal
 */
export function decodeUtf8(bytes, isFatal) {
  const size = typedArrayLength(bytes);
  let text = "";
  let at = 0;
  while (at < size) {
    const first = bytes[at++];
    if (first < 0x80) {
      text += fromCharCode(first);
      continue;
    }
    let left = continuationCount(first);
    let code = first & (0x3f >> left);
    let isValid = left > 0;
    // Other second bytes would make a longer form of a shorter sequence, a surrogate, or more than U+10FFFF.
    let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    while (left > 0) {
      const next = at < size ? bytes[at] : -1;
      isValid = next >= low && next <= high;
      if (!isValid) break;
      low = 0x80;
      high = 0xbf;
      code = (code << 6) | (next & 0x3f);
      at++;
      left--;
    }
    if (!isValid && isFatal) return null;
    if (!isValid) text += "\ufffd";
    else if (code < 0x10000) text += fromCharCode(code);
    else text += fromCharCode(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
  }
  return text;
}

/**
 * Returns the number of bytes that follow the first byte of a sequence, or 0 if it cannot begin one.
 *
 * @param {number} first
 */
function continuationCount(first) {
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  return first >= 0xf0 && first <= 0xf4 ? 3 : 0;
}
