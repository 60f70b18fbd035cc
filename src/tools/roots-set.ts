/** `rlm_roots_set`: which host directories a session's calls may name files in. */

import { z } from "zod";
import { Refusal } from "../errors.js";
import { MAX_PATH_LENGTH } from "../limits.js";
import { type EndingView, endingView } from "../mcp/render.js";
import type { Tool, ToolResult } from "../mcp/tool.js";
import { MAX_ROOTS } from "../session/caller-roots.js";
import type { SessionStore } from "../session/session-store.js";
import { type Field, parseArguments, schemaOf, sessionId, sessionIdIn } from "./arguments.js";
import { REFUSAL, FAULT } from "./endings.js";

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

export function rootsSet(sessions: SessionStore): Tool {
  return {
    name: "rlm_roots_set",
    title: "Set the allowed directories",
    description: DESCRIPTION,
    inputSchema: schemaOf(FIELDS),
    outputSchema: OUTPUT,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    handle: async (args, { caller }) => {
      using visit = await sessions.enter(sessionIdIn(args), caller);
      const { session } = visit;
      const show = (ending: EndingView): ToolResult => ({
        structured: { session_id: session.id, roots: session.roots, ceiling: sessions.ceilingOf(caller), ...ending },
        isError: ending.refusal !== null,
      });
      try {
        const { roots } = parseArguments<Arguments>(FIELDS, args);
        await sessions.setRoots(session, roots, caller);
        return show({ refusal: null, fault: null });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        // Nobody has asked the client yet.
        if (error.reason === "bad-input") await session.refreshRoots(caller);
        // What was set before still holds, and is shown.
        return show(endingView(error));
      }
    },
    present: (ending, { caller }) => ({ session_id: null, roots: [], ceiling: sessions.ceilingOf(caller), ...ending }),
  };
}
