/** Reads the options of a command. The settings are no longer among its arguments. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { SetupError } from "../errors.js";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<Known extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: boolean; options: Known }>
>;

/** The option that every command has. */
export const HELP = { type: "boolean", short: "h" } as const;

interface Reading {
  /** False if the command takes no arguments except options. True by default. */
  readonly allowPositionals?: boolean;
  /** Begins the message about a wrong option. */
  readonly blame?: string;
}

/** @throws {SetupError} If an option is unknown or has no value. The message ends with the usage. */
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
