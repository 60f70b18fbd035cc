/** The argument `stdin` from the client's side: a program reads it, and the policy allows the reading only then. */

import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../support/mcp-client.js";

const ASKS = "name = input('Name? ')\nage = int(input('Age? '))\nprint(name, 'is', age)";

let server: Connection;
beforeAll(async () => {
  server = await connect({
    args: ["--execution-mode", "wasm", "--policy-allowed", "production,development"],
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("stdin", () => {
  it("is read by input() under the strict policy, and its digest is in the result", async () => {
    const ran = await server.exec({ code: ASKS, stdin: "Ada\n36\n" });
    expect(ran).toMatchObject({ status: "ok", stdout: "Name? Age? Ada is 36\n" });
    expect(ran.provenance?.stdin_sha256).toBe(createHash("sha256").update("Ada\n36\n").digest("hex"));
    expect((await server.exec({ code: "1" })).provenance?.stdin_sha256).toBeNull();
  });

  it("is the JavaScript text `stdin`, and an input of that name beside it is refused", async () => {
    const language = "javascript";
    expect(await server.exec({ language, code: "stdin.lines().length", stdin: "a\nb" })).toMatchObject({ result: "2" });
    expect(await server.exec({ language, code: "stdin", stdin: "a", inputs: { stdin: "b" } })).toMatchObject({
      refusal: { reason: "bad-input", message: expect.stringContaining("inputs.stdin") },
    });
  });

  it("is what the refusal of a program that reads lines leads to", async () => {
    const { refusal } = await server.exec({ code: ASKS });
    expect(refusal).toMatchObject({ rule: "PY-PROC-001", line: 1 });
    expect(refusal?.message).toContain("`stdin` argument");
  });

  it("opens no other question to a person, and no other denied name", async () => {
    for (const code of ["breakpoint()", "help()", "import getpass\ngetpass.getpass()", "eval(input())"])
      expect(await server.exec({ code, stdin: "1" })).toMatchObject({ status: "refused" });
    const aliased = "ask = input\nlist(map(int, ask().split()))";
    expect(await server.exec({ code: aliased, stdin: "1 2" })).toMatchObject({ result: "[1, 2]" });
    expect(await server.exec({ code: "import sys\nsys.stdin.read()", stdin: "x", policy: "production" })).toMatchObject(
      {
        result: "'x'",
      },
    );
  });

  it("is missing with an EOFError that names it, where the policy allows input()", async () => {
    const ran = await server.exec({ code: ASKS, policy: "development" });
    expect(ran.error).toMatchObject({ type: "EOFError", line: 1 });
    expect(ran.error?.message).toContain("argument `stdin`");
  });

  it("must be text of at most 1 MiB", async () => {
    expect(await server.exec({ code: "len(input())", stdin: "x".repeat(1_048_576) })).toMatchObject({
      result: "1048576",
    });
    for (const stdin of ["x".repeat(1_048_577), "é".repeat(524_289), "\ud800", 5, ["a"]])
      expect((await server.exec({ code: "1", stdin })).refusal).toMatchObject({
        reason: "bad-input",
        resource: "stdin",
        message: expect.stringContaining("Cannot use stdin: it must be well-formed text of at most 1048576 bytes"),
      });
  });

  it("is bound by the verdict of a program that needs it, and of no other", async () => {
    const check = async (code: string, has_stdin: boolean) =>
      (await server.call("rlm_policy_check", { code, has_stdin })).structuredContent as {
        verdict: string;
        verdict_id: string;
      };
    const asks = await check(ASKS, true);
    expect(asks.verdict).toBe("allow");
    expect((await check(ASKS, false)).verdict).toBe("deny");
    expect(await server.exec({ code: ASKS, stdin: "Ada\n36", verdict_id: asks.verdict_id })).toMatchObject({
      status: "ok",
    });
    expect((await server.exec({ code: ASKS, verdict_id: asks.verdict_id })).refusal?.reason).toBe("verdict-mismatch");
    const { verdict_id } = await check("1", false);
    expect(await server.exec({ code: "1", stdin: "unread", verdict_id })).toMatchObject({ status: "ok" });
  });

  it("is each call's own in a session", async () => {
    const interpreter = "session";
    expect(await server.exec({ code: "input()", stdin: "one\ntwo", interpreter })).toMatchObject({ result: "'one'" });
    expect(await server.exec({ code: "input()", stdin: "three", interpreter })).toMatchObject({ result: "'three'" });
    expect((await server.exec({ code: "input()", interpreter })).refusal?.rule).toBe("PY-PROC-001");
  });
});
