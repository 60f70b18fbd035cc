/** A call's `stdin` is what its program reads as standard input, on every engine, and what no other program reads. */

import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/engine.js";
import { type EngineUnderTest, forEachEngine, type Program } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

const LINES = "Ada Lovelace\n36\nlast line without end";

/** Each way to read, and the result of reading LINES. */
const WAYS: readonly (readonly [name: string, code: string, result: string])[] = [
  ["input()", "[input(), int(input()), input('> ')]", "['Ada Lovelace', 36, 'last line without end']"],
  ["sys.stdin.read()", "import sys\nlen(sys.stdin.read())", String(LINES.length)],
  ["sys.stdin.readline()", "import sys\nsys.stdin.readline(), sys.stdin.readline()", "('Ada Lovelace\\n', '36\\n')"],
  ["sys.stdin.readlines()", "import sys\nlen(sys.stdin.readlines())", "3"],
  ["iteration", "import sys\n[line.rstrip() for line in sys.stdin][1:]", "['36', 'last line without end']"],
  ["from sys import stdin", "from sys import stdin\nnext(stdin)", "'Ada Lovelace\\n'"],
  ["fileinput", "import fileinput\n[line.strip() for line in fileinput.input()][0]", "'Ada Lovelace'"],
  [
    "sys.stdin.buffer",
    "import sys\nsys.stdin.buffer.readline(), sys.stdin.buffer.read(3)",
    "(b'Ada Lovelace\\n', b'36\\n')",
  ],
  ["os.read", "import os\nos.read(0, 3)", "b'Ada'"],
  ["open(0)", "open(0).read().split()[:2]", "['Ada', 'Lovelace']"],
  ["iter(input, x)", "list(iter(input, '36'))", "['Ada Lovelace']"],
  ["input() and then sys.stdin", "import sys\ninput(); input(), sys.stdin.read()", "('36', 'last line without end')"],
];

forEachEngine("Python's standard input", (engine) => {
  const run = sharedGuest(engine);

  it.each(WAYS)("is read by %s", async (_, code, result) => {
    expect(await run({ code, fence: "open", stdin: LINES })).toMatchObject({ ending: "ok", result });
  });

  it("is read by input() under the safe builtins, which have it only then", async () => {
    expect(await engine.run({ code: "input() + '|' + input()", stdin: "a\r\nb" })).toMatchObject({ result: "'a|b'" });
    expect(await engine.run({ code: "input()" })).toMatchObject({ error: { type: "NameError" } });
  });

  it("has every character of a long text", async () => {
    const line = "é€\u{1F600}\0 and some more of this\n";
    const stdin = line.repeat(Math.floor(1_048_576 / Buffer.byteLength(line)));
    const code = "import sys, hashlib\nhashlib.sha256(sys.stdin.buffer.read()).hexdigest()";
    expect(await engine.run({ code, fence: "open", stdin })).toMatchObject({
      result: `'${createHash("sha256").update(stdin).digest("hex")}'`,
    });
    expect(await engine.run({ code: "n = 0\nwhile True:\n  n += len(input()) + 1", stdin })).toMatchObject({
      error: { type: "EOFError" },
    });
  });

  it("ends with an EOFError that says why, if there is none and if it has no more lines", async () => {
    const none = await engine.run({ code: "input('Name? ')", fence: "open" });
    expect(none).toMatchObject({ error: { type: "EOFError", line: 1 }, stdout: { text: "Name? " } });
    expect(none.error?.message).toContain("`stdin`");
    const short = await engine.run({ code: "input()\ninput()", fence: "open", stdin: "one" });
    expect(short).toMatchObject({ error: { type: "EOFError", line: 2 } });
    expect(short.error?.message).toMatch(/`stdin`.* no more lines/);
    const empty = await engine.run({ code: "input()", stdin: "" });
    expect(empty.error?.message).toMatch(/`stdin`.* no more lines/);
  });

  it("comes with inputs, long texts and files, and changes none of them", async () => {
    const ran = await engine.run({
      code: "input(), n, len(context), files['a.txt']",
      inputs: { n: 1, context: "c".repeat(9_000) },
      files: [{ name: "a.txt", path: "app/a.txt", bytes: Buffer.from("file") }],
      stdin: "typed",
    });
    expect(ran).toMatchObject({ result: "('typed', 1, 9000, 'file')" });
  });

  it("is the call's own in a session", async () => {
    await inSession(engine, "python", async (run) => {
      expect(await run("input()", "first\nunread\n")).toMatchObject({ result: "'first'" });
      const without = await run("input()");
      expect(without).toMatchObject({ error: { type: "EOFError" } });
      expect(without.error?.message).toContain("`stdin`");
      expect(await run("import sys, os\nsys.stdin.read(), os.read(0, 9)")).toMatchObject({ result: "('', b'')" });
      expect(await run("def ask(): return input()\nsys.stdin.close()")).toMatchObject({ ending: "ok" });
      expect(await run("ask()", "third")).toMatchObject({ result: "'third'" });
      expect(await run("os.close(0)", "x")).toMatchObject({ ending: "ok" });
      expect(await run("ask(), sys.stdin.readline()", "fourth\nrest")).toMatchObject({ result: "('fourth', 'rest')" });
    });
  });
});

forEachEngine("JavaScript's stdin", (engine) => {
  it("is a text with lines(), chunks() and search()", async () => {
    const code =
      "[stdin.lines(), stdin.lines(2, 2)[0], stdin.search(/\\d+/, 5)[0].line, stdin.chunks(4)[0], stdin.length]";
    expect(await engine.run({ language: "javascript", code, stdin: "a\r\nb 1\n" })).toMatchObject({
      result: "[ [ 'a', 'b 1' ], 'b 1', 2, 'a\\r\\nb', 7 ]",
    });
  });

  it("has every character of a long text", async () => {
    const line = "é€\u{1F600}\0 and some more of this\n";
    const stdin = line.repeat(Math.floor(1_048_576 / Buffer.byteLength(line)));
    const code = `stdin.length + ' ' + stdin.lines().every((line) => line === ${JSON.stringify(line.trim())})`;
    expect(await engine.run({ language: "javascript", code, stdin })).toMatchObject({
      result: `'${stdin.length} true'`,
    });
  });

  it("is not there without one, and an error then says how to give it", async () => {
    expect(await engine.run({ language: "javascript", code: "typeof stdin" })).toMatchObject({ result: "'undefined'" });
    const ran = await engine.run({ language: "javascript", code: "\nstdin.lines()" });
    expect(ran).toMatchObject({ error: { type: "ReferenceError", line: 2 } });
    expect(ran.error?.message).toContain("`stdin` argument");
  });

  it("may be declared by the program", async () => {
    expect(await engine.run({ language: "javascript", code: "const stdin = 5\nstdin", stdin: "x" })).toMatchObject({
      result: "5",
    });
  });

  it("is the call's own in a session", async () => {
    await inSession(engine, "javascript", async (run) => {
      expect(await run("stdin", "first")).toMatchObject({ result: "'first'" });
      expect(await run("typeof stdin")).toMatchObject({ result: "'undefined'" });
      expect(await run("stdin", "third")).toMatchObject({ result: "'third'" });
      expect(await run("let stdin = 4", "x")).toMatchObject({ ending: "ok" });
      expect(await run("stdin")).toMatchObject({ result: "4" });
    });
  });
});

forEachEngine(
  "The standard input of a process that a program starts",
  (engine) => {
    it("is that of the program", async () => {
      const code = "import subprocess\nsubprocess.run(['cat'], capture_output=True, text=True).stdout";
      expect(await engine.run({ code, fence: "open", stdin: "to the child" })).toMatchObject({
        result: "'to the child'",
      });
    });
  },
  // The image of the containers has no command.
  ["local"],
);

type Run = (code: string, stdin?: string) => ReturnType<Sandbox["run"]>;

async function inSession(
  engine: EngineUnderTest,
  language: NonNullable<Program["language"]>,
  body: (run: Run) => Promise<void>,
): Promise<void> {
  await using sandbox = await engine.open(language);
  await body((code, stdin) =>
    sandbox.run(
      { ...engine.job({ code, language, fence: "open", ...(stdin === undefined ? {} : { stdin }) }), keep: true },
      AbortSignal.timeout(10_000),
    ),
  );
}
