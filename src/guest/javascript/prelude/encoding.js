/** `TextEncoder`, `atob` and `btoa`. */

import {
  charCodeAt,
  dataViewBuffer,
  dataViewByteLength,
  dataViewOffset,
  fromCharCode,
  indexOf,
  isView,
  builtIns,
  slice,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayLength,
  typedArrayOffset,
  typedArrayTag,
} from "./intrinsics.js";
import { failAs } from "./dom-errors.js";
import { encodeByEngine } from "./engine-texts.js";
import { fail } from "./errors.js";
import { kindOf } from "./kinds.js";
import { textOf } from "./quote.js";
import { encodeUtf8, isPairAt } from "./utf8.js";

const NOT_BASE64 = "The string to be decoded is not correctly encoded.";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Returns a view of the bytes, without a copy.
 *
 * @param {unknown} value
 */
export function bytesOf(value) {
  if (value === undefined) return new builtIns.Uint8Array(0);
  if (isView(value)) {
    return typedArrayTag(value) === undefined
      ? new builtIns.Uint8Array(dataViewBuffer(value), dataViewOffset(value), dataViewByteLength(value))
      : new builtIns.Uint8Array(typedArrayBuffer(value), typedArrayOffset(value), typedArrayByteLength(value));
  }
  if (value !== null && typeof value === "object" && kindOf(value) === "ArrayBuffer")
    return new builtIns.Uint8Array(/** @type {ArrayBuffer} */ (value));
  return fail("TypeError", "The input must be an ArrayBuffer or a view of one");
}

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(input = "") {
    const text = textOf(input);
    const encoded = encodeByEngine(text);
    if (encoded !== undefined) return encoded;
    let size = 0;
    encodeUtf8(text, () => size++);
    const bytes = new builtIns.Uint8Array(size);
    let at = 0;
    encodeUtf8(text, (byte) => {
      bytes[at++] = byte;
    });
    return bytes;
  }

  /**
   * @param {unknown} input
   * @param {Uint8Array} target
   */
  encodeInto(input, target) {
    const text = textOf(input);
    let read = 0;
    let written = 0;
    const room = typedArrayLength(target);
    while (read < text.length) {
      const code = charCodeAt(text, read);
      const step = isPairAt(text, read) ? 2 : 1;
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : step === 2 ? 4 : 3;
      if (written + size > room) break;
      encodeUtf8(slice(text, read, read + step), (byte) => {
        target[written++] = byte;
      });
      read += step;
    }
    return { read, written };
  }
}

export const base64Functions = {
  /** @param {unknown} input */
  btoa(input) {
    const text = textOf(input);
    let result = "";
    for (let i = 0; i < text.length; i += 3) {
      const first = charCodeAt(text, i);
      const second = i + 1 < text.length ? charCodeAt(text, i + 1) : 0;
      const third = i + 2 < text.length ? charCodeAt(text, i + 2) : 0;
      if (first > 255 || second > 255 || third > 255) failAs("InvalidCharacterError", "Invalid character");
      const bits = (first << 16) | (second << 8) | third;
      result += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63];
      result += i + 1 < text.length ? BASE64[(bits >> 6) & 63] : "=";
      result += i + 2 < text.length ? BASE64[bits & 63] : "=";
    }
    return result;
  },
  /** @param {unknown} input */
  atob(input) {
    const text = textOf(input);
    let result = "";
    let bits = 0;
    let count = 0;
    let pads = 0;
    let digits = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text[i];
      if (char === " " || char === "\t" || char === "\n" || char === "\f" || char === "\r") continue;
      if (char === "=") {
        pads++;
        continue;
      }
      const value = indexOf(BASE64, char);
      if (value < 0) failAs("InvalidCharacterError", "Invalid character");
      if (pads > 0) failAs("InvalidCharacterError", NOT_BASE64);
      digits++;
      bits = ((bits << 6) | value) & 0xffffff;
      count += 6;
      if (count >= 8) {
        count -= 8;
        result += fromCharCode((bits >> count) & 255);
      }
    }
    if (digits % 4 === 1 || pads > 2 || (pads > 0 && (digits + pads) % 4 !== 0))
      failAs("InvalidCharacterError", NOT_BASE64);
    return result;
  },
};
