/** The global `crypto`: random values, and the digests of `crypto.subtle`. */

const hashes = realm.load("hashes");
const { DOMException } = realm.load("web");
const WHOLE = realm.typedArrayNames.filter((name) => !name.startsWith("Float"));
const DIGESTS = { "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };
const MAX_RANDOM_BYTES = 65536;

function bytesOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (realm.kindOf(value) === "ArrayBuffer") return new Uint8Array(value);
  throw realm.newCodeError(
    "TypeError",
    "ERR_INVALID_ARG_TYPE",
    "The data must be an ArrayBuffer or a view of one, such as the result of new TextEncoder().encode(text)",
  );
}

function notHere(name) {
  return async () => {
    throw new DOMException(
      `Cannot use crypto.subtle.${name}: a program has the digests SHA-1, SHA-256, SHA-384 and SHA-512 here; ` +
        "for HMAC run Python with hmac and hashlib",
      "NotSupportedError",
    );
  };
}

class SubtleCrypto {
  async digest(algorithm, data) {
    const name = `${algorithm !== null && typeof algorithm === "object" ? algorithm.name : algorithm}`.toUpperCase();
    if (!Object.hasOwn(DIGESTS, name)) throw new DOMException("Unrecognized algorithm name", "NotSupportedError");
    return hashes[DIGESTS[name]](bytesOf(data).slice()).buffer;
  }
}
const METHODS = "encrypt decrypt sign verify generateKey deriveKey deriveBits importKey exportKey wrapKey unwrapKey";
for (const name of METHODS.split(" "))
  Object.defineProperty(SubtleCrypto.prototype, name, { value: notHere(name), writable: true, configurable: true });

const subtle = new SubtleCrypto();

class Crypto {
  get subtle() {
    return subtle;
  }

  getRandomValues(view) {
    if (!ArrayBuffer.isView(view) || !WHOLE.includes(Object.prototype.toString.call(view).slice(8, -1)))
      throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
    if (view.byteLength > MAX_RANDOM_BYTES)
      throw new DOMException(`The requested length exceeds 65,536 bytes`, "QuotaExceededError");
    realm.fillRandom(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    return view;
  }

  randomUUID() {
    const bytes = realm.fillRandom(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = "";
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
      text += bytes[i].toString(16).padStart(2, "0");
    }
    return text;
  }
}
for (const [owner, name] of [
  [Crypto, "Crypto"],
  [SubtleCrypto, "SubtleCrypto"],
])
  Object.defineProperty(owner.prototype, Symbol.toStringTag, { value: name, configurable: true });

export default { crypto: new Crypto() };
