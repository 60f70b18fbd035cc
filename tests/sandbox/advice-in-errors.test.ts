/** The error that ends a Python program says what to do instead, where the guest knows it. */

import { describe, expect, it } from "vitest";
import type { GuestFile } from "../../src/sandbox/engine.js";
import { forEachEngine } from "../support/engines.js";
import { allBuiltins } from "../support/guest-policies.js";
import { sharedGuest } from "../support/shared-guest.js";

const file = (name: string): GuestFile => ({ name, path: `proj/${name}`, bytes: Buffer.from("x") });
const FILES = [file("a.txt"), file("data/Sales 2024.csv"), file("data/caf\u00e9.csv")];
const HINT = 'the policy "strict" does not allow it, and no other policy of this server may be chosen';

const ROWS: readonly (readonly [code: string, type: string, message: string])[] = [
  ["open('A.TXT')", "FileNotFoundError", "No such file or directory: 'A.TXT': did you mean 'a.txt'?"],
  ["open('data/Sales%202024.csv')", "FileNotFoundError", ": did you mean 'data/Sales 2024.csv'?"],
  ["open('Sales 2024.csv')", "FileNotFoundError", ": did you mean 'data/Sales 2024.csv'?"],
  ["open('data/*.csv')", "FileNotFoundError", ": a name is no pattern; it matches 'data/Sales 2024.csv', "],
  ["open('~/a.txt')", "FileNotFoundError", ": there is no home directory here; the files are 'a.txt', "],
  ["open('data/cafe\u0301.csv')", "FileNotFoundError", ": did you mean unicodedata.normalize('NFC', name)?"],
  ["open('zzzz')", "FileNotFoundError", ": the files are 'a.txt', 'data/Sales 2024.csv', "],
  ["import pathlib\npathlib.Path('b.txt').read_text()", "FileNotFoundError", ": did you mean 'a.txt'?"],
  ["import os\nos.stat('A.txt')", "FileNotFoundError", ": did you mean 'a.txt'?"],
  ["open('out/new.txt', 'w')", "FileNotFoundError", ": its directory is not there; make it with os.makedirs, or "],
  ["raise FileNotFoundError('mine')", "FileNotFoundError", "mine"],
  ["raise FileNotFoundError(2, 'mine', 'A.TXT')", "FileNotFoundError", "[Errno 2] mine: 'A.TXT'"],
  ["console.log(1)", "NameError", "name 'console' is not defined: if this is JavaScript, set `language` to"],
  ["x = true", "NameError", "name 'true' is not defined: write True"],
  ["x = [null]", "NameError", "name 'null' is not defined: write None"],
  ["x = 1\nawait x", "SyntaxError", "'await' outside function: put it into `async def main()` and call asyncio.run("],
  [
    "async with x as y:\n    pass",
    "SyntaxError",
    "'async with' outside async function: put it into `async def main()`",
  ],
  ["[x async for x in y]", "SyntaxError", ": put it into `async def main()` and call asyncio.run(main())"],
  ["return 5", "SyntaxError", "'return' outside function: a program is no function; write the value as its last line"],
  [
    "import itertools\nitertools.batched",
    "AttributeError",
    ": it came with Python 3.12, and this is Python 3.11; slice",
  ],
  [
    "from itertools import batched",
    "ImportError",
    ": it came with Python 3.12, and this is Python 3.11; slice the list",
  ],
  [
    "from typing import override, Any",
    "ImportError",
    ": it came with Python 3.12, and this is Python 3.11; leave it out",
  ],
  ["import pathlib\npathlib.Path('.').walk()", "AttributeError", "; use os.walk"],
  [
    "type Pair[T] = tuple[T, T]",
    "SyntaxError",
    "a `type` statement came with Python 3.12, and this is Python 3.11; write",
  ],
  ["def first[T](x: list[T]) -> T:\n    return x[0]", "SyntaxError", "; use typing.TypeVar"],
  ["class Box[T]:\n    pass", "SyntaxError", "; use typing.TypeVar and typing.Generic"],
  [
    'd = {"a": 1}\nprint(f"{d["a"]}")',
    "SyntaxError",
    "came with Python 3.12, and this is Python 3.11; write the other kind",
  ],
  ['print(f"{", ".join([])}")', "SyntaxError", "came with Python 3.12"],
  ["f'{a b}'", "SyntaxError", "f-string: invalid syntax. Perhaps you forgot a comma?"],
  ["import slug", "ModuleNotFoundError", "and put a module of your own into `files`"],
  ["from pkg.sub import x", "ModuleNotFoundError", "and put a module of your own into `files`"],
];

forEachEngine("The error of a Python program leads on", (engine) => {
  const run = sharedGuest(engine);

  it.each(ROWS)("%s", async (code, type, message) => {
    const ran = await run({ code, files: FILES, fence: allBuiltins() });
    expect(ran.error?.type).toBe(type);
    expect(ran.error?.message).toContain(message);
    expect(ran.error?.traceback.trimEnd().endsWith(ran.error.message)).toBe(true);
  });

  it("when it has no files, and when it uses a builtin that the policy does not give", async () => {
    const none = await run({ code: "open('a.txt')", fence: allBuiltins() });
    expect(none.error?.message).toMatch(/: this call has no files; name them in its argument `files`$/);
    const open = await run({ code: "open('a.txt')" });
    expect(open.error?.message).toBe(`name 'open' is not defined: read files["..."] instead; ${HINT}`);
  });

  describe("and a program cannot put words of its own into it:", () => {
    it.each([
      ["a long name", "raise FileNotFoundError(2, 'No such file or directory', 'n' * 50_000)"],
      [
        "a name that answers otherwise",
        "class N(str):\n    def __repr__(self): return 'FORGED'\n" +
          "raise FileNotFoundError(2, 'No such file or directory', N('A.TXT'))",
      ],
      ["an error that has no name", "class E(NameError):\n    name = property(lambda self: 1 / 0)\nraise E('x')"],
      [
        "an error that lies about its name",
        "class E(NameError):\n    name = property(lambda self: 'open' * 50_000)\nraise E('x')",
      ],
    ])("%s", async (_, code) => {
      const ran = await run({ code, files: FILES, fence: allBuiltins() });
      expect(ran.ending).toBe("error");
      expect(ran.error?.message.length).toBeLessThanOrEqual(16_384);
      expect(ran.error?.message).not.toMatch(/: (?:did you mean|read files)/);
    });
  });
});
