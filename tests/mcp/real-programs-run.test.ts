/**
 * Real programs from public collections, through the tool, on the embedded engine. Every fourth program runs here, so
 * that the tests take seconds. scripts/corpus.mjs runs them all.
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import { PURE_MODULES } from "../../src/policy/modules.js";
import { noSharedData, sharedPrograms, type SharedProgram } from "../support/shared-data.js";
import { describeUnless } from "../support/skips.js";
import { connect, type Connection, type ExecResult } from "../support/mcp-client.js";

const EVERY = 4;
const AT_ONCE = 4;

/** A plain loop is 8 to 10 times slower in WebAssembly than natively: these need more than the 5 s a program has. */
const TOO_SLOW_FOR_THE_EMBEDDED_ENGINE = new Set(["MBPP/123"]);

let server: Connection;
beforeAll(async () => {
  server = await connect({ env: { RLM_LOG_LEVEL: "warn" } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describeUnless(noSharedData, "on the embedded engine", () => {
  it("the programs of MBPP print OK, all of them", async () => {
    const rows = everyFourth("mbpp.jsonl");
    const wrong: string[] = [];
    const denied: string[] = [];
    for (const [row, result] of await runAll(rows, "python")) {
      if (result.status === "refused" && importsMore(result))
        denied.push(`${row.id} ${result.refusal?.resource ?? ""}`);
      else if (TOO_SLOW_FOR_THE_EMBEDDED_ENGINE.has(row.id)) expect(["ok", "timeout"]).toContain(result.status);
      else if (!isOk(result)) wrong.push(told(row, result));
    }
    expect(wrong).toEqual([]);
    expect(denied).toEqual([]);
  }, 60_000);

  it("the programs of MBXP in JavaScript print OK, all of them", async () => {
    const rows = everyFourth("mbxp-js.jsonl");
    const wrong = (await runAll(rows, "javascript"))
      .filter(([, result]) => !isOk(result))
      .map(([row, result]) => told(row, result));
    expect(wrong).toEqual([]);
  }, 60_000);
});

function everyFourth(fileName: string): SharedProgram[] {
  return sharedPrograms(fileName).filter((_, at) => at % EVERY === 0);
}

async function runAll(rows: readonly SharedProgram[], language: string): Promise<[SharedProgram, ExecResult][]> {
  const results: [SharedProgram, ExecResult][] = [];
  const left = [...rows];
  const worker = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift())
      results.push([row, await server.exec({ code: row.run ?? "", language })]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function isOk({ status, stdout }: ExecResult): boolean {
  return status === "ok" && stdout.trimEnd().endsWith("OK");
}

/** True if the only violation is the import of a module that is not on the policy's list. */
function importsMore({ refusal, policy }: ExecResult): boolean {
  return (
    refusal?.reason === "policy-denied" &&
    (policy?.violations ?? []).every(({ rule }) => rule.startsWith("PY-IMPORT-")) &&
    !PURE_MODULES.includes(refusal.resource ?? "")
  );
}

function told({ id }: SharedProgram, { status, refusal, error }: ExecResult): string {
  return `${id}: ${status} ${refusal?.message ?? error?.traceback ?? ""}`;
}
