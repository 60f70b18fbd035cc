/** Answers the requests for resources: lists them and their templates, and reads one. */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Caller } from "../caller.js";
import type { Extra } from "./connected-client.js";
import type { Resource } from "./resource.js";

/** The protocol's error code for a resource that does not exist. The SDK has no name for it. */
const RESOURCE_NOT_FOUND = -32_002;

/** Makes the server list the resources and read them. */
export function serveResources(
  server: Server,
  resources: readonly Resource[],
  callerOf: (extra: Extra) => Caller,
): void {
  const listings = resources.flatMap(({ location, read: _, ...facts }) =>
    "uri" in location ? [{ ...location, ...facts }] : [],
  );
  const templates = resources.flatMap(({ location, read: _, ...facts }) =>
    "template" in location ? [{ uriTemplate: location.template, ...facts }] : [],
  );
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: listings }));
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
