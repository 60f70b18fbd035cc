/** Real programs of others, when the shared data is beside the repository. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createAnalyser, type Language } from "../../../src/policy/analyser.js";
import { STRICT } from "../../../src/policy/strict.js";

const DATA = path.resolve(import.meta.dirname, "../../../../shared/data");

interface Row {
  readonly id: string;
  readonly run?: string;
  readonly code?: string;
}

function rowsOf(name: string): readonly Row[] {
  return readFileSync(path.join(DATA, name), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Row);
}

async function deniedOf(name: string, language: Language): Promise<Record<string, readonly string[]>> {
  const analyser = await createAnalyser();
  const denied: Record<string, readonly string[]> = {};
  for (const { id, run, code } of rowsOf(name)) {
    const { verdict, violations } = analyser.analyse(run ?? code ?? "", language, STRICT);
    if (verdict === "deny") denied[id] = violations.map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim());
  }
  return denied;
}

describe.skipIf(!existsSync(DATA))("the strict policy, of the shared programs (skipped without ../shared/data),", () => {
  it("denies only the harmless Python ones that import sys", async () => {
    const ids = ["100", "303", "531", "663", "717", "836", "938"].map((id) => `MBPP/${id}`);
    expect(await deniedOf("mbpp.jsonl", "python")).toEqual(Object.fromEntries(ids.map((id) => [id, ["PY-IMPORT-001 sys"]])));
  });

  it("denies none of the harmless JavaScript ones", async () => {
    expect(await deniedOf("mbxp-js.jsonl", "javascript")).toEqual({});
  });

  it("denies all risky ones but two, which decode constants with json and csv and harm nobody", async () => {
    const denied = await deniedOf("redcode-dev.jsonl", "python");
    const missed = rowsOf("redcode-dev.jsonl").filter(({ id }) => denied[id] === undefined);
    expect(missed.map(({ id }) => id)).toEqual(["redcode/python/24_11", "redcode/python/24_25"]);
  });
});
