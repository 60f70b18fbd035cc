/** Which files of a project a Python program can import, and under which names. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import { collectModules, type ProjectModules } from "../../../src/run/project-modules.js";
import { type Files, inputFilesOf } from "../../support/project-files.js";

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

async function collect(code: string, files: Files, start = "app"): Promise<ProjectModules> {
  return await collectModules(analyser, await analyser.read(code, "python"), inputFilesOf(files), start);
}

/** Each module as "name path", a package with a slash at its end. */
async function modules(code: string, files: Files, start?: string): Promise<string[]> {
  const { modules } = await collect(code, files, start);
  return modules.map(({ name, path, isPackage }) => `${name} ${path}${isPackage ? "/" : ""}`);
}

const SHOP: Files = {
  "app/shop/__init__.py": "from .prices import total\nfrom . import names\n",
  "app/shop/prices.py": "from .names import EUR\nfrom .tax.rates import RATE\n",
  "app/shop/names.py": "EUR = 'EUR'\n",
  "app/shop/tax/rates.py": "from ... import no\nfrom ..names import EUR\nRATE = 2\n",
  "app/shop/unused.py": "import os\n",
};

describe("a Python program can import", () => {
  it("a module beside it, whose text is the one that was analysed", async () => {
    const { modules, checked, isOwn } = await collect("import slug", {
      "app/slug.py": "x = 'é'\n",
      "app/other.py": "",
    });
    expect(modules).toEqual([{ name: "slug", path: "app/slug.py", code: "x = 'é'\n", isPackage: false }]);
    expect(checked.map(({ file }) => file)).toEqual(["slug.py"]);
    expect([isOwn("slug"), isOwn("other")]).toEqual([true, false]);
  });

  it("a package, what that imports by relative names, and a directory without a file of its own", async () => {
    const found = [
      "shop app/shop/__init__.py/",
      "shop.prices app/shop/prices.py",
      "shop.names app/shop/names.py",
      "shop.tax app/shop/tax/",
      "shop.tax.rates app/shop/tax/rates.py",
    ];
    expect(await modules("import shop", SHOP)).toEqual(found);
    expect((await collect("import shop", SHOP)).modules[3]).toMatchObject({ code: null });
    expect((await modules("import shop.tax.rates", SHOP)).sort()).toEqual([...found].sort());
    expect((await modules("from shop import tax", SHOP)).sort()).toEqual([...found].sort());
    expect((await modules("from shop import *", SHOP)).sort()).toEqual([...found].sort());
  });

  it("modules by the names that it takes from packages", async () => {
    const files = {
      "app/p/__init__.py": "",
      "app/p/a.py": "",
      "app/p/ab.py": "",
      "app/p/c.py": "",
      "app/x/y/z/w.py": "",
    };
    expect(await modules("from p import a", files)).toEqual(["p app/p/__init__.py/", "p.a app/p/a.py"]);
    expect((await collect("from p import a, bc\nfrom p import ab, c", files)).modules.map(({ name }) => name)).toEqual([
      "p",
      "p.a",
      "p.ab",
      "p.c",
    ]);
    expect((await modules("from x.y.z import w, none", files)).at(-1)).toBe("x.y.z.w app/x/y/z/w.py");
  });

  it("what its modules take from each other is their own, by the name that they write", async () => {
    const { checked } = await collect("import shop", SHOP);
    const own = Object.fromEntries(checked.map(({ file, isOwn }) => [file, isOwn]));
    expect(own["shop/__init__.py"]?.(".prices")).toBe(true);
    expect(own["shop/__init__.py"]?.(".")).toBe(true);
    expect(own["shop/__init__.py"]?.(".none")).toBe(false);
    expect(own["shop/prices.py"]?.(".tax.rates")).toBe(true);
    expect(own["shop/tax/rates.py"]?.("..names")).toBe(true);
    expect(own["shop/tax/rates.py"]?.(".names")).toBe(false);
    expect(own["shop/tax/rates.py"]?.("...names")).toBe(false);
    expect(own["shop/tax/rates.py"]?.("shop.names")).toBe(true);
  });

  it("modules that import each other, each once", async () => {
    const files = { "app/even.py": "import odd, odd\n", "app/odd.py": "import even\n" };
    expect(await modules("import odd, even, odd", files)).toEqual(["odd app/odd.py", "even app/even.py"]);
  });

  it.each([
    ["in the directory of sources", { "app/src/util.py": "" }, "util app/src/util.py"],
    ["in the directory lib", { "app/lib/util.py": "" }, "util app/lib/util.py"],
    ["in another root", { "app/a.py": "", "other/util.py": "" }, "util other/util.py"],
    ["among the sources of another root", { "app/a.py": "", "other/src/util.py": "" }, "util other/src/util.py"],
    [
      "in a file rather than in a directory without one of its own",
      { "app/util/a.py": "", "app/src/util.py": "" },
      "util app/src/util.py",
    ],
    ["in the first place that has it", { "other/util.py": "", "app/util.py": "" }, "util app/util.py"],
    [
      "as a package rather than as a file",
      { "app/util.py": "", "app/util/__init__.py": "" },
      "util app/util/__init__.py/",
    ],
  ])("a module %s", async (_, files, found) => {
    expect(await modules("import util", files)).toEqual([found]);
  });

  it.each([
    ["sys.path.insert(0, 'libs/deep')", "app/libs/deep"],
    ["sys.path.append('./libs')", "app/libs"],
    ["sys.path.extend(['none', 'libs/'])", "app/libs"],
    ["sys.path.append('/workspace/app/libs')", "app/libs"],
    ["sys.path.append('libs/../more')", "app/more"],
    ["sys.path.append('libs/workspace/more')", "app/libs/workspace/more"],
  ])("a module in a directory that it names: %s", async (statement, place) => {
    const code = `import sys\n${statement}\nimport util`;
    expect(await modules(code, { [`${place}/util.py`]: "" })).toEqual([`util ${place}/util.py`]);
    expect(await modules(code, { "app/elsewhere/util.py": "" })).toEqual([]);
  });

  it("a module in any of 256 directories, of which those that are not there and repeated ones are none", async () => {
    const append = (name: string): string => `sys.path.append('${name}')\n`;
    const named = (count: number): Files =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`app/d${n}/m${n}.py`, ""]));
    const all = (count: number): string => Array.from({ length: count }, (_, n) => append(`d${n}`)).join("");
    const nothing = append("none").repeat(300) + append("d0").repeat(300);
    const missing = Array.from({ length: 300 }, (_, n) => append(`none${n}`)).join("");
    expect(await modules(`import sys\n${nothing}${missing}${append("d1")}import m1`, named(2))).toEqual([
      "m1 app/d1/m1.py",
    ]);
    // The root, its sources and its library are places too.
    const places = 256 - 3;
    const code = `import sys\n${all(places + 1)}import m${places - 1}, m${places}`;
    expect(await modules(code, named(places + 1))).toEqual([`m${places - 1} app/d${places - 1}/m${places - 1}.py`]);
  });

  it("a module in a directory that one of its modules names", async () => {
    const files = { "app/setup_path.py": "import sys\nsys.path.append('libs')\nimport util\n", "app/libs/util.py": "" };
    expect(await modules("import setup_path", files)).toEqual([
      "setup_path app/setup_path.py",
      "util app/libs/util.py",
    ]);
  });

  it("a module beside the file that imports it, or beside the package of that file", async () => {
    const script = { "app/tools/run.py": "import helper\n", "app/tools/helper.py": "" };
    const found = ["tools app/tools/", "tools.run app/tools/run.py"];
    expect(await modules("import tools.run", script)).toEqual([...found, "helper app/tools/helper.py"]);
    const inPackage = {
      "app/deep/p/__init__.py": "import helper\n",
      "app/deep/helper.py": "",
      "app/deep/p/helper.py": "",
    };
    expect(await modules("import deep.p", inPackage)).toContain("helper app/deep/helper.py");
    expect(await modules("import helper", script)).toEqual([]);
  });

  it("the module of a thing that it replaces in a test, or names to the library", async () => {
    expect(await modules("from unittest import mock\nmock.patch('slug.x')", { "app/slug.py": "" })).toEqual([
      "slug app/slug.py",
    ]);
  });
});

describe("a Python program imports nothing of the project", () => {
  it.each([
    ["by the name of a module of the library", "import json", { "app/json.py": "" }],
    ["by a name below a module of the library", "import json.x", { "app/json/x.py": "" }],
    [
      "by the name of a module of the guest",
      "import program, supervisor, embedded",
      { "app/program.py": "", "app/supervisor.py": "", "app/embedded.py": "" },
    ],
    ["by its own name", "import __main__", { "app/__main__.py": "" }],
    [
      "by a relative name, because it is in no package",
      "from . import slug\nfrom .slug import x",
      { "app/slug.py": "" },
    ],
    ["that lies deeper", "import slug", { "app/tools/slug.py": "" }],
    ["below a module that is no package", "import slug.x", { "app/other/slug/x.py": "" }],
    ["that is no Python", "import slug", { "app/slug.txt": "", "app/slug": "", "app/slug/a.txt": "" }],
    ["that is no Python, beside Python", "import slug", { "app/slug/a.txt": "", "app/other.py": "" }],
    ["by the start of a directory's name", "import slu", { "app/slug/a.py": "" }],
    ["below a module that is not there", "from slug.none import x", { "app/other.py": "" }],
    ["if it asks for nothing", "print(1)", { "app/slug.py": "" }],
  ])("%s", async (_, code, files) => {
    expect(await modules(code, files)).toEqual([]);
  });

  it("below a module that is a file", async () => {
    expect(await modules("import slug.x", { "app/slug.py": "", "app/slug/x.py": "" })).toEqual(["slug app/slug.py"]);
  });
});

describe("a search for tests imports", () => {
  const files = {
    "app/tests/test_a.py": "import helper\n",
    "app/tests/b_test.py": "",
    "app/tests/conftest.py": "",
    "app/tests/helper.py": "",
    "app/tests/other.py": "",
    "app/contest.py": "",
    "app/a_test.pyc": "",
    "app/latest.py": "",
    "app/my tests/test_c.py": "",
    "app/tests/1/test_d.py": "",
  };
  const names = async (code: string, given: Files = files): Promise<string[]> =>
    (await collect(code, given)).modules.map(({ name }) => name).sort();

  it("the files of tests under every name that they may have, what they import, and no others", async () => {
    expect(await names("import unittest\nunittest.defaultTestLoader.discover('.')")).toEqual([
      "b_test",
      "conftest",
      "helper",
      "test_a",
      "test_c",
      "test_d",
      "tests",
      "tests.b_test",
      "tests.conftest",
      "tests.test_a",
    ]);
  });

  it("the files that its pattern names, of which a file of the library's name is none", async () => {
    const given = {
      "app/check_a.py": "",
      "app/xcheck_a.py": "",
      "app/check_a.txt": "",
      "app/check-b.py": "",
      "app/other.py": "",
    };
    const search = (pattern: string): string =>
      `import unittest\nunittest.defaultTestLoader.discover('.', pattern='${pattern}')`;
    expect(await names(search("check_*.py"), given)).toEqual(["check_a"]);
    expect(await names(search("*eck_?.py"), given)).toEqual(["check_a", "xcheck_a"]);
    expect(await names(search("check?a.*"), given)).toEqual(["check_a"]);
    expect(await names(search("*eck_*.py"), given)).toEqual(["check_a", "xcheck_a"]);
    expect(await names(search("check_a.py*"), given)).toEqual(["check_a"]);
    expect(await names(search("check_aXpy*"), given)).toEqual([]);
    expect(await names(search("check_.*py"), given)).toEqual([]);
    // One with many stars takes long to try. One without a star is the name of a directory.
    expect(await names(search("*c*k*_a.py"), given)).toEqual([]);
    expect(await names(search(`${"c".repeat(100)}*`), { [`app/${"c".repeat(100)}a.py`]: "" })).toEqual([]);
    expect(await names(search(`${"c".repeat(99)}*`), { [`app/${"c".repeat(99)}a.py`]: "" })).toHaveLength(1);
    expect(await names(search("*"), { "app/json.py": "", "app/x-y.py": "" })).toEqual([]);
  });

  it("every package on its way, if it is the one of the library", async () => {
    const given = {
      "app/p/q/__init__.py": "",
      "app/p/q/test_x.py": "",
      "app/p/__init__.py": "",
      "app/r/__init__.py": "",
      "app/with_a_long_name/__init__.py": "",
    };
    expect(await names("import unittest\nunittest.defaultTestLoader.discover('.')", given)).toEqual([
      "p",
      "p.q",
      "p.q.test_x",
      "r",
      "with_a_long_name",
    ]);
    expect(await names("import pytest\npytest.main(['p'])", given)).not.toContain("r");
  });

  it("not for a program that runs its own tests", async () => {
    expect(await names("import unittest\nunittest.main()")).toEqual([]);
  });
});

describe("files that a program may mean", () => {
  it("are those of the same name elsewhere in the project", async () => {
    const files = {
      "app/tools/deep/slug.py": "",
      "app/x/slug/__init__.py": "",
      "app/tools/myslug.py": "",
      "app/a.py": "",
    };
    const { similar } = await collect("import slug, a", files);
    expect(similar("slug")).toEqual(["tools/deep/slug.py", "x/slug/__init__.py"]);
    expect(similar("deep.slug")).toEqual(["tools/deep/slug.py"]);
    expect(similar("deep")).toEqual([]);
  });

  it("are none if there are no Python files", async () => {
    const { similar, isOwn, modules, checked } = await collect("import slug", { "app/slug.txt": "" });
    expect([similar("slug"), isOwn("slug"), modules, checked]).toEqual([[], false, [], []]);
  });
});

describe("refused before anything is imported is", () => {
  const MIB = 1_048_576;
  const ofSize = (length: number): string => `#${"x".repeat(length - 1)}`;

  it("a module of more than 256 KiB", async () => {
    await expect(collect("import big", { "app/big.py": ofSize(MIB / 4 + 1) })).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(/"big\.py".*262144 bytes.*262145.*leave the import out/),
      detail: { stage: "limits", resource: "big.py", retryable: false },
    });
    expect(await modules("import big", { "app/big.py": ofSize(MIB / 4) })).toHaveLength(1);
  });

  it("modules of more than 1 MiB together, of which each counts once", async () => {
    const four = Object.fromEntries([1, 2, 3, 4].map((n) => [`app/m${n}.py`, ofSize(MIB / 4)]));
    const code = "import m1, m2, m3, m4, tiny";
    expect(await modules(code, four)).toHaveLength(4);
    await expect(collect(code, { ...four, "app/tiny.py": "#" })).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(/"tiny\.py".*1048576 bytes/),
    });
    // The search gives each of these files two names.
    const tests = Object.fromEntries([1, 2, 3, 4].map((n) => [`app/t/test_${n}.py`, ofSize(MIB / 4)]));
    expect(await modules("import unittest\nunittest.TestLoader().discover('t')", tests)).toHaveLength(9);
  });

  it("more than 500 modules, directories included", async () => {
    const deep = (count: number): Promise<string[]> => {
      const parts = Array.from({ length: count }, (_, n) => `m${n}`);
      return modules(`import ${parts.join(".")}`, { [`app/${parts.join("/")}.py`]: "" });
    };
    expect(await deep(500)).toHaveLength(500);
    await expect(deep(501)).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringContaining("500 modules"),
    });
  });

  it("a module that is no text", async () => {
    await expect(collect("import bad", { "app/bad.py": Buffer.from([0x23, 0xff]) })).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(/"bad\.py".*UTF-8/),
    });
  });
});
