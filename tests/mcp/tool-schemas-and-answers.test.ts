import { Ajv, type ValidateFunction } from "ajv";
import type { CallToolResult, Tool } from "@modelcontextprotocol/sdk/types.js";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { childrenOf } from "../support/process-table.js";
import { itUnless, notLinux } from "../support/skips.js";
import { nested } from "../support/nested.js";
import { sleep } from "../support/wait.js";
import { connect, type Connection } from "../support/mcp-client.js";

const NAMES = ["rlm_exec_run", "rlm_policy_check", "rlm_roots_set"];

/** In strict mode an unknown keyword is a mistake. */
const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });

let server: Connection;
let tools: readonly Tool[];
const outputs = new Map<string, ValidateFunction>();

beforeAll(async () => {
  server = await connect();
  ({ tools } = await server.client.listTools());
  for (const tool of tools) outputs.set(tool.name, ajv.compile(tool.outputSchema ?? false));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("tools/list", () => {
  it("has exactly the three tools, in one order, every time", async () => {
    expect(tools.map((tool) => tool.name)).toEqual(NAMES);
    expect((await server.client.listTools()).tools).toEqual(tools);
  });

  it("is the same from another server", async () => {
    await using other = await connect();
    expect((await other.client.listTools()).tools).toEqual(tools);
  });

  it("names the server, with the package's version", async () => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(server.client.getServerVersion()).toMatchObject({ name: "rlm", version: manifest.version });
    expect(server.client.getServerCapabilities()).toEqual({ tools: {}, resources: {} });
  });
});

describe.each(NAMES)("%s is listed with", (name) => {
  const tool = (): Tool => tools.find((one) => one.name === name) as Tool;

  it("a title and a description that states more than its name", () => {
    expect(tool().title).toMatch(/^[A-Z][a-z ]{8,}/);
    expect(tool().description?.length).toBeGreaterThan(100);
  });

  it("all four annotations and the title among them", () => {
    const { annotations = {} } = tool();
    expect(Object.keys(annotations).sort()).toEqual([
      "destructiveHint",
      "idempotentHint",
      "openWorldHint",
      "readOnlyHint",
      "title",
    ]);
    expect(annotations.title).toBe(tool().title);
    expect(annotations.openWorldHint).toBe(false);
    expect(annotations.readOnlyHint).toBe(name === "rlm_policy_check");
  });

  it.each(["inputSchema", "outputSchema"] as const)("a strict draft-07 %s", (which) => {
    const schema = tool()[which] as Record<string, unknown>;
    expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
    expect(schema["type"]).toBe("object");
    expect(openObjects(schema)).toEqual([]);
    expect(() => new Ajv({ strict: true, strictTypes: false }).compile(schema)).not.toThrow();
  });

  it("a description for every field of its input", () => {
    const properties = tool().inputSchema.properties as Record<string, { description?: string }>;
    for (const [field, { description }] of Object.entries(properties)) expect(description, field).toMatch(/\w{3}/);
  });
});

describe("the input schema of rlm_exec_run", () => {
  it("has the documented fields with their bounds and defaults", () => {
    const [execRun] = tools;
    const { properties, required } = (execRun?.inputSchema ?? {}) as unknown as {
      properties: Record<string, Record<string, unknown>>;
      required: string[];
    };
    expect(Object.keys(properties)).toEqual([
      "code",
      "language",
      "session_id",
      "timeout_ms",
      "memory_limit_mb",
      "policy",
      "inputs",
      "stdin",
      "files",
      "interpreter",
      "reset",
      "verdict_id",
    ]);
    expect(required).toEqual(["code"]);
    expect(properties["language"]).toMatchObject({ enum: ["python", "javascript", "typescript"], default: "python" });
    expect(properties["timeout_ms"]).toMatchObject({ type: "integer", minimum: 1, maximum: 5_000, default: 5_000 });
    expect(properties["memory_limit_mb"]).toMatchObject({ type: "integer", minimum: 16, maximum: 256, default: 256 });
  });
});

interface Case {
  readonly kind: string;
  readonly tool?: string;
  readonly args: Record<string, unknown>;
  /** Fields of the answer. */
  readonly says: Record<string, unknown>;
}

const refusal = (reason: string, stage: string) => ({ refusal: expect.objectContaining({ reason, stage }) });

const CASES: readonly Case[] = [
  { kind: "a program that is ok", args: { code: "print(1)\n2" }, says: { status: "ok", stdout: "1\n", result: "2" } },
  {
    kind: "a JavaScript program that is ok",
    args: { code: "console.log(1); 2", language: "javascript" },
    says: { status: "ok", stdout: "1\n", result: "2" },
  },
  { kind: "an exception", args: { code: "1 / 0" }, says: { status: "error" } },
  { kind: "a syntax error", args: { code: "def" }, says: { status: "error" } },
  {
    kind: "a syntax error in JavaScript",
    args: { code: "let let", language: "javascript" },
    says: { status: "error" },
  },
  { kind: "an exit", args: { code: "raise SystemExit(3)" }, says: { status: "error", exit_code: 3 } },
  { kind: "a timeout", args: { code: "while True: pass", timeout_ms: 50 }, says: { status: "timeout" } },
  { kind: "too much output", args: { code: "while True: print('x' * 10000)" }, says: { status: "output_limit" } },
  { kind: "too much memory", args: { code: "a = 'a' * 10**9" }, says: { status: "out_of_memory" } },
  {
    kind: "arguments past the limits",
    args: { code: "", timeout_ms: 0 },
    says: { status: "refused", ...refusal("bad-input", "limits") },
  },
  { kind: "no arguments", args: {}, says: { status: "refused", ...refusal("bad-input", "limits") } },
  {
    kind: "a policy denial",
    args: { code: "import subprocess" },
    says: { status: "refused", ...refusal("policy-denied", "policy") },
  },
  {
    kind: "an unknown policy",
    args: { code: "1", policy: "lax" },
    says: { status: "refused", ...refusal("bad-input", "policy") },
  },
  {
    kind: "an unknown session",
    args: { code: "1", session_id: "s_none" },
    says: { status: "refused", ...refusal("session-unknown", "limits") },
  },
  {
    kind: "a wrong verdict",
    args: { code: "1", verdict_id: "v1.none" },
    says: { status: "refused", ...refusal("verdict-mismatch", "policy") },
  },
  {
    kind: "a file outside the roots",
    args: { code: "1", files: ["/etc/passwd"] },
    says: { status: "refused", ...refusal("path-denied", "paths") },
  },
  {
    kind: "inputs that are nested without end",
    args: { code: "1", inputs: { a: nested(3_000) } },
    says: { status: "refused", ...refusal("bad-input", "limits") },
  },
  {
    kind: "a check that allows",
    tool: "rlm_policy_check",
    args: { code: "1" },
    says: { verdict: "allow", refusal: null },
  },
  {
    kind: "a check that denies",
    tool: "rlm_policy_check",
    args: { code: "import os" },
    says: { verdict: "deny", refusal: null },
  },
  {
    kind: "a check of what cannot be parsed",
    tool: "rlm_policy_check",
    args: { code: "def" },
    says: { verdict: "deny", refusal: null },
  },
  {
    kind: "a check with bad arguments",
    tool: "rlm_policy_check",
    args: { code: 1 },
    says: { verdict: null, ...refusal("bad-input", "limits") },
  },
  {
    kind: "a check under an unknown policy",
    tool: "rlm_policy_check",
    args: { code: "1", policy: "lax" },
    says: { verdict: null, ...refusal("bad-input", "policy") },
  },
  { kind: "roots that are set", tool: "rlm_roots_set", args: { roots: [] }, says: { roots: [], refusal: null } },
  {
    kind: "roots that are denied",
    tool: "rlm_roots_set",
    args: { roots: ["/"] },
    says: refusal("root-denied", "paths"),
  },
  {
    kind: "roots with bad arguments",
    tool: "rlm_roots_set",
    args: { roots: "x", more: 1 },
    says: refusal("bad-input", "limits"),
  },
  {
    kind: "roots of an unknown session",
    tool: "rlm_roots_set",
    args: { roots: [], session_id: "s_none" },
    says: refusal("session-unknown", "limits"),
  },
];

/** A check that denies is a success: it has done its work. */
const SUCCESSES = new Set([
  "a program that is ok",
  "a JavaScript program that is ok",
  "a check that allows",
  "a check that denies",
  "a check of what cannot be parsed",
  "roots that are set",
]);

describe("the answer to", () => {
  it.each(CASES)("$kind keeps the contract", async ({ kind, tool = "rlm_exec_run", args, says }) => {
    const answer = await server.call(tool, args);
    expect(answer.structuredContent).toMatchObject(says);
    expectContract(tool, answer);
    expect(answer.isError).toBe(!SUCCESSES.has(kind));
  });

  itUnless(notLinux, "a fault keeps the contract", async () => {
    await using own = await connect();
    await own.exec({ code: "1" });
    const running = own.call("rlm_exec_run", { code: "while True: pass" });
    await sleep(200);
    for (const child of childrenOf(own.pid)) process.kill(child, "SIGKILL");
    const answer = await running;
    expect(answer.structuredContent).toMatchObject({ status: "fault", refusal: null, error: null });
    expectContract("rlm_exec_run", answer);
    expect(answer.isError).toBe(true);
  });

  it("an unknown tool is a protocol error", async () => {
    await expect(server.call("rlm_exec", { code: "1" })).rejects.toMatchObject({
      code: ErrorCode.InvalidParams,
      message: expect.stringContaining('Unknown tool "rlm_exec"') as string,
    });
  });

  it("an unknown method is a protocol error", async () => {
    await expect(server.client.listPrompts()).rejects.toThrow();
    await expect(
      server.client.request({ method: "rlm/none" as "ping" }, (await import("zod")).z.any() as never),
    ).rejects.toMatchObject({ code: ErrorCode.MethodNotFound });
  });
});

function expectContract(tool: string, { content, structuredContent }: CallToolResult): void {
  const validate = outputs.get(tool) as ValidateFunction;
  expect(validate(structuredContent) ? [] : validate.errors).toEqual([]);
  expect(content).toHaveLength(1);
  expect(JSON.parse((content[0] as { text: string }).text)).toEqual(structuredContent);
}

/** Returns the places where a schema allows unknown keys. A map with a schema for its values does not count. */
function openObjects(schema: unknown, at = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { type, properties, additionalProperties } = schema as Record<string, unknown>;
  const isOpen =
    type === "object" &&
    (properties === undefined ? additionalProperties === undefined : additionalProperties !== false);
  return [
    ...(isOpen ? [at] : []),
    ...Object.entries(schema).flatMap(([key, value]) => openObjects(value, `${at}/${key}`)),
  ];
}
