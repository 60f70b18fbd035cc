/** NumPy, pandas and Matplotlib work inside a guest's limits, and are there before they are asked for. */

import { expect, it } from "vitest";
import { allBuiltins, safeBuiltins } from "../support/guest-policies.js";
import { type EngineUnderTest, forEachDataScience, jobOf, type Ran } from "../support/engines.js";
import { sleep } from "../support/wait.js";

const OPEN_BUT = allBuiltins(["os", "subprocess"]);
const LISTED = { ...safeBuiltins(["io", "numpy.*", "pandas.*", "matplotlib.*"], true), writes: true };

/** How long a guest that waits may take to import it all. */
const WARM_MS = 20_000;

const WORK = `
import io
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
a = np.random.default_rng(1).normal(size=(200, 200))
assert np.allclose(np.linalg.solve(a, a @ np.ones(200)), 1)
assert np.linalg.svd(a)[1].min() > 0
table = pd.read_csv(io.StringIO("kind,n\\na,1\\nb,2\\na,3\\n"))
assert table.groupby("kind")["n"].sum().to_dict() == {"a": 4, "b": 2}
figure, axes = plt.subplots()
axes.plot([1, 2, 3])
axes.set_title("$x^2$")
buffer = io.BytesIO()
figure.savefig(buffer, format="png")
assert buffer.getvalue().startswith(b"\\x89PNG")
figure.savefig("/tmp/x.png")
print(open("/tmp/x.png", "rb").read(4))
`;

await forEachDataScience("The data-science image", (engine) => {
  it("runs a program with all three libraries in 5 s and 256 MB, without output of their own", async () => {
    const done = { ending: "ok", error: null, stdout: { text: "b'\\x89PNG'\n" }, stderr: { text: "" } };
    expect(await engine.run({ code: WORK, fence: OPEN_BUT, timeoutMs: 5_000, memoryMb: 256 })).toMatchObject(done);
    expect(await whenWarm(engine, WORK)).toMatchObject(done);
  });

  it("runs the same program with safe builtins and listed packages", async () => {
    const outcome = await engine.run({ code: WORK, fence: LISTED, timeoutMs: 5_000, memoryMb: 256 });
    expect(outcome).toMatchObject({
      ending: "ok",
      error: null,
      stdout: { text: "b'\\x89PNG'\n" },
      stderr: { text: "" },
    });
  });

  it("imports packages without a warning about what the sandbox does not have", async () => {
    const code = "import joblib, sklearn.linear_model, statsmodels.api\nprint(joblib.Parallel()([]))";
    const outcome = await engine.run({ code, fence: OPEN_BUT, timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ ending: "ok", error: null, stdout: { text: "[]\n" }, stderr: { text: "" } });
  }, 60_000);

  it("imports the libraries before the program comes", async () => {
    const code = [
      "import time",
      "started = time.perf_counter()",
      "import numpy, pandas, matplotlib.pyplot",
      "print(time.perf_counter() - started)",
    ].join("\n");
    const outcome = await whenWarm(engine, code);
    expect(outcome).toMatchObject({ ending: "ok", error: null, stderr: { text: "" } });
    // From nothing they take 0.6 s at the least.
    expect(Number(outcome.stdout.text)).toBeLessThan(0.1);
  });

  it("uses the image's list of fonts and writes no other", async () => {
    const code = [
      "import matplotlib.font_manager, pathlib",
      "print([path.is_symlink() for path in pathlib.Path(matplotlib.get_cachedir()).glob('fontlist*')])",
    ].join("\n");
    expect(await engine.run({ code, fence: OPEN_BUT })).toMatchObject({ ending: "ok", stdout: { text: "[True]\n" } });
  });

  it("multiplies matrices in little memory", async () => {
    const code = "import numpy\nprint((numpy.ones((300, 300)) @ numpy.ones((300, 300)))[0, 0])";
    expect(await whenWarm(engine, code, 32)).toMatchObject({ ending: "ok", stdout: { text: "300.0\n" } });
  });

  it("does not count imports that the guest has not finished as the program's time", async () => {
    for (const wait of [150, 250, 350, 450, 550]) {
      await using sandbox = await engine.open();
      await sleep(wait);
      const outcome = await sandbox.run(jobOf({ code: "1 + 1", fence: OPEN_BUT }), new AbortController().signal);
      expect(outcome).toMatchObject({ ending: "ok", result: "2" });
      expect(outcome.runMs).toBeLessThan(100);
    }
  });

  it("reads an input file by its name, and keeps a table and a plot for the session's next call", async () => {
    await using sandbox = await engine.open();
    const files = [{ name: "sales.csv", path: "shop/sales.csv", bytes: Buffer.from("kind,n\na,1\nb,2\na,3\n") }];
    const kept = (code: string) =>
      sandbox.run(
        { ...jobOf({ code, fence: OPEN_BUT, files, timeoutMs: 5_000 }), directory: "shop", keep: true },
        new AbortController().signal,
      );
    expect(
      await kept(
        [
          "import pandas as pd",
          "from pathlib import Path",
          "table = pd.read_csv('sales.csv')",
          "Path('sales.csv').read_text()[:4], len(table)",
        ].join("\n"),
      ),
    ).toMatchObject({ ending: "ok", result: "('kind', 3)" });
    expect(
      await kept("axes = table.groupby('kind')['n'].sum().plot.bar()\naxes.figure.savefig('plot.png')"),
    ).toMatchObject({ ending: "ok", stderr: { text: "" } });
    expect(await kept("open('plot.png', 'rb').read(4), len(table)")).toMatchObject({
      ending: "ok",
      result: "(b'\\x89PNG', 3)",
    });
  });

  it("withholds a module from the program and not from its libraries", async () => {
    const outcome = await engine.run({ code: "import numpy\nprint(numpy.sum([1, 2]))\nimport os", fence: OPEN_BUT });
    expect(outcome).toMatchObject({ stdout: { text: "3\n" }, error: { type: "ImportError", line: 3 } });
  });
});

/** Runs a program in a guest that has done its imports, as one in a pool has. */
async function whenWarm(engine: EngineUnderTest, code: string, memoryMb = 256): Promise<Ran> {
  const started = performance.now();
  for (;;) {
    await using sandbox = await engine.open();
    await sleep(Math.min(WARM_MS, 2_000 + (performance.now() - started)));
    const begun = performance.now();
    const probe = jobOf({
      code: `import sys\nif "matplotlib.pyplot" not in sys.modules: sys.exit(3)\nexec(program)`,
      inputs: { program: code },
      fence: OPEN_BUT,
      memoryMb,
    });
    const outcome = await sandbox.run(probe, new AbortController().signal);
    if (outcome.exitCode !== 3 || performance.now() - started > WARM_MS)
      return { ...outcome, elapsedMs: performance.now() - begun };
  }
}
