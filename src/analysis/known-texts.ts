/** The texts that an expression may be, as far as they are known: whole, or only their beginning. */

import { isOutside } from "./workspace-paths.js";

export interface KnownText {
  readonly text: string;
  /** False if any text may follow. */
  readonly isWhole: boolean;
}

export type KnownTexts = readonly KnownText[];

export const NO_TEXTS: KnownTexts = [];

/** Most texts of one expression. */
const MAX_TEXTS = 12;
/** Longest text. A path is shorter. */
const MAX_LENGTH = 1_024;

export function wholeText(text: string): KnownText {
  return text.length > MAX_LENGTH ? { text: text.slice(0, MAX_LENGTH), isWhole: false } : { text, isWhole: true };
}

/** Leaves out what is there twice. If there are too many, those that lead out of the workspace stay. */
export function limitTexts(all: KnownTexts): KnownTexts {
  if (all.length <= 1) return all;
  const found = [...new Map(all.map((one) => [`${one.text}${one.isWhole ? "" : "*"}`, one])).values()];
  if (found.length <= MAX_TEXTS) return found;
  const outside = found.filter((one) => outsidePath(one) !== null);
  return [...outside, ...found.filter((one) => outsidePath(one) === null)].slice(0, MAX_TEXTS);
}

/** Both texts, one after the other. What follows an unknown part is unknown too. */
export function concatTexts(before: KnownTexts, after: KnownTexts): KnownTexts {
  return combine(before, after, (a, b) => a + b);
}

/**
 * Joins two paths.
 *
 * @param startsOver True if an absolute part drops those before it.
 */
export function joinTexts(before: KnownTexts, after: KnownTexts, startsOver = true): KnownTexts {
  const joined = (a: string, b: string): string => {
    if ((startsOver && b.startsWith("/")) || a === "") return b;
    return `${a.replace(/\/$/, "")}/${b}`;
  };
  const unknown = after.length === 0;
  return combine(before, unknown ? [{ text: "", isWhole: false }] : after, joined);
}

function combine(before: KnownTexts, after: KnownTexts, put: (a: string, b: string) => string): KnownTexts {
  const found = before.flatMap((a): KnownTexts => {
    if (!a.isWhole) return [a];
    if (after.length === 0) return [{ text: a.text, isWhole: false }];
    return after.map((b) => {
      const sum = wholeText(put(a.text, b.text));
      return { text: sum.text, isWhole: sum.isWhole && b.isWhole };
    });
  });
  return limitTexts(found);
}

/** The path that a text is, if it leads out of the workspace. Of a beginning, only its directory is known. */
export function outsidePath({ text, isWhole }: KnownText): string | null {
  const path = isWhole ? text : text.slice(0, text.lastIndexOf("/") + 1);
  return path !== "" && (isWhole || path !== "/") && isOutside(path) ? path : null;
}
