/**
 * The MCP server of one connection: its name and instructions, the caller behind it, and the end of the connection.
 *
 * It is built on the SDK's low-level server, so that arguments reach a tool as the client sent them. A refusal can then
 * name every problem at once and has the tool's own output shape, and an unknown tool is a protocol error.
 */

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { RootsListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { randomUUID } from "node:crypto";
import type { Caller } from "../caller.js";
import type { Log } from "../log.js";
import { ConnectedClient, type Extra } from "./connected-client.js";
import type { Resource } from "./resource.js";
import { serveResources } from "./resource-requests.js";
import type { Tool } from "./tool.js";
import { serveTools } from "./tool-requests.js";

const INSTRUCTIONS =
  "Runs short Python and JavaScript programs in a sandbox that is used once: no network, no files except those named " +
  "in `files`, at most 5 s and 256 MB. No state is kept between calls, except in the session's interpreter.";

/** Longest name of a client in the log, in UTF-16 units. */
const MAX_NAME = 200;

/** The parts of a server. */
export interface ServerOptions {
  readonly version: string;
  readonly tools: readonly Tool[];
  /** Without resources the server does not declare that capability. */
  readonly resources?: readonly Resource[];
  readonly log: Log;
  /** The user for whom the connection speaks. */
  readonly principal: string;
  /** Called with the caller's id when the client reports that its roots have changed. */
  readonly onRootsChanged: (callerId: string) => void;
  /** Called with the caller's id when the connection has closed. */
  readonly onClose: (callerId: string) => void;
}

/** Makes the server of one connection. The SDK does not allow several clients to share one. */
export function createServer({ version, tools, resources = [], log, principal, ...events }: ServerOptions): Server {
  const server = new Server(
    { name: "rlm", title: "RLM sandbox", version },
    { capabilities: { tools: {}, ...(resources.length > 0 ? { resources: {} } : {}) }, instructions: INSTRUCTIONS },
  );
  const client = new ConnectedClient(server, log);
  const id = randomUUID();
  let isConnected = true;
  const callerOf = (extra: Extra): Caller => ({
    id,
    principal,
    isConnected: () => isConnected,
    roots: () => client.readRoots(extra),
    confirm: client.makeQuestion(extra),
  });
  serveTools(server, tools, callerOf);
  if (resources.length > 0) serveResources(server, resources, callerOf);
  server.setNotificationHandler(RootsListChangedNotificationSchema, () => {
    client.forgetRoots();
    events.onRootsChanged(id);
  });
  server.oninitialized = () => log.info({ client: describeClient(server), protocol: "mcp" }, "client connected");
  server.onclose = () => {
    isConnected = false;
    events.onClose(id);
  };
  server.onerror = (error) => log.warn({ err: error }, "protocol error");
  return server;
}

/** Names the client for the log. Its words may be long. */
function describeClient(server: Server): object {
  const { name = "", version = "" } = server.getClientVersion() ?? {};
  return { name: name.slice(0, MAX_NAME), version: version.slice(0, MAX_NAME) };
}
