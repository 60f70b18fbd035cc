/**
 * Counts what a pattern grows to when its repetitions are written out, before the library does so. A pattern of seven
 * characters can stand for a million: the library would write them all out before it could tell their number.
 */

/** Counted repetitions: `{3}`, `{3,}`, `{3,5}`. Anything else in braces is text. */
const COUNTED = /\{(\d{1,9})(?:(,)(\d{0,9}))?\}/y;
/** An escape; a class of Unicode or a code point has more than one character behind the backslash. */
const ESCAPE = /\\(?:Q[^\\]*(?:\\(?!E)[^\\]*)*(?:\\E)?|[pPx]\{[^}]*\}|[\s\S]?)/y;
const CHARACTER_CLASS = /\[\^?\]?(?:[^\]\\[]|\\[\s\S]?|\[:\^?[a-z]*:\]|\[)*\]?/y;
/** Flags, or the name of a group. */
const GROUP = /\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:?))?/y;

/** What stands in one pair of parentheses. */
interface Group {
  size: number;
  /** Size of the part that a repetition would repeat. */
  last: number;
}

/**
 * Returns the number of parts that a pattern grows to, or a number above `limit` as soon as it is exceeded. Equal
 * starts of alternatives count each time, although the library joins them.
 */
export function grownSize(pattern: string, limit: number): number {
  const groups: Group[] = [{ size: 0, last: 0 }];
  const add = (size: number): void => {
    const group = groups.at(-1) as Group;
    group.size += size;
    group.last = size;
  };
  for (let at = 0; at < pattern.length;) {
    const group = groups.at(-1) as Group;
    if (group.size > limit) return group.size;
    const found = readPart(pattern, at);
    at += found.text.length;
    if (found.kind === "open") groups.push({ size: 0, last: 0 });
    else if (found.kind === "close" && groups.length > 1) add((groups.pop() as Group).size + 2);
    else if (found.kind === "repetition") {
      const grown = group.last * found.times + found.times;
      group.size += grown - group.last;
      group.last = grown;
    } else add(found.kind === "text" ? found.text.length : 1);
  }
  return groups.reduce((sum, { size }) => sum + size, 0);
}

type Part =
  | { readonly kind: "open" | "close" | "one" | "text"; readonly text: string }
  | { readonly kind: "repetition"; readonly text: string; readonly times: number };

function readPart(pattern: string, at: number): Part {
  const match = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    return expression.exec(pattern);
  };
  const text = pattern[at] ?? "";
  const read = (expression: RegExp): string => match(expression)?.[0] ?? text;
  switch (text) {
    case "\\": {
      const escape = read(ESCAPE);
      return { kind: escape.startsWith("\\Q") ? "text" : "one", text: escape };
    }
    case "[":
      return { kind: "one", text: read(CHARACTER_CLASS) };
    case "(":
      return { kind: "open", text: read(GROUP) };
    case ")":
      return { kind: "close", text };
    case "*":
    case "+":
    case "?":
      return { kind: "repetition", text, times: 1 };
    case "{": {
      const counted = match(COUNTED);
      if (counted === null) return { kind: "one", text };
      const [all, least = "0", comma, most = ""] = counted;
      const times = comma !== undefined && most === "" ? Number(least) + 1 : Math.max(Number(least), Number(most));
      return { kind: "repetition", text: all, times };
    }
    default:
      return { kind: "one", text };
  }
}
