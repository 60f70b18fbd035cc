import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../support/mcp-client.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";

const PRESETS = [
  "strict",
  "production",
  "workspace",
  "web_scraping",
  "data_science",
  "educational",
  "development",
  "minimal",
];

interface Listed {
  readonly name: string;
  readonly description: string;
  readonly severity_threshold: string;
  readonly default: boolean;
  readonly allowed: boolean;
  readonly hash: string;
  readonly uri: string;
}

interface Whole extends Listed {
  readonly rules: readonly {
    readonly id: string;
    readonly category: string;
    readonly severity: string;
    readonly denies: boolean;
  }[];
  readonly modules: readonly string[] | "all";
  readonly restricted_modules: readonly {
    readonly name: string;
    readonly severity: string;
    readonly denies: boolean;
  }[];
  readonly patterns: readonly { readonly id: string; readonly pattern: string; readonly denies: boolean }[];
  readonly builtins: string;
  readonly reads: boolean;
}

let dir: TempDir;
let server: Connection;

beforeAll(async () => {
  dir = await tempDir();
  server = await connect();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function read(uri: string, from: Connection = server): Promise<unknown> {
  const { contents } = await from.client.readResource({ uri });
  expect(contents).toHaveLength(1);
  const [content] = contents;
  expect(content).toMatchObject({ uri, mimeType: "application/json" });
  return JSON.parse((content as { text: string }).text);
}

async function listed(from: Connection = server): Promise<Record<string, Listed>> {
  const { policies } = (await read("rlm://policies", from)) as { policies: Listed[] };
  return Object.fromEntries(policies.map((policy) => [policy.name, policy]));
}

describe("the server", () => {
  it("declares resources", () => {
    expect(server.client.getServerCapabilities()).toMatchObject({ resources: {} });
  });

  it("lists the policies and the session, with a title and a description", async () => {
    const { resources } = await server.client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      "rlm://policies",
      ...PRESETS.map((name) => `rlm://policies/${name}`),
      "rlm://session",
    ]);
    for (const resource of resources) {
      expect(resource).toEqual({
        uri: expect.any(String),
        name: expect.stringMatching(/\w/),
        title: expect.stringMatching(/\w/),
        description: expect.stringMatching(/\w{3}/),
        mimeType: "application/json",
      });
    }
    expect(new Set(resources.map(({ name }) => name)).size).toBe(resources.length);
  });

  it("lists one template", async () => {
    const { resourceTemplates } = await server.client.listResourceTemplates();
    expect(resourceTemplates).toMatchObject([{ uriTemplate: "rlm://policies/{name}", mimeType: "application/json" }]);
  });

  it.each([
    "rlm://policies/none",
    "rlm://policies/",
    "rlm://policies/strict/rules",
    "rlm://policies/../policies",
    "rlm://policies/%E0%A4%A",
    "file:///etc/hostname",
    "strict",
    "",
  ])("has nothing at %j, and answers with the protocol's error code", async (uri) => {
    await expect(server.client.readResource({ uri })).rejects.toMatchObject({
      code: -32002,
      message: expect.stringContaining("Resource not found"),
      data: { uri },
    });
  });
});

describe("rlm://policies", () => {
  it("says which policy is the default and which may be chosen", async () => {
    const policies = await listed();
    expect(Object.keys(policies)).toEqual(PRESETS);
    expect(PRESETS.filter((name) => policies[name]?.default)).toEqual(["strict"]);
    expect(policies["strict"]).toMatchObject({
      severity_threshold: "LOW",
      allowed: true,
      uri: "rlm://policies/strict",
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(policies["minimal"]).toMatchObject({ severity_threshold: "HIGH", allowed: false });
  });

  it("names the policies that the operator allows, as rlm_exec_run does", async () => {
    await using open = await connect({ env: { RLM_POLICY: "production", RLM_POLICY_ALLOWED: "development" } });
    const policies = await listed(open);
    for (const name of PRESETS) {
      const { refusal } = await open.exec({ code: "print(1)", policy: name });
      expect([name, policies[name]?.allowed]).toEqual([name, refusal === null]);
    }
    expect(PRESETS.filter((name) => policies[name]?.default)).toEqual(["production"]);
    expect([policies["development"]?.allowed, policies["minimal"]?.allowed]).toEqual([true, false]);
  });

  it("has uris that can be read, and the same facts there", async () => {
    for (const policy of Object.values(await listed())) expect(await read(policy.uri)).toMatchObject(policy);
  });

  it("has the hash that a check names", async () => {
    const policies = await listed();
    for (const name of ["strict", "minimal"]) {
      expect(await server.check({ code: "1", policy: name })).toMatchObject({
        policy: { name, hash: policies[name]?.hash },
      });
    }
  });
});

describe("rlm://policies/{name}", () => {
  it("says of every rule how bad it is and whether it denies", async () => {
    const { rules } = (await read("rlm://policies/development")) as Whole;
    const rule = (id: string) => rules.find((one) => one.id === id);
    expect(rule("PY-EXEC-001")).toEqual({
      id: "PY-EXEC-001",
      category: "command execution",
      severity: "HIGH",
      denies: true,
    });
    expect(rule("PY-FILE-002")).toEqual({ id: "PY-FILE-002", category: "file write", severity: "LOW", denies: false });
    expect(rule("PY-SYNTAX-001")).toMatchObject({ category: "syntax", denies: true });
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  it("says what may be imported: a list, or all but what is restricted", async () => {
    const strict = (await read("rlm://policies/strict")) as Whole;
    expect(strict.modules).toContain("math");
    expect(strict.modules).not.toContain("os");
    expect(strict).toMatchObject({ builtins: "safe", reads: false, restricted_modules: [], patterns: [] });
    const development = (await read("rlm://policies/development")) as Whole;
    expect(development).toMatchObject({ modules: "all", builtins: "all", reads: true });
    expect(development.restricted_modules).toContainEqual({ name: "ctypes", severity: "HIGH", denies: true });
    const scraping = (await read("rlm://policies/web_scraping")) as Whole;
    expect(scraping.restricted_modules).toContainEqual({ name: "requests", severity: "LOW", denies: false });
  });

  it("is the operator's own policy too, with its patterns", async () => {
    const file = dir.at("policies.json");
    await writeFile(
      file,
      JSON.stringify({
        policies: [
          {
            name: "acme",
            extends: "production",
            patterns: [
              {
                id: "ACME-001",
                pattern: "forbidden_\\w+",
                description: "it is Acme's",
                severity: "HIGH",
                suggestion: "Leave it out",
              },
            ],
          },
        ],
      }),
    );
    await using own = await connect({ env: { RLM_POLICY_FILE: file, RLM_POLICY: "acme" } });
    const acme = (await read("rlm://policies/acme", own)) as Whole;
    expect(acme).toMatchObject({
      name: "acme",
      default: true,
      patterns: [
        {
          id: "ACME-001",
          pattern: "forbidden_\\w+",
          in: "code",
          severity: "HIGH",
          denies: true,
          suggestion: "Leave it out",
        },
      ],
    });
    expect((await own.client.listResources()).resources.map(({ uri }) => uri)).toContain("rlm://policies/acme");
  });
});
