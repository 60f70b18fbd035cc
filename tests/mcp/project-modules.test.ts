/** A program of a real client imports the modules of the project that the call names in `files`. */

import { pathToFileURL } from "node:url";
import { ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { connect, type Connection } from "../support/mcp-client.js";
import { tempDir, type TempDir } from "../support/temp-dir.js";

const FILES = {
  "shop/slug.py": "def slug(text):\n    return '-'.join(text.lower().split())\n",
  "shop/test_slug.py":
    "import unittest\nfrom slug import slug\nclass T(unittest.TestCase):\n" +
    "    def test_a(self): self.assertEqual(slug('A B'), 'a-b')\n",
  "shop/bad.py": "import re\nimport subprocess\n",
};

async function agentIn(dir: TempDir, policy: string): Promise<Connection> {
  const agent = await connect({
    env: { RLM_EXECUTION_MODE: "wasm", RLM_POLICY: policy },
    capabilities: { roots: {} },
    prepare: (client) => {
      client.setRequestHandler(ListRootsRequestSchema, () => ({
        roots: [{ uri: pathToFileURL(dir.at("shop")).href }],
      }));
    },
  });
  return agent;
}

describe("a client with a root", () => {
  it("imports a module, runs its tests, and hears in which file a denial is", async () => {
    await using dir = await tempDir(FILES);
    await using agent = await agentIn(dir, "workspace");
    const call = { code: "import slug\nslug.slug('A B')", files: [dir.at("shop/slug.py")] };
    expect(await agent.exec(call)).toMatchObject({ status: "ok", result: "'a-b'" });
    const tests = "import unittest\nunittest.main(module='test_slug', argv=['x'], exit=False).result.wasSuccessful()";
    expect(await agent.exec({ code: tests, files: [dir.at("shop")] })).toMatchObject({ status: "ok", result: "True" });
    expect(await agent.exec({ code: "import bad", files: [dir.at("shop")] })).toMatchObject({
      status: "refused",
      refusal: { reason: "policy-denied", file: "bad.py", line: 2, resource: "subprocess" },
      policy: { violations: [{ file: "bad.py", line: 2, denies: true }] },
    });
    // Without the file there is no such module.
    expect(await agent.exec({ code: "import slug" })).toMatchObject({
      status: "refused",
      refusal: { reason: "module-missing" },
    });
  });

  it("has its modules checked under a verdict that binds the program only", async () => {
    await using dir = await tempDir(FILES);
    await using agent = await agentIn(dir, "workspace");
    const code = "import bad";
    const { verdict_id } = await agent.check({ code });
    const run = await agent.exec({ code, verdict_id, files: [dir.at("shop")] });
    expect(run).toMatchObject({ status: "refused", refusal: { reason: "policy-denied", file: "bad.py" } });
  });
});
