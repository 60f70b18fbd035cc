/** The inputs of a call. Long texts travel to the guest as bytes, everything else as JSON. */

import type { GuestText, Json } from "../sandbox/engine.js";

/** Values by the names of the variables that they become. */
export type Inputs = { readonly [name: string]: Json };

/** Inputs without their long texts, and the long texts. */
export interface SplitInputs {
  /** Null stands in the place of each long text. */
  readonly inputs: Inputs;
  readonly texts: readonly GuestText[];
}

/** From this length on, in UTF-16 units, a text travels as bytes: interpreters read JSON slowly. */
const LONG_TEXT = 4_096;

/** Characters that JSON escapes with more than two bytes. Few texts have any. */
const LONG_ESCAPES = /[\0-\x07\x0b\x0e-\x1f\ud800-\udfff]/;

/**
 * Results by inputs. The size of a call's inputs is checked before they are sent, and both need the split. An entry
 * goes when the call is over.
 */
const splitByInputs = new WeakMap<Inputs, SplitInputs>();

/**
 * Returns true if the inputs have at most `maxBytes` bytes as JSON. Makes the JSON only if the size is close to the
 * limit: of a megabyte that takes milliseconds.
 */
export function fitsAsJson(inputs: Inputs, maxBytes: number): boolean {
  const { inputs: rest, texts } = splitInputs(inputs);
  const isPlain = texts.every(({ name }) => !LONG_ESCAPES.test(inputs[name] as string));
  const upperBound = texts.reduce(
    (sum, { bytes }) => sum + 2 * bytes.length,
    Buffer.byteLength(JSON.stringify(rest), "utf8"),
  );
  return (isPlain && upperBound <= maxBytes) || Buffer.byteLength(JSON.stringify(inputs), "utf8") <= maxBytes;
}

/** Takes the long texts out. A text with half a surrogate pair stays, because UTF-8 cannot encode it. */
export function splitInputs(inputs: Inputs): SplitInputs {
  const known = splitByInputs.get(inputs) ?? split(inputs);
  splitByInputs.set(inputs, known);
  return known;
}

function split(inputs: Inputs): SplitInputs {
  const isLong = (value: Json): value is string =>
    typeof value === "string" && value.length >= LONG_TEXT && value.isWellFormed();
  const entries = Object.entries(inputs);
  return {
    inputs: Object.fromEntries(entries.map(([name, value]) => [name, isLong(value) ? null : value])),
    texts: entries.flatMap(([name, value]) => (isLong(value) ? [{ name, bytes: Buffer.from(value, "utf8") }] : [])),
  };
}
