/** Without a workspace a JavaScript program has a part of `process`, and the standard input that a call gives. */

import { beforeAll, expect, it } from "vitest";
import { PROCESS_VIEW } from "../../src/analysis/javascript/targets.js";
import { judge } from "../../src/policy/judge.js";
import { PRESETS, STRICT } from "../../src/policy/presets.js";
import { createJudgingAnalyser, type JudgingAnalyser } from "../support/analyser.js";
import { forEachEngine, type Ran } from "../support/engines.js";

const LINES = "3 4\n5 \u00e4\n";

/** Each way to read, and what a program prints that reads LINES. */
const WAYS: readonly (readonly [name: string, code: string, printed: string])[] = [
  [
    "events of process.stdin",
    "let data = ''; process.stdin.setEncoding('utf8'); process.stdin.on('data', (part) => (data += part));" +
      "process.stdin.on('end', () => process.stdout.write(data.trim().split('\\n').join('|') + '\\n'))",
    "3 4|5 \u00e4\n",
  ],
  [
    "a loop over process.stdin",
    "const parts = []; for await (const part of process.stdin) parts.push(part);" +
      "console.log(Buffer.concat(parts).toString().length)",
    "8\n",
  ],
  [
    "node:readline with events",
    "const rl = require('readline').createInterface({ input: process.stdin, terminal: false }); let sum = '';" +
      "rl.on('line', (line) => (sum += line + ';')).on('close', () => console.log(sum))",
    "3 4;5 \u00e4;\n",
  ],
  [
    "a loop over node:readline",
    "import * as readline from 'node:readline';\n" +
      "for await (const line of readline.createInterface({ input: process.stdin })) console.log('<' + line + '>')",
    "<3 4>\n<5 \u00e4>\n",
  ],
  [
    "questions of node:readline/promises",
    "import readline from 'node:readline/promises';\n" +
      "import { stdin as input, stdout as output } from 'node:process';\n" +
      "const rl = readline.createInterface({ input, output });\n" +
      "const answer = await rl.question('Sum? ');\nrl.close();\nconsole.log(answer)",
    "Sum? 3 4\n",
  ],
];

/** Programs with the other members of the part, and the text that they print. */
const PROGRAMS: readonly (readonly [name: string, code: string, printed: string])[] = [
  ["argv and platform", "const { argv, platform } = process; console.log(argv.length, platform)", "2 linux\n"],
  ["version", "import p from 'process'; console.log(p.version === 'v' + p.versions.node)", "true\n"],
  [
    "time and ticks",
    "const t = process.hrtime.bigint(); process.nextTick((x) => console.log(x, t > 0n), 'tick');" +
      "console.log(process.hrtime().length, process.uptime() >= 0)",
    "2 true\ntick true\n",
  ],
  [
    "listeners",
    "process.on('exit', (status) => console.log('exit', status)).once('beforeExit', () => console.log('before'))",
    "before\nexit 0\n",
  ],
];

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

it.each([...WAYS, ...PROGRAMS])("Every preset allows %s in a call that gives stdin", (_, code) => {
  const denying = PRESETS.filter(
    (preset) => judge(analyser.inspect(code, "javascript"), preset, true).verdict === "deny",
  );
  expect(denying).toEqual([]);
});

it.each(WAYS)("The policy strict denies %s in a call without stdin, and says how to give it", (_, code) => {
  const { verdict, violations } = analyser.analyse(code, "javascript", STRICT);
  expect(verdict).toBe("deny");
  expect(new Set(violations.map(({ rule }) => rule))).toEqual(new Set(["JS-PROC-002"]));
  expect(violations[0]?.suggestion).toContain("`stdin` argument");
});

forEachEngine("Without a workspace JavaScript", (engine) => {
  const run = (code: string, stdin?: string): Promise<Ran> =>
    engine.run({ language: "javascript", code, ...(stdin === undefined ? {} : { stdin }) });

  it.each(WAYS)("reads its standard input by %s", async (_, code, printed) => {
    expect(await run(code, LINES)).toMatchObject({ ending: "ok", error: null, stdout: { text: printed } });
  });

  it.each(PROGRAMS)("has %s", async (_, code, printed) => {
    expect(await run(code)).toMatchObject({ ending: "ok", error: null, stdout: { text: printed } });
  });

  it("has no line without a standard input", async () => {
    const code = "let n = 0; process.stdin.on('data', () => n++).on('end', () => console.log(n))";
    expect(await run(code)).toMatchObject({ ending: "ok", stdout: { text: "0\n" } });
  });

  it("ends with the status that it has set", async () => {
    expect(await run("process.exitCode = 3")).toMatchObject({ ending: "error", exitCode: 3 });
  });

  it("has the members of the part alone, and the others are refused by name", async () => {
    expect((await run("Object.keys(process).sort().join(' ')")).result).toBe(`'${[...PROCESS_VIEW].sort().join(" ")}'`);
    const others = [
      "env",
      "cwd",
      "chdir",
      "exit",
      "kill",
      "binding",
      "dlopen",
      "mainModule",
      "getBuiltinModule",
      "pid",
    ];
    const code =
      `${JSON.stringify(others)}.map((name) => { try { return process[name] } catch (e) { return e.message } })` +
      ".forEach((text) => console.log(text))";
    const said = (await run(code)).stdout.text.trimEnd().split("\n");
    expect(said).toEqual(others.map((name) => expect.stringMatching(`^Cannot use process\\.${name}: .{20}`) as string));
  });
});
