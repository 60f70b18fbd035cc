/** Programs in the Markdown that models write around them, and with the mark of Windows in front. */

import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Connection } from "../support/mcp-client.js";

let server: Connection;

beforeAll(async () => {
  server = await connect();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("A program in a Markdown fence", () => {
  it.each([
    ["python", "```python\nprint('a')\n1 + 1\n```", "print('a')\n1 + 1", "2"],
    ["javascript", "~~~js\nconsole.log('a')\n1 + 1\n~~~", "console.log('a')\n1 + 1", "2"],
  ])("runs without it, and the result says so: %s", async (language, code, inside, result) => {
    const ran = (await server.exec({ code, language })) as unknown as Record<string, unknown>;
    expect(ran).toMatchObject({ status: "ok", stdout: "a\n", result });
    expect(ran["notes"]).toEqual([expect.stringContaining("taken out of its Markdown fence")]);
    expect(ran["provenance"]).toMatchObject({ code_sha256: sha256(inside) });
  });

  it("has the lines of the program itself", async () => {
    const { error } = await server.exec({ code: "\n```python\nx = 1\n1 / 0\n```\n" });
    expect(error).toMatchObject({ type: "ZeroDivisionError", line: 2 });
    const refusal = await server.refused({ code: "```python\nx = 1\nimport os\n```" });
    expect(refusal).toMatchObject({ line: 2, snippet: "import os" });
  });

  it("has the verdict of the program itself", async () => {
    const check = await server.check({ code: "```python\nprint(1)\n```" });
    expect(check).toMatchObject({ verdict: "allow", notes: [expect.stringContaining("Markdown fence")] });
    const run = await server.exec({ code: "print(1)", verdict_id: check.verdict_id });
    expect(run).toMatchObject({ status: "ok", notes: [] });
  });
});

describe("A byte order mark before a program is accepted", () => {
  it.each(["python", "javascript"])("in %s", async (language) => {
    const ran = await server.exec({ code: "\ufeff1 + 1", language });
    expect(ran).toMatchObject({ status: "ok", result: "2", provenance: { code_sha256: sha256("1 + 1") } });
  });

  it.each([
    ["python", "x = 1"],
    ["javascript", "let x = 1"],
    ["java", "class A { int x = 1; }"],
  ])("by the check of %s", async (language, code) => {
    expect(await server.check({ code: `\ufeff${code}`, language })).toMatchObject({ verdict: "allow" });
  });
});

describe("A text that is no program says what to send instead:", () => {
  const INSTALL = "nothing can be installed here; there are Python's library and, in the Docker image data-science";
  const TRANSCRIPT = "this is a transcript of a session; send the statements alone";
  const JSX = "this is JSX, which no engine here runs";

  it.each([
    ["python", "%pip install numpy\nimport numpy", INSTALL],
    ["python", "x = 1\n!pip install -q pandas\nprint(x)", INSTALL],
    ["python", "pip install requests", INSTALL],
    ["python", "!python3 -m pip install x", INSTALL],
    ["python", ">>> x = 1\n>>> x\n1", TRANSCRIPT],
    ["python", ">>> def f():\n...     return 1\n", TRANSCRIPT],
    ["python", "In [1]: for x in y:\n   ...:     x", TRANSCRIPT],
    ["python", "%matplotlib inline\nx = 1", "a line that begins with % is a command of a notebook; write Python"],
    ["python", "%%time\nx = 1", "a line that begins with % is a command of a notebook; write Python"],
    ["python", "names = !ls", "there are no other programs here, so ! runs none; do the work in Python"],
    ["python", "$ python x.py", "this is a command of a shell, and there is none here"],
    ["python", "```python\n1\n```\n\n```python\n2\n```", "send the program alone, or in one Markdown fence"],
    ["python", "const a = 1;\nconsole.log(a);", 'this is JavaScript: set `language` to "javascript"'],
    ["python", "function f(x) {\n  return x;\n}", "this is JavaScript"],
    ["python", "import fs from 'node:fs';\n", "this is JavaScript"],
    ["python", "[1, 2].forEach((x) => {\n  y(x);\n});", "this is JavaScript"],
    ["javascript", "def f(x):\n    return x\nprint(f(1))", 'this is Python: set `language` to "python"'],
    ["javascript", "import os\nprint(os.sep)", "this is Python"],
    ["javascript", "function f() { await g(); }", "this function is not async; write async before it"],
    ["javascript", "console.log(\u201chi\u201d)", "this is a typographic quote"],
    ["javascript", "npm install lodash", "nothing can be installed here"],
    ["javascript", "return 5", "a program is no function; write the value as its last expression"],
    ["javascript", "const a = <div>hi</div>;", JSX],
    ["javascript", "function App() { return (<App.Item x={1} />); }", JSX],
    ["javascript", "const a = <>\n<b/>\n</>;", JSX],
  ])("%s %j", async (language, code, says) => {
    const { status, error } = await server.exec({ code, language });
    expect(status).toBe("error");
    expect(error).toMatchObject({ type: "SyntaxError", message: expect.stringContaining(`: ${says}`) as string });
    expect(error?.traceback).toContain(says);
    const { violations } = await server.check({ code, language });
    expect(violations[0]?.suggestion.slice(1)).toContain(says.slice(1));
  });

  it.each([
    ["python", "x = 5 %\n"],
    ["python", "def f(:\n    '''\n    >>> f()\n    '''"],
    ["javascript", "const a = 1 <;"],
    ["javascript", "for (const x of y) {"],
    ["python", "for x in y:\n  if x {"],
  ])("but not of another mistake: %s %j", async (language, code) => {
    const { error } = await server.exec({ code, language });
    expect(error?.type).toBe("SyntaxError");
    expect(error?.message).not.toMatch(/transcript|notebook|JSX|installed|there are no|this is/);
  });
});
