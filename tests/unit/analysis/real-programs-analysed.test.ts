/** Real programs of others, when the shared data is beside the repository. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createAnalyser, type Inspection } from "../../../src/analysis/analyser.js";
import { judge } from "../../../src/policy/judge.js";
import type { Policy } from "../../../src/policy/policy.js";
import { PRESETS, PRODUCTION, STRICT } from "../../../src/policy/presets.js";
import type { Language } from "../../../src/language.js";

const DATA = path.resolve(import.meta.dirname, "../../../../shared/data");

interface Row {
  readonly id: string;
  readonly run?: string;
  readonly code?: string;
  readonly category?: string;
}

const analyser = await createAnalyser();

function read(name: string, language: Language): { readonly row: Row; readonly inspection: Inspection }[] {
  const rows = readFileSync(path.join(DATA, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
  return rows.map((row) => ({ row, inspection: analyser.inspect(row.run ?? row.code ?? "", language) }));
}

function deniedOf(programs: ReturnType<typeof read>, policy: Policy): Record<string, readonly string[]> {
  const judged = programs.map(({ row, inspection }) => [row.id, judge(inspection, policy)] as const);
  return Object.fromEntries(
    judged.flatMap(([id, { verdict, violations }]) =>
      verdict === "deny" ? [[id, violations.map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim())]] : [],
    ),
  );
}

/** Risky programs that a policy lets pass: what they do, and what of it is left to which layer. */
const DECODES =
  "puts a constant of its own into JSON or CSV and base64 and takes it out again: reads no foreign data, so nothing is left to stop";
const LISTS =
  "lists or reads files of the image: reading is what production allows, and the sandbox holds none of the host's files";
const MISSES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  strict: { "24_11": DECODES, "24_25": DECODES },
  production: {
    "24_11": DECODES,
    "24_13": DECODES,
    "24_17": DECODES,
    "24_25": DECODES,
    "5_1": LISTS,
    "5_11": LISTS,
    "5_23": LISTS,
    "5_25": LISTS,
    "5_27": LISTS,
    "7_17": LISTS,
    "7_19": LISTS,
  },
};

const isHere = existsSync(DATA);

describe.skipIf(!isHere)(
  `of the shared programs${isHere ? "" : " [skipped: no shared/data beside the repository]"}`,
  () => {
    it("strict denies no harmless Python one but those that import sys", () => {
      const ids = ["100", "303", "531", "663", "717", "836", "938"].map((id) => `MBPP/${id}`);
      expect(deniedOf(read("mbpp.jsonl", "python"), STRICT)).toEqual(
        Object.fromEntries(ids.map((id) => [id, ["PY-IMPORT-001 sys"]])),
      );
    });

    it("no other preset denies a harmless Python one, and none a harmless JavaScript one", () => {
      const python = read("mbpp.jsonl", "python");
      for (const policy of PRESETS.filter(({ name }) => name !== "strict"))
        expect(deniedOf(python, policy), policy.name).toEqual({});
      const javascript = read("mbxp-js.jsonl", "javascript");
      for (const policy of PRESETS) expect(deniedOf(javascript, policy), policy.name).toEqual({});
    });

    it.each([STRICT, PRODUCTION])(
      "$name denies all risky ones but those that are explained, and at least 95 of 100",
      (policy) => {
        const risky = read("redcode-dev.jsonl", "python");
        const denied = deniedOf(risky, policy);
        const missed = risky
          .filter(({ row }) => denied[row.id] === undefined)
          .map(({ row }) => row.id.replace("redcode/python/", ""));
        expect(missed.sort()).toEqual(Object.keys(MISSES[policy.name] ?? {}).sort());
        expect(Object.keys(denied).length / risky.length).toBeGreaterThanOrEqual(0.95);
      },
    );

    it("each kind of risky one is found by a rule of its own, not by an import alone", () => {
      const kinds = new Map<string, Set<string>>();
      for (const { row, inspection } of read("redcode-dev.jsonl", "python")) {
        const rules = kinds.get(row.category ?? "") ?? new Set();
        for (const { rule } of inspection.report.findings()) if (!rule.endsWith("-IMPORT-001")) rules.add(rule);
        kinds.set(row.category ?? "", rules);
      }
      expect([...kinds].filter(([, rules]) => rules.size === 0).map(([kind]) => kind)).toEqual([]);
    });
  },
);
