/**
 * The conversion of host names for `URL`, in place of the tables of `tr46`, which would be larger than all the rest.
 *
 * A name of plain letters, digits and hyphens needs no table. A name with other letters is lowered and normalized by
 * the language. What the tables treat in their own way is refused with a sentence. So no name is converted wrongly.
 */

import punycode from "punycode/";

const PLAIN = /^[\0-\x7f]*$/;
/** Letters whose lower and normal form is that of the tables too. */
const LETTERS = new RegExp(
  "^[\\0-\\x7f\\p{sc=Latin}\\p{sc=Greek}\\p{sc=Cyrillic}\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}" +
    "\\u30fc\\u3002]*$",
  "u",
);
/** Letters that the tables keep, map in two ways, or forbid. */
const SPECIAL = /[\u1e9e\u0130\u03f4\u2132\u2183]/;

export function toASCII(domain) {
  const mapped = PLAIN.test(domain) ? domain.toLowerCase() : mapLetters(domain);
  const labels = mapped.split(".");
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!PLAIN.test(label)) labels[i] = `xn--${punycode.encode(label)}`;
    else if (label.startsWith("xn--") && !isEncoded(label.slice(4))) return null;
  }
  return labels.join(".");
}

function mapLetters(domain) {
  const whole = domain.normalize("NFC");
  if (!LETTERS.test(whole) || SPECIAL.test(whole))
    throw realm.newError(
      "TypeError",
      `Cannot convert the host name ${realm.quote(domain)}: a program can use Latin, Greek, Cyrillic, Chinese, ` +
        "Japanese and Korean letters; give the name in its form with xn--",
    );
  // A capital sigma becomes the small one, also at the end of a word, where the language makes another letter of it.
  return whole
    .replace(/\u03a3/g, "\u03c3")
    .toLowerCase()
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\u3002/g, ".");
}

function isEncoded(text) {
  try {
    const decoded = punycode.decode(text);
    return (
      decoded !== "" &&
      !PLAIN.test(decoded) &&
      decoded.normalize("NFC") === decoded &&
      punycode.encode(decoded) === text
    );
  } catch {
    return false;
  }
}

export function toUnicode(domain) {
  const labels = domain.split(".");
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i].toLowerCase();
    if (label.startsWith("xn--") && isEncoded(label.slice(4))) labels[i] = punycode.decode(label.slice(4));
  }
  return { domain: labels.join("."), error: false };
}

export default { toASCII, toUnicode };
