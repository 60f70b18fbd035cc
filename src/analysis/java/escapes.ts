/**
 * Reads `\u0041` the way Java does: before anything else, also in comments and between the letters of a name. `//
 * \u000a System.exit(1);` is a comment and a statement.
 */

export interface Translated {
  /** The program as Java's lexer meets it. A bare carriage return, which ends a line for Java, is a line feed here. */
  readonly text: string;
  /** Where a place in `text` lies in the program as it was sent. */
  readonly origin: (offset: number) => number;
}

/** A backslash and what follows it, or an escape; pairs of backslashes keep a `u` behind them from being one. */
const ESCAPES = /\\(?:u+([\da-fA-F]{4})|[^u]|$)/gs;

/** Returns null for a program that two compilers may read differently. */
export function translateEscapes(code: string): Translated | null {
  if (!code.includes("\\u")) return { text: lineFeeds(code), origin: (offset) => offset };
  let text = "";
  let copied = 0;
  /** Ends of the escapes in the text, and how much longer the program is up to there. */
  const ends: number[] = [];
  const longer: number[] = [];
  for (const match of code.matchAll(ESCAPES)) {
    const [whole, digits] = match;
    if (digits === undefined) continue;
    const letter = String.fromCharCode(Number.parseInt(digits, 16));
    text += code.slice(copied, match.index) + letter;
    copied = match.index + whole.length;
    // Compilers do not agree on what a backslash is that stands behind one made by an escape.
    if (letter === "\\" && code[copied] === "\\" && code[copied + 1] !== "u") return null;
    ends.push(text.length);
    longer.push(copied - text.length);
  }
  text += code.slice(copied);
  return { text: lineFeeds(text), origin: (offset) => offset + (longer[lastUpTo(ends, offset)] ?? 0) };
}

function lineFeeds(text: string): string {
  return text.includes("\r") ? text.replace(/\r(?!\n)/g, "\n") : text;
}

/** Index of the last of the sorted numbers that is not above `limit`; -1 if all are. */
function lastUpTo(sorted: readonly number[], limit: number): number {
  let low = -1;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
