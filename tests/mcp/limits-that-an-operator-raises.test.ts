/** A server whose operator raised the limits on programs: it says so, and programs may use them. */

import { describe, expect, it } from "vitest";
import { connect } from "../support/mcp-client.js";

const RAISED = {
  RLM_MAX_EXEC_CODE_SIZE: "400000",
  RLM_MAX_EXEC_TIMEOUT_MS: "30000",
  RLM_MAX_EXEC_MEMORY_MB: "700",
};

describe("a server with raised limits", () => {
  it("names them in the tools' descriptions and schemas", async () => {
    await using connection = await connect({ env: RAISED });
    const { tools } = await connection.client.listTools();
    const run = tools.find(({ name }) => name === "rlm_exec_run");
    expect(run?.description).toContain("Limits: 400000 bytes of code, 30000 ms, 700 MB");
    expect(run?.inputSchema.properties).toMatchObject({
      timeout_ms: { maximum: 30_000, default: 30_000 },
      memory_limit_mb: { maximum: 700, default: 700 },
      code: { description: expect.stringContaining("400000 bytes") as unknown },
    });
    const check = tools.find(({ name }) => name === "rlm_policy_check");
    expect(check?.description).toContain("At most 400000 bytes of code");
  });

  it.each(["python", "javascript"])(
    "runs and checks a long %s program, and refuses a longer one",
    async (language) => {
      await using connection = await connect({ env: RAISED });
      const define = (name: string): string =>
        language === "python" ? `def ${name}(a):\n    return a + 1\n` : `function ${name}(a) { return a + 1; }\n`;
      const program = (bytes: number): string => {
        let code = "";
        for (let index = 0; code.length < bytes; index++) code += define(`f${index}`);
        return `${code}f7(1)`;
      };
      expect(await connection.exec({ code: program(390_000), language })).toMatchObject({ status: "ok", result: "2" });
      expect(await connection.exec({ code: program(410_000), language })).toMatchObject({
        status: "refused",
        refusal: { message: expect.stringContaining("1 to 400000 bytes") as unknown },
      });
    },
    60_000,
  );

  it("lets a program use more memory and time, and reports its progress", async () => {
    await using connection = await connect({ env: RAISED });
    const told: string[] = [];
    const code = "import time\nblock = bytearray(500 * 2 ** 20)\ntime.sleep(6)\nlen(block) >> 20";
    const answer = await connection.client.callTool({ name: "rlm_exec_run", arguments: { code } }, undefined, {
      onprogress: ({ message }) => told.push(message ?? ""),
    });
    expect(answer.structuredContent).toMatchObject({ status: "ok", result: "500" });
    expect(told).toContain("Running (5 s)");
    expect(new Set(told).size, "no state is told twice").toBe(told.length);
  }, 60_000);

  it("runs programs of every language with the most memory that it can name", async () => {
    await using connection = await connect({ env: { RLM_MAX_EXEC_MEMORY_MB: "4096" } });
    expect(await connection.exec({ code: "1 + 1" })).toMatchObject({ status: "ok", result: "2" });
    const code = "const a = []; for (let i = 0; i < 6; i++) a.push(new Uint8Array(60e6).fill(1)); a.length";
    expect(await connection.exec({ code, language: "javascript" })).toMatchObject({ status: "ok", result: "6" });
    const less = { code: "1 + 1", language: "javascript", memory_limit_mb: 2500 };
    expect(await connection.exec(less)).toMatchObject({ status: "ok", result: "2" });
  }, 60_000);

  it("stops a program at its limit all the same", async () => {
    await using connection = await connect({ env: RAISED });
    const code = "block = bytearray(900 * 2 ** 20)";
    expect(await connection.exec({ code })).toMatchObject({ status: "out_of_memory" });
    expect(await connection.exec({ code: "while True: pass", timeout_ms: 1_000 })).toMatchObject({ status: "timeout" });
    expect(await connection.exec({ code: "1", timeout_ms: 30_001 })).toMatchObject({ status: "refused" });
  }, 60_000);
});
