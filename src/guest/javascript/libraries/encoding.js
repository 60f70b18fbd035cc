/** The texts and bytes of `whatwg-url`, in place of a package for the encodings of old web pages. */

export const percentEncodeAfterEncoding = (_encoding, text, percentEncodeSet) => {
  let result = "";
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    const isEncoded = byte > 0x7e || byte < 0x20 || percentEncodeSet.includes(char);
    result += isEncoded ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}` : char;
  }
  return result;
};
