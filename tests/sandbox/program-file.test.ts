/** A Python program knows the name of its own file, and finds the files beside it. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

forEachEngine("A Python program", (engine) => {
  it("finds the files beside it by __file__", async () => {
    const code = [
      "import os",
      "from pathlib import Path",
      "here = Path(__file__).resolve().parent",
      "(here / 'a.txt').write_text('x')",
      "print((Path(__file__).parent / 'a.txt').read_text(), os.path.basename(__file__))",
      "print(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'a.txt')).read(), here == Path.cwd())",
    ];
    const job = { ...engine.job({ code: code.join("\n"), fence: "open" }), directory: "app" };
    await using sandbox = await engine.open();
    const ran = await sandbox.run(job, AbortSignal.timeout(10_000));
    expect(ran.error).toBeNull();
    expect(ran.stdout.text).toBe("x program.py\nx True\n");
  });

  it("shows its name where argparse says how it is used", async () => {
    const code =
      "import argparse, sys\np = argparse.ArgumentParser()\np.add_argument('n')\np.print_usage()\nprint(sys.argv)";
    const ran = await engine.run({ code, fence: "open" });
    expect(ran.stdout.text).toBe("usage: program.py [-h] n\n['program.py']\n");
  });

  it("reads the source of its own functions and classes", async () => {
    const code = [
      "import inspect",
      "def f():",
      "    return 1",
      "class A:",
      "    x = 1",
      "print(inspect.getsource(f), inspect.getsource(A), sep='')",
    ];
    const ran = await engine.run({ code: code.join("\n"), fence: "open" });
    expect(ran.error).toBeNull();
    expect(ran.stdout.text).toBe("def f():\n    return 1\nclass A:\n    x = 1\n\n");
  });
});
