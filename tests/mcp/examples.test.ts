/** The examples work: the program that embeds the package, the policy file, the clients' configurations. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import "../support/built-modules.js";

const ROOT = path.resolve(import.meta.dirname, "../..");
const EXAMPLES = path.join(ROOT, "examples");

const runNode = (args: readonly string[], input = ""): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, args, { encoding: "utf8", input });

describe("the examples", () => {
  it("embed the package and run a program", () => {
    const { status, stdout, stderr } = runNode([path.join(EXAMPLES, "embed.mjs")]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "6 (ok, wasm)\n", stderr: "" });
  });

  it("have a policy file that denies what it says and allows the rest", () => {
    const check = (code: string): number | null =>
      runNode(
        [
          path.join(ROOT, "dist/cli.js"),
          "check",
          "-",
          "--policy-file",
          path.join(EXAMPLES, "policies.json"),
          "--policy",
          "analysts",
        ],
        code,
      ).status;
    expect([check("import boto3"), check("import psutil"), check("import numpy")]).toEqual([1, 1, 0]);
  });

  it.each([
    ["cursor.mcp.json", "mcpServers"],
    ["vscode.mcp.json", "servers"],
    ["claude-desktop.config.json", "mcpServers"],
    ["claude-code.mcp.json", "mcpServers"],
    ["../mcp.json.example", "mcpServers"],
  ])("have a configuration that starts this server by its path: %s", (file, key) => {
    const parsed = JSON.parse(readFileSync(path.join(EXAMPLES, file), "utf8")) as Record<
      string,
      { rlm: { command: string; args: string[]; env: { RLM_POLICY: string } } }
    >;
    const { command, args, env } = parsed[key]?.rlm ?? { command: "", args: [], env: { RLM_POLICY: "" } };
    expect(env.RLM_POLICY).toBe("workspace");
    const [cli = "", ...flags] = args;
    expect([command, cli]).toEqual(["node", "/absolute/path/to/rlm-mcp/dist/cli.js"]);
    const { status, stderr } = runNode([
      path.join(ROOT, "dist/cli.js"),
      ...flags.slice(0, 1),
      EXAMPLES,
      "doctor",
      "--help",
    ]);
    if (flags.length > 0) expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
