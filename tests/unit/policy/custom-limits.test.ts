/** What each field of a custom policy may hold, and how large its patterns may be together. */

import { describe, expect, it } from "vitest";
import { makePolicy, parsePolicyFile } from "../../../src/policy/custom.js";
import { PolicyError } from "../../../src/policy/custom-schema.js";
import type { Policy } from "../../../src/policy/policy.js";
import { PRESETS } from "../../../src/policy/presets.js";
import { presetNamed } from "../../support/preset-facts.js";

const make = (document: unknown): Policy => makePolicy(document, "p", presetNamed, "fallback");
const parse = (...policies: object[]): Policy[] => parsePolicyFile(JSON.stringify({ policies }), PRESETS);

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

describe("a document is refused, and the problem says what to write, for", () => {
  const pattern = (change: object) => ({ patterns: [{ pattern: "x", description: "X", severity: "LOW", ...change }] });
  const module = (name: unknown) => ({ allowed_modules: [name] });
  const NAME = /^p\.name must be small letters/;
  const ID = /^p\.patterns\[0\]\.id must be capital letters/;
  const MODULE = /^p\.allowed_modules\[0\] must be the name of a module, such as/;

  it.each<[string, unknown, RegExp]>([
    ["no object", "text", /^p must be an object$/],
    ["no document", undefined, /^p must be an object$/],
    ["a name of another type", { name: 7 }, /^p\.name must be a name$/],
    ["a name with a capital letter inside", { name: "aB" }, NAME],
    ["a name that begins with a digit", { name: "1a" }, NAME],
    ["a name of 51 characters", { name: "a".repeat(51) }, NAME],
    ["a description of another type", { description: null }, /^p\.description must be a text$/],
    ["an empty description", { description: "" }, /^p\.description must not be empty$/],
    ["a long description", { description: "x".repeat(301) }, /^p\.description must have at most 300 characters$/],
    ["a base of another type", { extends: 7 }, /^p\.extends must be the name of a policy$/],
    ["a base of 101 characters", { extends: "a".repeat(101) }, /^p\.extends must have at most 100 characters$/],
    ["a pattern that is no object", { patterns: ["x"] }, /^p\.patterns\[0\] must be an object$/],
    ["an id of another type", pattern({ id: 7 }), /^p\.patterns\[0\]\.id must be an id$/],
    ["an id of 41 characters", pattern({ id: `A${"-A".repeat(20)}` }), ID],
    ["an id with something before it", pattern({ id: "a-ACME" }), ID],
    ["an id with something after it", pattern({ id: "ACME-1 " }), ID],
    ["an id that ends with a hyphen", pattern({ id: "ACME-" }), ID],
    ["a pattern of another type", pattern({ pattern: 7 }), /^p\.patterns\[0\]\.pattern must be a regular expression$/],
    ["an empty pattern", pattern({ pattern: "" }), /^p\.patterns\[0\]\.pattern must not be empty$/],
    ["a pattern of 1001 characters", pattern({ pattern: "x".repeat(1_001) }), /must have at most 1000 characters$/],
    ["a text to search that is none", pattern({ in: "comments" }), /\.in must be code, strings or all$/],
    ["a suggestion of another type", pattern({ suggestion: 7 }), /^p\.patterns\[0\]\.suggestion must be a text$/],
    ["a module of another type", module(7), /^p\.allowed_modules\[0\] must be the name of a module$/],
    ["a module of 101 characters", module("a".repeat(101)), MODULE],
    ["a module with something before it", module(" os"), MODULE],
    ["a module with something after it", module("os;"), MODULE],
    ["a module with an empty part", module("os..path"), MODULE],
    ["a rule of another type", { except: [7] }, /^p\.except\[0\] must be the id of a rule$/],
    ["201 rules", { except: Array(201).fill("PY-DYN-001") }, /^p\.except must have at most 200 entries$/],
  ])("%s", (_, document, problem) => {
    expect(problemsOf(() => make(document))).toEqual([expect.stringMatching(problem)]);
  });

  it("a file of 51 policies", () => {
    const policies = Array.from({ length: 51 }, (_, at) => ({ name: `p${at}` }));
    expect(problemsOf(() => parse(...policies))).toEqual(["policies must have at most 50 policies"]);
    expect(parse(...policies.slice(1))).toHaveLength(50);
  });

  it("several reasons, each of which is told", () => {
    const error = new PolicyError(["a must be b", "c must be d"]);
    expect(error).toMatchObject({ name: "PolicyError", message: "a must be b. c must be d" });
  });
});

describe("a document may have", () => {
  it("the longest names and texts", () => {
    const document = {
      name: `a${"_".repeat(49)}`,
      description: "x".repeat(300),
      patterns: [{ id: `A9${"-A".repeat(19)}`, pattern: "a".repeat(390), description: "X", severity: "LOW" }],
      allowed_modules: [`a.${"_".repeat(98)}`],
    };
    expect(make(document)).toMatchObject({ name: document.name, description: document.description });
    expect(make(document).patterns).toMatchObject(document.patterns.map(({ id, pattern }) => ({ id, pattern })));
    expect(make(document).modules).toContain(document.allowed_modules[0]);
  });

  it("patterns of 400 instructions together, and not one more", () => {
    const patterns = (...of: string[]) => of.map((one) => ({ pattern: one, description: "X", severity: "LOW" }));
    // It compiles to 400.
    const full = "[ab]{398}";
    expect(make({ patterns: patterns(full) }).patterns).toHaveLength(1);
    expect(problemsOf(() => make({ patterns: patterns(full, "c") }))).toEqual([
      expect.stringMatching(/^p\.patterns are too large together \(403 instructions or more, at most 400\)/),
    ]);
    // The third and the fourth are not compiled any more.
    const half = [200, 201, 202, 203].map((times) => `[ab]{${times}}`);
    expect(problemsOf(() => make({ patterns: patterns(...half) }))).toEqual([
      expect.stringMatching(/\(405 instructions or more/),
    ]);
  });
});

describe("the policies of a file", () => {
  const policy = (name: string, ...patterns: string[]) => ({
    name,
    patterns: patterns.map((pattern) => ({ pattern, description: "X", severity: "LOW" })),
  });

  it("may have patterns of 400 instructions together, equal ones counted once", () => {
    expect(parse(policy("a", "[ab]{398}"), policy("b", "[ab]{398}"))).toHaveLength(2);
    for (const [last, size] of [
      ["c", 403],
      ["[ab]{300}", 702],
    ] as const)
      expect(problemsOf(() => parse(policy("a", "[ab]{398}"), policy("b", last), policy("c", "[cd]{300}")))).toEqual([
        expect.stringContaining(`policies have patterns that are too large together (${size} instructions or more`),
      ]);
  });

  it("are not measured while one of them is wrong", () => {
    expect(problemsOf(() => parse(policy("a", "[ab]{398}"), policy("b", "c"), policy("strict")))).toEqual([
      'policies[2].name must be a name that no other policy has, it is "strict"',
    ]);
  });

  it("that are no JSON are refused with the whole position", () => {
    expect(problemsOf(() => parsePolicyFile('{"policies": [1,2}', PRESETS))).toEqual([
      "it must be JSON, and is not at position 17",
    ]);
  });

  it("hide no error of our own", () => {
    const broken = {
      get name(): never {
        throw new RangeError("broken");
      },
    } as unknown as Policy;
    expect(() => parsePolicyFile('{"policies":[{"name":"a"}]}', [broken])).toThrow(RangeError);
  });
});
