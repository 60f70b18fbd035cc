/** A tool as the protocol sees it: data and one function. Tools know nothing of the protocol. */

import type { z } from "zod";
import type { Caller } from "../caller.js";

export interface CallContext {
  /** Whose call it is, and what its client can be asked. */
  readonly caller: Caller;
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
  /** Takes the arguments as they came and checks them. Never rejects: a refusal or a fault is a result too. */
  readonly call: (args: unknown, context: CallContext) => Promise<ToolResult>;
}
