/** `rlm://session`: what the asking connection's own session has, and what it has left. */

import type { Resource } from "../mcp/resource.js";
import type { Interpreters } from "../run/interpreters.js";
import type { InterpreterView } from "../run/session-interpreter.js";
import type { BudgetLine } from "../session/budget.js";
import type { SessionState, SessionStore } from "../session/session-store.js";

const URI = "rlm://session";

export function sessionResource(sessions: SessionStore, interpreters: Interpreters): Resource {
  return {
    location: { uri: URI },
    name: "session",
    title: "This connection's session",
    description:
      "The directories open to the session, its budget and rate with what is left of them, and what it keeps running; as a new one would have them while there is none",
    mimeType: "application/json",
    read: async (_uri, caller) => {
      const state = await sessions.describe(caller);
      return JSON.stringify({
        ...view(state),
        interpreters: state.id === null ? [] : interpreters.describeSession(state.id).map(interpreterView),
      });
    },
  };
}

function view({ id, roots, callerRoots, budget, rate, idleMs }: SessionState): object {
  return {
    session_id: id,
    roots,
    ceiling: callerRoots,
    budgets: {
      calls: budget.calls,
      run_seconds: scaled(budget.runMs),
      output_bytes: budget.outputBytes,
    },
    rate: { per_minute: rate.perMinute, left: rate.left, resets_in_seconds: Math.ceil(rate.resetsInMs / 1_000) },
    idle_seconds: idleMs / 1_000,
  };
}

function interpreterView({ language, policy, calls, idleSeconds }: InterpreterView): object {
  return { language, policy, calls, idle_seconds: idleSeconds };
}

/** Milliseconds as seconds, to the millisecond. */
function scaled({ limit, used, left }: BudgetLine): BudgetLine {
  const seconds = (ms: number): number => Math.round(ms) / 1_000;
  return {
    limit: limit === null ? null : seconds(limit),
    used: seconds(used),
    left: left === null ? null : seconds(left),
  };
}
