/** A program whose imports surely fail on this engine and image is refused before it runs, in one refusal. */

import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import type { RunReport } from "../../../src/run/run-report.js";
import type { EngineModules } from "../../../src/sandbox/engine.js";
import { startProcessorClock } from "../../support/processor-time.js";
import { scriptedServer } from "../../support/scripted-engine.js";
import { tempDir } from "../../support/temp-dir.js";

const WASM: EngineModules = { kind: "wasm", packages: "none" };
const CORE: EngineModules = { kind: "container", packages: "none" };
const DATA: EngineModules = { kind: "container", packages: "data-science" };
const OWN: EngineModules = { kind: "container", packages: "unknown" };
const LOCAL: EngineModules = { kind: "local", packages: "unknown" };

const BUILD = "which the operator makes with `rlm-mcp image build --target data-science`";

/** The refusal of a run; null if the program ran. */
function refusalOf({ ending }: RunReport): Refusal | null {
  if (ending instanceof Refusal) return ending;
  expect(ending).toMatchObject({ ending: "ok" });
  return null;
}

/** The refusal of a program under `minimal`, which allows every module that it asks for. */
async function refuse(code: string, modules: EngineModules | undefined = WASM): Promise<Refusal | null> {
  await using server = scriptedServer({ fallback: "minimal", ...(modules === undefined ? {} : { modules }) });
  const refusal = refusalOf(await server.run(code));
  expect(server.engine.jobs).toHaveLength(refusal === null ? 1 : 0);
  return refusal;
}

describe("a program is refused before it runs", () => {
  it.each<[string, EngineModules, string, string]>([
    [
      "import numpy as np",
      WASM,
      `"numpy" is in the data-science image of the Docker engine only, ${BUILD}`,
      "Here use the standard library. Use math, statistics, fractions and plain lists",
    ],
    [
      "from sklearn.linear_model import Ridge",
      CORE,
      `"sklearn" is in the data-science image only, ${BUILD}`,
      "Use stat",
    ],
    ["import lzma", WASM, '"lzma" is not in the embedded Python: the Docker engine has it', "Use bz2 or zlib"],
    ["import tkinter", DATA, 'No engine has "tkinter"', "There is no screen: print text"],
    [
      "import polars as pl",
      DATA,
      'No image has "polars", and nothing can be installed',
      "Here use the standard library, and put a module of your own into `files`. The data-science image",
    ],
    [
      "from some_helper.sub import x",
      WASM,
      'No image has "some_helper", and nothing can be installed',
      "and put a module of your own into `files`",
    ],
  ])("%s", async (code, modules, where, instead) => {
    const refusal = await refuse(code, modules);
    expect(refusal).toMatchObject({
      reason: "module-missing",
      detail: { stage: "sandbox", line: 1, snippet: code, retryable: false },
    });
    expect(refusal?.message).toContain(`. ${where}. Here use`);
    expect(refusal?.detail.suggestion).toContain(instead);
    expect(refusal?.message.endsWith(`${refusal.detail.suggestion ?? ""}.`)).toBe(true);
    expect(refusal?.detail).not.toHaveProperty("passesUnder");
  });

  it("and all that is missing stands in the one refusal, by its place", async () => {
    const { message = "", detail } =
      (await refuse("import os, numpy, pandas.io\nimport lzma\nimport numpy.linalg\nimport slag, slug, slig")) ?? {};
    expect(message).toContain('Cannot import "numpy", "pandas", "lzma", "slag", "slug" and "slig": ');
    expect(message).toContain('"numpy" and "pandas" are in the data-science image');
    expect(message).toContain('. "lzma" is not in ');
    expect(message).toContain('No image has "slag", "slug" and "slig", and');
    expect(detail).toMatchObject({ line: 1, column: 12, resource: "numpy" });
  });

  it("however many modules it names", async () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `a${at}`).join(",");
    const elapsedMs = startProcessorClock();
    expect((await refuse(`import ${names}`))?.message.length).toBeLessThan(1_500);
    expect((await refuse(`import ${"a.".repeat(20_000)}a`))?.message.length).toBeLessThan(1_500);
    expect(elapsedMs()).toBeLessThan(5_000);
  });

  it.each([
    'def work():\n    return 1\n\nif __name__ == "__main__":\n    import numpy\n    print(work())',
    "if ('__main__') == 1: pass\nif (__name__ == '__main__'): import numpy",
    "with open('a') as f, open('b'):\n    import numpy",
    "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    import numpy",
    "try:\n    import numpy\nfinally:\n    print(1)",
    "try:\n    import numpy\nexcept (ValueError, KeyError) as error:\n    print(error)",
    "try:\n    pass\nfinally:\n    import numpy",
    "import unittest\nfrom unittest.mock import MagicMock, patch\nimport numpy\nunittest.main(exit=False)",
    "import sys\nimport os.path\nimport numpy\nif not sys.argv: sys.exit(1)",
    "path = 'data.csv'\nfrom os import path\nfrom numpy import *",
    "'''Run it as: python main.txt'''\n# python main.py, sys.path\nimport numpy".replace(", sys.path", ""),
    "try:\n    import json\nexcept ImportError:\n    json = None\nimport numpy",
    "import numpy; x = 1",
  ])("where its import surely runs: %j", async (code) => {
    expect((await refuse(code))?.detail.resource).toBe("numpy");
  });
});

describe("a program runs", () => {
  it.each<[string, string, EngineModules?]>([
    ["with the library alone", "import os, json.decoder, _collections, xml.etree.ElementTree as ET"],
    ["with packages, in the data image", "import numpy, pandas, unidecode, more_itertools, attr", DATA],
    ["with modules that only containers have", "import lzma, multiprocessing", CORE],
    ["in an image of the operator's own", "import numpy, some_module", OWN],
    ["in the user's own Python", "import numpy, some_module, tkinter", LOCAL],
    ["if it is not Python's import", "'import numpy'\n# import numpy"],
  ])("%s", async (_, code, modules = WASM) => {
    expect(await refuse(code, modules)).toBeNull();
  });

  it("if nothing is known of the engine", async () => {
    await using server = scriptedServer({ fallback: "minimal" });
    expect(refusalOf(await server.run("import numpy"))).toBeNull();
  });

  it.each([
    "try:\n    import numpy\nexcept ImportError:\n    numpy = None",
    "try:\n    import numpy\nexcept (KeyError, ModuleNotFoundError):\n    numpy = None",
    "try:\n    import numpy\nexcept Exception as error:\n    print(error)",
    "try:\n    import numpy\nexcept:\n    pass",
    "try:\n    import numpy\nexcept* ImportError:\n    pass",
    "MISSING = ImportError\ntry:\n    import numpy\nexcept MISSING:\n    pass",
    "import mine\ntry:\n    import numpy\nexcept mine.Missing:\n    pass".replace(
      "import mine\n",
      "import json as mine\n",
    ),
    "try:\n    try:\n        import numpy\n    finally:\n        print(1)\nexcept ImportError:\n    pass",
    "try:\n    import json\nexcept ImportError:\n    import numpy",
    "try:\n    import json\nexcept ImportError:\n    pass\nelse:\n    import numpy",
    "import contextlib\nwith contextlib.suppress(ImportError):\n    import numpy",
    "class Q:\n    def __enter__(self): pass\n    def __exit__(self, *a): return 1\nwith Q():\n    import numpy",
    "import unittest.mock as m\nwith m.patch.dict('sys.modules', {'numpy': m.Mock()}):\n    import numpy",
    "if False:\n    import numpy",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy",
    "if __name__ != '__main__':\n    import numpy",
    "if __name__ == '__main__':\n    pass\nelse:\n    import numpy",
    "def f():\n    import numpy",
    "class C:\n    def f(self):\n        import numpy",
    "for _ in []:\n    import numpy",
    "while True:\n    break\n    import numpy",
    "match 1:\n    case 2:\n        import numpy",
    "import sys\nsys.modules['numpy'] = sys\nimport numpy",
    "from sys import modules as m\nm['numpy'] = 1\nimport numpy",
    "import sys\nsys.path.insert(0, 'vendor')\nimport slug",
    "from sys import argv, path\npath.append('vendor')\nimport slug",
    "import sys\nsys.meta_path.append(1)\nimport slug",
    "import builtins\nreal = builtins.__import__\nimport slug",
    "import importlib.util\nimport numpy",
    "import sys\ntry:\n    import json\nexcept ImportError:\n    sys.exit('no json')\nimport numpy",
    "raise SystemExit\nimport numpy",
    "from sys import exit as bye\nbye()\nimport numpy",
    "try:\n    import numpy\nfinally:\n    raise SystemExit(0)",
    "open('slug.py', 'w').write('x = 1')\nimport slug",
    "import zipfile\nzipfile.ZipFile('vendor.zip').extractall()\nimport slug",
    "exec('import sys; sys.' + 'modu' + 'les')\nimport numpy",
  ])("where its import may not run, or may find the module: %j", async (code) => {
    expect(await refuse(code)).toBeNull();
  });

  it("in a session whose interpreter an earlier call has used, and not in a new one", async () => {
    await using server = scriptedServer({ fallback: "minimal", modules: WASM });
    const kept = { interpreter: "session" } as const;
    const code = "import numpy";
    expect(refusalOf(await server.run({ code, ...kept }))?.reason).toBe("module-missing");
    expect(refusalOf(await server.run({ code: "import sys; sys.modules['numpy'] = sys", ...kept }))).toBeNull();
    expect(refusalOf(await server.run({ code, ...kept }))).toBeNull();
    expect(refusalOf(await server.run({ code, ...kept, reset: true }))?.reason).toBe("module-missing");
    expect(refusalOf(await server.run({ code }))?.reason).toBe("module-missing");
  });
});

describe("a program with modules of its project", () => {
  const FILES = {
    "work/slug.py": "import os\n",
    "work/shop/__init__.py": "from .prices import total\n",
    "work/shop/prices.py": "import json\nimport numpy as np\ntotal = 1\n",
    "work/main.py": "x = 1\nif __name__ == '__main__':\n    import numpy\n",
    "work/deep/er/tax.py": "",
    "work/late.py": "def f():\n    import numpy\n",
  };

  it.each<[string, string, object | null]>([
    ["runs with them", "import slug, main, late, deep.er.tax", null],
    [
      "is refused for what they import",
      "import slug\nimport shop",
      { resource: "numpy", file: "shop/prices.py", line: 2 },
    ],
    ["is refused for it through a package", "from shop.prices import total", { file: "shop/prices.py", line: 2 }],
    ["runs if it can do without them", "try:\n    import shop\nexcept ImportError:\n    pass", null],
    ["runs if it brings the module first", "import sys\nsys.modules['numpy'] = sys\nimport shop", null],
    ["is told by which name a file is imported", "import tax", { suggestion: expect.stringContaining("deep.er.tax") }],
    ["keeps the interpreter's error about a module below its own", "import slug.none", null],
  ])("%s", async (_, code, detail) => {
    await using dir = await tempDir(FILES);
    await using server = scriptedServer({ fallback: "minimal", modules: WASM, roots: [dir.at("work")] });
    const refusal = refusalOf(await server.run({ code, files: [dir.at("work")] }));
    if (detail === null) expect(refusal).toBeNull();
    else expect(refusal).toMatchObject({ reason: "module-missing", detail });
  });
});

describe("a check of a program that its run refuses for a module", () => {
  const check = async (code: string, modules: EngineModules, mode: "fresh" | "session" = "fresh") => {
    await using server = scriptedServer({ fallback: "minimal", modules });
    const checked = await server.runner.check(code, "python", undefined, { mode });
    return server.runner.foreseeRefusal(checked, { mode });
  };

  it("says so, and says nothing of what may be among the files of the run", async () => {
    expect(await check("import numpy, slug", WASM)).toMatch(
      /^A run would be refused: Cannot import "numpy": .* data-science image .*\.$/,
    );
    expect(await check("import polars", DATA)).toMatch(/^A run would be refused: Cannot import "polars": /);
    expect(await check("import slug", WASM)).toBeNull();
    expect(await check("import numpy", DATA)).toBeNull();
    expect(await check("import numpy", WASM, "session")).toBeNull();
    expect(await check("import ctypes, numpy", WASM)).toBeNull();
    expect(await check("import json", WASM)).toBeNull();
  });
});
