/** `rlm_roots_set`: which host directories a session's calls may name files in. */

import { z } from "zod";
import { MAX_PATH_LENGTH } from "../limits.js";
import type { CallContext, Tool, ToolResult } from "../mcp/tool.js";
import { MAX_ROOTS } from "../session/caller-roots.js";
import type { Session } from "../session/session.js";
import { type Field, sessionId } from "./arguments.js";
import { type EndingView, FAULT, REFUSAL } from "./endings.js";
import { defineSessionTool, type SessionToolParts } from "./session-tool.js";

const FIELDS: Readonly<Record<string, Field>> = {
  roots: {
    schema: z
      .array(z.string().min(1).max(MAX_PATH_LENGTH))
      .max(MAX_ROOTS)
      .describe(
        "Host directories, each inside what is open to this connection; the person may be asked to open others. Replaces the session's roots; an empty list denies every file",
      ),
    must: `a list of at most ${MAX_ROOTS} directories`,
  },
  session_id: sessionId("Session to change; the connection's own if left out", "a session_id that this tool gave"),
};

interface Arguments {
  readonly roots: readonly string[];
}

const OUTPUT = z.strictObject({
  session_id: z.string().nullable(),
  roots: z.array(z.string()),
  ceiling: z.array(z.string()),
  refusal: REFUSAL,
  fault: FAULT,
});

const DESCRIPTION =
  "Sets the host directories that the session's `files` may come from, all or nothing, and returns them with the ceiling: what the operator, the client and the person have opened. Roots inside it are taken; for others the person is asked where the client can ask, else they are refused.";

export function rootsSet(parts: SessionToolParts): Tool {
  const { sessions } = parts;
  const show = (ending: EndingView, { caller }: CallContext, session?: Session): ToolResult["structured"] => ({
    session_id: session?.id ?? null,
    roots: session?.roots ?? [],
    ceiling: sessions.callerRootsOf(caller),
    ...ending,
  });
  return defineSessionTool<Arguments>(parts, {
    name: "rlm_roots_set",
    title: "Set the allowed directories",
    description: DESCRIPTION,
    fields: FIELDS,
    outputSchema: OUTPUT,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    chargesBadInput: false,
    handle: async ({ roots }, { session }, context) => {
      await sessions.setRoots(session, roots, context.caller);
      return { structured: show({ refusal: null, fault: null }, context, session), isError: false };
    },
    present: async (ending, context, session) => {
      // Bad input was refused before the client was asked for its roots.
      if (ending.refusal?.reason === "bad-input") await session?.refreshRoots(context.caller);
      return show(ending, context, session);
    },
  });
}
