/** What a custom policy takes from the one that it extends, and which problems are told. */

import { describe, expect, it } from "vitest";
import { makePolicy, parsePolicyFile } from "../../../src/policy/custom.js";
import type { Policy } from "../../../src/policy/policy.js";
import { PRESETS } from "../../../src/policy/presets.js";
import { presetNamed } from "../../support/preset-facts.js";

const make = (document: object): Policy => makePolicy(document, "p", presetNamed, "fallback");

describe("a policy file", () => {
  it("may extend any policy before it, and begin with a byte order mark", () => {
    const policies = [{ name: "a", allowed_modules: ["os"] }, { name: "b" }, { name: "c", extends: "a" }];
    const [, b, c] = parsePolicyFile(`\ufeff${JSON.stringify({ policies })}`, PRESETS);
    expect(b?.modules).not.toContain("os");
    expect(c?.modules).toContain("os");
  });

  it("that is no JSON is refused, with the position if there is one and nothing of its text", () => {
    expect(() => parsePolicyFile("", PRESETS)).toThrow(/^it must be JSON$/);
    expect(() => parsePolicyFile(`{"policies": [secret]}`, PRESETS)).toThrow(
      /^it must be JSON(?:, and is not at position 14)?$/,
    );
    expect(() => parsePolicyFile(`{\ufeff}`, PRESETS)).toThrow(/^it must be JSON/);
  });
});

describe("a policy document", () => {
  it("has its own name if no policy has it, else the fallback", () => {
    expect(make({ name: "own" }).name).toBe("own");
    expect(make({}).name).toBe("fallback");
    expect(() => make({ name: "strict" })).toThrow(/^p\.name must be a name that no other policy has/);
    expect(() => make({ extends: "none" })).toThrow(/^p\.extends must be the name of a policy, it is "none"$/);
    expect(() => makePolicy({}, "p", presetNamed)).toThrow(/^p\.name must be given$/);
  });

  it("has its own description, else one that names its base", () => {
    expect(make({ description: "Ours" }).description).toBe("Ours");
    expect(make({}).description).toBe("strict, changed");
  });

  it("numbers its patterns after those of its base, and repeats none of their ids", () => {
    const pattern = (change: object = {}) => ({ pattern: "x", description: "X", severity: "HIGH", ...change });
    const base = make({ name: "base", patterns: [pattern({ id: "ACME-1" }), pattern()] });
    const extend = (...patterns: object[]): Policy =>
      makePolicy({ extends: "base", patterns }, "p", (name) => (name === "base" ? base : undefined), "more");
    expect(base.patterns.map(({ id }) => id)).toEqual(["ACME-1", "CUSTOM-002"]);
    expect(
      extend(pattern(), pattern())
        .patterns.map(({ id }) => id)
        .slice(2),
    ).toEqual(["CUSTOM-003", "CUSTOM-004"]);
    expect(() => extend(pattern({ id: "ACME-1" }))).toThrow(/patterns\[0\]\.id must be an id that no other pattern/);
  });

  it.each(["PY-IMPORT-001", "JS-IMPORT-001"])("cannot leave out %s, and says what to name instead", (rule) => {
    expect(() => make({ except: [rule] })).toThrow(/name the modules in allowed_modules/);
  });

  it("opens a module with those below it, and needs an entry for a dotted one alone", () => {
    const entries = ["a.b", "ab", "x.a"].map((name) => ({ name, severity: "HIGH" }));
    const base = make({ name: "base", restricted_modules: entries });
    const opened = makePolicy({ extends: "base", allowed_modules: ["a", "x.a.c"] }, "p", () => base, "more");
    const names = Object.keys(opened.restrictedModules);
    expect(["a", "a.b", "ab", "x.a", "x.a.c"].map((name) => names.includes(name))).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });
});
