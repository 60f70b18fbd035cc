/**
 * Shows text of a checked program on a terminal. A character that would move the cursor, change colours or reorder the
 * line is written as its number. The width of every other character is known, so that a mark can stand under it.
 */

/**
 * Characters that are not visible: control characters, format characters (bidirectional controls, joiners, tags), line
 * separators, and halves of surrogate pairs.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const NO_WIDTH = /^[\p{Mn}\p{Me}]$/u;
const HALF_WIDTH = /^[\uff61-\uffdc\uffe8-\uffee]$/u;
const FULL_WIDTH = new RegExp(
  "^[" +
    ["Han", "Hiragana", "Katakana", "Hangul", "Bopomofo", "Yi"].map((script) => `\\p{Script=${script}}`).join("") +
    "\\p{Emoji_Presentation}\\u3000-\\u303e\\uff01-\\uff60\\uffe0-\\uffe6]$",
  "u",
);

const TAB_WIDTH = 4;

/** Longest part of a line that is shown, and the longest part of it before the mark, in UTF-16 units. */
const MAX_SHOWN = 160;
const MAX_BEFORE = 60;

/** Returns the text with every invisible character written as its number: `<U+202E>`. */
export function visible(text: string): string {
  return text.replace(
    INVISIBLE,
    (char) => `<U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`,
  );
}

/**
 * Returns a line, and a line of carets under its part from `from` to `to`. These are offsets in UTF-16 units. There is
 * at least one caret. A long line is shortened to the part around it.
 */
export function underline(line: string, from: number, to: number): readonly [shown: string, carets: string] {
  const start = line.length <= MAX_SHOWN ? 0 : boundary(line, Math.max(0, from - MAX_BEFORE));
  const end = boundary(line, Math.min(line.length, start + MAX_SHOWN));
  let shown = start > 0 ? "... " : "";
  let width = shown.length;
  let before = width;
  let marked = 0;
  let offset = start;
  for (const char of line.slice(start, end)) {
    const text = char === "\t" ? " ".repeat(TAB_WIDTH - (width % TAB_WIDTH)) : visible(char);
    const added = text.length > char.length ? text.length : widthOf(text);
    if (offset < from) before += added;
    else if (offset < to) marked += added;
    shown += text;
    width += added;
    offset += char.length;
  }
  return [end < line.length ? `${shown} ...` : shown, " ".repeat(before) + "^".repeat(Math.max(1, marked))];
}

/** Returns the columns that a character has on a terminal. */
function widthOf(char: string): number {
  if (NO_WIDTH.test(char)) return 0;
  return FULL_WIDTH.test(char) && !HALF_WIDTH.test(char) ? 2 : 1;
}

/** Returns `at`, or one less if `at` is inside a surrogate pair. */
function boundary(line: string, at: number): number {
  return at > 0 && (line.codePointAt(at - 1) ?? 0) > 0xffff ? at - 1 : at;
}
