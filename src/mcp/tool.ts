/** What a tool is: data and a handler. Handlers know nothing of the protocol. */

import type { z } from "zod";

export interface CallContext {
  /** Whose call it is: one connection. */
  readonly caller: string;
  /** Aborted when the client cancels, or goes away. */
  readonly signal: AbortSignal;
  /** Tells the client how far the call is, if the client asked to be told. */
  readonly progress: (message: string) => void;
}

export interface ToolResult {
  /** Conforms to the tool's output schema. */
  readonly structured: { readonly [key: string]: unknown };
  readonly isError: boolean;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: z.ZodType;
  readonly outputSchema: z.ZodType;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  /**
   * Takes the arguments as they came and checks them itself, so that every
   * ending has the shape of the output schema. Throws nothing but our own defects.
   */
  readonly handle: (args: unknown, context: CallContext) => Promise<ToolResult>;
}
