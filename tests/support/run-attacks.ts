/** Lets one Python program try many things, each on its own, and say what came of each. */

import { expect } from "vitest";
import type { EngineUnderTest } from "./engines.js";

/** What came of one attempt: a value, or the exception that stopped it. */
export interface Attempt {
  readonly value?: unknown;
  readonly error?: string;
  readonly message?: string;
  readonly errno?: number | null;
}

/**
 * Runs each body as a Python function of its own with the fence taken away. Values come back as JSON, or as their
 * `repr`.
 *
 * @param bodies Lines of a function; what it returns is the value.
 */
export async function attempt<Name extends string>(
  engine: EngineUnderTest,
  bodies: Readonly<Record<Name, string>>,
  options: { readonly timeoutMs?: number } = {},
): Promise<Record<Name, Attempt>> {
  const functions = Object.entries<string>(bodies).map(([name, body]) => {
    const lines = body
      .trim()
      .split("\n")
      .map((line) => `        ${line}`);
    return `    def attempt():\n${lines.join("\n")}\n    yield ${JSON.stringify(name)}, attempt`;
  });
  const code = `import ctypes, errno, json, os, shutil, signal, socket, stat, struct, subprocess, sys, time
def attempts():
${functions.join("\n")}
told = {}
for name, attempt in attempts():
    try:
        told[name] = {"value": attempt()}
    except BaseException as error:
        told[name] = {"error": type(error).__name__, "message": str(error), "errno": getattr(error, "errno", None)}
print(json.dumps(told, default=repr))
`;
  const available = engine.hasProcesses ? code : code.replace("import ctypes, ", "import ");
  const ran = await engine.run({ code: available, fence: "open", timeoutMs: options.timeoutMs ?? 5_000 });
  expect(ran.ending, JSON.stringify(ran).slice(0, 2_000)).toBe("ok");
  return JSON.parse(ran.stdout.text) as Record<Name, Attempt>;
}
