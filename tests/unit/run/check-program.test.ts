/** A check says what a run would do, under which policy, and runs nothing. */

import { describe, expect, it } from "vitest";
import { makePolicy } from "../../../src/policy/custom.js";
import { definePolicy } from "../../../src/policy/policy.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { deriveGuestPolicy } from "../../../src/run/guest-policy.js";
import { PolicySet } from "../../../src/policy/policy-set.js";
import { SEVERITY } from "../../../src/analysis/severity.js";
import { presetNamed } from "../../support/preset-facts.js";
import { scriptedServer } from "../../support/scripted-engine.js";

const { HIGH, LOW } = SEVERITY;

describe("a check", () => {
  it("is under the server's own policy if the caller names none, and says so", async () => {
    await using server = scriptedServer({ fallback: "development" });
    const check = await server.runner.check("import os", "python", undefined);
    expect(check).toMatchObject({ isDefault: true, isAllowed: true, policy: { name: "development" } });
    expect(check.analysis.verdict).toBe("allow");
    expect(server.engine.specs).toEqual([]);
  });

  it("may be under a policy that no program can run under", async () => {
    await using server = scriptedServer();
    const check = await server.runner.check("import os", "python", "development");
    expect(check).toMatchObject({ isDefault: false, isAllowed: false, policy: { name: "development" } });
    await expect(server.runner.check("1", "python", "none")).rejects.toMatchObject({ reason: "bad-input" });
  });

  it("under a caller's own policy is neither the server's nor allowed", async () => {
    await using server = scriptedServer();
    const own = makePolicy({ extends: "strict", allowed_modules: ["os"] }, "p", presetNamed, "own");
    const check = await server.runner.check("import os", "python", own);
    expect(check).toMatchObject({ isDefault: false, isAllowed: false, policy: { name: "own" } });
    expect(check.analysis.verdict).toBe("allow");
  });

  it("is for the interpreter that the program would run in", async () => {
    await using server = scriptedServer({ repl: true });
    const verdict = async (mode?: "fresh" | "session") =>
      (await server.runner.check("globals()", "python", undefined, mode && { mode })).analysis.verdict;
    expect([await verdict(), await verdict("fresh"), await verdict("session")]).toEqual(["deny", "deny", "allow"]);
    const session = await server.runner.check("1", "python", undefined, { mode: "session" });
    expect(
      (await server.run({ code: "1", interpreter: "session", verdictId: session.verdictId })).ending,
    ).toMatchObject({
      ending: "ok",
    });
  });

  it("finds what the patterns of the policy find, and so does a run", async () => {
    const patterns = [{ pattern: "forbidden", description: "A word", severity: "HIGH" }];
    const own = makePolicy({ name: "own", extends: "strict", patterns }, "p", presetNamed);
    await using server = scriptedServer({ policies: [...PRESETS, own], fallback: "own" });
    const check = await server.runner.check("forbidden = 1", "python", undefined);
    expect(check.analysis).toMatchObject({ verdict: "deny", violations: [{ category: "pattern" }] });
    expect((await server.run("forbidden = 1")).ending).toMatchObject({ reason: "policy-denied" });
  });
});

describe("the guest policy of a program", () => {
  const of = (change: Parameters<typeof definePolicy>[0], others = PRESETS, allowed: readonly string[] = []) => {
    const policy = definePolicy(change);
    return deriveGuestPolicy(policy, new PolicySet([...others, policy], policy.name, allowed));
  };
  const base = { ...STRICT, name: "p" };

  it("has the modules and builtins that the policy gives", () => {
    const restrictedModules = { os: HIGH, "os.path": LOW, gc: HIGH, json: LOW };
    const policy = of({ ...base, modules: "all", restrictedModules, threshold: HIGH });
    expect(policy).toMatchObject({
      builtins: "all",
      modules: "all",
      withheld: ["gc", "os"],
      exempt: ["os.path"],
      reads: false,
    });
    expect(policy).not.toHaveProperty("opened");
    expect(of({ ...base, modules: ["math"] })).toMatchObject({ builtins: "safe", modules: ["math"], withheld: [] });
  });

  it("has the builtins that the policy opens", () => {
    expect(of({ ...base, opened: ["open"] })).toMatchObject({ builtins: "safe", opened: ["open"], reads: true });
  });

  it("names the policies that may be chosen instead, and says if there is none", () => {
    expect(of(base, [], []).hint).toBe(
      'the policy "p" does not allow it, and no other policy of this server may be chosen',
    );
    expect(of({ ...base, modules: [] }, PRESETS, ["production", "minimal"]).hint).toMatch(
      /^the policy "p" does not allow it, and the other policies that may be chosen are "strict", "production", /,
    );
    expect(of({ ...base, modules: [] }, PRESETS, ["production"]).hint).not.toContain("minimal");
  });
});
