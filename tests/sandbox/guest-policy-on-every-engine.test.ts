/**
 * The kinds of guest policy hold on every engine; tests/unit/run/guest-policy-settings.test.ts has all the cases,
 * on one.
 */

import { expect, it } from "vitest";
import { allBuiltins, safeBuiltins } from "../support/guest-policies.js";
import { forEachEngine } from "../support/engines.js";

const READER = safeBuiltins(["sys", "datetime", "xml.*"], true);
const OPEN_BUT = allBuiltins(["os", "subprocess"]);

forEachEngine("A guest policy", (engine) => {
  it("that allows reading lets a program read its input files and the sandbox's files, and write none", async () => {
    const files = [{ name: "a.txt", path: "root/a.txt", bytes: new TextEncoder().encode("x\n") }];
    const own = engine.name === "wasm" ? "/usr/local/lib/python3.11/os.py" : "/proc/self/stat";
    const outcome = await engine.run({
      code: `print(open("a.txt").read() + str(len(open("${own}").read()) >= 0))\nopen("a.txt", "w")`,
      files,
      fence: READER,
    });
    expect(outcome).toMatchObject({
      ending: "error",
      stdout: { text: "x\nTrue\n" },
      error: { type: "PermissionError", line: 2 },
    });
  });

  it("that lists modules gives a listed package unchanged, a view of sys, and no other module", async () => {
    const code = [
      "import sys, datetime, xml.dom.minidom",
      "sys.stdout.write(datetime.datetime.strptime('2020', '%Y').strftime('%Y') + str(sys.argv))",
      "import os",
    ].join("\n");
    const outcome = await engine.run({ code, fence: READER });
    expect(outcome).toMatchObject({
      stdout: { text: "2020['program.py']" },
      error: { type: "ImportError", message: "Cannot import 'os': the policy does not allow it" },
    });
  });

  it("that withholds a module withholds it from the program and not from its libraries", async () => {
    const code = [
      "import shutil, tempfile",
      "print(eval('shutil.which(\"no-such-program\")'))",
      "import importlib",
      "importlib.import_module('os')",
    ].join("\n");
    const outcome = await engine.run({ code, fence: OPEN_BUT });
    expect(outcome).toMatchObject({ stdout: { text: "None\n" }, error: { type: "ImportError", line: 4 } });
  });

  it("with sys ends an endless recursion as an error, and the next program runs", async () => {
    const code = "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n):\n    return sorted([n], key=f)\nf(1)";
    expect(["error", "killed"]).toContain((await engine.run({ code, fence: READER })).ending);
    expect(await engine.run({ code: "1 + 1", fence: READER })).toMatchObject({ ending: "ok", result: "2" });
  });
});
