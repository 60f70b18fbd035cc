/** Callers without a connection, whose client answers as a test says. */

import type { Answer, Caller } from "../../src/caller.js";
import type { Log } from "../../src/log.js";

export interface ScriptedCaller extends Caller {
  /** What the client answers next: URIs, or null for no answer. */
  named: readonly string[] | null;
  /** What the person says next; what is null cannot be asked. */
  answer: Answer | boolean | null;
  /** False once the connection has closed. */
  connected: boolean;
  /** Every question to the person so far. */
  readonly questions: string[];
  /** How often the client was asked for its roots. */
  asked: number;
}

export function scriptedCaller(
  id: string,
  script: Partial<Pick<ScriptedCaller, "named" | "answer" | "principal">> = {},
): ScriptedCaller {
  const caller: ScriptedCaller = {
    id,
    principal: script.principal ?? "local",
    named: script.named === undefined ? [] : script.named,
    answer: script.answer ?? null,
    connected: true,
    isConnected: () => caller.connected,
    questions: [],
    asked: 0,
    roots: async () => {
      caller.asked++;
      return caller.named;
    },
    get confirm() {
      const { answer } = caller;
      if (answer === null) return null;
      return async (message: string) => {
        caller.questions.push(message);
        return answer === true ? "yes" : answer === false ? "no" : answer;
      };
    },
  };
  return caller;
}

/** A log that only remembers. */
export function rememberingLog(): { readonly log: Log; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const write = (facts: unknown): void => void lines.push(facts);
  return { log: { debug: write, info: write, warn: write, error: write } as unknown as Log, lines };
}
