/** `rlm_roots_set`: sets the host directories that a session's calls may name files in. */

import { z } from "zod";
import type { Caller } from "../caller.js";
import { type Fault, Refusal } from "../errors.js";
import { MAX_PATH_LENGTH } from "../limits.js";
import type { Tool } from "../mcp/tool.js";
import { MAX_ROOTS } from "../session/caller-roots.js";
import type { Session } from "../session/session.js";
import { argument } from "./arguments.js";
import { FAULT, REFUSAL, renderEnding } from "./endings.js";
import { defineResult, resultField } from "./result.js";
import { defineSessionTool, type SessionToolParts } from "./session-tool.js";
import { sessionIdArgument } from "./shared-arguments.js";

const INPUT = z.strictObject({
  roots: argument(
    z
      .array(z.string().min(1).max(MAX_PATH_LENGTH))
      .max(MAX_ROOTS)
      .describe(
        "Host directories inside the ceiling; the person may be asked to open others. They replace the session's " +
          "roots. An empty list denies every file",
      ),
    `a list of at most ${MAX_ROOTS} directories`,
  ),
  session_id: sessionIdArgument(
    "Session to change. Default: the connection's own",
    "a session_id that this tool returned",
  ),
});

const OUTPUT = z.strictObject({
  session_id: resultField(z.string().nullable(), "Session of the call"),
  roots: resultField(z.array(z.string()), "The session's roots after the call, as real paths"),
  ceiling: resultField(z.array(z.string()), "Directories that are open to this connection, as real paths"),
  refusal: REFUSAL,
  fault: FAULT,
});

const DESCRIPTION = [
  "Sets the session's roots: the host directories that its `files` may come from. All of them are accepted or none.",
  "Returns the roots, and the ceiling: the directories that the operator, the client and the person have opened.",
  "A root inside the ceiling is accepted.",
  "For another one the person is asked, if the client can ask; otherwise it is refused.",
].join(" ");

/** The state of the session's roots after a call. */
interface RootsState {
  readonly caller: Caller;
  /** Undefined if the call did not get into a session. */
  readonly session: Session | undefined;
  readonly ending: Refusal | Fault | null;
}

/** Makes the tool that sets the roots of a session. */
export function rootsSet(parts: SessionToolParts): Tool {
  const { sessions } = parts;
  const result = defineResult(OUTPUT, ({ caller, session, ending }: RootsState): z.output<typeof OUTPUT> => ({
    session_id: session?.id ?? null,
    roots: [...(session?.roots ?? [])],
    ceiling: [...sessions.callerRootsOf(caller)],
    ...renderEnding(ending),
  }));
  return defineSessionTool(parts, {
    name: "rlm_roots_set",
    title: "Set the allowed directories",
    description: DESCRIPTION,
    input: INPUT,
    result,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    chargesBadInput: false,
    handle: async ({ roots }, { session }, { caller }) => {
      await sessions.setRoots(session, roots, caller);
      return { caller, session, ending: null };
    },
    present: async (ending, { caller }, session) => {
      // Bad input was refused before the client was asked for its roots.
      if (ending instanceof Refusal && ending.reason === "bad-input") await session?.refreshRoots(caller);
      return { caller, session, ending };
    },
  });
}
