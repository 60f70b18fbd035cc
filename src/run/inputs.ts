/** The inputs of a call: measured once, and parted into what travels as JSON and what travels as it is. */

import type { GuestText, Json } from "../sandbox/engine.js";

export type Inputs = { readonly [name: string]: Json };

export interface PartedInputs {
  readonly inputs: Inputs;
  readonly texts: readonly GuestText[];
}

/** From this length on, in UTF-16 units, a text is handed over as bytes: interpreters read JSON slowly. */
const LONG_TEXT = 4_096;

/** What JSON spells with more than two bytes of escape; nearly no text has any. */
const LONG_ESCAPES = /[\0-\x07\x0b\x0e-\x1f\ud800-\udfff]/;

/**
 * Says whether the inputs, as JSON, have at most `maxBytes` bytes. Makes the JSON only where it could be close: of a
 * megabyte that takes milliseconds.
 */
export function fitsAsJson(inputs: Inputs, maxBytes: number): boolean {
  const { inputs: rest, texts } = partInputs(inputs);
  const isPlain = texts.every(({ name }) => !LONG_ESCAPES.test(inputs[name] as string));
  const most = texts.reduce(
    (sum, { bytes }) => sum + 2 * bytes.length,
    Buffer.byteLength(JSON.stringify(rest), "utf8"),
  );
  return (isPlain && most <= maxBytes) || Buffer.byteLength(JSON.stringify(inputs), "utf8") <= maxBytes;
}

/**
 * Takes long texts out; null stands in their places. One that has half a surrogate pair in it stays, for UTF-8 has no
 * way to write it.
 */
export function partInputs(inputs: Inputs): PartedInputs {
  const known = parted.get(inputs) ?? part(inputs);
  parted.set(inputs, known);
  return known;
}

/** The size of a call's inputs is looked at before they are sent. */
const parted = new WeakMap<Inputs, PartedInputs>();

function part(inputs: Inputs): PartedInputs {
  const isLong = (value: Json): value is string =>
    typeof value === "string" && value.length >= LONG_TEXT && value.isWellFormed();
  const entries = Object.entries(inputs);
  return {
    inputs: Object.fromEntries(entries.map(([name, value]) => [name, isLong(value) ? null : value])),
    texts: entries.flatMap(([name, value]) => (isLong(value) ? [{ name, bytes: Buffer.from(value, "utf8") }] : [])),
  };
}
