/** The module `node:buffer`, and the global `Buffer`. */

import { Buffer, INSPECT_MAX_BYTES, kMaxLength } from "buffer/";

const isUrlBase64 = (encoding) => typeof encoding === "string" && encoding.toLowerCase() === "base64url";
const { from, isEncoding, byteLength } = Buffer;
const { toString, write, fill } = Buffer.prototype;
const isUtf8 = (encoding) => encoding === undefined || encoding === "utf8" || encoding === "utf-8";

function define(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}

define(Buffer, "from", function (value, encoding, length) {
  if (typeof value === "string" && isUtf8(encoding)) {
    const bytes = realm.encode(value);
    if (bytes !== undefined) return from(bytes.buffer);
  }
  if (isUrlBase64(encoding)) return from(value, "base64");
  return from(value, encoding, length);
});
define(Buffer, "byteLength", (value, encoding) => byteLength(value, isUrlBase64(encoding) ? "base64" : encoding));
define(Buffer, "isEncoding", (encoding) => isUrlBase64(encoding) || isEncoding(encoding));
define(Buffer, "of", (...bytes) => from(bytes));
define(Buffer, "copyBytesFrom", (view, offset = 0, length = view.length - offset) => {
  const part = view.slice(offset, offset + length);
  return from(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength));
});
define(Buffer.prototype, "toString", function (encoding, start, end) {
  if (isUtf8(encoding) && this.length > 0) {
    const text = realm.decode(start === undefined && end === undefined ? this : this.subarray(start ?? 0, end));
    if (text !== undefined) return text;
  }
  if (!isUrlBase64(encoding)) return toString.call(this, encoding, start, end);
  return toString.call(this, "base64", start, end).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
});
define(Buffer.prototype, "write", function (text, ...rest) {
  return write.call(this, text, ...rest.map((one) => (isUrlBase64(one) ? "base64" : one)));
});
define(Buffer.prototype, "fill", function (value, ...rest) {
  return fill.call(this, value, ...rest.map((one) => (isUrlBase64(one) ? "base64" : one)));
});
define(Buffer.prototype, "toLocaleString", Buffer.prototype.toString);
// The methods of the package are visible to a loop. Those of Node are not.
for (const name of Object.keys(Buffer.prototype)) define(Buffer.prototype, name, Buffer.prototype[name]);
define(Buffer, "poolSize", 8192);

function transcode(source, from, to) {
  return Buffer.from(Buffer.from(source).toString(from), to);
}

export default {
  Buffer,
  SlowBuffer: Buffer,
  transcode,
  kMaxLength,
  kStringMaxLength: 536870888,
  constants: { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 536870888 },
  INSPECT_MAX_BYTES,
  isUtf8: (bytes) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return true;
    } catch {
      return false;
    }
  },
  isAscii: (bytes) => Buffer.from(bytes).every((byte) => byte < 128),
  atob,
  btoa,
};
