/**
 * Replaces Unicode escapes as Java does: before it reads the program, also in comments and inside names. For example,
 * `\u000a` in a line comment ends the comment, so the rest of the line runs.
 */

export interface Translated {
  /** The program that Java's lexer reads. A single carriage return, which ends a line in Java, becomes a line feed. */
  readonly text: string;
  /** Converts an offset in `text` to one in the program as it was sent. */
  readonly origin: (offset: number) => number;
}

/** An escape, or a backslash with the next character. A `u` after a pair of backslashes begins no escape. */
const ESCAPES = /\\(?:u+([\da-fA-F]{4})|[^u]|$)/gs;

/** Returns null for a program that two compilers may read in different ways. */
export function translateEscapes(code: string): Translated | null {
  if (!code.includes("\\u")) return { text: toLineFeeds(code), origin: (offset) => offset };
  let text = "";
  let copied = 0;
  /** Ends of the escapes in `text`, and the number of characters that the program is longer up to each of them. */
  const ends: number[] = [];
  const longer: number[] = [];
  for (const match of code.matchAll(ESCAPES)) {
    const [whole, digits] = match;
    if (digits === undefined) continue;
    const letter = String.fromCharCode(Number.parseInt(digits, 16));
    text += code.slice(copied, match.index) + letter;
    copied = match.index + whole.length;
    // Compilers read a backslash after an escaped backslash in different ways.
    if (letter === "\\" && code[copied] === "\\" && code[copied + 1] !== "u") return null;
    ends.push(text.length);
    longer.push(copied - text.length);
  }
  text += code.slice(copied);
  return { text: toLineFeeds(text), origin: (offset) => offset + (longer[lastUpTo(ends, offset)] ?? 0) };
}

function toLineFeeds(text: string): string {
  return text.includes("\r") ? text.replace(/\r(?!\n)/g, "\n") : text;
}

/** Index of the last of the sorted numbers that is at most `limit`; -1 if there is none. */
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
