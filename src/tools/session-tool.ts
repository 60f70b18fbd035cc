/**
 * How a session tool is declared: data and a handler.
 *
 * Every call takes the same steps. It enters its session and counts for the rate before its arguments are looked at,
 * so a client cannot try out arguments free of charge. Then its arguments are parsed, and the handler runs. This file
 * is the only one that ends the visit, and the only one that turns a thrown error into a result.
 */

import type { z } from "zod";
import { Fault, Refusal } from "../errors.js";
import type { Log } from "../log.js";
import type { CallContext, Tool, ToolResult } from "../mcp/tool.js";
import type { Session, Visit } from "../session/session.js";
import type { SessionStore } from "../session/session-store.js";
import { type Field, parseArguments, schemaOf, sessionIdIn } from "./arguments.js";
import { asEnding, type EndingView, endingView } from "./endings.js";

/** The parts of the application that every session tool needs. */
export interface SessionToolParts {
  readonly sessions: SessionStore;
  readonly log: Log;
}

export interface SessionToolDeclaration<Arguments> extends Pick<
  Tool,
  "name" | "title" | "description" | "outputSchema" | "annotations"
> {
  /** A call may name its session only if `session_id` is among them. Otherwise it enters the connection's own. */
  readonly fields: Readonly<Record<string, Field>>;
  /** True if a call with bad input counts for the session's budget, as a call that runs a program does. */
  readonly chargesBadInput: boolean;
  /**
   * Checks fields against each other.
   *
   * @throws {Refusal} `bad-input`.
   */
  readonly assertConsistent?: (args: Arguments) => void;
  /**
   * Does the work. The visit ends after the result is made; the handler does not end it.
   *
   * @throws {Refusal | Fault} Rendered by `present`.
   */
  readonly handle: (args: Arguments, visit: Visit, context: CallContext) => Promise<ToolResult>;
  /**
   * Gives a refusal or a fault the shape of the output schema.
   *
   * @param session Given if the call was refused inside its session: what the session holds still stands.
   */
  readonly present: (
    ending: EndingView,
    context: CallContext,
    session?: Session,
  ) => ToolResult["structured"] | Promise<ToolResult["structured"]>;
}

export function defineSessionTool<Arguments>(
  { sessions, log }: SessionToolParts,
  tool: SessionToolDeclaration<Arguments>,
): Tool {
  const { name, title, description, fields, outputSchema, annotations } = tool;
  const inputSchema: z.ZodType = schemaOf(fields);

  const fail = async (error: unknown, context: CallContext, session?: Session): Promise<ToolResult> => {
    const ending = asEnding(error);
    if (ending instanceof Fault) log.error({ tool: name, fault: ending.id, err: ending, cause: ending.cause }, "fault");
    else log.info({ tool: name, reason: ending.reason }, "refused");
    return { structured: await tool.present(endingView(ending), context, session), isError: true };
  };

  const call = async (args: unknown, context: CallContext): Promise<ToolResult> => {
    try {
      using visit = await sessions.enter("session_id" in fields ? sessionIdIn(args) : undefined, context.caller);
      try {
        return await tool.handle(parseInput(tool, args, visit), visit, context);
      } catch (error) {
        if (error instanceof Refusal) return await fail(error, context, visit.session);
        throw error;
      }
    } catch (error) {
      return fail(error, context);
    }
  };

  return { name, title, description, inputSchema, outputSchema, annotations, call };
}

/** @throws {Refusal} `bad-input`; `budget-spent` if the tool charges bad input and the budget has no call left. */
function parseInput<Arguments>(
  { fields, assertConsistent, chargesBadInput }: SessionToolDeclaration<Arguments>,
  args: unknown,
  visit: Visit,
): Arguments {
  try {
    const parsed = parseArguments<Arguments>(fields, args);
    assertConsistent?.(parsed);
    return parsed;
  } catch (error) {
    if (error instanceof Refusal && chargesBadInput) visit.begin(0);
    throw error;
  }
}
