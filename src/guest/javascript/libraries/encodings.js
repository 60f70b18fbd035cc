/** The names of encodings. */

const NAMES = { utf8: "utf8", "utf-8": "utf8", buffer: "buffer" };

/** Returns the name of an encoding in its plain form. */
export function encodingOf(name) {
  const plain = `${name}`.toLowerCase();
  if (Object.hasOwn(NAMES, plain)) return NAMES[plain];
  if (Buffer.isEncoding(plain)) return plain;
  const message = `The argument 'encoding' is invalid encoding. Received ${realm.inspect(name)}`;
  throw realm.newCodeError("TypeError", "ERR_INVALID_ARG_VALUE", message);
}
