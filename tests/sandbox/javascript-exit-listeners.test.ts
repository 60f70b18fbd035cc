/** `process.on("exit")` of a JavaScript program that an error ends: as Node calls it, on every engine. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const TELL = "process.on('exit', (c) => console.log('exit', c, process.exitCode));\n";

const CASES: readonly (readonly [name: string, code: string, status: number, printed: string, message: RegExp])[] = [
  ["a throw", `${TELL}throw new Error('now')`, 1, "exit 1 1\n", /^now/],
  ["an error of the language", `${TELL}null.x`, 1, "exit 1 1\n", /null/],
  ["a promise that nobody handles", `${TELL}Promise.reject(new Error('now'))`, 1, "exit 1 1\n", /^now/],
  ["a throw in a timer", `${TELL}setTimeout(() => { throw new Error('now') }, 1)`, 1, "exit 1 1\n", /^now/],
  ["a throw in a microtask", `${TELL}queueMicrotask(() => { throw new Error('now') })`, 1, "exit 1 1\n", /^now/],
  ["a throw after an await", `${TELL}await null; throw new Error('now')`, 1, "exit 1 1\n", /^now/],
  ["a status of before", `${TELL}process.exitCode = 3; throw new Error('now')`, 1, "exit 1 1\n", /^now/],
  [
    "a status that the listener sets",
    "process.on('exit', () => { process.exitCode = 5 }); throw new Error('now')",
    5,
    "",
    /^now/,
  ],
  ["a status of no error", "process.on('exit', () => { process.exitCode = 0 }); throw new Error('now')", 1, "", /^now/],
  [
    "two listeners",
    `${TELL}process.once('exit', () => console.log('two')); throw new Error('now')`,
    1,
    "exit 1 1\ntwo\n",
    /^now/,
  ],
  [
    "a listener that throws",
    `process.on('exit', () => { throw new Error('later') }); ${TELL}throw new Error('now')`,
    1,
    "",
    /^now/,
  ],
  [
    "listeners of an empty loop",
    `process.on('beforeExit', () => console.log('no')); ${TELL}throw new Error('now')`,
    1,
    "exit 1 1\n",
    /^now/,
  ],
  [
    "what a listener starts",
    "process.on('exit', () => { setTimeout(print, 1); Promise.resolve().then(print) });" +
      "function print() { console.log('no') }; throw new Error('now')",
    1,
    "",
    /^now/,
  ],
  [
    "timers that were left",
    `${TELL}setTimeout(() => console.log('no'), 5); throw new Error('now')`,
    1,
    "exit 1 1\n",
    /^now/,
  ],
  [
    "a throw in a listener of a good end",
    "process.on('exit', (c) => { console.log(c); throw new Error('now') })",
    1,
    "0\n",
    /^now/,
  ],
];

forEachEngine("The listeners of a program's end after", (engine) => {
  it.each(CASES)("%s", async (_, code, exitCode, printed, message) => {
    const ran = await engine.run({ language: "javascript", code, fence: "open" });
    expect(ran).toMatchObject({ ending: "error", exitCode, stdout: { text: printed } });
    expect(ran.error?.message).toMatch(message);
  });

  it("a throw, of which one ends the program with a status", async () => {
    const code = "process.on('exit', () => process.exit(9)); throw new Error('now')";
    expect(await engine.run({ language: "javascript", code, fence: "open" })).toMatchObject({
      ending: "error",
      exitCode: 9,
      error: { message: "now" },
    });
  });

  it("a throw, without a workspace", async () => {
    expect(await engine.run({ language: "javascript", code: `${TELL}throw new Error('now')` })).toMatchObject({
      ending: "error",
      exitCode: 1,
      stdout: { text: "exit 1 1\n" },
    });
  });

  it("a throw, not in the next call of the session", async () => {
    await using sandbox = await engine.open("javascript");
    const run = (code: string) =>
      sandbox.run(
        { ...engine.job({ language: "javascript", code, fence: "open", keep: true }), keep: true },
        AbortSignal.timeout(9_000),
      );
    expect(await run(`${TELL}throw new Error('now')`)).toMatchObject({ stdout: { text: "exit 1 1\n" } });
    expect(await run("throw new Error('next')")).toMatchObject({ exitCode: 1, stdout: { text: "" } });
    expect(await run("1 + 1")).toMatchObject({ ending: "ok", result: "2", stdout: { text: "" } });
  });
});
