/** The steps of a run, with an engine that does what the test says. */

import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { Fault, Refusal } from "../../../src/errors.js";
import type { Outcome } from "../../../src/outcome.js";
import { STRICT } from "../../../src/policy/presets.js";
import { ENDED, scriptedServer } from "../../support/scripted-engine.js";
import { tempDir } from "../../support/temp-dir.js";
import { sleep } from "../../support/wait.js";

const ended = (ending: unknown): unknown =>
  ending instanceof Refusal ? ending.reason : ending instanceof Fault ? "fault" : (ending as Outcome).ending;

const WASM = { kind: "wasm", packages: "none" } as const;

/** Our parser reads Python 3, in which this is no statement, but CPython compiles it. */
const UNREADABLE = "print('ran')\nprint >> 1";

describe("a Python program that our parser cannot read", () => {
  it.each(["fresh", "session"] as const)("is compiled and never runs, in a %s interpreter", async (interpreter) => {
    await using server = scriptedServer();
    await server.run({ code: UNREADABLE, interpreter });
    expect(server.engine.jobs).toMatchObject([{ code: UNREADABLE, compileOnly: true }]);
  });

  it.each(["fresh", "session"] as const)("is denied if the %s interpreter compiles it", async (interpreter) => {
    await using server = scriptedServer();
    const { ending, policy } = await server.run({ code: UNREADABLE, interpreter });
    expect(ended(ending)).toBe("policy-denied");
    expect(ending).toMatchObject({ detail: { line: 2 } });
    expect(policy?.analysis.verdict).toBe("deny");
  });

  it("has the interpreter's own syntax error as its ending", async () => {
    await using server = scriptedServer();
    const error = { type: "SyntaxError", message: "no", line: 2, column: 1, traceback: "" };
    server.engine.answer = async () => ({ ...ENDED, ending: "error", exitCode: 1, error });
    expect((await server.run(UNREADABLE)).ending).toMatchObject({ ending: "error", error });
  });

  it("is compiled with its files, also if the policy denies what our parser did read", async () => {
    await using dir = await tempDir({ "work/a.txt": "a" });
    await using server = scriptedServer({ roots: [dir.at("work")] });
    const error = { type: "SyntaxError", message: "no", line: 2, column: 1, traceback: "" };
    server.engine.answer = async () => ({ ...ENDED, ending: "error", exitCode: 1, error });
    const { ending } = await server.run({ code: `import os\n${UNREADABLE}`, files: ["a.txt"] });
    expect(ending).toMatchObject({ ending: "error", error });
    expect(server.engine.jobs).toMatchObject([{ compileOnly: true, files: [{ name: "a.txt" }] }]);
    expect(ended((await server.run({ code: UNREADABLE, files: ["none.txt"] })).ending)).toBe("path-denied");
  });

  it("is denied for what our parser did read, not only for its syntax", async () => {
    await using server = scriptedServer();
    const { ending } = await server.run(`import os\n${UNREADABLE}`);
    expect(ended(ending)).toBe("policy-denied");
  });
});

describe("a JavaScript program that our parser cannot read", () => {
  it("ends with its syntax error and without a sandbox", async () => {
    await using server = scriptedServer();
    const { ending, isolation } = await server.run({ code: "let a = ;", language: "javascript" });
    expect(ending).toMatchObject({ ending: "error", exitCode: 1, error: { type: "SyntaxError", line: 1, column: 9 } });
    expect([server.engine.guests, isolation]).toEqual([[], null]);
  });
});

describe("a program that the policy denies", () => {
  it("reaches no sandbox and reads no file", async () => {
    await using server = scriptedServer();
    const { ending, policy } = await server.run({ code: "import os", files: ["/none"] });
    expect(ended(ending)).toBe("policy-denied");
    expect(policy?.policy.name).toBe("strict");
    expect(server.engine.specs).toEqual([]);
  });

  it("has its files read only if the person could allow a policy under which it passes", async () => {
    await using dir = await tempDir({ "work/a.txt": "a" });
    const readMs = async (code: string, policy?: string): Promise<number> => {
      await using server = scriptedServer({ roots: [dir.at("work")], ask: ["workspace"], modules: WASM });
      server.ann.answer = "yes";
      const { ending } = await server.run({ code, files: ["a.txt"], policy });
      expect(["policy-denied", "ok"]).toContain(ended(ending));
      return (await server.sessions.describe(server.ann)).budget.runMs.used;
    };
    expect(await readMs("import os")).toBeGreaterThan(0);
    expect(await readMs("import os", "strict")).toBe(0);
    expect(await readMs("import subprocess")).toBe(0);
  });

  it("runs under another policy if the caller may choose it, and not if the operator does not allow it", async () => {
    await using server = scriptedServer({ fallback: "minimal" });
    expect(ended((await server.run({ code: "import os", policy: "strict" })).ending)).toBe("policy-denied");
    expect(ended((await server.run("import os")).ending)).toBe("ok");
    await using strict = scriptedServer();
    expect(ended((await strict.run({ code: "1", policy: "minimal" })).ending)).toBe("policy-not-allowed");
  });
});

describe("an engine that fails", () => {
  it.each(["fresh", "session"] as const)("leaves no place taken: %s", async (interpreter) => {
    await using server = scriptedServer({ pool: { max: 1 } });
    server.engine.answer = async () => {
      throw new Fault("The engine has died");
    };
    expect(ended((await server.run({ code: "1", interpreter })).ending)).toBe("fault");
    expect(server.pools.usage.leased).toBe(0);
    expect(server.engine.guests.map(({ closes }) => closes)).toEqual([1]);
    server.engine.answer = async () => ENDED;
    expect(ended((await server.run({ code: "2", interpreter })).ending)).toBe("ok");
    expect(server.engine.guests).toHaveLength(2);
  });

  it("is paid for: the time since the program's start counts as its run time", async () => {
    await using server = scriptedServer({ budget: { runMs: 60_000 } });
    server.engine.answer = async () => {
      await sleep(60);
      throw new Fault("The engine has died");
    };
    await server.run("1");
    const { used } = (await server.sessions.describe(server.ann)).budget.runMs;
    expect(used).toBeGreaterThan(50);
    expect(used).toBeLessThan(1_000);
  });

  it("costs no run time if the program never started", async () => {
    await using server = scriptedServer({ budget: { runMs: 60_000 } });
    server.engine.starting = async () => {
      await sleep(20);
      throw new Fault("No guest");
    };
    expect(ended((await server.run("1")).ending)).toBe("fault");
    expect((await server.sessions.describe(server.ann)).budget.runMs.used).toBe(0);
  });

  it("by an error that nobody expected gives a fault with the error as its cause, in the log alone", async () => {
    await using server = scriptedServer();
    const cause = new TypeError("socket hang up");
    server.engine.answer = () => Promise.reject(cause);
    const { ending } = await server.run("1");
    expect(ending).toBeInstanceOf(Fault);
    expect(ending).toMatchObject({ cause });
    expect((ending as Fault).message).not.toContain("socket");
    expect(server.lines).toContainEqual(expect.objectContaining({ fault: (ending as Fault).id, cause }));
  });
});

describe("a call that is cancelled", () => {
  it("while it waits for a sandbox ends as cancelled, and leaves the queue", async () => {
    await using server = scriptedServer({ pool: { max: 1 } });
    let end: (outcome: Outcome) => void = () => undefined;
    server.engine.answer = () => new Promise((resolve) => (end = resolve));
    const first = server.run("1");
    const cancel = new AbortController();
    const second = server.run("2", { signal: cancel.signal });
    while (server.pools.usage.waiting === 0 || server.engine.jobs.length === 0) await sleep(1);
    cancel.abort();
    expect((await second).ending).toMatchObject({ ending: "cancelled", runMs: 0, exitCode: null });
    expect(server.pools.usage.waiting).toBe(0);
    end(ENDED);
    expect(ended((await first).ending)).toBe("ok");
  });

  it("while its files are read ends as cancelled, and reaches no sandbox", async () => {
    await using dir = await tempDir({ "work/a.txt": "a" });
    await using server = scriptedServer({ roots: [dir.at("work")] });
    const signal = AbortSignal.abort();
    const { ending } = await server.run({ code: "1", files: [dir.at("work/a.txt")] }, { signal });
    expect([ended(ending), server.engine.specs]).toEqual(["cancelled", []]);
  });

  it("hands its signal to the sandbox", async () => {
    await using server = scriptedServer();
    const { signal } = new AbortController();
    const signals: AbortSignal[] = [];
    server.engine.answer = async (_job, given) => (signals.push(given), ENDED);
    await server.run("1", { signal });
    expect(signals).toEqual([signal]);
  });
});

describe("the job of a program", () => {
  it("has the request's limits, inputs and files, and starts in the first root", async () => {
    await using dir = await tempDir({ "work/a.txt": "content", "other/b.txt": "" });
    await using server = scriptedServer({ roots: [dir.at("work"), dir.at("other")] });
    const context = "x".repeat(5_000);
    await server.run({
      code: "1",
      inputs: { n: 1, context },
      files: [dir.at("work/a.txt")],
      timeoutMs: 123,
      memoryMb: 77,
    });
    expect(server.engine.jobs).toMatchObject([
      {
        code: "1",
        timeoutMs: 123,
        memoryMb: 77,
        inputs: { n: 1, context: null },
        texts: [{ name: "context", bytes: Buffer.from(context) }],
        files: [{ name: "a.txt", path: "work/a.txt", bytes: Buffer.from("content") }],
        directory: "work",
        guestPolicy: { builtins: "safe" },
      },
    ]);
    for (const absent of ["keep", "compileOnly", "javascript"])
      expect(server.engine.jobs[0]).not.toHaveProperty(absent);
  });

  it("starts nowhere in particular if there is no root", async () => {
    await using server = scriptedServer();
    await server.run("1");
    expect(server.engine.jobs).toMatchObject([{ directory: "" }]);
    expect(server.engine.jobs[0]).not.toHaveProperty("modules");
  });

  it("keeps its guest only in the session's interpreter", async () => {
    await using server = scriptedServer();
    await server.run({ code: "1", interpreter: "session" });
    await server.run({ code: "2", interpreter: "fresh" });
    expect(server.engine.jobs.map(({ keep }) => keep)).toEqual([true, undefined]);
  });

  it("has what the parser found in a JavaScript program, and its globals only if the guest is kept", async () => {
    await using server = scriptedServer();
    await server.run({ code: "let a = await 1; a", language: "javascript" });
    await server.run({ code: "let a = await 1; a", language: "javascript", interpreter: "session" });
    const [fresh, kept] = server.engine.jobs;
    expect(fresh?.javascript).toMatchObject({ lastExpression: [17, 18], isAsync: true });
    expect(fresh?.javascript?.globals).toBeUndefined();
    expect(kept?.javascript?.globals).toBeDefined();
  });
});

describe("the report of a run", () => {
  it("has the facts of the run", async () => {
    await using dir = await tempDir({ "work/a.txt": "content" });
    await using server = scriptedServer({ roots: [dir.at("work")] });
    const report = await server.run({ code: "1", files: ["a.txt"], memoryMb: 77, timeoutMs: 123 });
    expect(report).toMatchObject({
      ending: ENDED,
      policy: { policy: { name: "strict" }, analysis: { verdict: "allow" } },
      isolation: { level: "wasm" },
      interpreter: { mode: "fresh", isNew: true, isKept: false, predecessorEnd: null },
      limits: { timeoutMs: 123, memoryMb: 77, codeBytes: expect.any(Number), outputBytes: expect.any(Number) },
      timings: { runMs: 5 },
      provenance: {
        codeSha256: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
        inputsSha256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        stdinSha256: null,
        files: [
          {
            path: "a.txt",
            sha256: "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
            sandboxPath: "/workspace/work/a.txt",
          },
        ],
        leftOut: [],
      },
    });
    expect(report.runId).toMatch(/^r_/);
  });

  it("says that nothing is kept if the program never ended", async () => {
    await using server = scriptedServer();
    server.engine.answer = () => Promise.reject(new Fault("The engine has died"));
    expect((await server.run("1")).interpreter).toMatchObject({ isKept: false });
  });

  it("has the digest of the inputs, as JSON, whether or not the program ran", async () => {
    await using server = scriptedServer();
    const digests = ["1", "import os"].map(
      async (code) => (await server.run({ code, inputs: { a: [1, null] } })).provenance.inputsSha256,
    );
    const expected = createHash("sha256").update('{"a":[1,null]}').digest("hex");
    expect(await Promise.all(digests)).toEqual([expected, expected]);
  });

  it("has null for what was not known when the run ended", async () => {
    await using server = scriptedServer();
    const report = await server.run({ code: "1", policy: "none", memoryMb: 77 });
    expect(report).toMatchObject({
      policy: null,
      isolation: null,
      interpreter: null,
      limits: { memoryMb: 77 },
      timings: { queueMs: 0, bootMs: 0, runMs: 0 },
    });
  });

  it("says that the next call finds this program's variables, and why the interpreter before ended", async () => {
    await using server = scriptedServer();
    const run = async () => (await server.run({ code: "1", interpreter: "session" })).interpreter;
    expect(await run()).toEqual({ mode: "session", isNew: true, isKept: true, predecessorEnd: null });
    expect(await run()).toEqual({ mode: "session", isNew: false, isKept: true, predecessorEnd: null });
    server.engine.answer = async () => ({ ...ENDED, ending: "timeout" });
    expect(await run()).toEqual({ mode: "session", isNew: false, isKept: false, predecessorEnd: null });
    server.engine.answer = async () => ENDED;
    expect(await run()).toEqual({
      mode: "session",
      isNew: true,
      isKept: true,
      predecessorEnd: "its last program did not end by itself",
    });
  });

  it("has the memory limit of the call that started the session's interpreter", async () => {
    await using server = scriptedServer();
    await server.run({ code: "1", interpreter: "session", memoryMb: 64 });
    const second = await server.run({ code: "1", interpreter: "session", memoryMb: 128 });
    expect(second.limits.memoryMb).toBe(64);
    expect(server.engine.jobs.map(({ memoryMb }) => memoryMb)).toEqual([64, 64]);
  });

  it("counts the start of a guest as wait only if no guest was warm", async () => {
    await using server = scriptedServer({ pool: { warm: 1 } });
    server.engine.starting = () => sleep(30);
    const cold = (await server.run("1")).timings;
    expect(cold.bootMs).toBeGreaterThan(25);
    expect(cold.queueMs).toBe(cold.bootMs);
    while (server.pools.usage.ready === 0) await sleep(5);
    const warm = (await server.run("1")).timings;
    expect(warm.bootMs).toBe(0);
    expect(warm.queueMs).toBeLessThan(25);
    expect(warm.totalMs).toBeGreaterThanOrEqual(warm.queueMs);
    expect(warm.totalMs).toBeLessThan(5_000);
  });
});

describe("a session pays", () => {
  const state = async (server: ReturnType<typeof scriptedServer>) => {
    const { budget } = await server.sessions.describe(server.ann);
    return { calls: budget.calls.used, runMs: budget.runMs.used, outputBytes: budget.outputBytes.used };
  };

  it("for the run time and the output of a program, also for what was cut off", async () => {
    await using server = scriptedServer();
    const stderr = { text: "x", truncated: { totalBytes: 1_000, keptBytes: 1 } };
    server.engine.answer = async () => ({ ...ENDED, stdout: { text: "é", truncated: null }, stderr });
    await server.run("1");
    expect(await state(server)).toEqual({ calls: 1, runMs: 5, outputBytes: 1_002 });
  });

  it("for a program that the policy denies: the call alone", async () => {
    await using server = scriptedServer();
    await server.run("import os");
    expect(await state(server)).toEqual({ calls: 1, runMs: 0, outputBytes: 0 });
  });

  it("for the time in which its files were read", async () => {
    await using dir = await tempDir({ "work/a.txt": "content" });
    await using server = scriptedServer({ roots: [dir.at("work")] });
    await server.run({ code: "1", files: ["a.txt"] });
    expect((await state(server)).runMs).toBeGreaterThan(5);
    expect((await state(server)).runMs).toBeLessThan(1_000);
    await using other = scriptedServer({ roots: [dir.at("work")] });
    await other.run({ code: "1", files: ["none.txt"] });
    expect((await state(other)).runMs).toBeGreaterThan(0);
  });
});

describe("the roots of the caller's client", () => {
  it("are asked for before its files are read, and not for a program without files", async () => {
    await using dir = await tempDir({ "work/a.txt": "a" });
    await using server = scriptedServer();
    server.ann.named = [pathToFileURL(dir.at("work")).href];
    expect(ended((await server.run("1")).ending)).toBe("ok");
    expect(server.ann.asked).toBe(0);
    expect(ended((await server.run({ code: "1", files: [dir.at("work/a.txt")] })).ending)).toBe("ok");
    expect(server.ann.asked).toBe(1);
  });
});

describe("a file that may not be read", () => {
  it("is a refusal, and no program starts", async () => {
    await using dir = await tempDir({ "work/a.txt": "a", "outside.txt": "b" });
    await using server = scriptedServer({ roots: [dir.at("work")] });
    expect(ended((await server.run({ code: "1", files: [dir.at("outside.txt")] })).ending)).toBe("path-denied");
    expect(server.engine.specs).toEqual([]);
  });
});

describe("the log has one line for each run", () => {
  it("with its ending, and with no word of the program", async () => {
    await using server = scriptedServer();
    const { runId } = await server.run("1");
    const refused = await server.run("import os");
    const lines = server.lines.filter((line) => typeof line === "object" && "run" in (line as object));
    const { name, hash } = STRICT;
    expect(lines).toEqual([
      {
        run: runId,
        language: "python",
        policy: { name, hash },
        ms: expect.any(Number),
        isolation: "wasm",
        ending: "ok",
      },
      {
        run: refused.runId,
        language: "python",
        policy: { name, hash },
        ms: expect.any(Number),
        isolation: null,
        reason: "policy-denied",
        rule: "PY-IMPORT-001",
      },
    ]);
  });
});

describe("a run that names the verdict of a check", () => {
  it("runs only as it was checked: code, policy and interpreter", async () => {
    await using server = scriptedServer();
    const { verdictId, analysis } = await server.runner.check("1", "python", undefined, { mode: "session" });
    expect(analysis.verdict).toBe("allow");
    const run = async (change: object) =>
      ended((await server.run({ code: "1", verdictId, interpreter: "session", ...change })).ending);
    expect(await run({})).toBe("ok");
    expect(await run({ code: "2" })).toBe("verdict-mismatch");
    expect(await run({ interpreter: "fresh" })).toBe("verdict-mismatch");
    expect(await run({ interpreter: undefined })).toBe("verdict-mismatch");
    expect((await server.runner.check("1", "python", undefined)).verdictId).not.toBe(verdictId);
  });
});
