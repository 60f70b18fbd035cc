/**
 * How a session tool is declared: data and a handler.
 *
 * Every call takes the same steps. It enters its session and counts for the rate before its arguments are looked at,
 * so a client cannot try out arguments free of charge. Then its arguments are parsed, and the handler runs. This file
 * is the only one that ends the visit, and the only one that turns a thrown error into a result.
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { z } from "zod";
import { Fault, isFailure, Refusal } from "../errors.js";
import type { Log } from "../log.js";
import { areLong } from "../mcp/long-messages.js";
import type { CallContext, Tool, ToolResult } from "../mcp/tool.js";
import type { Session, Visit } from "../session/session.js";
import type { SessionStore } from "../session/session-store.js";
import { parseArguments, prepareArguments, ruleOf } from "./arguments.js";
import type { ResultFormat } from "./result.js";
import { sessionIdIn } from "./shared-arguments.js";

/** The parts of the application that every session tool needs. */
export interface SessionToolParts {
  readonly sessions: SessionStore;
  readonly log: Log;
}

/**
 * A tool as data and a handler. The handler makes a `Done`, and `present` makes a `Value` of a refusal or a fault. The
 * result format renders both.
 */
export interface SessionTool<Input extends z.ZodObject, Value, Done extends Value = Value> extends Pick<
  Tool,
  "name" | "title" | "description" | "annotations"
> {
  /**
   * A strict object of schemas that `argument` made. A call may name its session only if `session_id` is among them;
   * otherwise it enters the connection's own session.
   */
  readonly input: Input;
  readonly result: ResultFormat<Value>;
  /** True if a call with bad input counts for the session's budget, as a call that runs a program does. */
  readonly chargesBadInput: boolean;
  /**
   * Checks arguments against each other.
   *
   * @throws {Refusal} `bad-input`.
   */
  readonly assertConsistent?: (args: z.output<Input>) => void;
  /**
   * Does the work. The visit ends after the result is made; the handler does not end it.
   *
   * @throws {Refusal | Fault} Given to `present`.
   */
  readonly handle: (args: z.output<Input>, visit: Visit, context: CallContext) => Promise<Done>;
  /** Tells whether a value of `handle` is an error to the client. Without it, none is. */
  readonly isError?: (value: NoInfer<Done>) => boolean;
  /**
   * Makes a value of a refusal or a fault.
   *
   * @param session Given if the call was refused inside its session: the session's state still stands.
   */
  readonly present: (ending: Refusal | Fault, context: CallContext, session?: Session) => Promise<NoInfer<Value>>;
}

/** Makes the protocol's tool of a declaration. */
export function defineSessionTool<Input extends z.ZodObject, Value, Done extends Value>(
  { sessions, log }: SessionToolParts,
  tool: SessionTool<Input, Value, Done>,
): Tool {
  const { name, title, description, annotations, input, result } = tool;
  const namesSession = "session_id" in input.shape;
  // An argument without a rule stops the server's start, not a call.
  for (const argument of Object.keys(input.shape)) ruleOf(input, argument);

  const fail = async (error: unknown, context: CallContext, session?: Session): Promise<ToolResult> => {
    const ending = isFailure(error) ? error : new Fault("A tool failed", { cause: error });
    if (ending instanceof Fault) log.error({ tool: name, fault: ending.id, err: ending, cause: ending.cause }, "fault");
    else log.info({ tool: name, reason: ending.reason }, "refused");
    return { structured: result.render(await tool.present(ending, context, session)), isError: true };
  };

  const call = async (args: unknown, context: CallContext): Promise<ToolResult> => {
    try {
      using visit = await sessions.enter(namesSession ? sessionIdIn(args) : undefined, context.caller);
      try {
        const prepared = areLong(args) ? await prepareArguments(input, args) : args;
        const parsed = parseInput(tool, prepared, visit);
        if (prepared !== args) await nextTurn();
        const value = await tool.handle(parsed, visit, context);
        return { structured: result.render(value), isError: tool.isError?.(value) ?? false };
      } catch (error) {
        if (error instanceof Refusal) return await fail(error, context, visit.session);
        throw error;
      }
    } catch (error) {
      return fail(error, context);
    }
  };

  return { name, title, description, annotations, inputSchema: input, outputSchema: result.schema, call };
}

/** @throws {Refusal} `bad-input`; `budget-spent` if the tool charges bad input and the budget has no call left. */
function parseInput<Input extends z.ZodObject>(
  {
    input,
    assertConsistent,
    chargesBadInput,
  }: Pick<SessionTool<Input, unknown>, "input" | "assertConsistent" | "chargesBadInput">,
  args: unknown,
  visit: Visit,
): z.output<Input> {
  try {
    const parsed = parseArguments(input, args);
    assertConsistent?.(parsed);
    return parsed;
  } catch (error) {
    if (error instanceof Refusal && chargesBadInput) visit.begin(0);
    throw error;
  }
}
