/**
 * Code of a program that runs after its call: a thread, or a finaliser in the next call of the session. The policy
 * gives it no other files than the program itself had. No test uses the analysis, so the guest alone refuses.
 */

import { expect, it } from "vitest";
import type { GuestPolicy, Json } from "../../src/sandbox/engine.js";
import { type EngineUnderTest, forEachEngine } from "../support/engines.js";
import { safeBuiltins } from "../support/guest-policies.js";

const READER: GuestPolicy = safeBuiltins(["pathlib", "threading", "weakref", "time", "atexit"], true);

/** Tries to write a file and notes how that ended. */
const TRY = `import pathlib
seen = set()
def attempt(name="/tmp/late-file-access"):
    try:
        pathlib.Path(name).write_text("x")
        seen.add("wrote")
    except PermissionError:
        seen.add("refused")
`;

interface Call {
  readonly code: string;
  readonly inputs?: { readonly [name: string]: Json };
  readonly files?: readonly { name: string; path: string; bytes: Uint8Array }[];
}

/** Runs the calls in one session. Returns what each printed. */
async function session(engine: EngineUnderTest, calls: readonly Call[]): Promise<readonly string[]> {
  await using sandbox = await engine.open();
  const printed: string[] = [];
  for (const call of calls) {
    const job = { ...engine.job({ ...call, fence: READER }), keep: true };
    const ran = await sandbox.run(job, AbortSignal.timeout(10_000));
    printed.push(ran.ending === "ok" ? ran.stdout.text.trim() : JSON.stringify(ran.error ?? ran.ending));
  }
  return printed;
}

forEachEngine("After its call a program", (engine) => {
  it("writes no file by a finaliser that runs when the next call's inputs come", async () => {
    const first = `${TRY}class Late:\n    def __del__(self): attempt()\nnote = Late()`;
    const printed = await session(engine, [{ code: first }, { code: "print(seen)", inputs: { note: "new" } }]);
    expect(printed).toEqual(["", "{'refused'}"]);
  });

  it("writes no file by a weak reference whose object goes when the next call's inputs come", async () => {
    const first = `${TRY}import weakref
class Late: pass
note = Late()
end = weakref.ref(note, lambda _: attempt())`;
    const printed = await session(engine, [{ code: first }, { code: "print(seen)", inputs: { note: "new" } }]);
    expect(printed).toEqual(["", "{'refused'}"]);
  });

  it("gets the next call's files all the same", async () => {
    const file = (name: string, text: string) => ({
      name,
      path: `given/${name}`,
      bytes: new TextEncoder().encode(text),
    });
    const printed = await session(engine, [
      { code: `${TRY}attempt()\nprint(seen, files["a"])`, files: [file("a", "one")] },
      { code: "print(files['a'], open('b').read())", files: [file("a", "two"), file("b", "three")] },
    ]);
    expect(printed).toEqual(["{'refused'} one", "two three"]);
  });
});

const WITH_THREADS = ["local", "runc", "runsc"] as const;

forEachEngine(
  "Between its calls a program",
  (engine) => {
    it("writes no file by a thread that goes on", async () => {
      const first = `${TRY}import threading, time
def work():
    while True:
        attempt()
thread = threading.Thread(target=work, daemon=True)
thread.start()
time.sleep(0.05)`;
      const rest = Array.from({ length: 5 }, () => ({ code: "print(seen)" }));
      expect(await session(engine, [{ code: first }, ...rest])).toEqual(["", ...rest.map(() => "{'refused'}")]);
    });
  },
  WITH_THREADS,
);
