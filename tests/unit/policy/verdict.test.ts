import { describe, expect, it } from "vitest";
import { definePolicy } from "../../../src/policy/policy.js";
import { STRICT } from "../../../src/policy/presets.js";
import { VerdictSigner } from "../../../src/policy/verdict.js";

const OTHER = definePolicy({ ...STRICT, name: "other" });

describe("VerdictSigner", () => {
  it("accepts the verdict of the same code, language and policy", () => {
    const signer = new VerdictSigner();
    const id = signer.issue("print(1)", "python", STRICT);
    expect(id).toMatch(/^v1\.[\w-]{43}$/);
    expect(signer.issue("print(1)", "python", STRICT)).toBe(id);
    expect(() => signer.assertMatches(id, "print(1)", "python", STRICT)).not.toThrow();
  });

  it.each<[string, Parameters<VerdictSigner["issue"]>]>([
    ["other code", ["print(2)", "python", STRICT]],
    ["code with one more space", ["print(1) ", "python", STRICT]],
    ["another language", ["print(1)", "javascript", STRICT]],
    ["another policy", ["print(1)", "python", OTHER]],
    ["another interpreter", ["print(1)", "python", STRICT, { mode: "session", isGivenStdin: false }]],
    ["a call with stdin", ["print(1)", "python", STRICT, { mode: "fresh", isGivenStdin: true }]],
  ])("refuses %s", (_, asked) => {
    const signer = new VerdictSigner();
    const id = signer.issue("print(1)", "python", STRICT);
    expect(() => signer.assertMatches(id, ...asked)).toThrow(
      expect.objectContaining({ reason: "verdict-mismatch", detail: expect.objectContaining({ stage: "policy" }) }),
    );
  });

  it("refuses the verdict of another server, and texts that are no verdict", () => {
    const signer = new VerdictSigner();
    const good = signer.issue("1", "python", STRICT);
    const bad = [
      new VerdictSigner().issue("1", "python", STRICT),
      "",
      "v1.",
      good.slice(0, -1),
      `${good}A`,
      good.replace("v1.", "v2."),
      good.toUpperCase(),
      "é".repeat(46),
    ];
    for (const id of bad)
      expect(() => signer.assertMatches(id, "1", "python", STRICT)).toThrow(
        expect.objectContaining({ reason: "verdict-mismatch" }),
      );
  });

  it("gives different ids if a character moves from one part to another", () => {
    const signer = new VerdictSigner();
    const { hash } = STRICT;
    const shifted = { ...STRICT, hash: hash.slice(0, -1) };
    expect(signer.issue("x", "python", STRICT)).not.toBe(signer.issue(`${hash.slice(-1)}x`, "python", shifted));
  });

  it("gives different ids for different characters outside the basic plane", () => {
    const signer = new VerdictSigner(new Uint8Array(32));
    expect(signer.issue("\u{1f600}", "python", STRICT)).not.toBe(signer.issue("\u{1f601}", "python", STRICT));
  });
});
