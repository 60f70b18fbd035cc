/** Names of attributes go by shape. The analysis and the guest have the same lists. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  CLIMBING_ATTRIBUTES,
  ESCAPE_ATTRIBUTES,
  HARMLESS_ATTRIBUTES,
  isInternal,
} from "../../../src/analysis/python/names.js";
import { ruledMembers } from "../../../src/analysis/python/targets.js";

const GUEST = readFileSync(path.resolve(import.meta.dirname, "../../../src/guest/python/program/names.py"), "utf8");

/** The words of a table in the guest. */
function tableOf(name: string): string[] {
  const table = new RegExp(String.raw`^${name} = frozenset\(([^]*?)\.split\(\)`, "m").exec(GUEST)?.[1] ?? "";
  return [...table.matchAll(/"([^"\n]*)"/g)].flatMap(([, words = ""]) => words.trim().split(" ")).sort();
}

const isDunder = (name: string): boolean => /^__.+__$/.test(name);

describe("the names of attributes", () => {
  it("that are harmless are the same in the analysis and in the guest", () => {
    expect(tableOf("HARMLESS_ATTRIBUTES")).toEqual([...HARMLESS_ATTRIBUTES].sort());
  });

  it("that are refused without the shape are the same in the analysis and in the guest", () => {
    const refused = [...ESCAPE_ATTRIBUTES, ...CLIMBING_ATTRIBUTES].filter((name) => !isDunder(name)).sort();
    expect(tableOf("INTERNAL_ATTRIBUTES")).toEqual(refused);
  });

  it("that lead on as functions of modules each have a rule, under any module", () => {
    const ruled = new Set(ruledMembers().map(([full]) => full.slice(full.lastIndexOf(".") + 1)));
    expect(tableOf("INTERNAL_FUNCTIONS").filter((name) => !ruled.has(name))).toEqual([]);
  });

  it("are never harmless and refused at once", () => {
    const refused = new Set([...ESCAPE_ATTRIBUTES, ...CLIMBING_ATTRIBUTES]);
    expect([...HARMLESS_ATTRIBUTES].filter((name) => refused.has(name))).toEqual([]);
  });

  it("of an unknown kind are internal by their shape", () => {
    for (const name of ["__globals__", "__some_new_attribute__", "__forward_code__", "gi_frame", "tb_frame"])
      expect(isInternal(name), name).toBe(true);
    for (const name of ["__init__", "__len__", "__private", "____", "f_score", "gi_running", "name"])
      expect(isInternal(name), name).toBe(false);
  });
});
