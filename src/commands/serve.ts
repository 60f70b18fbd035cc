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

/** Serves until the client disconnects. Without an engine, each call that runs a program is refused and says why. */
export async function serve(config: Config): Promise<number> {
  const application = await createApplication(config);
  const { log } = application;
  const server = serverFor(application, LOCAL_PRINCIPAL);
  void logChoice(application).catch((error: unknown) => {
    process.stderr.write(`${error instanceof SetupError ? error.message : String(error)}\n`);
  });
  await serveStdio(server, { close: () => application.close(), log, longestRunMs: config.maxExecTimeoutMs });
  return 0;
}

async function logChoice({ choice, log }: Application): Promise<void> {
  const { engine, level, runtime, why, warnings } = await choice;
  log.info({ engine: engine.name, runtime, level, why }, "engine chosen");
  for (const warning of warnings) log.warn(warning);
}
