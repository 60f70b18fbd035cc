/** The module `node:crypto`: digests and random values. All other parts are refused by name. */

import { notHere } from "./not-here.js";
import { newTypeError } from "./type-errors.js";

const hashes = realm.load("hashes");
const { crypto: webcrypto } = realm.load("crypto");
const NAMES = ["md5", "ripemd160", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-256"];
const OTHER = { rmd160: "ripemd160", "sha-1": "sha1", "sha512/256": "sha512-256" };
const MAX_INT = 2 ** 48 - 1;
const MAX_INPUT = 2 ** 31 - 1;

function hashNamed(name) {
  if (typeof name !== "string") throw newTypeError("algorithm", "of type string", name);
  const plain = name.toLowerCase().replace(/^(?:rsa-)?sha-?(?=\d)/, "sha");
  const known = Object.hasOwn(OTHER, plain) ? OTHER[plain] : plain;
  if (NAMES.includes(known)) return hashes[known];
  const message = `Cannot use the digest ${realm.quote(name)}: a program has ${NAMES.join(", ")} here`;
  throw realm.newCodeError("Error", "ERR_OSSL_EVP_UNSUPPORTED", message);
}

function bytesOf(data, encoding, name = "data") {
  if (typeof data === "string") return Buffer.from(data, encoding === "buffer" ? undefined : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data !== null && typeof data === "object" && realm.kindOf(data) === "ArrayBuffer") return new Uint8Array(data);
  throw newTypeError(name, "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

function encoded(bytes, encoding) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

class Digest {
  #state;
  #isOver = false;
  #class;
  constructor(state, owner) {
    this.#state = state;
    this.#class = owner;
  }
  update(data, encoding) {
    this.#assertOpen();
    this.#state.update(bytesOf(data, encoding));
    return this;
  }
  digest(encoding) {
    this.#assertOpen();
    this.#isOver = true;
    return encoded(this.#state.digest(), encoding);
  }
  copy() {
    this.#assertOpen();
    return new this.#class(this.#state.clone());
  }
  #assertOpen() {
    if (this.#isOver) throw realm.newCodeError("Error", "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
  }
}

class Hash extends Digest {
  constructor(state) {
    super(state, Hash);
  }
}

class Hmac extends Digest {
  constructor(state) {
    super(state, Hmac);
  }
}

function randomBytes(size, callback) {
  if (!Number.isInteger(size) || size < 0 || size > MAX_INPUT) {
    const message = `The value of "size" is out of range. It must be >= 0 && <= ${MAX_INPUT}. Received ${size}`;
    throw realm.newCodeError("RangeError", "ERR_OUT_OF_RANGE", message);
  }
  const bytes = Buffer.from(realm.fillRandom(new Uint8Array(size)).buffer);
  if (typeof callback !== "function") return bytes;
  setImmediate(() => callback(null, bytes));
}

function randomFillSync(view, offset = 0, size = view.byteLength - offset) {
  realm.fillRandom(new Uint8Array(view.buffer, view.byteOffset + offset, size));
  return view;
}

function randomInt(first, second, third) {
  const callback = [second, third].find((one) => typeof one === "function");
  const [low, high] = typeof second === "number" ? [first, second] : [0, first];
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high))
    throw newTypeError(
      Number.isSafeInteger(low) ? "max" : "min",
      "a safe integer",
      Number.isSafeInteger(low) ? high : low,
    );
  const range = high - low;
  if (range <= 0 || range > MAX_INT) {
    const required = `It must be greater than the value of "min" (${low})`;
    const message = `The value of "max" is out of range. ${required}. Received ${high}`;
    throw realm.newCodeError("RangeError", "ERR_OUT_OF_RANGE", message);
  }
  const limit = MAX_INT + 1 - ((MAX_INT + 1) % range);
  let value = limit;
  while (value >= limit) value = randomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
  const found = low + (value % range);
  if (callback === undefined) return found;
  setImmediate(() => callback(null, found));
}

function timingSafeEqual(first, second) {
  const [one, other] = [bytesOf(first, undefined, "buf1"), bytesOf(second, undefined, "buf2")];
  if (one.length !== other.length) {
    const message = "Input buffers must have the same byte length";
    throw realm.newCodeError("RangeError", "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", message);
  }
  let difference = 0;
  for (let i = 0; i < one.length; i++) difference |= one[i] ^ other[i];
  return difference === 0;
}

function pbkdf2Sync(password, salt, iterations, length, digest) {
  const options = { c: iterations, dkLen: length };
  return encoded(hashes.pbkdf2(hashNamed(digest), bytesOf(password), bytesOf(salt), options));
}

function scryptSync(password, salt, length, options = {}) {
  const { N = options.cost ?? 16384, r = options.blockSize ?? 8, p = options.parallelization ?? 1 } = options;
  return encoded(hashes.scrypt(bytesOf(password), bytesOf(salt), { N, r, p, dkLen: length }));
}

/** A function that gives its result to its last argument. */
function later(work) {
  return (...args) => {
    const callback = args.pop();
    const found = work(...args);
    setImmediate(() => callback(null, found));
  };
}

const MISSING = `createCipheriv createDecipheriv createSign createVerify sign verify createPrivateKey createPublicKey
  createSecretKey generateKey generateKeySync generateKeyPair generateKeyPairSync createDiffieHellman createECDH
  diffieHellman getDiffieHellman publicEncrypt publicDecrypt privateEncrypt privateDecrypt hkdf hkdfSync
  checkPrime checkPrimeSync generatePrime generatePrimeSync getCiphers getCurves X509Certificate`;

const crypto = {
  createHash: (name) => new Hash(hashNamed(name).create()),
  createHmac: (name, key) => new Hmac(hashes.hmac.create(hashNamed(name), bytesOf(key, "utf8", "key"))),
  hash: (name, data, encoding = "hex") => encoded(hashNamed(name)(bytesOf(data)), encoding),
  getHashes: () => [...NAMES],
  randomBytes,
  randomFillSync,
  randomFill: (view, ...rest) => later(() => randomFillSync(view, ...rest.slice(0, -1)))(rest.at(-1)),
  randomInt,
  randomUUID: () => webcrypto.randomUUID(),
  getRandomValues: (view) => webcrypto.getRandomValues(view),
  timingSafeEqual,
  pbkdf2Sync,
  pbkdf2: later(pbkdf2Sync),
  scryptSync,
  scrypt: later(scryptSync),
  webcrypto,
  subtle: webcrypto.subtle,
  constants: {},
  Hash,
  Hmac,
};
const INSTEAD = "a program has digests, HMAC, pbkdf2, scrypt and random values here";
for (const name of MISSING.split(/\s+/)) crypto[name] = notHere(`crypto.${name}`, INSTEAD);

export default crypto;
