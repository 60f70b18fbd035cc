/** Reads the literals of Python: whole numbers, and the escapes in strings. */

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\n": "",
  "\r": "",
};

/** Returns null for a number that JavaScript cannot hold exactly. */
export function readInteger(text: string): number | null {
  const value = Number(text.replaceAll("_", ""));
  return Number.isSafeInteger(value) ? value : null;
}

/** Returns null if a character is written by its name, as in `\N{BULLET}`: there is no table of the names here. */
export function unescapeString(text: string, isBytes: boolean): string | null {
  if (!isBytes && text.includes("\\N{")) return null;
  return text.replace(
    /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{1,3})|(\r\n|[^]))/gi,
    (whole, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if (other !== undefined)
        return other === "\r\n" ? "" : (SIMPLE_ESCAPES[other] ?? (/[\\'"]/.test(other) ? other : whole));
      const point = Number.parseInt(x ?? u ?? U ?? "", 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}
