/** How a tool describes its results: a schema, the meaning of each field, and the function that makes one. */

import { z } from "zod";
import type { ToolResult } from "../mcp/tool.js";

/**
 * The meanings of result fields, by schema, for docs/tools.md. They are not in the schema that clients see: each client
 * would pay for them in every conversation.
 */
export const MEANINGS: z.core.$ZodRegistry<{ description: string }> = z.registry<{ description: string }>();

/** Returns the schema of a result field, and keeps its meaning in MEANINGS. */
export function resultField<Schema extends z.ZodType>(schema: Schema, meaning: string): Schema {
  MEANINGS.add(schema, { description: meaning });
  return schema;
}

/** The `notes` field of a result. */
export const NOTES: z.ZodArray<z.ZodString> = resultField(
  z.array(z.string()),
  "Sentences about the way in which the call was read, such as a Markdown fence that was taken off the program, " +
    "and about a policy that the person has allowed or may be asked for",
);

/** The results of a tool: every `Value` has one form, which conforms to the schema. */
export interface ResultFormat<Value> {
  readonly schema: z.ZodObject;
  readonly render: (value: Value) => ToolResult["structured"];
}

/** Pairs a schema with the function that makes results of its type. */
export function defineResult<Schema extends z.ZodObject, Value>(
  schema: Schema,
  render: (value: Value) => z.output<Schema>,
): ResultFormat<Value> {
  return { schema, render };
}
