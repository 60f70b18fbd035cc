/** What a tool is: data and a handler. Handlers know nothing of the protocol. */

import type { z } from "zod";
import type { Caller } from "../caller.js";
import { Fault } from "../errors.js";
import type { Log } from "../log.js";
import { asEnding, type EndingView, endingView } from "./render.js";

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
  /**
   * Takes the arguments as they came and checks them itself.
   *
   * @throws {Refusal | Fault} Shown by `present`.
   */
  readonly handle: (args: unknown, context: CallContext) => Promise<ToolResult>;
  /** Gives an ending that is no result the shape of the output schema. */
  readonly present: (ending: EndingView, context: CallContext) => ToolResult["structured"];
}

/**
 * Calls a tool. Never throws: whatever was thrown is shown in the tool's own shape, and a fault's cause goes to the
 * log.
 */
export async function callTool(tool: Tool, args: unknown, context: CallContext, log: Log): Promise<ToolResult> {
  try {
    return await tool.handle(args, context);
  } catch (error) {
    const ending = asEnding(error);
    if (ending instanceof Fault)
      log.error({ tool: tool.name, fault: ending.id, err: ending, cause: ending.cause }, "fault");
    else log.info({ tool: tool.name, reason: ending.reason }, "refused");
    return { structured: tool.present(endingView(ending), context), isError: true };
  }
}
