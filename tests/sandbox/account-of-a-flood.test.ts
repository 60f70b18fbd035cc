/** A program that floods its container with processes is ended in time, and its account is not lost. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const FLOOD = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass";
const BURN = "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        while True: pass\nwhile True: pass";

forEachEngine(
  "The account of a program that runs out of time",
  (engine) => {
    it.each([
      ["after a flood of forks", FLOOD, false],
      ["after a flood of forks, in a session", FLOOD, true],
      ["with twenty busy children", BURN, false],
    ])("%s", { timeout: 30_000 }, async (_, code, keep) => {
      await using sandbox = await engine.open();
      const ran = await sandbox.run(
        { ...engine.job({ code, fence: "open", keep, timeoutMs: 1_000 }), keep },
        AbortSignal.timeout(10_000),
      );
      expect(ran).toMatchObject({ ending: "timeout", exitCode: 124 });
      expect(ran.usage.cpuMs).toBeGreaterThan(50);
      expect(ran.usage.peakMemoryBytes).toBeGreaterThan(1_000_000);
    });
  },
  ["runc"],
);
