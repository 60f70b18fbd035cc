/** The inputs of a call. Long texts travel to the guest as bytes, everything else as JSON. */

import { createHash } from "node:crypto";
import { sha256 } from "../digest.js";
import { MAX_INPUTS_SIZE } from "../limits.js";
import type { GuestText, Json } from "../sandbox/engine.js";
import { eachJsonPiece } from "./json-pieces.js";

/** Values by the names of the variables that they become. */
export type Inputs = { readonly [name: string]: Json };

/** Inputs without their long texts, and the long texts. */
export interface SplitInputs {
  /** Null stands in the place of each long text. */
  readonly inputs: Inputs;
  /** The same as JSON, if it was made already. */
  readonly inputsJson?: string;
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

/** What was found in the inputs of long messages. An entry goes when the call is over. */
const measured = new WeakMap<object, { readonly size: number; readonly restJson: string | undefined }>();

/** Measures the inputs of a long message, with other work of the server between the steps. */
export async function measureInSteps(inputs: Inputs): Promise<void> {
  let size = 0;
  await eachJsonPiece(inputs, (piece) => (size += Buffer.byteLength(piece, "utf8")));
  let restJson: string | undefined;
  if (size <= MAX_INPUTS_SIZE) {
    restJson = "";
    await eachJsonPiece(splitInputs(inputs).inputs, (piece) => (restJson += piece));
  }
  measured.set(inputs, { size, restJson });
}

/** True for inputs of a long message. */
export function areMeasured(inputs: Inputs): boolean {
  return measured.has(inputs);
}

/** Returns the size of a value as JSON, in bytes. */
export function sizeAsJson(value: object): number {
  return measured.get(value)?.size ?? Buffer.byteLength(JSON.stringify(value) ?? "", "utf8");
}

/** Returns the SHA-256 of inputs as JSON, in hexadecimal. Of a long message's it takes steps. */
export async function hashInputs(inputs: Inputs): Promise<string> {
  if (!areMeasured(inputs)) return sha256(JSON.stringify(inputs));
  const hash = createHash("sha256");
  await eachJsonPiece(inputs, (piece) => hash.update(piece));
  return hash.digest("hex");
}

/**
 * Returns true if the inputs have at most `maxBytes` bytes as JSON. Makes the JSON only if the size is close to the
 * limit: of a megabyte that takes milliseconds.
 */
export function fitsAsJson(inputs: Inputs, maxBytes: number): boolean {
  const known = measured.get(inputs);
  if (known !== undefined) return known.size <= maxBytes;
  const { inputs: rest, texts } = splitInputs(inputs);
  const isPlain = texts.every(({ name }) => !LONG_ESCAPES.test(inputs[name] as string));
  const upperBound = texts.reduce(
    (sum, { bytes }) => sum + 2 * bytes.length,
    Buffer.byteLength(JSON.stringify(rest), "utf8"),
  );
  return (isPlain && upperBound <= maxBytes) || Buffer.byteLength(JSON.stringify(inputs), "utf8") <= maxBytes;
}

/** Returns the parts of a job that inputs make. */
export function inputsOfJob(inputs: Inputs): SplitInputs {
  const inputsJson = measured.get(inputs)?.restJson;
  return { ...splitInputs(inputs), ...(inputsJson === undefined ? {} : { inputsJson }) };
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
