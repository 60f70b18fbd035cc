/** The arguments that several tools take. */

import { z } from "zod";
import { isRecord } from "../mcp/incoming.js";
import { argument } from "./arguments.js";
import { findTextProblem } from "./program-text.js";

const MAX_SESSION_ID_LENGTH = 200;

/**
 * Returns the `code` argument.
 *
 * @param maxBytes The longest program.
 */
export function codeArgument(maxBytes: number): z.ZodString {
  return argument(
    z
      .string()
      .min(1)
      .refine((code) => findTextProblem(code, maxBytes) === null)
      .describe(`The program: 1 to ${maxBytes} bytes of UTF-8 without NUL`),
    `1 to ${maxBytes} bytes of well-formed text without NUL`,
  );
}

/** The `policy` argument. */
export const POLICY: z.ZodOptional<z.ZodString> = argument(
  z.string().min(1).max(100).optional().describe("Name of a policy. Default: the server's policy"),
  "the name of a policy",
);

/** Returns an argument that is one of a few names. */
export function choiceArgument<Name extends string>(
  names: readonly Name[],
  fallback: NoInfer<Name>,
  description: string,
): z.ZodType<Name, Name | undefined> {
  return argument(z.enum(names).default(fallback).describe(description), names.map((name) => `"${name}"`).join(" or "));
}

/** Returns a `session_id` argument. */
export function sessionIdArgument(description: string, must: string): z.ZodOptional<z.ZodString> {
  return argument(z.string().min(1).max(MAX_SESSION_ID_LENGTH).optional().describe(description), must);
}

/** Returns the session that a call names, before its other arguments are looked at; undefined if it names none. */
export function sessionIdIn(args: unknown): string | undefined {
  const id = isRecord(args) ? args["session_id"] : undefined;
  return typeof id === "string" && id !== "" && id.length <= MAX_SESSION_ID_LENGTH ? id : undefined;
}
