/**
 * The protocol: lists the tools and the resources, and hands calls to them.
 *
 * Built on the SDK's low-level server, so that arguments reach a tool as they came: a refusal then names every problem
 * at once and has the tool's own output shape, and an unknown tool is the protocol error that it should be.
 */

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  RootsListChangedNotificationSchema,
  type Tool as ListedTool,
} from "@modelcontextprotocol/sdk/types.js";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Caller } from "../caller.js";
import { quote } from "../errors.js";
import type { Log } from "../log.js";
import { ConnectedClient, type Extra } from "./connected-client.js";
import type { Resource } from "./resource.js";
import type { Tool } from "./tool.js";

/** How often a running call reports, in milliseconds; clients give up on silent calls. */
const PROGRESS_MS = 1_000;

/** The protocol's code for a resource that is not there; the SDK has no name for it. */
const RESOURCE_NOT_FOUND = -32_002;

const INSTRUCTIONS =
  "Runs short Python and JavaScript programs in a sandbox that is used once: no network, no files except those named " +
  "in `files`, at most 5 s and 256 MB. No state is kept between calls, except in the session's interpreter.";

export interface ServerOptions {
  readonly version: string;
  readonly tools: readonly Tool[];
  /** Without any the server does not say that it has some. */
  readonly resources?: readonly Resource[];
  readonly log: Log;
  /** Whom the connection speaks for. */
  readonly principal: string;
  /** Called with the caller's id as soon as the client reports that its roots are others. */
  readonly onRootsChanged: (callerId: string) => void;
  /** Called when the connection has closed. */
  readonly onClose: (callerId: string) => void;
}

/** One server for one connection. The SDK must not share one among clients. */
export function createServer({
  version,
  tools,
  resources = [],
  log,
  principal,
  onRootsChanged,
  onClose,
}: ServerOptions): Server {
  const id = randomUUID();
  const server = new Server(
    { name: "rlm", title: "RLM sandbox", version },
    { capabilities: { tools: {}, ...(resources.length > 0 ? { resources: {} } : {}) }, instructions: INSTRUCTIONS },
  );
  const client = new ConnectedClient(server, log);
  let isConnected = true;
  const callerOf = (extra: Extra): Caller => ({
    id,
    principal,
    isConnected: () => isConnected,
    roots: () => client.roots(extra),
    confirm: client.confirm(extra),
  });
  const listed = tools.map(list);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed }));
  server.setRequestHandler(CallToolRequestSchema, async (request, extra) => {
    // The client may have gone, or cancelled, since the call came in.
    extra.signal.throwIfAborted();
    const tool = tools.find((one) => one.name === request.params.name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, `Unknown tool ${quote(request.params.name)}`);
    const token = request.params._meta?.progressToken;
    const started = performance.now();
    let step = 0;
    let stage = "Starting";
    const send = (message: string): void => {
      if (token === undefined || extra.signal.aborted) return;
      extra
        .sendNotification({
          method: "notifications/progress",
          params: { progressToken: token, progress: ++step, message },
        })
        .catch(() => undefined);
    };
    const progress = (next: string): void => {
      stage = next;
      send(stage);
    };
    const ticker = setInterval(
      () => send(`${stage} (${Math.round((performance.now() - started) / 1_000)} s)`),
      PROGRESS_MS,
    );
    try {
      const { structured, isError } = await tool.call(request.params.arguments ?? {}, {
        caller: callerOf(extra),
        signal: extra.signal,
        progress,
      });
      // Clients that ignore structured content read the same facts as text.
      return { content: [{ type: "text", text: JSON.stringify(structured) }], structuredContent: structured, isError };
    } finally {
      clearInterval(ticker);
    }
  });
  if (resources.length > 0) offer(server, resources, callerOf);
  server.setNotificationHandler(RootsListChangedNotificationSchema, () => {
    client.rootsChanged();
    onRootsChanged(id);
  });
  server.oninitialized = () => {
    log.info({ client: server.getClientVersion(), protocol: "mcp" }, "client connected");
  };
  server.onclose = () => {
    isConnected = false;
    onClose(id);
  };
  server.onerror = (error) => log.warn({ err: error }, "protocol error");
  return server;
}

/** Answers what clients ask about resources. */
function offer(server: Server, resources: readonly Resource[], callerOf: (extra: Extra) => Caller): void {
  const listed = resources.flatMap(({ location, read: _, ...facts }) =>
    "uri" in location ? [{ ...location, ...facts }] : [],
  );
  const templates = resources.flatMap(({ location, read: _, ...facts }) =>
    "template" in location ? [{ uriTemplate: location.template, ...facts }] : [],
  );
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: listed }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: templates }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }, extra) => {
    extra.signal.throwIfAborted();
    for (const { location, mimeType, read } of resources) {
      const text = "template" in location || location.uri === uri ? await read(uri, callerOf(extra)) : null;
      if (text !== null) return { contents: [{ uri, mimeType, text }] };
    }
    throw new McpError(RESOURCE_NOT_FOUND, "Resource not found", { uri });
  });
}

function list(tool: Tool): ListedTool {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: jsonSchema(tool.inputSchema, "input"),
    outputSchema: jsonSchema(tool.outputSchema, "output"),
    annotations: { title: tool.title, ...tool.annotations },
  };
}

/** Draft 7: the dialect that VS Code validates against. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): ListedTool["inputSchema"] {
  return z.toJSONSchema(schema, { target: "draft-7", io }) as ListedTool["inputSchema"];
}
