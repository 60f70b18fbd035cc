/** A guest that is kept: what a program has made is there for the next job, and nothing runs in between. */

import { describe, expect, it } from "vitest";
import type { GuestFile, Sandbox } from "../../src/sandbox/engine.js";
import { type EngineUnderTest, forEachEngine, type Program } from "../support/engines.js";
import { sleep } from "../support/wait.js";

const given = (name: string, text: string): GuestFile => ({ name, path: `app/${name}`, bytes: Buffer.from(text) });

interface Kept extends AsyncDisposable {
  readonly sandbox: Sandbox;
  run(code: string, more?: Partial<Program> & { readonly keep?: boolean }): ReturnType<Sandbox["run"]>;
}

async function keep(engine: EngineUnderTest, language: "python" | "javascript" = "python"): Promise<Kept> {
  const sandbox = await engine.open(language);
  return {
    sandbox,
    run: (code, { keep = true, signal, ...more } = {}) =>
      sandbox.run(
        { ...engine.job({ language, fence: "open", ...more, code, keep }), directory: "app", keep },
        signal ?? new AbortController().signal,
      ),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

forEachEngine("A Python interpreter that is kept", (engine) => {
  it("has the variables, functions, classes and imports of earlier calls", async () => {
    await using kept = await keep(engine);
    await kept.run("import math\nx = 40\nclass Point:\n    y = 2\ndef area(r):\n    return math.floor(r * x)");
    expect(await kept.run("x += Point.y\nx")).toMatchObject({ ending: "ok", result: "42" });
    expect(await kept.run("area(2)")).toMatchObject({ ending: "ok", result: "84" });
  });

  it("continues after an exception, a syntax error and an exit, and reports the line of each", async () => {
    await using kept = await keep(engine);
    await kept.run("x = 1\n\ndef fail():\n    return x / 0");
    const raised = await kept.run("print('before')\nfail()");
    expect(raised).toMatchObject({
      ending: "error",
      stdout: { text: "before\n" },
      error: { type: "ZeroDivisionError", line: 2, column: 1 },
    });
    expect(raised.error?.traceback).toMatch(/line 2, in <module>\n {4}fail\(\)[^]*line 4, in fail\n {4}return x \/ 0/);
    expect(await kept.run("x = = 2")).toMatchObject({ ending: "error", error: { type: "SyntaxError", line: 1 } });
    expect(await kept.run("raise SystemExit(3)")).toMatchObject({ ending: "error", exitCode: 3 });
    expect(await kept.run("x")).toMatchObject({ ending: "ok", result: "1", stdout: { text: "" }, error: null });
    expect(kept.sandbox.isReady).toBe(true);
  });

  it("returns the output and the result of each call alone", async () => {
    await using kept = await keep(engine);
    expect(await kept.run("print('one')\n1")).toMatchObject({ stdout: { text: "one\n" }, result: "1" });
    expect(await kept.run("import sys\nprint('two', file=sys.stderr)")).toMatchObject({
      stdout: { text: "" },
      stderr: { text: "two\n" },
      result: null,
    });
  });

  it("has the files of every call, and those that it has written", async () => {
    await using kept = await keep(engine);
    await kept.run("open('made.txt', 'w').write('made')", { files: [given("a.csv", "1,2")] });
    const all = await kept.run(
      "sorted(files), open('a.csv').read(), open('/workspace/app/b.csv').read(), open('made.txt').read()",
      { files: [given("b.csv", "3")] },
    );
    expect(all).toMatchObject({ ending: "ok", result: "(['a.csv', 'b.csv'], '1,2', '3', 'made')" });
    expect(await kept.run("files['a.csv'], open('a.csv').read()", { files: [given("a.csv", "new")] })).toMatchObject({
      result: "('new', 'new')",
    });
  });

  it("has the inputs of every call, and the last value of each name", async () => {
    await using kept = await keep(engine);
    await kept.run("lines = context.lines(2, 2)", { inputs: { context: "a\nb\nc", n: 1 } });
    expect(await kept.run("lines, n, sorted(inputs)", { inputs: { n: 2 } })).toMatchObject({
      result: "(['b'], 2, ['context', 'n'])",
    });
  });

  it.each([
    ["runs out of time", "while True:\n    pass", "timeout"],
    ["prints too much", "while True:\n    print('x' * 65536)", "output_limit"],
    ["leaves by force", "import os\nos._exit(7)", "error"],
    ["runs out of memory", "x = bytearray(1 << 30)", "out_of_memory"],
  ])("is not ready for another job once a program %s", async (_, code, ending) => {
    await using kept = await keep(engine);
    await kept.run("x = 1");
    const outcome = await kept.run(code, { timeoutMs: ending === "timeout" ? 500 : 3_000 });
    expect(outcome.ending).toMatch(ending);
    expect(kept.sandbox.isReady).toBe(false);
  });

  it.each([
    "os.close(3)",
    "os.close(4)",
    "os.closerange(3, 100)",
    "os.dup2(1, 3)",
    "os.dup2(1, 4)",
    "os.closerange(3, 1000)",
  ])("says that a program which calls %s has closed the interpreter's channel", async (call) => {
    if (!engine.hasProcesses) return;
    await using kept = await keep(engine);
    await kept.run("x = 1");
    const outcome = await kept.run(`import os\nprint("before")\n${call}`);
    expect(outcome).toMatchObject({ ending: "error", stdout: { text: "before\n" } });
    expect(outcome.error?.message).toMatch(/^The session's interpreter is lost: .* closed its channel/);
    expect(kept.sandbox.isReady).toBe(false);
  });

  it("is lost with a call that lowers the hard limit of its memory, and the call says so", async () => {
    if (!engine.isContainer) return;
    for (const limit of ["1 << 20", "64 << 20", "4 << 30"]) {
      await using kept = await keep(engine);
      const outcome = await kept.run(`import resource\nresource.setrlimit(resource.RLIMIT_AS, (${limit}, ${limit}))`);
      expect(outcome).toMatchObject({ ending: "error", error: { type: "SystemError" } });
      expect(outcome.error?.message).toMatch(/^The session's interpreter is lost: .*RLIMIT_AS.*ower only/);
    }
  });

  it("goes on after a call that lowers the soft limit of its memory, or other limits", async () => {
    if (!engine.isContainer) return;
    await using kept = await keep(engine);
    const limits = ["AS, (1 << 20, -1)", "STACK, (4096, 4096)", "NOFILE, (0, 0)", "NPROC, (0, 0)"];
    for (const limit of limits) {
      await kept.run(`import resource\nresource.setrlimit(resource.RLIMIT_${limit})`);
      expect(await kept.run("len([0] * 10_000_000)")).toMatchObject({ ending: "ok", result: "10000000" });
    }
  });

  it("lets a program close what it has opened itself", async () => {
    await using kept = await keep(engine);
    expect(await kept.run("import os\nf = os.open('.', os.O_RDONLY)\nos.close(f)\nf > 2")).toMatchObject({
      result: "True",
    });
    expect(await kept.run("1")).toMatchObject({ result: "1" });
  });

  it("gives its input files as a plain dict too", async () => {
    await using kept = await keep(engine);
    expect(
      await kept.run("dict(files), {**files}, list(files.items())", { files: [given("a.csv", "1,2")] }),
    ).toMatchObject({ result: "({'a.csv': '1,2'}, {'a.csv': '1,2'}, [('a.csv', '1,2')])" });
  });

  it("has the memory of its limit after many files", async () => {
    await using kept = await keep(engine);
    for (let call = 0; call < 4; call++)
      await kept.run("1", { files: [given("big.bin", "x".repeat(8 << 20))], memoryMb: 64 });
    expect(
      await kept.run("x = bytearray(150 << 20)\nfor at in range(0, len(x), 4096):\n    x[at] = 1", { memoryMb: 64 }),
    ).toMatchObject({ ending: "out_of_memory" });
  });

  it("ends with a job that does not keep it", async () => {
    await using kept = await keep(engine);
    await kept.run("x = 1");
    expect(await kept.run("x", { keep: false })).toMatchObject({ ending: "ok", result: "1" });
    expect(kept.sandbox.isReady).toBe(false);
  });

  it("gives a program no time and no output between two calls", async () => {
    if (!engine.hasProcesses)
      return expect(
        (await engine.run({ code: "import threading\nthreading.Thread(target=print).start()", fence: "open" })).error
          ?.type,
      ).toBe("RuntimeError");
    await using kept = await keep(engine);
    const code = [
      "import threading, time",
      "n = 0",
      "def count():",
      "    global n",
      "    while True:",
      "        n += 1",
      "        print('late')",
      "        time.sleep(0.005)",
      "threading.Thread(target=count, daemon=True).start()",
      "time.sleep(0.05)",
      "n",
    ].join("\n");
    const before = Number((await kept.run(code)).result);
    await sleep(600);
    const { result, stdout } = await kept.run("n");
    expect(before).toBeGreaterThan(2);
    expect(Number(result)).toBeLessThan(before + 20);
    expect(stdout.text.split("late").length).toBeLessThan(20);
  });
});

forEachEngine(
  "A kept program that lies about its end",
  (engine) => {
    it("can forge the result of its own run only, and the next call has its own result", async () => {
      await using kept = await keep(engine);
      const lie =
        'import os\nos.write(4, b\'{"exit_code": 0, "result": "forged", "run": 99}\\n\')\nprint(\'call 1\')\n\'one\'';
      expect(await kept.run(lie)).toMatchObject({ ending: "ok", stdout: { text: "call 1\n" }, result: "'one'" });
      expect(await kept.run("print('call 2')\n'two'")).toMatchObject({
        ending: "ok",
        stdout: { text: "call 2\n" },
        result: "'two'",
      });
    });

    it("leaves nothing of an early end to the next call", async () => {
      await using kept = await keep(engine);
      await kept.run(
        [
          "import os, time",
          'os.write(4, b\'{"exit_code": 0, "result": "forged", "run": 1}\\n\')',
          "time.sleep(0.1)",
          "'one'",
        ].join("\n"),
      );
      if (!kept.sandbox.isReady) return;
      const next = await kept.run("'two'");
      expect([next.ending, next.result]).toEqual(["ok", "'two'"]);
    });

    it("does not end as ok if it exits without a report", async () => {
      await using kept = await keep(engine);
      const outcome = await kept.run("import os\nos._exit(0)");
      expect(outcome.ending).not.toBe("ok");
      expect(kept.sandbox.isReady).toBe(false);
    });

    it("is charged the processor time of its children, those that it waited for and those that it left", async () => {
      const burn = "end = time.process_time() + 0.4\nwhile time.process_time() < end: pass\nos._exit(0)";
      const child = `import os, time\npid = os.fork()\nif pid == 0:\n    ${burn.replaceAll("\n", "\n    ")}\n`;
      await using kept = await keep(engine);
      const waited = await kept.run(`${child}os.waitpid(pid, 0)`);
      expect(waited.usage.cpuMs, JSON.stringify(waited)).toBeGreaterThan(350);
      // On the local engine a process of the host collects it.
      if (engine.name === "local") return;
      // The child of a child loses its parent, and process 1 collects it.
      const inner = child.trimEnd().replaceAll("\n", "\n  ");
      const orphan = `import os, time\nif os.fork() == 0:\n  ${inner}\n  os._exit(0)\n`;
      const left = await kept.run(`${orphan}os.wait()\ntime.sleep(1.5)`);
      expect(left.usage.cpuMs, JSON.stringify(left)).toBeGreaterThan(350);
    });

    it("stays in one interpreter, even if it forks", async () => {
      await using kept = await keep(engine);
      await kept.run("import os\npid = os.fork()");
      const seen = [];
      for (let call = 0; call < 3; call++) seen.push((await kept.run("pid > 0, os.getpid()")).result);
      expect(new Set(seen).size).toBe(1);
      expect(seen[0]).toMatch(/^\(True, /);
    });
  },
  ["runc", "runsc", "local"],
);

forEachEngine("A JavaScript interpreter that is kept", (engine) => {
  it("has the variables, functions and classes of earlier calls, and can declare them again", async () => {
    await using kept = await keep(engine, "javascript");
    await kept.run("const x = 40; let y; class Point { z = 2 }\nfunction area(r) { return r * x }");
    expect(await kept.run("const x = await Promise.resolve(41); area(2) + new Point().z")).toMatchObject({
      ending: "ok",
      result: "84",
    });
    expect(await kept.run("let y = x + 1; y")).toMatchObject({ ending: "ok", result: "42" });
  });

  it("continues after an exception and a rejection, and reports the line of each", async () => {
    await using kept = await keep(engine, "javascript");
    await kept.run("let x = 1;\n\nfunction fail() { return x.no.way }");
    expect(await kept.run("console.log('before');\nfail()")).toMatchObject({
      ending: "error",
      stdout: { text: "before\n" },
      error: { type: "TypeError", line: 2 },
    });
    expect(await kept.run("Promise.reject(new RangeError('late'))")).toMatchObject({
      ending: "error",
      error: { type: "RangeError" },
    });
    expect(await kept.run("x")).toMatchObject({ ending: "ok", result: "1", stdout: { text: "" }, error: null });
    expect(kept.sandbox.isReady).toBe(true);
  });

  it("has the files and inputs of every call, and helpers for long texts", async () => {
    await using kept = await keep(engine, "javascript");
    await kept.run("1", { files: [given("a.csv", "1,2")], inputs: { context: "one\ntwo\n".repeat(2_000) } });
    const all = await kept.run(
      "[Object.keys(files), files['b.csv'], context.length, context.lines(2, 2), context.search('two', 1), n]",
      { files: [given("b.csv", "3")], inputs: { n: 1 } },
    );
    expect(all.result).toBe(
      [
        "[",
        "  [ 'a.csv', 'b.csv' ],",
        "  '3',",
        "  16000,",
        "  [ 'two' ],",
        "  [ { line: 2, start: 4, end: 7, text: 'two' } ],",
        "  1",
        "]",
      ].join("\n"),
    );
  });

  it.each([
    ["runs out of time", "for (;;) {}", "timeout"],
    ["prints too much", "for (;;) console.log('x'.repeat(65536))", "output_limit"],
  ])("is not ready for another job once a program %s", async (_, code, ending) => {
    await using kept = await keep(engine, "javascript");
    await kept.run("let x = 1");
    expect(await kept.run(code, { timeoutMs: ending === "timeout" ? 500 : 3_000 })).toMatchObject({ ending });
    expect(kept.sandbox.isReady).toBe(false);
  });
});

describe("A kept interpreter", () => {
  forEachEngine("and a fresh one after it", (engine) => {
    it("share nothing", async () => {
      await using kept = await keep(engine);
      await kept.run("import builtins\nmark = builtins.mark = 'left'\nopen('/workspace/mark', 'w').write('left')");
      const fresh = await engine.run({
        code: "import os, builtins\nhasattr(builtins, 'mark'), 'mark' in globals(), os.path.exists('/workspace/mark')",
        fence: "open",
      });
      expect(fresh).toMatchObject({ ending: "ok", result: "(False, False, False)" });
      await kept.sandbox.close();
      const next = await keep(engine);
      expect(
        await next.run(
          "import builtins, os\nhasattr(builtins, 'mark'), 'mark' in globals(), os.path.exists('/workspace/mark')",
        ),
      ).toMatchObject({ result: "(False, False, False)" });
      await next.sandbox.close();
    });
  });
});
