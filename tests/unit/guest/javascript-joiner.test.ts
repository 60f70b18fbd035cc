/** The joiner of the prelude: equal fragments give equal bytes, and a fragment that breaks a rule is an error. */

import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { joinFragments, joinGuestJavascript } from "../../../scripts/join-guest-javascript.mjs";
import { guestDigest } from "../../../src/sandbox/docker/image.js";
import { DIST, PACKAGE } from "../../support/built-modules.js";
import { tempDir } from "../../support/temp-dir.js";

const SOURCE = path.join(PACKAGE, "src", "guest", "javascript", "prelude");
const BUNDLED = path.join(PACKAGE, "src", "guest", "javascript", "bundled");

describe("the joined prelude", () => {
  it("is the same in every build, with the line ends of any system, and is in dist/", async () => {
    const joined = joinGuestJavascript(SOURCE, BUNDLED);
    expect(joinGuestJavascript(SOURCE, BUNDLED)).toBe(joined);
    expect(await readFile(path.join(DIST, "guest", "javascript", "prelude.js"), "utf8")).toBe(joined);

    await using dir = await tempDir();
    for (const name of (await readdir(SOURCE)).reverse()) {
      const text = await readFile(path.join(SOURCE, name), "utf8");
      await writeFile(dir.at(name), text.replaceAll("\n", "\r\n"));
    }
    expect(joinGuestJavascript(dir.path, BUNDLED)).toBe(joined);
  });

  it("changes with every fragment, even with a comment, and changes the digest of the image", async () => {
    await using dir = await tempDir();
    await cp(SOURCE, dir.path, { recursive: true });
    const seen = new Set([await digestOf(dir.path)]);
    const names = (await readdir(SOURCE)).filter((name) => name.endsWith(".js"));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const file = dir.at(name);
      const text = await readFile(file, "utf8");
      await writeFile(file, `${text}// Changed by a test.\n`);
      seen.add(await digestOf(dir.path));
      await writeFile(file, text);
    }
    expect(seen.size).toBe(names.length + 1);
  });

  it("leaves no name of a fragment in the realm, and only its own scripts in dist/", async () => {
    const realm = vm.createContext();
    const before: unknown = vm.runInContext("Reflect.ownKeys(globalThis)", realm);
    expect(
      vm.runInContext(`typeof ${joinGuestJavascript(SOURCE, BUNDLED).split("\n").slice(3).join("\n")}`, realm),
    ).toBe("function");
    expect(vm.runInContext("Reflect.ownKeys(globalThis)", realm)).toEqual(before);
    expect((await readdir(path.join(DIST, "guest", "javascript"))).sort()).toEqual([
      "LICENSES",
      "channel.mjs",
      "disk.mjs",
      "prelude.js",
      "realm.mjs",
      "runner.mjs",
      "workspace.mjs",
    ]);
  });
});

describe("the joiner", () => {
  it("puts fragments after those that they import, and leaves out imports, exports and comments", () => {
    const script = join({
      "boot.js": [
        "/** Of the entry. */",
        'import { late } from "./b.js";',
        'import "./c.js";',
        "export function boot() {",
        "  // Inside.",
        '  return [/* one */ late, "// text", `/* ${late} */`]; // behind',
        "}",
      ],
      "c.js": ["export let unused;"],
      "b.js": [
        'import { early, other } from "./a.js";',
        "export const { late, rest: [last = 1, ...more] } = early(/* a",
        "comment */ other);",
      ],
      "a.js": ["export function early(value) { return { late: value, rest: [] } }", "export class other {}"],
    });
    expect(script.split("\n").slice(2).join("\n")).toBe(
      [
        '"use strict";',
        "(() => {",
        "// a.js",
        "function early(value) { return { late: value, rest: [] } }",
        "class other {}",
        "",
        "// b.js",
        "const { late, rest: [last = 1, ...more] } = early(",
        " other);",
        "",
        "// c.js",
        "let unused;",
        "",
        "// boot.js",
        "function boot() {",
        '  return [  late, "// text", `/* ${late} */`];  ',
        "}",
        "",
        "return boot;",
        "})();",
        "",
      ].join("\n"),
    );
    const boot = vm.runInNewContext(script) as () => [() => void, string, string];
    expect(boot()[0].name).toBe("other");
  });

  it.each<[string, Record<string, readonly string[]>, string]>([
    [
      "fragments that import each other",
      {
        "boot.js": ['import { a } from "./a.js";', "export const boot = a;"],
        "a.js": ['import { b } from "./b.js";', "export const a = b;"],
        "b.js": ['import { a } from "./a.js";', "export const b = a;"],
      },
      "Cannot join boot.js > a.js > b.js > a.js: they import each other",
    ],
    [
      "a fragment that the entry does not reach",
      { "boot.js": ["export const boot = 1;"], "a.js": ["export const a = 1;"] },
      "Cannot join a.js: boot.js does not reach it",
    ],
    [
      "a fragment that is not there",
      { "boot.js": ['import { a } from "./a.js";', "export const boot = a;"] },
      "Cannot join boot.js: it imports a.js, which is not there",
    ],
    [
      "a name that a fragment does not export",
      { "boot.js": ['import { a } from "./a.js";', "export const boot = a;"], "a.js": ["const a = 1;"] },
      "Cannot join boot.js: a.js does not export a",
    ],
    [
      "a name that a fragment has from another",
      {
        "boot.js": ['import { a } from "./b.js";', "export const boot = a;"],
        "b.js": ['import { a } from "./a.js";', "export const b = a;"],
        "a.js": ["export const a = 1;"],
      },
      "Cannot join boot.js: b.js does not export a",
    ],
    [
      "a name that two fragments declare",
      { "boot.js": ['import "./a.js";', "export const boot = 1, a = 2;"], "a.js": ["function a() {}"] },
      "Cannot join boot.js: a.js declares a too",
    ],
    [
      "a name of the language",
      { "boot.js": ["export const boot = 1;", "function escape() {}"] },
      "Cannot join boot.js: escape is a name of the language",
    ],
    [
      "another name for an import",
      { "boot.js": ['import { a as b } from "./a.js";', "export const boot = b;"], "a.js": ["export const a = 1;"] },
      "Cannot join boot.js: b must be imported by its own name",
    ],
    [
      "an import of all names",
      { "boot.js": ['import * as a from "./a.js";', "export const boot = a;"], "a.js": ["export const a = 1;"] },
      "Cannot join boot.js: a must be imported by its own name",
    ],
    [
      "an import of a module that is no fragment",
      { "boot.js": ['import { readFileSync } from "node:fs";', "export const boot = readFileSync;"] },
      "Cannot join boot.js: node:fs is no fragment",
    ],
    [
      "an export of all names",
      { "boot.js": ['export * from "./a.js";', "export const boot = 1;"], "a.js": ["export const a = 1;"] },
      "Cannot join boot.js: each export must be a declaration",
    ],
    [
      "a list of exports",
      { "boot.js": ["const boot = 1;", "export { boot };"] },
      "Cannot join boot.js: each export must be a declaration",
    ],
    [
      "a default export",
      { "boot.js": ["export default function boot() {}"] },
      "Cannot join boot.js: each export must be a declaration",
    ],
    ["an entry without the result", { "boot.js": ["const boot = 1;"] }, "Cannot join boot.js: it does not export boot"],
    [
      "a construct of modules",
      { "boot.js": ["export const boot = import.meta;"] },
      "Cannot use 'import.meta' outside a module",
    ],
  ])("refuses %s", (_, files, message) => {
    expect(() => join(files)).toThrow(message);
  });
});

function join(files: Readonly<Record<string, readonly string[]>>): string {
  const texts = Object.entries(files).map(([name, lines]): [string, string] => [name, `${lines.join("\n")}\n`]);
  return joinFragments(new Map(texts), { entry: "boot.js", result: "boot" });
}

/** Returns the digest of an image that would be made with these fragments. */
async function digestOf(source: string): Promise<string> {
  await using dir = await tempDir();
  await mkdir(dir.at("javascript"));
  await writeFile(dir.at("javascript", "prelude.js"), joinGuestJavascript(source, BUNDLED));
  return await guestDigest(dir.path);
}
