/** A check says what a run would do, under which policy, and runs nothing. */

import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import type { Outcome } from "../../../src/outcome.js";
import { makePolicy } from "../../../src/policy/custom.js";
import { definePolicy } from "../../../src/policy/policy.js";
import { PRESETS, STRICT } from "../../../src/policy/presets.js";
import { deriveGuestPolicy } from "../../../src/run/guest-policy.js";
import { PolicySet } from "../../../src/policy/policy-set.js";
import { SEVERITY, type Severity } from "../../../src/analysis/severity.js";
import { presetNamed } from "../../support/preset-facts.js";
import { scriptedServer } from "../../support/scripted-engine.js";

const { HIGH, MEDIUM, LOW, SAFE } = SEVERITY;

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
    expect(check).toMatchObject({
      isDefault: false,
      isAllowed: false,
      isAskable: false,
      policy: { name: "own" },
    });
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

  it("is for a run with or without a standard input, if the program reads one", async () => {
    await using server = scriptedServer();
    const check = (code: string, hasStdin?: boolean) =>
      server.runner.check(code, "python", undefined, hasStdin === undefined ? {} : { hasStdin });
    const [none, without, withOne] = [
      await check("input()"),
      await check("input()", false),
      await check("input()", true),
    ];
    expect([none, without, withOne].map(({ analysis }) => analysis.verdict)).toEqual(["deny", "deny", "allow"]);
    const run = async (verdictId: typeof none.verdictId, stdin?: string) => {
      const { ending } = await server.run({ code: "input()", verdictId, ...(stdin === undefined ? {} : { stdin }) });
      return ending instanceof Refusal ? ending.reason : (ending as Outcome).ending;
    };
    expect(await run(withOne.verdictId, "line")).toBe("ok");
    expect(await run(withOne.verdictId)).toBe("verdict-mismatch");
    expect(await run(without.verdictId, "line")).toBe("verdict-mismatch");
    expect(await run(none.verdictId)).toBe("policy-denied");
    // Of a program that reads none, one verdict is for both.
    expect((await check("1", true)).verdictId).toBe((await check("1")).verdictId);
    expect((await server.run({ code: "1", verdictId: (await check("1")).verdictId, stdin: "x" })).ending).toMatchObject(
      {
        ending: "ok",
      },
    );
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

  it("leaves out of its modules what a rule denies, for a name that is made at run time", () => {
    const severities = { ...STRICT.severities, "PY-EXEC-001": STRICT.threshold };
    const listed = { ...base, modules: ["asyncio", "uuid", "math"], severities };
    const { denied = [] } = of(listed);
    expect(denied).toContain("asyncio.create_subprocess_shell");
    expect(denied.every((name) => /^(?:asyncio|uuid)\.[^.]+$/.test(name))).toBe(true);
    expect(of({ ...listed, severities: { ...severities, "PY-EXEC-001": SAFE } }).denied ?? []).not.toContain(
      "asyncio.create_subprocess_shell",
    );
    expect(of({ ...listed, modules: ["math"] }).denied).toEqual([]);
    // Twice, because the second answer is the first one.
    const policy = definePolicy(listed);
    const set = new PolicySet([policy], policy.name, []);
    expect([deriveGuestPolicy(policy, set).denied, deriveGuestPolicy(policy, set).denied]).toEqual([denied, denied]);
    // With all builtins, or with all modules, the guest withholds names instead.
    expect(of({ ...listed, modules: "all" })).not.toHaveProperty("denied");
    const open = of({ ...listed, severities: { ...severities, "PY-DYN-001": SAFE } });
    expect(open.builtins).toBe("all");
    expect(open).not.toHaveProperty("denied");
    expect(of(listed).names).toEqual([]);
  });

  it("of every preset has the names, the writing and the workspace that the preset gives", () => {
    const facts = PRESETS.map((preset) => {
      const {
        names = [],
        writes,
        workspace,
        strings,
      } = deriveGuestPolicy(preset, new PolicySet(PRESETS, "strict", []));
      return [preset.name, names.includes("builtins.eval"), names.includes("os.abort"), writes, workspace, strings];
    });
    expect(facts).toEqual([
      ["strict", false, false, false, undefined, false],
      ["production", false, false, false, undefined, false],
      ["workspace", true, true, true, true, false],
      ["web_scraping", true, true, true, undefined, false],
      ["data_science", true, true, true, undefined, false],
      ["educational", false, true, true, undefined, undefined],
      ["development", false, true, true, undefined, undefined],
      ["minimal", false, false, true, true, undefined],
    ]);
  });

  it("lets a program write, or make code from text, only below the threshold", () => {
    const at = (severity: Severity) => {
      const severities = { ...base.severities, "PY-FILE-002": severity, "JS-DYN-001": severity };
      const { writes, strings } = of({ ...base, severities, threshold: MEDIUM });
      return [writes, strings];
    };
    expect([at(LOW), at(MEDIUM), at(HIGH)]).toEqual([
      [true, undefined],
      [false, false],
      [false, false],
    ]);
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
