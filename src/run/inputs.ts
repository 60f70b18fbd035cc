/** The inputs of a call: measured once, and parted into what travels as JSON and what travels as it is. */

import type { GuestText, Json } from "../sandbox/engine.js";

export type Inputs = { readonly [name: string]: Json };

/** From this length on, in UTF-16 units, a text is handed over as bytes: interpreters read JSON slowly. */
const LONG_TEXT = 4_096;

const known = new WeakMap<Inputs, string>();

/** The inputs as JSON. Their size, their hash and the job want it, and it is made once. */
export function jsonOf(inputs: Inputs): string {
  let json = known.get(inputs);
  if (json === undefined) known.set(inputs, (json = JSON.stringify(inputs)));
  return json;
}

/** Takes long texts out; null stands in their places. One that has half a surrogate pair in it stays, for UTF-8 has no way to write it. */
export function partInputs(inputs: Inputs): { readonly inputs: Inputs; readonly texts: readonly GuestText[] } {
  const isLong = (value: Json): value is string => typeof value === "string" && value.length >= LONG_TEXT && value.isWellFormed();
  const entries = Object.entries(inputs);
  return {
    inputs: Object.fromEntries(entries.map(([name, value]) => [name, isLong(value) ? null : value])),
    texts: entries.flatMap(([name, value]) => (isLong(value) ? [{ name, bytes: Buffer.from(value, "utf8") }] : [])),
  };
}
