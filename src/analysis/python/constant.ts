/**
 * Constant values of Python (text, bytes, whole numbers, and lists of these) and the operators on them. A result is
 * null if it is unknown or a value of another type.
 */

export type Constant = string | number | Uint8Array | readonly Constant[];

/** Longest text or list that is computed. A check must take milliseconds. */
const MAX_LENGTH = 20_000;

/** Returns null instead of a value that is too large. */
export function boundConstant(value: Constant | null): Constant | null {
  if (value === null || typeof value === "number") return value === null || Number.isSafeInteger(value) ? value : null;
  return value.length > MAX_LENGTH ? null : value;
}

/** The value as text to search in: bytes as Latin-1, lists with spaces between their items. */
export function printConstant(value: Constant): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  return Array.isArray(value) ? value.map(printConstant).join(" ") : String(value);
}

/** The characters, bytes or items of a value. Null for a number. */
export function itemsOf(value: Constant): readonly Constant[] | null {
  if (typeof value === "string") return [...value];
  if (value instanceof Uint8Array) return [...value];
  return Array.isArray(value) ? (value as Constant[]) : null;
}

/** Joins items to a value of the same type as `whole`. */
function joinLike(whole: Constant, items: readonly Constant[]): Constant {
  if (typeof whole === "string") return items.join("");
  return whole instanceof Uint8Array ? Uint8Array.from(items as number[]) : items;
}

/** The character of a code point. */
export function characterOf(point: number): string | null {
  return point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : null;
}

export function addConstants(a: Constant | null, b: Constant | null): Constant | null {
  if (a === null || b === null) return null;
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b]);
  return Array.isArray(a) && Array.isArray(b) ? [...(a as Constant[]), ...(b as Constant[])] : null;
}

/** `"ab" * 2`, `[0] * 3`. */
export function repeatConstant(a: Constant, count: number): Constant | null {
  if (typeof a === "number" || count * a.length > MAX_LENGTH) return null;
  const items = itemsOf(a) ?? [];
  return joinLike(a, Array.from({ length: Math.max(0, count) }, () => items).flat());
}

export function computeArithmetic(operator: string, a: number, b: number): number | null {
  switch (operator) {
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "//":
      return b === 0 ? null : Math.floor(a / b);
    case "%":
      return b === 0 ? null : a - b * Math.floor(a / b);
    case "**":
      return b >= 0 ? a ** b : null;
    case "^":
    case "|":
    case "&":
      if (a < 0 || b < 0 || a > 0x7fffffff || b > 0x7fffffff) return null;
      return operator === "^" ? a ^ b : operator === "|" ? a | b : a & b;
    case "<<":
      return b >= 0 && b < 50 ? a * 2 ** b : null;
    case ">>":
      return b >= 0 && b < 50 ? Math.floor(a / 2 ** b) : null;
    default:
      return null;
  }
}

/** `"%s%c" % (...)`, with the conversions that make letters. */
export function formatPercent(template: string, given: Constant): string | null {
  const values = Array.isArray(given) ? [...(given as Constant[])] : [given];
  let isKnown = true;
  const text = template.replace(/%(.)/gs, (_, kind: string) => {
    if (kind === "%") return "%";
    const value = values.shift();
    if (kind === "c" && typeof value === "number") return characterOf(value) ?? "";
    if ((kind === "s" || kind === "c") && typeof value === "string") return value;
    if ((kind === "s" || kind === "d" || kind === "i") && typeof value === "number") return String(value);
    isKnown = false;
    return "";
  });
  return isKnown && values.length === 0 ? text : null;
}

/** `whole[start:stop:step]`. A part is null if the program does not write it. */
export function sliceConstant(
  whole: Constant,
  items: readonly Constant[],
  [start = null, stop = null, written = null]: readonly (number | null)[],
): Constant {
  const step = written ?? 1;
  if (step === 0) return joinLike(whole, []);
  const { length } = items;
  const place = (index: number): number => (index < 0 ? index + length : index);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number): number => Math.min(Math.max(index, low), high);
  const from = clamp(start === null ? (step > 0 ? 0 : length - 1) : place(start));
  const to = stop === null ? (step > 0 ? length : -1) : clamp(place(stop));
  const found: Constant[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) {
    const item = items[at];
    if (item !== undefined) found.push(item);
  }
  return joinLike(whole, found);
}
