/** A command's own options; the settings have been taken out of its arguments by then. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { SetupError } from "../errors.js";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<Known extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: boolean; options: Known }>
>;

/** Every command has it. */
export const HELP = { type: "boolean", short: "h" } as const;

interface Reading {
  /** Arguments that are no options; they are allowed unless this is false. */
  readonly allowPositionals?: boolean;
  /** Begins what is said of a wrong option. */
  readonly blame?: string;
}

/** @throws {SetupError} For an option that is not there or has no value, with the usage. */
export function readOptions<Known extends Options>(
  args: readonly string[],
  usage: string,
  options: Known,
  { allowPositionals = true, blame = "" }: Reading = {},
): Parsed<Known> {
  try {
    return parseArgs({ args: [...args], allowPositionals, options });
  } catch (cause) {
    throw new SetupError(`${blame}${(cause as Error).message}\n\n${usage}`, { cause });
  }
}
