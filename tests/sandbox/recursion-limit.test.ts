/** The limit of recursion that a program can set under the policies that give it a view of `sys`. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const TOO_HIGH: readonly (readonly [name: string, code: string])[] = [
  ["a limit above a million", "sys.setrecursionlimit(1_000_001)"],
  ["the largest number of C", "sys.setrecursionlimit(2 ** 31 - 1)"],
  ["a number that no C type holds", "sys.setrecursionlimit(10 ** 5_000)"],
  [
    "a number that compares as small",
    "class N(int):\n    __gt__ = lambda *_: False\nsys.setrecursionlimit(N(10 ** 9))",
  ],
  ["an object that stands for a number", "class N:\n    __index__ = lambda n: 10 ** 9\nsys.setrecursionlimit(N())"],
  ["the function by its name", "from sys import setrecursionlimit as f\nf(10 ** 9)"],
  ["the function as a value", "list(map(sys.setrecursionlimit, [10 ** 9]))"],
  ["the function by a text", "getattr(sys, 'setrecursion' + 'limit')(10 ** 9)"],
];

forEachEngine("a program under strict that sets the limit of recursion", (engine) => {
  it("recurses as deeply as it asks for", async () => {
    const code = [
      "import sys",
      "sys.setrecursionlimit(20_000)",
      "def f(n):",
      "    return 0 if n == 0 else 1 + f(n - 1)",
      "[f(15_000), sys.getrecursionlimit()]",
    ].join("\n");
    expect(await engine.run({ code })).toMatchObject({ error: null, result: "[15000, 20000]" });
  });

  it("may set it to a million, as many programs do", async () => {
    const code = "import sys\nsys.setrecursionlimit(10 ** 6)\nsys.getrecursionlimit()";
    expect(await engine.run({ code })).toMatchObject({ error: null, result: "1000000" });
  });

  for (const [name, code] of TOO_HIGH)
    it(`is told of the bound: ${name}`, async () => {
      const ran = await engine.run({ code: `import sys\n${code}` });
      expect([ran.ending, ran.error?.type]).toEqual(["error", "ValueError"]);
      expect(ran.error?.message).toMatch(
        /^Cannot set the recursion limit: it must be at most 1000000, it is .+; set a smaller one, or/,
      );
    });

  it("goes on with the old limit if it catches that error", async () => {
    const code = [
      "import sys",
      "limit = sys.getrecursionlimit()",
      "try:",
      "    sys.setrecursionlimit(10 ** 9)",
      "except ValueError:",
      "    pass",
      "limit == sys.getrecursionlimit()",
    ].join("\n");
    expect(await engine.run({ code })).toMatchObject({ error: null, result: "True" });
  });

  it("gets the errors of Python for what is no limit", async () => {
    const code = [
      "import sys",
      "found = []",
      "for limit in (0, -1, 1.5, '9', None):",
      "    try:",
      "        sys.setrecursionlimit(limit)",
      "    except Exception as e:",
      "        found.append(type(e).__name__ + ': ' + str(e))",
      "found",
    ].join("\n");
    const { result } = await engine.run({ code });
    expect(result).toContain("ValueError: recursion limit must be greater or equal than 1");
    expect(result).toContain("TypeError: 'float' object cannot be interpreted as an integer");
    expect(result?.match(/TypeError/g)).toHaveLength(3);
  });
});
