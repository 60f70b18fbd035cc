/** Every rule has a file with samples that it must find, and with similar programs that it must not find. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Analyser, createAnalyser } from "../../../src/analysis/analyser.js";
import { languageOf, RULE_IDS, type RuleId } from "../../../src/analysis/rule-catalogue.js";

const SAMPLES = path.resolve(import.meta.dirname, "../../fixtures/rules");

let analyser: Analyser;
beforeAll(async () => {
  analyser = await createAnalyser();
});

interface Sample {
  readonly kind: "caught" | "not";
  readonly code: string;
}

/** A block starts with `--- caught` or `--- not`. A description may follow on the same line. */
function samplesOf(rule: RuleId): Sample[] {
  const text = readFileSync(path.join(SAMPLES, `${rule}.txt`), "utf8");
  const parts = text.split(/^--- (caught|not)\b[^\n]*\n/m).slice(1);
  return parts.flatMap((part, index) =>
    part === "caught" || part === "not" ? [{ kind: part, code: (parts[index + 1] ?? "").replace(/\n$/, "") }] : [],
  );
}

describe("a rule", () => {
  it("has a file of samples, and every file has a rule", () => {
    expect(readdirSync(SAMPLES).sort()).toEqual(RULE_IDS.map((id) => `${id}.txt`).sort());
  });

  it.each(RULE_IDS)("%s finds its samples and no similar program", async (rule) => {
    const samples = samplesOf(rule);
    expect(samples.filter(({ kind }) => kind === "caught").length, "samples to find").toBeGreaterThanOrEqual(2);
    expect(samples.filter(({ kind }) => kind === "not").length, "similar programs").toBeGreaterThanOrEqual(2);
    const wrong: Sample[] = [];
    for (const sample of samples) {
      const { report } = await analyser.read(sample.code, languageOf(rule));
      const isFound = report.findings().some((finding) => finding.rule === rule);
      if (isFound !== (sample.kind === "caught")) wrong.push(sample);
    }
    expect(wrong).toEqual([]);
  });
});
