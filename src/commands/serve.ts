/** `rlm-mcp serve`: the MCP server on stdin and stdout. */

import { type Application, createApplication, VERSION } from "../application.js";
import { LOCAL_PRINCIPAL } from "../caller.js";
import type { Config } from "../settings.js";
import { SetupError } from "../errors.js";
import { createServer } from "../mcp/server.js";
import { serveStdio } from "../mcp/stdio.js";
import { execRun } from "../tools/exec-run.js";
import { policyCheck } from "../tools/policy-check.js";
import { policyResources } from "../tools/policy-resources.js";
import { rootsSet } from "../tools/roots-set.js";
import { sessionResource } from "../tools/session-resource.js";

/** Returns the MCP server of one connection: its tools and its resources. */
export function serverFor(application: Application, principal: string): ReturnType<typeof createServer> {
  const { log, runner, sessions, interpreters } = application;
  return createServer({
    version: VERSION,
    tools: [execRun(application), policyCheck(application), rootsSet(application)],
    resources: [...policyResources(runner.policies), sessionResource(sessions, interpreters)],
    log,
    principal,
    onRootsChanged: (callerId) => sessions.clientRootsChanged(callerId),
    onClose: (callerId) => sessions.closeCaller(callerId),
  });
}

/** Serves until the client disconnects. Returns the exit status: 0, or 2 if no engine could be chosen. */
export async function serve(config: Config): Promise<number> {
  const application = await createApplication(config);
  const { log } = application;
  const server = serverFor(application, LOCAL_PRINCIPAL);
  let status = 0;
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  void logChoice(application).catch((error: unknown) => {
    // The settings ask for an engine that cannot be used. Every call would fail, so the server stops.
    process.stderr.write(`${error instanceof SetupError ? error.message : String(error)}\n`);
    status = 2;
    stop();
  });
  await Promise.race([serveStdio(server, () => application.close(), log), stopped]);
  return status;
}

async function logChoice({ choice, log }: Application): Promise<void> {
  const { engine, level, runtime, why, warnings } = await choice;
  log.info({ engine: engine.name, runtime, level, why }, "engine chosen");
  for (const warning of warnings) log.warn(warning);
}
