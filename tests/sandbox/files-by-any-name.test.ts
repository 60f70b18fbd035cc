/** A program finds an input file by every name that it may reasonably use, and learns which files there are. */

import { describe, expect, it } from "vitest";
import type { GuestFile } from "../../src/sandbox/engine.js";
import { forEachEngine } from "../support/engines.js";
import { allBuiltins } from "../support/guest-policies.js";
import { sharedGuest } from "../support/shared-guest.js";

const file = (name: string, text: string, hostPath?: string): GuestFile => ({
  name,
  path: `proj/${name}`,
  ...(hostPath === undefined ? {} : { hostPath }),
  bytes: Buffer.from(text),
});

const FILES = [
  file("a.txt", "A", "/home/me/proj/a.txt"),
  file("data/Sales 2024.csv", "S"),
  file("data/caf\u00e9.csv", "C"),
  file("main.py", "M"),
];
const NAMES = ["./a.txt", "/workspace/proj/a.txt", "/home/me/proj/a.txt"];
const MARKED = [file("m.csv", "\ufeffname,size\nx,1\n")];

forEachEngine("A program finds a file in `files`", (engine) => {
  const run = sharedGuest(engine);

  describe.each(["strict", "open"] as const)("under the fence %s", (fence) => {
    it.each([...NAMES, "././a.txt", "data/../a.txt", "proj/a.txt"])("in Python as %s", async (name) => {
      const n = JSON.stringify(name);
      const code = `(files[${n}], files.get(${n}), ${n} in files, len(files), list(files)[0])`;
      expect(await run({ code, files: FILES, fence })).toMatchObject({
        ending: "ok",
        result: "('A', 'A', True, 4, 'a.txt')",
      });
    });

    it.each(NAMES)("in JavaScript as %s", async (name) => {
      const n = JSON.stringify(name);
      const code = `[files[${n}], ${n} in files, Object.keys(files).length, JSON.stringify(files).length].join()`;
      const ran = await run({ code, language: "javascript", files: FILES, fence });
      expect(ran).toMatchObject({ ending: "ok", result: "'A,true,4,73'" });
    });

    it("without the mark that Windows programs write, in both languages", async () => {
      const python = await run({ code: "files['m.csv'][:4]", files: MARKED, fence });
      expect(python.result).toBe("'name'");
      const code = "files['m.csv'].slice(0, 4) + files['./m.csv'].slice(0, 4)";
      const javascript = await run({ code, language: "javascript", files: MARKED, fence });
      expect(javascript.result).toBe("'namename'");
    });
  });

  it("and opens it without the mark, in every way that names no encoding", async () => {
    const code = [
      "import csv, pathlib",
      "print(next(csv.DictReader(open('m.csv')))['name'])",
      "print(open('m.csv', encoding='utf-8').read(1) == '\\ufeff', open('m.csv', 'rb').read(3))",
      "with open('m.csv') as f:",
      "    a = f.read(3); f.seek(0); print(a, f.read(4))",
    ].join("\n");
    const ran = await run({ code, files: MARKED, fence: allBuiltins() });
    if (engine.name !== "local") {
      const read = "import pathlib\npathlib.Path('/workspace/proj/m.csv').read_text()[:4]";
      expect((await run({ code: read, files: MARKED, fence: allBuiltins() })).result).toBe("'name'");
    }
    expect(ran.stdout.text).toBe("x\nTrue b'\\xef\\xbb\\xbf'\nnam name\n");
  });

  it.each([
    ["a.text", "did you mean 'a.txt'?"],
    ["A.TXT", "did you mean 'a.txt'?"],
    ["data/sales 2024.csv", "did you mean 'data/Sales 2024.csv'?"],
    ["data/Sales%202024.csv", "did you mean 'data/Sales 2024.csv'?"],
    ["data\\\\Sales 2024.csv", "did you mean 'data/Sales 2024.csv'?"],
    ["Sales 2024.csv", "did you mean 'data/Sales 2024.csv'?"],
    ["data/cafe\u0301.csv", "did you mean unicodedata.normalize('NFC', name)?"],
    ["data/*.csv", "a name is no pattern; it matches 'data/Sales 2024.csv', 'data/café.csv'"],
    ["~/a.txt", "there is no home directory here; the files are 'a.txt', "],
    ["zzzz", "the files are 'a.txt', 'data/Sales 2024.csv', 'data/café.csv', 'main.py'"],
  ])("and is told what there is instead of %s", async (name, advice) => {
    const ran = await run({ code: `files['${name}']`, files: FILES });
    expect(ran.error).toMatchObject({ type: "KeyError", line: 1 });
    expect(ran.error?.message).toContain(`is not in \`files\`: ${advice}`);
    expect(ran.error?.traceback).toContain("\nKeyError: ");
    const body = `    files['${name}']\nexcept KeyError as e:\n    print(e.args == ('${name}',), type(e).__name__)`;
    const caught = `try:\n${body}`;
    expect((await run({ code: caught, files: FILES })).stdout.text).toBe("True KeyError\n");
  });

  it("and is told at most ten names, each cut", async () => {
    const many = Array.from({ length: 500 }, (_, count) => file(`${"n".repeat(150)}${count}`, ""));
    const ran = await run({ code: "files['x']", files: many });
    expect(ran.error?.message).toMatch(/the files are '(?:n{100}\.\.\.'(?:, ')?){10} and 490 more$/);
    const none = await run({ code: "files['x']" });
    expect(none.error?.message).toBe(
      "'x' is not in `files`: this call has no files; name them in its argument `files`",
    );
    const number = await run({ code: "files[5]", files: FILES });
    expect(number.error?.message).toMatch(/^a key of the type 'int' is not in `files`: the files are 'a\.txt', /);
  });
});
