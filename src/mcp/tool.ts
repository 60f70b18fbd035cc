/** A tool as the protocol sees it: data and one function. A tool knows nothing of the protocol. */

import type { z } from "zod";
import type { Caller } from "../caller.js";

/** The surroundings of one call. */
export interface CallContext {
  readonly caller: Caller;
  /** Aborted when the client cancels the call or closes the connection. */
  readonly signal: AbortSignal;
  /** Reports a new stage of the call to the client, if the client asked for reports. */
  readonly progress: (stage: string) => void;
}

/** The answer to one call. */
export interface ToolResult {
  /** Conforms to the tool's output schema. */
  readonly structured: { readonly [key: string]: unknown };
  readonly isError: boolean;
}

/** One tool. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: z.ZodObject;
  readonly outputSchema: z.ZodObject;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  /** Takes the arguments as they came and checks them. Never rejects: a refusal or a fault is a result too. */
  readonly call: (args: unknown, context: CallContext) => Promise<ToolResult>;
}
