/** A program with safe builtins reaches no guarded attribute by a name that lies about itself. */

import { describe, expect, it } from "vitest";
import { embeddedPython } from "../../support/embedded-engine.js";
import { safeBuiltins } from "../../support/guest-policies.js";

const run = embeddedPython();

/** Classes of text that look like another text to whoever compares them. */
const LIARS = [
  ["its own hash", "class S(str):\n    def __hash__(self): return 7"],
  ["its own equality", "class S(str):\n    def __eq__(self, other): return False\n    __hash__ = str.__hash__"],
  ["its own text", "class S(str):\n    def __str__(self): return 'harmless'"],
  ["its own form", "class S(str):\n    def __repr__(self): return 'harmless'\n    def __format__(self, _): return 'x'"],
  [
    "all of these",
    "class S(str):\n    __hash__ = lambda s: 7\n    __eq__ = lambda s, o: False\n    __str__ = lambda s: 'x'\n" +
      "    __iter__ = lambda s: iter('x')\n    __contains__ = lambda s, o: False\n    __len__ = lambda s: 0",
  ],
] as const;

describe("a name with", () => {
  it.each(LIARS)("%s reaches no guarded attribute", async (_, liar) => {
    const uses = ["getattr(f, n)", "setattr(f, n, 1)", "delattr(f, n)", "getattr(f, n, None)"];
    const code = [
      liar,
      "def f(): pass",
      "n, found = S('__glo' + 'bals__'), []",
      ...uses.map((use) => `try:\n    found.append(${use})\nexcept AttributeError as e:\n    found.append('refused')`),
      "[*found, hasattr(f, n)]",
    ].join("\n");
    const { error, result } = await run({ code, guestPolicy: safeBuiltins([]) });
    expect({ error, result }).toEqual({ error: null, result: `[${uses.map(() => "'refused', ").join("")}False]` });
  });

  it.each(LIARS.filter(([what]) => /text|form/.test(what)))(
    "%s still reaches a harmless attribute",
    async (_, liar) => {
      const code = `${liar}\nclass C: pass\nC.abc = 5\ngetattr(C, S('abc'))`;
      expect(await run({ code, guestPolicy: safeBuiltins([]) })).toMatchObject({ error: null, result: "5" });
    },
  );
});
