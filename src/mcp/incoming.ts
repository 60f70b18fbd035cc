/**
 * Judges what a client sent, before the SDK sees it. The SDK drops what it cannot read, so its client would wait for an
 * answer in vain, or answers with the raw words of its schemas.
 */

import {
  ErrorCode,
  InitializeRequestSchema,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type JSONRPCRequest,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  PingRequestSchema,
  ReadResourceRequestSchema,
  type RequestId,
} from "@modelcontextprotocol/sdk/types.js";
import type { z } from "zod";
import { quote } from "../errors.js";

/** Problems that an answer names. */
const MAX_PROBLEMS = 5;
/** Longest id that is answered, in UTF-16 units. */
const MAX_ID_LENGTH = 200;

/** The error that answers a message. Its id is null if the message has none that can be repeated. */
export interface ErrorAnswer {
  readonly id: RequestId | null;
  readonly code: number;
  readonly message: string;
}

/** A message, judged. */
export type Incoming =
  | { readonly kind: "request"; readonly message: JSONRPCRequest }
  /** A notification, or the answer to a request of the server. Neither gets an answer. */
  | { readonly kind: "other"; readonly message: JSONRPCMessage }
  | { readonly kind: "wrong"; readonly answer: ErrorAnswer }
  /** `why` goes to the log. */
  | { readonly kind: "ignored"; readonly why: string };

/** The requests that the SDK checks with a schema of its own. It has no good words for a mistake in them. */
const SCHEMAS: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries({
    initialize: InitializeRequestSchema,
    ping: PingRequestSchema,
    "tools/list": ListToolsRequestSchema,
    "resources/list": ListResourcesRequestSchema,
    "resources/templates/list": ListResourceTemplatesRequestSchema,
    "resources/read": ReadResourceRequestSchema,
  }) as [string, z.ZodType][],
);

/** Judges one message. */
export function judgeMessage(value: unknown): Incoming {
  if (!isRecord(value)) return wrong(null, `it must be a JSON object, it is ${kindOf(value)}`);
  const { id, method } = value;
  const known = isRequestId(id) ? id : null;
  if (method === undefined && ("result" in value || "error" in value)) return judgeResponse(value);
  if (value["jsonrpc"] !== "2.0") {
    const is = "jsonrpc" in value ? describe(value["jsonrpc"]) : "missing";
    return wrong(known, `\`jsonrpc\` must be "2.0", it is ${is}`);
  }
  if (typeof method !== "string")
    return wrong(known, `\`method\` must be a text, it is ${"method" in value ? describe(method) : "missing"}`);
  if (!("id" in value)) return judgeNotification(value);
  if (known === null)
    return wrong(
      null,
      `\`id\` must be a text of at most ${MAX_ID_LENGTH} characters or a whole number, it is ${describe(id)}`,
    );
  return judgeRequest(method === "initialize" ? withoutUnused(value) : value, known, method);
}

/** True for an id that an answer can repeat. */
export function isRequestId(id: unknown): id is RequestId {
  return typeof id === "string" ? id.length <= MAX_ID_LENGTH : Number.isSafeInteger(id);
}

/** Tells an object with names from every other value. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names the kind of a JSON value. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function judgeResponse(given: Readonly<Record<string, unknown>>): Incoming {
  const value = withoutLists(given);
  if (isJSONRPCResultResponse(value) || isJSONRPCErrorResponse(value)) return { kind: "other", message: value };
  return { kind: "ignored", why: "the answer to no request has a wrong form" };
}

/** Empties the lists in the answer of a form: the server asks for none, and a schema would look at each entry. */
function withoutLists(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { result } = value;
  const content = isRecord(result) ? result["content"] : undefined;
  if (!isRecord(result) || !isRecord(content)) return value;
  const entries = Object.entries(content).map(([name, one]) => [name, Array.isArray(one) ? [] : one] as const);
  return { ...value, result: { ...result, content: Object.fromEntries(entries) } };
}

function judgeNotification(value: Readonly<Record<string, unknown>>): Incoming {
  if (isJSONRPCNotification(value)) return { kind: "other", message: value };
  return { kind: "ignored", why: "a notification has a wrong form" };
}

/** Parts of a handshake that the server does not use, and in which a schema would look at thousands of entries. */
const UNUSED: Readonly<Record<string, string>> = { clientInfo: "icons", capabilities: "experimental" };

function withoutUnused(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!isRecord(value["params"])) return value;
  const params: Record<string, unknown> = { ...value["params"] };
  for (const [name, unused] of Object.entries(UNUSED)) {
    const part = params[name];
    if (isRecord(part) && unused in part) params[name] = { ...part, [unused]: undefined };
  }
  return { ...value, params };
}

function judgeRequest(value: Readonly<Record<string, unknown>>, id: RequestId, method: string): Incoming {
  const refuse = (problem: string): Incoming => ({
    kind: "wrong",
    answer: { id, code: ErrorCode.InvalidParams, message: `Cannot take the request ${quote(method)}: ${problem}` },
  });
  const { params } = value;
  if (params !== undefined && !isRecord(params))
    return refuse(`\`params\` must be an object, it is ${kindOf(params)}${adviceFor(params)}`);
  if (!isJSONRPCRequest(value)) return refuse("`params._meta` must be an object; its progressToken a text or a number");
  const parsed = method === "tools/call" ? null : SCHEMAS.get(method)?.safeParse(value);
  if (parsed?.success === false) return refuse(describeIssues(parsed.error.issues, value));
  if (method !== "tools/call") return { kind: "request", message: value };
  const name = isRecord(params) ? params["name"] : undefined;
  if (typeof name === "string") return { kind: "request", message: value };
  return refuse(`\`params.name\` must be the name of a tool, it is ${name === undefined ? "missing" : describe(name)}`);
}

/** Says what to do about a text that is the JSON of an object. */
export function adviceFor(value: unknown): string {
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return "";
  return "; send the object itself, not its JSON in a text";
}

function describeIssues(issues: readonly z.core.$ZodIssue[], value: unknown): string {
  const problems = issues.slice(0, MAX_PROBLEMS).map((issue) => {
    const is = issue.path.reduce<unknown>((at, key) => (isRecord(at) ? at[String(key)] : undefined), value);
    const must = issue.code === "invalid_type" ? `must be ${articleFor(issue.expected)}` : "has a wrong form";
    return `\`${issue.path.map(String).join(".")}\` ${must}, it is ${is === undefined ? "missing" : describe(is)}`;
  });
  const more = issues.length - problems.length;
  return problems.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function articleFor(expected: string): string {
  if (expected === "string") return "a text";
  if (expected === "array") return "a list";
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function describe(value: unknown): string {
  if (typeof value === "string") return quote(value, 60);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}

function wrong(id: RequestId | null, problem: string): Incoming {
  return {
    kind: "wrong",
    answer: { id, code: ErrorCode.InvalidRequest, message: `Cannot read a message: ${problem}` },
  };
}
