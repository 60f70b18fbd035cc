/**
 * Reports that a program writes in the place of its guest's own: too long, too deep, of wrong types, twice, or without
 * an end. Every field that comes out has its type and its size, on every engine, and the engine serves the next call.
 */

import { expect, it } from "vitest";
import { ENDINGS } from "../../src/outcome.js";
import { MAX_RESULT_SIZE } from "../../src/limits.js";
import { forEachAttack } from "../support/attacks.js";
import type { EngineUnderTest, Ran } from "../support/engines.js";

const TIMEOUT_MS = 3_000;

/** The expressions of bytes that a program writes as its report, by what is wrong with them. */
const REPORTS: Readonly<Record<string, string>> = {
  "a result of 16 MiB": `b'{"exit_code": 0, "result": "' + b"x" * 16_777_216 + b'"}'`,
  "40 MB of empty lists": `b"[" + b"[]," * 13_000_000 + b"1]"`,
  "empty lists up to the limit": `b'{"exit_code": 0, "result": [' + b"[]," * 174_000 + b"1]}"`,
  "nested lists up to the limit": `b'{"exit_code": 0, "result": ' + b"[" * 262_000 + b"]" * 262_000 + b"}"`,
  "nested objects without an end": `b'{"a":' * 100_000`,
  "an exit code without bound": `b'{"exit_code": 1e300, "result": "R"}'`,
  "a negative exit code": `b'{"exit_code": -1, "result": "R"}'`,
  "an exit code of 300": `b'{"exit_code": 300}'`,
  "a place that is none": `b'{"exit_code": 1, "error": {"message": "m", "line": -7.5, "column": 1e300}}'`,
  "a place before the first": `b'{"exit_code": 1, "error": {"line": 0, "column": -1}}'`,
  "numbers that JSON has not": `b'{"exit_code": NaN, "error": {"line": Infinity}}'`,
  "types that are none": `b'{"exit_code": 1, "error": {"type": ["T"], "message": {}, "traceback": 7}, "result": {}}'`,
  "an error that is a list": `b'{"exit_code": 1, "error": ["T", "m"]}'`,
  "lone surrogates": `b'{"exit_code": 0, "result": "\\ud800"}'`,
  "invalid UTF-8": `b'{"exit_code": 0, "result": "\xff\xfe"}'`,
  "a key twice": `b'{"exit_code": 0, "exit_code": 1, "result": "R"}'`,
  "a prototype": `b'{"exit_code": 0, "__proto__": {"result": 5}, "constructor": 1}'`,
  "two reports": `b'{"exit_code": 0, "result": "one"}{"exit_code": 1, "result": "two"}'`,
  "an error of 300 KB": `b'{"exit_code": 1, "error": {"type": "' + b"T" * 300_000 + b'"}}'`,
  nothing: `b""`,
};

/** Writes a report, and keeps the guest from writing its own. */
function forge(engine: EngineUnderTest, report: string): string {
  if (engine.name === "wasm")
    return `
import os
channel = os.open("/rlm/report", os.O_WRONLY)
os.write(channel, ${report})
os.write = None`;
  return `
import os
report = ${report}
while report:
    report = report[os.write(4, report):]
os._exit(0)`;
}

function expectProperFields(ran: Ran): void {
  const told = JSON.stringify(ran).slice(0, 2_000);
  expect(ENDINGS, told).toContain(ran.ending);
  expect(ran.exitCode === null || (Number.isInteger(ran.exitCode) && ran.exitCode >= 0 && ran.exitCode < 256)).toBe(
    true,
  );
  const { error } = ran;
  for (const place of [error?.line ?? null, error?.column ?? null])
    expect(place === null || (Number.isSafeInteger(place) && place > 0), told).toBe(true);
  for (const text of [ran.result, error?.type, error?.message, error?.traceback].filter((one) => one != null)) {
    expect(typeof text, told).toBe("string");
    expect(Buffer.byteLength(text), told).toBeLessThanOrEqual(MAX_RESULT_SIZE);
    expect(text.isWellFormed(), told).toBe(true);
  }
  for (const amount of [ran.runMs, ran.usage.cpuMs ?? 0, ran.usage.peakMemoryBytes ?? 0])
    expect(Number.isFinite(amount) && amount >= 0, told).toBe(true);
  if (ran.ending !== "ok") expect(ran.result, told).toBeNull();
  if (ran.ending === "ok") expect([ran.exitCode, ran.error], told).toEqual([0, null]);
}

forEachAttack("a program reports with", (engine) => {
  for (const [name, report] of Object.entries(REPORTS))
    it(`${name}: every field has its type and its size`, async () => {
      expectProperFields(await engine.run({ code: forge(engine, report), fence: "open", timeoutMs: TIMEOUT_MS }));
    });

  it("words that do not end: it ends at its time limit, and the next call works", async () => {
    const open = engine.name === "wasm" ? 'channel = os.open("/rlm/report", os.O_WRONLY)' : "channel = 4";
    const code = `import os\n${open}\nwhile True:\n    os.write(channel, b"[]," * 100_000)`;
    const ran = await engine.run({ code, fence: "open", timeoutMs: 1_000 });
    expectProperFields(ran);
    expect(ran.ending).toBe("timeout");
    expect(await engine.run({ code: "1 + 1" })).toMatchObject({ ending: "ok", result: "2" });
  });

  it("words and output at once: the output's limit stops it", async () => {
    const open = engine.name === "wasm" ? 'channel = os.open("/rlm/report", os.O_WRONLY)' : "channel = 4";
    const code = `import os\n${open}\nwhile True:\n    os.write(channel, b"{")\n    os.write(1, b"x" * 60_000)`;
    const ran = await engine.run({ code, fence: "open", timeoutMs: TIMEOUT_MS });
    expectProperFields(ran);
    expect(ran.ending).toBe("output_limit");
  });
});

forEachAttack(
  "a neighbour of a program",
  (engine) => {
    const hostile: Readonly<Record<string, string>> = {
      "reports 120 MB of empty objects": `
import os
channel = os.open("/rlm/report", os.O_WRONLY)
os.write(channel, b"[")
for _ in range(40):
    os.write(channel, b"{}," * 1_000_000)
os.write(channel, b"1]")
os.write = None`,
      "reports 240 MB of text": `
import os
channel = os.open("/rlm/report", os.O_WRONLY)
for _ in range(6):
    os.write(channel, b"\xe2\x82\xac" * 13_000_000)
os.write = None`,
      "names paths of 100 MB": `
import os
for path in ("/a" * 50_000_000, "/" * 100_000_000, "a" * 100_000_000):
    for call in (os.stat, os.mkdir, os.rmdir, os.listdir, lambda path: os.rename(path, path)):
        try:
            call(path)
        except OSError as error:
            assert "exist" not in str(error)[:100]`,
      "opens its report again and again": `
import os
while True:
    os.open("/rlm/report", os.O_WRONLY)`,
    };
    for (const [name, code] of Object.entries(hostile))
      it(`that ${name} runs to its end, and keeps its session`, async () => {
        const session = await engine.open();
        const keep = { ...engine.job({ code: "kept = 6" }), keep: true };
        expect(await session.run(keep, new AbortController().signal)).toMatchObject({ ending: "ok" });
        const neighbour = engine.run({ code: "import time\ntime.sleep(2)\n'whole'", timeoutMs: 5_000 });
        const attacks = [1, 2].map(() => engine.run({ code, fence: "open", timeoutMs: 4_000 }));
        for (const ran of await Promise.all(attacks)) expectProperFields(ran);
        expect(await neighbour).toMatchObject({ ending: "ok", result: "'whole'" });
        const next = { ...engine.job({ code: "kept * 7" }), keep: true };
        expect(await session.run(next, new AbortController().signal)).toMatchObject({ ending: "ok", result: "42" });
        await session.close();
      });
  },
  ["wasm"],
);

/** Reports for the runner of a session, with the number of its job, and stays: the report's exit code then counts. */
const forgeInSession = (exitCode: string): string => `
import json, os, sys, time
frame = sys._getframe()
while "job" not in frame.f_locals:
    frame = frame.f_back
report = {"run": frame.f_locals["job"]["run"], "result": "R", "exit_code": ${exitCode}}
os.write(4, json.dumps(report).encode() + b"\\n")
time.sleep(5)`;

forEachAttack(
  "a report of a session with its right number and an exit code that no process has",
  (engine) => {
    it.each(["256", "300", "-1", "1e300", "0.5", "'0'", "True", "None"])("%s is not passed on", async (exitCode) => {
      const session = await engine.open();
      const job = engine.job({ code: forgeInSession(exitCode), fence: "open", timeoutMs: TIMEOUT_MS });
      const ran = await session.run({ ...job, keep: true }, new AbortController().signal);
      await session.close();
      expect(ran.ending).not.toBe("timeout"); // the report has arrived
      expect([0, 1], JSON.stringify(ran)).toContain(ran.exitCode);
    });

    it("42 is an exit code, and passed on", async () => {
      const session = await engine.open();
      const job = engine.job({ code: forgeInSession("42"), fence: "open", timeoutMs: TIMEOUT_MS });
      const ran = await session.run({ ...job, keep: true }, new AbortController().signal);
      await session.close();
      expect([ran.ending, ran.exitCode]).toEqual(["error", 42]);
    });
  },
  ["local", "runc", "runsc"],
);
