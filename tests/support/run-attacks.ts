/** Lets one Python program try many things, each on its own, and say what came of each. */

import { expect } from "vitest";
import type { EngineUnderAttack } from "./attacks.js";

/** What came of one attempt: a value, or the exception that stopped it. */
export interface Attempt {
  readonly value?: unknown;
  readonly error?: string;
  readonly message?: string;
  readonly errno?: number | null;
}

/** Modules that the bodies may use without an import of their own. */
const MODULES = ["ctypes", "errno", "json", "os", "shutil", "signal", "socket", "stat", "struct", "subprocess", "sys"];

/** What came of the same attempts without the fence, by engine and body. */
const known = new Map<string, Attempt>();

/**
 * Runs each body as a Python function of its own. Values come back as JSON, or as their `repr`.
 *
 * Under a policy each body is judged as a program of its own. What the policy refuses does not run, and its attempt is
 * the one without the fence.
 *
 * @param bodies Lines of a function; what it returns is the value.
 */
export async function attempt<Name extends string>(
  engine: EngineUnderAttack,
  bodies: Readonly<Record<Name, string>>,
  options: { readonly timeoutMs?: number } = {},
): Promise<Record<Name, Attempt>> {
  const all = Object.entries<string>(bodies);
  const keyOf = (body: string): string => `${engine.name} ${body}`;
  const tried = all.filter(
    ([name, body]) => !(known.has(keyOf(body)) && engine.isRefused(programOf([[name, body]], engine))),
  );
  const told = tried.length === 0 ? {} : await runAll(engine, tried, options.timeoutMs ?? 5_000);
  const attempts = all.map(([name, body]) => {
    const own = told[name];
    const used = own === undefined || engine.isGuestRefusal(own.message) ? (known.get(keyOf(body)) ?? own ?? {}) : own;
    if (!known.has(keyOf(body))) known.set(keyOf(body), used);
    return [name, used] as const;
  });
  return Object.fromEntries(attempts) as Record<Name, Attempt>;
}

async function runAll(
  engine: EngineUnderAttack,
  bodies: readonly (readonly [string, string])[],
  timeoutMs: number,
): Promise<Record<string, Attempt>> {
  const ran = await engine.run({ code: programOf(bodies, engine), fence: "open", timeoutMs });
  expect(ran.ending, JSON.stringify(ran).slice(0, 2_000)).toBe("ok");
  return JSON.parse(ran.stdout.text) as Record<string, Attempt>;
}

/** The program of the bodies. It imports what they name, so that a policy judges them and nothing else. */
function programOf(bodies: readonly (readonly [string, string])[], engine: EngineUnderAttack): string {
  const functions = bodies.map(([name, body]) => {
    const lines = body
      .trim()
      .split("\n")
      .map((line) => `        ${line}`);
    return `    def attempt():\n${lines.join("\n")}\n    yield ${JSON.stringify(name)}, attempt`;
  });
  const text = functions.join("\n");
  const modules = MODULES.filter(
    (name) => name === "json" || (new RegExp(`\\b${name}\\b`).test(text) && (engine.hasProcesses || name !== "ctypes")),
  );
  return `import ${[...modules, "time"].join(", ")}
def attempts():
${text}
told = {}
for name, attempt in attempts():
    try:
        told[name] = {"value": attempt()}
    except BaseException as error:
        told[name] = {"error": type(error).__name__, "message": str(error), "errno": getattr(error, "errno", None)}
print(json.dumps(told, default=repr))
`;
}
