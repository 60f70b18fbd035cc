/** Answers the requests for tools: lists them, and hands each call to its tool. */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode, ListToolsRequestSchema, type Tool as ToolListing } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Caller } from "../caller.js";
import { quote } from "../errors.js";
import { nearName } from "../near-name.js";
import type { Extra } from "./connected-client.js";
import { ProgressReporter } from "./progress-reporter.js";
import type { Tool } from "./tool.js";

/**
 * Makes the server list the tools and call them, and answer requests of any other name.
 *
 * The SDK's own handler of calls refuses arguments that are no object, in the words of its schema. A tool refuses them
 * in its own output shape, which reaches the model. So calls come through the handler for requests without one.
 */
export function serveTools(server: Server, tools: readonly Tool[], callerOf: (extra: Extra) => Caller): void {
  const listings = tools.map(describeTool);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listings }));
  server.fallbackRequestHandler = async ({ method, params = {} }, extra) => {
    if (method !== "tools/call") throw unknownMethod(method);
    // The client may have gone or cancelled since the request came in.
    extra.signal.throwIfAborted();
    const { name } = params;
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) throw unknownTool(String(name), tools);
    using reporter = new ProgressReporter(extra, params._meta?.progressToken);
    const args = "arguments" in params ? params["arguments"] : {};
    const { structured, isError } = await tool.call(args, {
      caller: callerOf(extra),
      signal: extra.signal,
      progress: (stage) => reporter.report(stage),
    });
    // Clients that ignore structured content read the same facts as text.
    return { content: [{ type: "text", text: JSON.stringify(structured) }], structuredContent: structured, isError };
  };
}

function unknownMethod(method: string): Error {
  const others = "initialize, ping, tools/list, tools/call, resources/list, resources/templates/list, resources/read";
  return withCode(ErrorCode.MethodNotFound, `Unknown method ${quote(method)}: this server has ${others}`);
}

function unknownTool(name: string, tools: readonly Tool[]): Error {
  const names = tools.map((tool) => tool.name);
  const near = nearName(name, names);
  const advice = near === null ? "" : `; did you mean ${near}?`;
  return withCode(ErrorCode.InvalidParams, `Unknown tool ${quote(name)}: the tools are ${names.join(", ")}${advice}`);
}

/** The SDK answers with the message as it is. That of an McpError would begin with its code. */
function withCode(code: ErrorCode, message: string): Error {
  return Object.assign(new Error(message), { code });
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
