/** Starts a program that loops, and tells when it runs. */

import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { Connection } from "./mcp-client.js";
import { eventually, sleep } from "./wait.js";
import type { RawServer } from "./server-streams.js";

type Args = Readonly<Record<string, unknown>>;

export const LOOP: Args = { code: "while True: pass", timeout_ms: 5_000 };

/** The time from the message that a program runs until it surely runs. */
const AT_WORK_MS = 100;

/** Starts a program that loops, and returns the call's id once it runs. */
export async function startLoop(server: RawServer, args: Args = LOOP): Promise<number> {
  const token = `loop ${server.messages.length}`;
  const id = server.send("tools/call", { name: "rlm_exec_run", arguments: args, _meta: { progressToken: token } });
  await eventually(
    () => server.messages.some(({ params }) => params?.["progressToken"] === token && params["message"] === "Running"),
    "the program to run",
  );
  await sleep(AT_WORK_MS);
  return id;
}

/** Calls with a program that loops; `isRunning` resolves once it runs. */
export function callLoop(
  connection: Connection,
  options: { readonly args?: Args; readonly signal?: AbortSignal } = {},
): { readonly answer: Promise<CallToolResult>; readonly isRunning: Promise<void> } {
  let start: () => void = () => undefined;
  const isRunning = new Promise<void>((resolve) => (start = resolve)).then(() => sleep(AT_WORK_MS));
  const { args = LOOP, ...others } = options;
  const answer = connection.call("rlm_exec_run", args, {
    ...others,
    onprogress: ({ message }) => message === "Running" && start(),
  });
  return { answer, isRunning };
}
