/** What a JavaScript program finds by its imports, although it runs as a script. The text that a guest runs is run. */

import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { checkJavaScript } from "../../../src/analysis/javascript/check.js";
import { Report } from "../../../src/analysis/report.js";
import { describeJavaScript } from "../../../src/run/keep-declarations.js";
import type { ScriptModules } from "../../../src/sandbox/engine.js";
import { textBefore, withEdits } from "../../support/edited-program.js";

const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  path: { default: "P", sep: "/", join: (...parts: string[]) => parts.join("/") },
  odd: { default: "D", "x y": "blank", Map: "own map", undefined: "own undefined" },
};

/** A guest whose programs print. */
function guest(isKept: boolean) {
  const printed: string[] = [];
  const asked: string[] = [];
  const find = (name: string) => (asked.push(name), MODULES[name]);
  const context = vm.createContext({
    print: (...values: unknown[]) => void printed.push(values.join(" ")),
    ìmport: Object.assign(async (name: string) => find(name), {
      all: find,
      one: (name: string, member: string) => find(name)?.[member],
    }),
  });
  const run = async (code: string, modules?: ScriptModules): Promise<string[]> => {
    const { javascript } = checkJavaScript(new Report(code, "javascript"));
    if (javascript === undefined) throw new Error("Cannot run the sample: it must be a script");
    const { globals, isAsync } = describeJavaScript(javascript, { isKept, modules });
    const before = textBefore(code, globals?.before ?? []);
    const text = withEdits(code, globals?.edits ?? []);
    printed.length = 0;
    await vm.runInContext(before + (isAsync ? `(async () => {${text}\n})()` : text), context);
    return [...printed];
  };
  return { run, asked };
}

describe.each([
  ["a fresh", false],
  ["a kept", true],
])("in %s guest a program finds", (_, isKept) => {
  it.each([
    ["names of a module", 'import { join as j, sep } from "path"; print(j("a", "b"), sep)', ["a/b /"]],
    ["its default", 'import p from "path"; print(p)', ["P"]],
    ["its default and others", 'import p, { sep } from "path"; print(p, sep)', ["P /"]],
    ["its default and all", 'import p, * as all from "path"; print(p, all.sep)', ["P /"]],
    ["all of it", 'import * as all from "path"; print(Object.keys(all))', ["default,sep,join"]],
    ["a name that is no identifier", 'import { "x y" as z } from "odd"; print(z)', ["blank"]],
    ["names of several modules", 'import { sep } from "path"; import d from "odd"; print(sep, d)', ["/ D"]],
    ["what it imports after its use", 'print(sep, d); import { sep } from "path"; import d from "odd";', ["/ D"]],
    [
      "what it imports between",
      'print(1); import { sep } from "path"; print(sep); import d from "odd"; print(d)',
      ["1", "/", "D"],
    ],
    ["what it imports, after an await", 'import { sep } from "path"; print(await 1, sep)', ["1 /"]],
    ["what it imports later, after an await", 'print(await 1, sep); import { sep } from "path";', ["1 /"]],
    [
      "what it imports by name, after an await",
      'const { sep } = await import("path"); print(sep, (await import("odd")).default)',
      ["/ D"],
    ],
    [
      "what its functions import, wherever they stand",
      'print((await import("odd")).default, await f());\n' +
        'async function f() { return (await import("path")).sep + (await import("odd")).default; }\n' +
        'async function g() { return 2; }\nprint(await g(), (await import("path")).sep)',
      ["D /D", "2 /"],
    ],
    ["its own name of a realm", 'import { Map } from "odd"; print(Map, typeof Set)', ["own map function"]],
    ["its own name that cannot be set", 'import { undefined } from "odd"; print(undefined)', ["own undefined"]],
    [
      "its own names and declared ones",
      'import { Map } from "odd"; class Set {} let a = Map; print(a, Set.name)',
      ["own map Set"],
    ],
  ])("%s", async (_, code, output) => {
    expect(await guest(isKept).run(code)).toEqual(output);
  });

  it("that a module is loaded of which it takes nothing", async () => {
    const { run, asked } = guest(isKept);
    await run('import "path"; import "odd"');
    expect(asked).toEqual(["path", "odd"]);
  });

  it("that it is strict, as every module", async () => {
    const run = (code: string): Promise<string[]> => guest(isKept).run(code);
    for (const code of [
      'import "path"; free = 1',
      'import "path"; await 1; free = 1',
      'import { Map } from "odd"; free = 1',
      '"use strict"; import "path"; free = 1',
      'import "path"; const undefined = 1; free = 1',
    ])
      await expect(run(code)).rejects.toThrow(/free is not defined/);
    for (const code of ['"use strict"; import "path"; await 1; free = 1', '"use strict"; let Map = 1; free = 1'])
      await expect(run(code)).rejects.toThrow(/free is not defined/);
    expect(await run("free = 1; print(free)")).toEqual(["1"]);
  });

  it("that it is as strict as it says if it has files of a project", async () => {
    const modules: ScriptModules = { files: [], links: {} };
    for (const code of ['"use strict"; free = 1', '"use strict"; await 1; free = 1', '"use strict"; let Map; free = 1'])
      await expect(guest(isKept).run(code, modules)).rejects.toThrow(/free is not defined/);
    for (const code of ["free = 1; print(free)", "await 1; free = 1; print(free)"])
      expect(await guest(isKept).run(code, modules)).toEqual(["1"]);
  });
});

describe("a kept guest", () => {
  it("has what one program has imported for the next", async () => {
    const { run } = guest(true);
    await run('import p, { sep, join as j } from "path";');
    expect(await run('print(p, sep, j("a", "b"))')).toEqual(["P / a/b"]);
    await run('await 1; import { default as d } from "odd";');
    expect(await run("print(d)")).toEqual(["D"]);
    expect(await run('import { sep as p } from "path"; print(p)')).toEqual(["/"]);
    await run('import { undefined, "x y" as blank } from "odd";');
    expect(await run("print(blank)")).toEqual(["blank"]);
  });
});

describe("a fresh guest", () => {
  it("has no name of a program while the files of a project are loaded, which come before it", () => {
    const code = "let a = 1;";
    const { javascript } = checkJavaScript(new Report(code, "javascript"));
    const modules: ScriptModules = { files: [], links: {} };
    const { globals } = describeJavaScript(javascript as NonNullable<typeof javascript>, { isKept: false, modules });
    expect(globals).toMatchObject({ modules, hasImports: true });
    expect(globals?.before.join("")).toBe("{");
    expect(globals?.edits).toEqual([[code.length, code.length, "\n}"]]);
  });

  it("does not let a program set what it imports", async () => {
    await expect(guest(false).run('import { sep } from "path"; sep = 1')).rejects.toThrow(/constant/);
  });
});
