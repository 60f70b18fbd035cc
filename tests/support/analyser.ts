/** The analyser and the judge in one object, for tests that ask for the verdict on a program. */

import { type Analyser, createAnalyser } from "../../src/analysis/analyser.js";
import type { ParsedLanguage } from "../../src/language.js";
import { type Analysis, judge } from "../../src/policy/judge.js";
import type { Policy } from "../../src/policy/policy.js";

export interface JudgingAnalyser extends Analyser {
  /** Reads the program and judges it under one policy. */
  analyse(code: string, language: ParsedLanguage, policy: Policy): Analysis;
}

export async function createJudgingAnalyser(): Promise<JudgingAnalyser> {
  const analyser = await createAnalyser();
  return { ...analyser, analyse: (code, language, policy) => judge(analyser.inspect(code, language), policy) };
}
