/** The joiner of the guest's Python: equal sources give equal bytes, and a fragment that breaks a rule is an error. */

import { appendFile, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { joinFragments, joinGuestPython, loadParser } from "../../../scripts/join-guest-python.mjs";
import { guestDigest } from "../../../src/sandbox/docker/image.js";
import { DIST, PACKAGE } from "../../support/built-modules.js";
import { tempDir } from "../../support/temp-dir.js";

const SOURCE = path.join(PACKAGE, "src", "guest", "python");

const parser = await loadParser();

describe("the joined Python of the guest", () => {
  it("is the same in every build, with the line ends of any system, and is in dist/", async () => {
    const joined = await joinGuestPython(SOURCE);
    expect([...joined.keys()]).toEqual(["program.py", "supervisor.py", "embedded.py"]);
    expect(await joinGuestPython(SOURCE)).toEqual(joined);

    await using dir = await copyOfSource();
    for (const file of await readdir(SOURCE, { recursive: true })) {
      if (!file.endsWith(".py")) continue;
      const text = await readFile(path.join(SOURCE, file), "utf8");
      await writeFile(dir.at(file), text.replaceAll("\n", "\r\n"));
    }
    expect(await joinGuestPython(dir.path)).toEqual(joined);

    for (const name of ["program.py", "supervisor.py"])
      expect(await readFile(path.join(DIST, "guest", "python", name), "utf8")).toBe(joined.get(name));
  });

  it("has no annotation", async () => {
    for (const text of (await joinGuestPython(SOURCE)).values()) {
      const root = parser.parse(text)?.rootNode;
      expect(root?.descendantsOfType(["type", "typed_parameter", "typed_default_parameter"])).toEqual([]);
    }
  });

  it.each(["program", "supervisor"])("changes with every fragment of the %s", async (name) => {
    const files = (await readdir(path.join(SOURCE, name))).filter((file) => file.endsWith(".py"));
    const markOf = (file: string): string => `_CHANGED_BY_A_TEST_${file.replace(".py", "")}`;
    const changed = new Map<string, string>();
    for (const file of files) {
      const text = await readFile(path.join(SOURCE, name, file), "utf8");
      changed.set(file, `${text}\n${markOf(file)} = 1\n`);
    }
    const joined = joinFragments(parser, name, changed);
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !joined.includes(`${markOf(file)} = 1`))).toEqual([]);
  });

  it.each(["program/text.py", "supervisor/watch.py"])("changes the digest of the image with %s", async (file) => {
    await using dir = await copyOfSource();
    await appendFile(dir.at(file), "\n_CHANGED_BY_A_TEST = 1\n");
    expect(await digestOf(dir.path)).not.toBe(await digestOf(SOURCE));
  });
});

describe("the joiner", () => {
  it("puts fragments after those that they import from, takes the imports together, and leaves out all types", () => {
    const joined = join({
      "__init__.py": [
        "from typing import Any",
        "from guest.second import late, twice",
        "",
        "# Before the first statement.",
        "def main(a: int, *rest: Any, b: str | None = None, **options: dict[str, Any]) -> list[int]:",
        "    total: int = twice(a)",
        "    return [total, late]",
      ],
      "second.py": [
        "import sys",
        "from guest.first import once",
        "late, (other, *_) = once, (1, 2)",
        "def twice(x): pass",
      ],
      "first.py": ["import json", "import sys", "once: dict[str, int] = {}  # of the type checker"],
    });
    expect(joined).toBe(
      [
        '"""About __init__.py."""',
        "",
        "# Made by scripts/join-guest-python.mjs from src/guest/python/guest: change the files there.",
        "",
        "import json",
        "import sys",
        "",
        "# first.py",
        "#",
        "# About first.py.",
        "",
        "once = {}  # of the type checker",
        "",
        "# second.py",
        "#",
        "# About second.py.",
        "",
        "late, (other, *_) = once, (1, 2)",
        "def twice(x): pass",
        "",
        "# __init__.py",
        "",
        "# Before the first statement.",
        "def main(a, *rest, b = None, **options):",
        "    total = twice(a)",
        "    return [total, late]",
        "",
      ].join("\n"),
    );
  });

  it.each<[string, Record<string, readonly string[]>, string]>([
    [
      "two fragments that import each other",
      {
        "__init__.py": ["from guest.a import x"],
        "a.py": ["from guest.b import y", "x = 1"],
        "b.py": ["from guest.a import x"],
      },
      "Cannot join __init__.py > a.py > b.py > a.py: they import each other",
    ],
    [
      "a fragment from which nothing is imported",
      { "__init__.py": ["x = 1"], "a.py": ["y = 1"] },
      "Cannot join a.py: no other fragment imports from there",
    ],
    [
      "a name that two fragments declare",
      { "__init__.py": ["from guest.a import f", "def g(): pass"], "a.py": ["def f(): pass", "class g: pass"] },
      "Cannot join __init__.py: g is also declared by a.py",
    ],
    [
      "a name that a fragment declares under a condition, and another at its top",
      { "__init__.py": ["from guest.a import f", "for f, g in (): pass"], "a.py": ["if 1:", "    f, g = 1, 2"] },
      "Cannot join __init__.py: f is also declared by a.py",
    ],
    [
      "a name that an import has",
      { "__init__.py": ["from guest.a import f", "json = 1"], "a.py": ["import json", "f = json"] },
      "Cannot join __init__.py: json is also declared by an import",
    ],
    [
      "a name that a fragment does not have",
      { "__init__.py": ["from guest.a import f, g"], "a.py": ["f = 1"] },
      "Cannot join __init__.py: a.py has no g",
    ],
    [
      "a name that a fragment has from another",
      { "__init__.py": ["from guest.a import f"], "a.py": ["from guest.b import f"], "b.py": ["f = 1"] },
      "Cannot join __init__.py: a.py has no f",
    ],
    [
      "a fragment that is not there",
      { "__init__.py": ["from guest.a import f"] },
      "Cannot join __init__.py: it imports from a.py, which is not there",
    ],
    [
      "another name for an import",
      { "__init__.py": ["from guest.a import f as g"], "a.py": ["f = 1"] },
      '"from guest.a import f as g" must name what it imports, without "as"',
    ],
    [
      "an import of all names",
      { "__init__.py": ["from guest.a import *"], "a.py": ["f = 1"] },
      '"from guest.a import *" must name what it imports, without "as"',
    ],
    [
      "an import of the package",
      { "__init__.py": ["from guest import a"], "a.py": ["f = 1"] },
      '"from guest import a" must import from one fragment',
    ],
    [
      "an import of a fragment inside a function",
      { "__init__.py": ["from guest.a import f", "def g():", "    from guest.a import f"], "a.py": ["f = 1"] },
      "it imports from another fragment below its head",
    ],
    ["an import of a module's part", { "__init__.py": ["import os.path"] }, '"import os.path" must import one module'],
    ["another name for a module", { "__init__.py": ["import os as o"] }, '"import os as o" must import one module'],
    [
      "a type that runs",
      { "__init__.py": ["from typing import Any, cast", "x: Any = cast(Any, 1)"] },
      'Any is imported by "from", and used outside annotations',
    ],
    ["a name without a value", { "__init__.py": ["x: int"] }, '"x: int" declares a name without a value'],
    [
      "an import from the future",
      { "__init__.py": ["from __future__ import annotations"] },
      "it needs nothing from __future__: annotations are erased",
    ],
    ["broken Python", { "__init__.py": ["def (:"] }, "it is not valid Python"],
  ])("refuses %s", (_, files, message) => {
    expect(() => join(files)).toThrow(message);
  });

  it("refuses a fragment without a docstring", () => {
    expect(() => joinFragments(parser, "guest", new Map([["__init__.py", "x = 1\n"]]))).toThrow("it has no docstring");
  });
});

function join(files: Readonly<Record<string, readonly string[]>>): string {
  const texts = Object.entries(files).map(([name, lines]): [string, string] => [
    name,
    [`"""About ${name}."""`, "", ...lines, ""].join("\n"),
  ]);
  return joinFragments(parser, "guest", new Map(texts));
}

async function copyOfSource() {
  const dir = await tempDir();
  await cp(SOURCE, dir.path, { recursive: true });
  return dir;
}

/** Returns the digest of an image that would be made of this source. */
async function digestOf(source: string): Promise<string> {
  await using dir = await tempDir();
  await mkdir(dir.at("python"));
  const joined = await joinGuestPython(source);
  for (const name of ["program.py", "supervisor.py"]) await writeFile(dir.at("python", name), joined.get(name) ?? "");
  return await guestDigest(dir.path);
}
