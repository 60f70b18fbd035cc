/** Which files of a project a JavaScript program can import, and how they become functions of a script. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import type { ProjectModules } from "../../../src/run/project-modules.js";
import { collectScripts } from "../../../src/run/script-modules.js";
import type { Edit } from "../../../src/analysis/javascript/import-edits.js";
import { withEdits } from "../../support/edited-program.js";
import { type Files, inputFilesOf } from "../../support/project-files.js";

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

async function collect(code: string, files: Files, start = "app"): Promise<ProjectModules> {
  return await collectScripts(analyser, await analyser.read(code, "javascript"), inputFilesOf(files), start);
}

/** The files that a program reaches. */
async function reached(code: string, files: Files, start?: string): Promise<string[] | undefined> {
  return (await collect(code, files, start)).scripts?.files.map(({ path }) => path);
}

/** The text that a guest runs for a file. */
async function rewritten(text: string, ending = "js", more: Files = {}): Promise<string> {
  const { scripts } = await collect(`import "./a.${ending}"`, { [`app/a.${ending}`]: text, ...more });
  const file = scripts?.files[0] as unknown as { code: string; before: string; edits: readonly Edit[] };
  return `${file.before}|${withEdits(file.code, file.edits)}`;
}

describe("a file of a project becomes the body of a function:", () => {
  it.each([
    [
      "export const a = 1, [b, { c: d }] = e;",
      'get "a"(){return a},get "b"(){return b},get "d"(){return d}',
      "const a = 1, [b, { c: d }] = e;",
    ],
    [
      "export const [, a = 1, ...r] = e, { p: { q }, ...s } = f;",
      'get "a"(){return a},get "r"(){return r},get "q"(){return q},get "s"(){return s}',
      "const [, a = 1, ...r] = e, { p: { q }, ...s } = f;",
    ],
    ["export function f() {}", 'get "f"(){return f}', "function f() {}"],
    ["export class A {}", 'get "A"(){return A}', "class A {}"],
    ["let a = 1; export { a, a as b };", 'get "a"(){return a},get "b"(){return a}', "let a = 1; ;"],
    ['let a; export { a as "x y" };', 'get "x y"(){return a}', "let a; ;"],
    ["export default function f() {}", 'get "default"(){return f}', "function f() {}"],
    ["export default class A {}", 'get "default"(){return A}', "class A {}"],
    ["export default 1 + 1;", 'get "default"(){return \u00ecdefault}', "const \u00ecdefault=1 + 1;"],
    ["export default class {}", 'get "default"(){return \u00ecdefault}', "const \u00ecdefault=class {}"],
    [
      "export default (function g() {});",
      'get "default"(){return \u00ecdefault}',
      "const \u00ecdefault=(function g() {});",
    ],
    ['export * from "./b";', '...\u00ecmport.star("./b")', ";"],
    ['export * as all from "./b";', 'get "all"(){return \u00ecmport.all("./b")}', ";"],
    ['export { x as y } from "./b";', 'get "y"(){return \u00ecmport.one("./b","x")}', ";"],
    ['export { default } from "./b";', 'get "default"(){return \u00ecmport.one("./b","default")}', ";"],
    ["#!/usr/bin/node\nexport let a;", 'get "a"(){return a}', "///usr/bin/node\nlet a;"],
  ])("%j", async (text, getters, body) => {
    expect(await rewritten(text)).toBe(`"use strict";\u00ecmport.exports(exports,{${getters}});|${body}`);
  });

  it("without exports only its imports change", async () => {
    expect(await rewritten("exports.a = 1;")).toBe("|exports.a = 1;");
    expect(await rewritten('import { a } from "./b"; f(a);')).toMatch(/^"use strict";\|const a=.*"\.\/b".*f\(a\);$/);
    expect(await rewritten('f(a); import { a } from "./b";')).toMatch(/^"use strict";const a=.*"\.\/b".*;\|f\(a\); ;$/);
    expect(await rewritten('import("./b"); export let a;')).toMatch(/\|\u00ecmport\("\.\/b"\); let a;$/);
  });

  it("TypeScript loses its types first", async () => {
    expect(await rewritten("export const x: number = 5;\ninterface I {}\n", "ts")).toMatch(
      /get "x"\(\)\{return x\}\}\);\|const x {9}= 5;\n\s*$/,
    );
  });
});

describe("a JavaScript program can import", () => {
  it.each([
    ["by its whole name", "./x.js", "app/x.js"],
    ["without its ending", "./x", "app/x.js"],
    ["in a directory above", "../other/x.js", "other/x.js"],
    ["in a directory below", "./lib/x.mjs", "app/lib/x.mjs"],
    ["as a module", "./x", "app/x.mjs"],
    ["as CommonJS", "./x", "app/x.cjs"],
    ["as TypeScript", "./x", "app/x.ts"],
    ["as a module of TypeScript", "./x", "app/x.mts"],
    ["as JSON", "./x", "app/x.json"],
    ["as a directory", "./x", "app/x/index.js"],
    ["as a directory of TypeScript", "./x", "app/x/index.ts"],
    ["as JSX", "./x", "app/x.jsx"],
    ["as CommonJS of TypeScript", "./x", "app/x.cts"],
    ["as TSX", "./x", "app/x.tsx"],
    ["as a directory of modules", "./x", "app/x/index.mjs"],
    ["as a directory of CommonJS", "./x", "app/x/index.cjs"],
    ["as a directory of modules of TypeScript", "./x", "app/x/index.mts"],
    ["as a directory of CommonJS of TypeScript", "./x", "app/x/index.cts"],
    ["as TSX by the name of its JavaScript", "./x.js", "app/x.tsx"],
    ["as a module of TypeScript by the name of its JavaScript", "./x.mjs", "app/x.mts"],
    ["as CommonJS of TypeScript by the name of its JavaScript", "./x.cjs", "app/x.cts"],
    ["as TSX of JSX by the name of its JavaScript", "./x.jsx", "app/x.tsx"],
    ["as TypeScript by the name of its JavaScript", "./x.js", "app/x.ts"],
  ])("a file %s: %s", async (_, name, path) => {
    const text = path.endsWith("json") ? "{}" : "1;";
    const found = await collect(`const x = require("${name}")`, { [path]: text });
    expect(found.scripts).toMatchObject({
      links: { [name]: path },
      files: [{ path, name: path.replace(/^\w+\//, "") }],
    });
    expect([found.isOwn(name), found.isOwn("./none")]).toEqual([true, false]);
    expect(found.similar(name)).toEqual([]);
    expect(found.modules).toEqual([]);
  });

  it("the files that its files import, each once and by their own names", async () => {
    const files = {
      "app/a.js": 'import "./lib/b.js"; import data from "./data.json"; import "./a.js";\n',
      "app/lib/b.js": 'import "../a.js"; export * from "./c";\n',
      "app/lib/c.js": "export const c = 1;\n",
      "app/data.json": '{"a": 1}',
      "app/unused.js": "",
    };
    const { scripts, checked } = await collect('import "./a.js"', files);
    expect(scripts?.files.map(({ path }) => path)).toEqual([
      "app/a.js",
      "app/data.json",
      "app/lib/b.js",
      "app/lib/c.js",
    ]);
    expect(scripts?.files[0]).toMatchObject({
      links: { "./lib/b.js": "app/lib/b.js", "./data.json": "app/data.json", "./a.js": "app/a.js" },
    });
    expect(scripts?.files[1]).toEqual({ path: "app/data.json", name: "data.json", json: '{"a": 1}' });
    expect(checked.map(({ file }) => file)).toEqual(["a.js", "lib/b.js", "lib/c.js"]);
    const own = checked[1]?.isOwn;
    expect([own?.("../a.js"), own?.("./c"), own?.("./a.js"), own?.("export")]).toEqual([true, true, false, false]);
  });

  it.each([
    ["that is not there", "./none", { "app/x.js": "" }],
    ["of another kind", "./x.txt", { "app/x.txt": "" }],
    ["by a name that is no path", "x.js", { "app/x.js": "" }],
    ["of TypeScript by another ending", "./x.mjs", { "app/x.ts": "" }],
  ])("no file %s", async (_, name, files) => {
    const { scripts, isOwn } = await collect(`import "./y.js"; import "${name}"`, { ...files, "app/y.js": "" });
    expect(scripts?.files.map(({ path }) => path)).toEqual(["app/y.js"]);
    expect(isOwn(name)).toBe(false);
  });

  const A_AND_B = 'import "./a.js"; import "./lib/b.js"; import "fs"';
  it.each([
    [
      "the one it starts in",
      'import "./lib/a.js"',
      ["app/src/lib/a.js", "app/src/b.js", "app/lib/a.js"],
      ["app/lib/a.js"],
    ],
    ["the only one that has it", 'import "fs"; import "./a.js"', ["app/src/a.js"], ["app/src/a.js"]],
    [
      "the only one that has all of them",
      A_AND_B,
      ["app/a.js", "app/src/a.js", "app/src/lib/b.js", "app/other/lib/b.js"],
      ["app/src/a.js", "app/src/lib/b.js"],
    ],
    ["none if two have it", 'import "./a.js"', ["app/x/a.js", "app/y/a.js"], []],
    ["the one it starts in if none has all of them", A_AND_B, ["app/a.js", "app/src/a.js"], ["app/a.js"]],
  ])("files by names that count from one directory: %s", async (_, code, files, found) => {
    expect((await reached(code, Object.fromEntries(files.map((file) => [file, ""]))))?.sort()).toEqual(found);
  });

  it("files of another directory by 50 names at most, and among 200 directories at most", async () => {
    const places = async (names: number, others: number): Promise<number | undefined> => {
      const all = Array.from({ length: names }, (_, n) => `a${n}.json`);
      const files = [
        ...all.map((name) => `app/src/${name}`),
        ...Array.from({ length: others }, (_, n) => `app/d${n}/x.txt`),
      ];
      const code = all.map((name) => `import "./${name}";`).join("");
      return (await reached(code, Object.fromEntries(files.map((file) => [file, "1"]))))?.length;
    };
    expect(await Promise.all([places(50, 0), places(51, 0), places(1, 199), places(1, 200)])).toEqual([50, 0, 1, 0]);
  });

  it("nothing if it asks for nothing", async () => {
    const found = await collect("1", { "app/a.js": "" });
    expect([found.scripts, found.isOwn("./a.js")]).toEqual([undefined, false]);
    expect(await reached('import "fs"', { "app/fs.js": "" })).toBeUndefined();
  });
});

describe("refused before anything is imported is", () => {
  const MIB = 1_048_576;
  const ofSize = (length: number): string => `//${"x".repeat(length - 2)}`;
  const refusal = (resource: string, message: RegExp) => ({
    reason: "bad-input",
    message: expect.stringMatching(message),
    detail: { resource },
  });

  it("a file of more than 256 KiB", async () => {
    await expect(collect('import "./a.js"', { "app/a.js": ofSize(MIB / 4 + 1) })).rejects.toMatchObject(
      refusal("a.js", /262144 bytes/),
    );
    expect(await reached('import "./a.js"', { "app/a.js": ofSize(MIB / 4) })).toHaveLength(1);
  });

  it("files of more than 1 MiB together, data included", async () => {
    const files = Object.fromEntries([1, 2, 3].map((n) => [`app/m${n}.js`, ofSize(MIB / 4)]));
    const code = ["m1.js", "m2.js", "m3.js", "d.json", "t.js"].map((name) => `import "./${name}";`).join("");
    const full = { ...files, "app/d.json": JSON.stringify("x".repeat(MIB / 4 - 2)) };
    expect(await reached(code, full)).toHaveLength(4);
    await expect(collect(code, { ...full, "app/t.js": "1" })).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringContaining("1048576 bytes"),
    });
  });

  it("more than 500 files", async () => {
    const many = (count: number): Promise<string[] | undefined> => {
      const names = Array.from({ length: count }, (_, n) => `m${n}.json`);
      const code = names.map((name) => `import "./${name}";`).join("");
      return reached(code, Object.fromEntries(names.map((name) => [`app/${name}`, "1"])));
    };
    expect(await many(500)).toHaveLength(500);
    await expect(many(501)).rejects.toMatchObject(refusal("the project's modules", /500 modules/));
  });

  it("a file that is no text", async () => {
    await expect(collect('import "./a.js"', { "app/a.js": Buffer.from([0x31, 0xff]) })).rejects.toMatchObject(
      refusal("a.js", /UTF-8/),
    );
  });

  it.each([
    ["that awaits outside of its functions", "export const x = await 1;"],
    ["that is another program inside of a function", "let y = 1\n<!--y;\nexport const x = 1;"],
  ])("a file %s", async (_, text) => {
    await expect(collect('import "./a.js"', { "app/a.js": text })).rejects.toMatchObject(
      refusal("a.js", /without await at its top level/),
    );
  });

  it("not a file with a mistake: the policy tells of it, with its line", async () => {
    const { checked, scripts } = await collect('import "./a.js"', { "app/a.js": "let a = ;" });
    expect(checked).toMatchObject([{ file: "a.js", inspection: { syntaxError: { line: 1 } } }]);
    expect(scripts?.files).toEqual([]);
  });
});
