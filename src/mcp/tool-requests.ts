/** Answers the requests for tools: lists them, and hands each call to its tool. */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool as ToolListing,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Caller } from "../caller.js";
import { quote } from "../errors.js";
import type { Extra } from "./connected-client.js";
import { ProgressReporter } from "./progress-reporter.js";
import type { Tool } from "./tool.js";

/** Makes the server list the tools and call them. */
export function serveTools(server: Server, tools: readonly Tool[], callerOf: (extra: Extra) => Caller): void {
  const listings = tools.map(describeTool);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listings }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    // The client may have gone or cancelled since the request came in.
    extra.signal.throwIfAborted();
    const tool = tools.find(({ name }) => name === params.name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, `Unknown tool ${quote(params.name)}`);
    using reporter = new ProgressReporter(extra, params._meta?.progressToken);
    const { structured, isError } = await tool.call(params.arguments ?? {}, {
      caller: callerOf(extra),
      signal: extra.signal,
      progress: (stage) => reporter.report(stage),
    });
    // Clients that ignore structured content read the same facts as text.
    return { content: [{ type: "text", text: JSON.stringify(structured) }], structuredContent: structured, isError };
  });
}

function describeTool({ name, title, description, inputSchema, outputSchema, annotations }: Tool): ToolListing {
  return {
    name,
    title,
    description,
    inputSchema: toJsonSchema(inputSchema, "input"),
    outputSchema: toJsonSchema(outputSchema, "output"),
    annotations: { title, ...annotations },
  };
}

/** Returns a schema as JSON Schema draft 7, the dialect that VS Code validates against. */
function toJsonSchema(schema: z.ZodObject, io: "input" | "output"): ToolListing["inputSchema"] {
  // Zod's type also has schemas that are a boolean. It makes none of them for an object.
  return z.toJSONSchema(schema, { target: "draft-7", io }) as ToolListing["inputSchema"];
}
