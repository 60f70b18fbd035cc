/**
 * Programs that are nested deeply, or call deeply. They end as on Linux: they run, or end in an error that says why.
 * They never end as if memory were short, and the interpreter never stops.
 */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

const nest = (open: string, inner: string, close: string, depth: number): string =>
  open.repeat(depth) + inner + close.repeat(depth);

const repeat = (times: number, text: (at: number) => string): string =>
  Array.from({ length: times }, (_, at) => text(at)).join("");

/** Programs that run, and their results. */
const RUNS: readonly (readonly [name: string, code: string, result: string])[] = [
  ["150 parentheses", nest("(", "1", ")", 150), "1"],
  ["190 lists", `len(${nest("[", "1", "]", 190)})`, "1"],
  ["150 dicts", `len(${nest("{1:", "1", "}", 150)})`, "1"],
  ["a sum of 400", Array(400).fill("1").join("+"), "400"],
  ["a text of 900 parts", `len(${Array(900).fill("'a'").join("+")})`, "900"],
  ["200 calls of strip", `'a'${".strip()".repeat(200)}`, "'a'"],
  ["500 times not", `${"not ".repeat(500)}1`, "True"],
  ["150 lambdas", `callable(${"lambda: ".repeat(150)}1)`, "True"],
  ["200 conditions", `${"1 if 0 else ".repeat(200)}2`, "2"],
  ["100 calls in calls", `def f(x):\n    return x\n${nest("f(", "7", ")", 100)}`, "7"],
  [
    "400 branches",
    `x = 399\nif x == 0:\n    y = 0\n${repeat(399, (at) => `elif x == ${at + 1}:\n    y = ${at + 1}\n`)}y`,
    "399",
  ],
  [
    "90 blocks",
    `${Array.from({ length: 90 }, (_, at) => `${" ".repeat(at)}if True:\n`).join("")}${" ".repeat(90)}x = 5\nx`,
    "5",
  ],
  ["19 loops", `x = 0\n${repeat(19, (at) => `${" ".repeat(at)}for i in [1]:\n`)}${" ".repeat(19)}x += 1\nx`, "1"],
  ["f-strings in f-strings", `f"{f'{1 + 1}'}"`, "'2'"],
  ["json.loads of 900 levels", "import json\nlen(json.loads('[' * 900 + ']' * 900))", "1"],
  ["a list of 400 levels as text", "x = []\nfor _ in range(400):\n    x = [x]\nlen(repr(x))", "802"],
  [
    "a memoised recursion",
    "import functools\n@functools.lru_cache(None)\ndef f(n):\n return n if n < 2 else f(n-1) + f(n-2)\nf(400) % 1000",
    "675",
  ],
  ["a recursion through sorted", "def f(n):\n    return 0 if n == 0 else sorted([n - 1], key=f)[0] + 1\nf(400)", "400"],
  ["a recursive generator", "def g(n):\n    if n:\n        yield from g(n - 1)\n    yield n\nsum(g(800))", "320400"],
  ["200 levels of copy.deepcopy", "import copy\nx = []\nfor _ in range(200):\n    x = [x]\nlen(copy.deepcopy(x))", "1"],
  ["90 groups of a pattern", "import re\nre.compile('(' * 90 + 'a' + ')' * 90).groups", "90"],
];

/** Programs that end in an error of a kind, whatever catches it. */
const FAILS: readonly (readonly [name: string, code: string, type: RegExp])[] = [
  ["250 parentheses", nest("(", "1", ")", 250), /^SyntaxError$/],
  ["a sum of 3 000", Array(3_000).fill("1").join("+"), /^RecursionError$/],
  ["4 000 times not", `${"not ".repeat(2_400)}1`, /^(RecursionError|MemoryError)$/],
  ["a recursion without an end", "def f():\n    return f()\nf()", /^RecursionError$/],
  ["a recursion through map without an end", "def f(n):\n    return list(map(f, [n]))\nf(1)", /^RecursionError$/],
  [
    "an attribute that asks for itself",
    "class A:\n    def __getattr__(self, name):\n        return getattr(self, name)\nA().x",
    /^RecursionError$/,
  ],
  ["json.loads of 100 000 levels", "import json\njson.loads('[' * 100_000)", /^RecursionError$/],
  ["a list of 100 000 levels as text", "x = []\nfor _ in range(100_000):\n    x = [x]\nrepr(x)", /^RecursionError$/],
];

forEachEngine("a program with", (engine) => {
  const run = sharedGuest(engine);

  for (const [name, code, result] of RUNS)
    it(`${name} runs`, async () => {
      const ran = await run({ code, fence: "open", timeoutMs: 5_000 });
      expect([ran.ending, ran.result, ran.error]).toEqual(["ok", result, null]);
    });

  for (const [name, code, type] of FAILS)
    it(`${name} ends in an error that says why`, async () => {
      const ran = await run({ code, fence: "open", timeoutMs: 5_000 });
      expect([ran.ending, ran.exitCode]).toEqual(["error", 1]);
      expect(ran.error?.type).toMatch(type);
      expect(ran.error?.message).not.toMatch(/interpreter stopped/);
      expect(ran.error?.message).not.toBe("");
    });
});

forEachEngine("a program with text to parse", (engine) => {
  const run = sharedGuest(engine);
  const texts: readonly (readonly [name: string, code: string])[] = [
    ["eval", 'eval("not " * 5_000 + "1")'],
    ["compile", 'compile("-" * 9_000 + "1", "x", "eval")'],
    ["exec", 'exec("x = " + "not " * 5_000 + "1")'],
    ["ast.parse", 'import ast\nast.parse("not " * 5_000 + "1")'],
    ["ast.literal_eval", 'import ast\nast.literal_eval("-" * 9_000 + "1")'],
  ];
  for (const [name, code] of texts)
    it(`that is nested too deeply for ${name} ends in an error, not for lack of memory`, async () => {
      const ran = await run({ code, fence: "open", timeoutMs: 5_000 });
      expect([ran.ending, ran.exitCode]).toEqual(["error", 1]);
      expect(ran.error?.message).toMatch(/nested too deeply|recursion depth/);
    });
});

forEachEngine(
  "a program that recurses where the interpreter does not count",
  (engine) => {
    it("ends in an error that says why, and leaves nothing behind", async () => {
      for (const code of [
        "x = ()\nfor _ in range(400_000):\n    x = (x,)\nhash(x)",
        "x = iter([1])\nfor _ in range(200_000):\n    x = map(int, x)\nnext(x)",
      ]) {
        const ran = await engine.run({ code, fence: "open", timeoutMs: 5_000 });
        expect([ran.ending, ran.error?.type]).toEqual(["error", "RecursionError"]);
        expect(ran.error?.message).toMatch(/^The program is nested too deeply for the embedded engine: use a loop/);
        expect(await engine.run({ code: "sorted({3, 1, 2})" })).toMatchObject({ ending: "ok", result: "[1, 2, 3]" });
      }
    });
  },
  ["wasm"],
);
