/** A program that is stopped at its time limit: what it had printed is there, and the reason is in the same words. */

import { expect, it } from "vitest";
import { forEachEngine, type Program } from "../support/engines.js";

const TIMEOUT_MS = 700;
const SENTENCE = "The program ran longer than 700 ms";

const LOOPS: Readonly<Record<string, Program>> = {
  "a loop": { code: "while True:\n    pass" },
  "one long operation": { code: "x = 9**9**9" },
  "a long sleep": { code: "import time\ntime.sleep(60)", fence: "open" },
  "a search that goes back again and again": { code: "import re\nre.match('(a*)*b', 'a' * 60)", fence: "open" },
  "a loop in JavaScript": { code: "for (;;);", language: "javascript" },
  "one long operation in JavaScript": { code: "/^(a|a)*$/.test('a'.repeat(60) + 'b')", language: "javascript" },
};

const UNFINISHED: Readonly<Record<string, string>> = {
  print: 'print("abc", end="")',
  "a write": 'import sys\nsys.stdout.write("a")\nsys.stdout.write("bc")',
  "prints with another separator": 'for x in "abc":\n    print(x, end="", sep=" ")',
};

forEachEngine("a program that is stopped at its time limit", (engine) => {
  for (const [name, program] of Object.entries(LOOPS))
    it(`in ${name} ends as a time-out, and the reason is the same everywhere`, async () => {
      const ran = await engine.run({ ...program, timeoutMs: TIMEOUT_MS });
      expect([ran.ending, ran.exitCode]).toEqual(["timeout", 124]);
      expect([ran.error?.type, ran.error?.message]).toEqual(["TimeoutError", SENTENCE]);
    });

  for (const [name, code] of Object.entries(UNFINISHED))
    it(`keeps the unfinished line of ${name}`, async () => {
      const ran = await engine.run({ code: `${code}\nwhile True:\n    pass`, fence: "open", timeoutMs: TIMEOUT_MS });
      expect([ran.ending, ran.stdout.text]).toEqual(["timeout", "abc"]);
    });

  it("keeps an unfinished line of stderr, in the order of the lines before it", async () => {
    const code =
      'import sys\nprint("one", file=sys.stderr)\nprint("two", end="", file=sys.stderr)\nwhile True:\n    pass';
    const ran = await engine.run({ code, fence: "open", timeoutMs: TIMEOUT_MS });
    expect([ran.ending, ran.stderr.text]).toEqual(["timeout", "one\ntwo"]);
  });

  it("keeps the unfinished line of a later call of a session", async () => {
    const session = await engine.open();
    const call = (code: string) =>
      session.run({ ...engine.job({ code, timeoutMs: TIMEOUT_MS }), keep: true }, new AbortController().signal);
    expect(await call('print("first", end="")')).toMatchObject({ ending: "ok", stdout: { text: "first" } });
    expect(await call('print("abc", end="")\nwhile True:\n    pass')).toMatchObject({
      ending: "timeout",
      stdout: { text: "abc" },
      error: { message: SENTENCE },
    });
    await session.close();
  });
});
