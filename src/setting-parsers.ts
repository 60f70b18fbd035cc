/** The parsers of settings: each turns the text of a setting into its value. */

import path from "node:path";

/** Returns undefined for a text that is not allowed. */
export type Parser<Value> = (text: string) => Value | undefined;

export const MIB = 1_048_576;

export const oneOf =
  <Name extends string>(...names: readonly Name[]): Parser<Name> =>
  (text) =>
    names.find((name) => name === text);

export const flag: Parser<boolean> = (text) =>
  text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : undefined;

/** Accepts only `false` and `0`. */
export const onlyFalse: Parser<false> = (text) => (flag(text) === false ? false : undefined);

/** Parses a decimal number without a sign or an exponent. */
export const number =
  (min: number, max: number): Parser<number> =>
  (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };

export const wholeNumber =
  (min: number, max: number): Parser<number> =>
  (text) => {
    const value = number(min, max)(text);
    return Number.isInteger(value) ? value : undefined;
  };

/** Parses Docker's spelling of a size, a number and b, k, m or g, to bytes. */
export const size =
  (min: number, max: number): Parser<number> =>
  (text) => {
    const [, digits, unit] = /^(\d+)([bkmg])$/i.exec(text) ?? [];
    if (digits === undefined || unit === undefined) return undefined;
    const bytes = Number(digits) * 1024 ** "bkmg".indexOf(unit.toLowerCase());
    return bytes >= min && bytes <= max ? bytes : undefined;
  };

/** Accepts names and ids of images, and nothing that Docker could take for an option. */
export const imageName: Parser<string> = (text) => (/^[a-z0-9][a-zA-Z0-9._/:@-]{0,254}$/.test(text) ? text : undefined);

export const policyName: Parser<string> = (text) => (/^[a-z][a-z0-9_-]{0,49}$/.test(text) ? text : undefined);

/** Parses names separated by commas; spaces around them and empty entries are ignored. */
export const policyNames: Parser<readonly string[]> = (text) => {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.every((name) => policyName(name) !== undefined) ? names : undefined;
};

/** Parses absolute directories, separated as in PATH. */
export const directories: Parser<readonly string[]> = (text) => {
  const roots = text.split(path.delimiter).filter((root) => root !== "");
  return roots.every((root) => path.isAbsolute(root) && !root.includes("\0")) ? roots : undefined;
};

/** Parses the path of a file to an absolute one; empty text stays empty. */
export const filePath: Parser<string> = (text) => {
  if (text.includes("\0")) return undefined;
  return text === "" ? "" : path.resolve(text);
};

/** Parses names of files in which `*` stands for any characters. A name of `*` alone would restrict every file. */
export const fileNames: Parser<readonly string[]> = (text) => {
  const names = text === "" ? [] : text.split(",").map((name) => name.trim());
  return names.every((name) => /^[^/\\\0]+$/.test(name) && !/^\*+$/.test(name)) ? names : undefined;
};
