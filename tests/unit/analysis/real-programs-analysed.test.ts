/** Programs that other people wrote, from the shared data beside the repository. */

import { expect, it } from "vitest";
import { createAnalyser } from "../../../src/analysis/analyser.js";
import type { Inspection } from "../../../src/analysis/report.js";
import { judge } from "../../../src/policy/judge.js";
import type { Policy } from "../../../src/policy/policy.js";
import { PRESETS, PRODUCTION, STRICT } from "../../../src/policy/presets.js";
import { noSharedData, sharedPrograms, type SharedProgram } from "../../support/shared-data.js";
import { describeUnless } from "../../support/skips.js";
import type { ParsedLanguage } from "../../../src/language.js";

const analyser = await createAnalyser();

interface Inspected {
  readonly row: SharedProgram;
  readonly inspection: Inspection;
}

const inspected = new Map<string, readonly Inspected[]>();

/** Returns the programs of a file with what the analysis found. It inspects each file once. */
function inspect(fileName: string, language: ParsedLanguage): readonly Inspected[] {
  const known = inspected.get(fileName);
  if (known !== undefined) return known;
  const rows = sharedPrograms(fileName).map((row) => ({
    row,
    inspection: analyser.inspect(row.run ?? row.code ?? "", language),
  }));
  inspected.set(fileName, rows);
  return rows;
}

function deniedOf(programs: readonly Inspected[], policy: Policy): Record<string, readonly string[]> {
  const judged = programs.map(({ row, inspection }) => [row.id, judge(inspection, policy)] as const);
  return Object.fromEntries(
    judged.flatMap(([id, { verdict, violations }]) =>
      verdict === "deny" ? [[id, violations.map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim())]] : [],
    ),
  );
}

/** Reasons why a policy allows some of the risky programs, and the layer that contains them. */
const DECODES =
  "encodes a constant of the program as JSON or CSV and base64, or by gzip, and decodes it again: " +
  "it reads no other data, so there is nothing to stop";
const LISTS = "lists or reads files of the image: production allows reading, and the sandbox has no files of the host";
const MISSES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  strict: { "24_11": DECODES, "24_13": DECODES, "24_25": DECODES },
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

describeUnless(noSharedData, "of the shared programs", () => {
  it("no preset denies a harmless program", () => {
    const python = inspect("mbpp.jsonl", "python");
    for (const policy of PRESETS) expect(deniedOf(python, policy), policy.name).toEqual({});
    const javascript = inspect("mbxp-js.jsonl", "javascript");
    for (const policy of PRESETS) expect(deniedOf(javascript, policy), policy.name).toEqual({});
  });

  it.each([STRICT, PRODUCTION])(
    "$name denies at least 95 of 100 risky programs, and there is a reason for each of the others",
    (policy) => {
      const risky = inspect("redcode-dev.jsonl", "python");
      const denied = deniedOf(risky, policy);
      const missed = risky
        .filter(({ row }) => denied[row.id] === undefined)
        .map(({ row }) => row.id.replace("redcode/python/", ""));
      expect(missed.sort()).toEqual(Object.keys(MISSES[policy.name] ?? {}).sort());
      expect(Object.keys(denied).length / risky.length).toBeGreaterThanOrEqual(0.95);
    },
  );

  it("a rule that is not about imports finds programs of each risky kind", () => {
    const kinds = new Map<string, Set<string>>();
    for (const { row, inspection } of inspect("redcode-dev.jsonl", "python")) {
      const rules = kinds.get(row.category ?? "") ?? new Set();
      for (const { rule } of inspection.report.findings()) if (!rule.endsWith("-IMPORT-001")) rules.add(rule);
      kinds.set(row.category ?? "", rules);
    }
    expect([...kinds].filter(([, rules]) => rules.size === 0).map(([kind]) => kind)).toEqual([]);
  });
});
