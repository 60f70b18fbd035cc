/** A job in the form in which the guests of the embedded engine take it. */

import { describe, expect, it } from "vitest";
import type { GuestPolicy, Job } from "../../../src/sandbox/engine.js";
import { packJob } from "../../../src/sandbox/job-parts.js";

const POLICY: GuestPolicy = { builtins: "all", modules: "all", withheld: ["os"], reads: false, hint: "" };

const jobWith = (change: Partial<GuestPolicy>): Job => ({
  code: "1",
  timeoutMs: 1_000,
  memoryMb: 64,
  inputs: { a: 1 },
  files: [],
  guestPolicy: { ...POLICY, ...change },
});

describe("a job for the embedded engine", () => {
  it("has its policy and its inputs as texts, and everything else as it was", () => {
    const { guestPolicy, inputs, ...rest } = jobWith({ modules: ["math", "json"], denied: ["math.a", "math.b"] });
    const { policy, inputs: packedInputs, ...packed } = packJob({ guestPolicy, inputs, ...rest });
    expect(packed).toEqual(rest);
    expect(JSON.parse(packedInputs)).toEqual(inputs);
    // A guest looks for a name with the space before it.
    expect(JSON.parse(policy.json)).toEqual({ ...guestPolicy, modules: " math json", denied: " math.a math.b" });
  });

  it("says that all modules may be imported, and nothing of members that its policy does not deny", () => {
    expect(JSON.parse(packJob(jobWith({})).policy.json)).toEqual(POLICY);
  });

  it.each<[Partial<GuestPolicy>, boolean]>([
    [{}, false],
    [{ workspace: false }, false],
    [{ workspace: true }, true],
  ])("tells whether a program may use files of its own: %j", (change, hasWorkspace) => {
    expect(packJob(jobWith(change)).policy.hasWorkspace).toBe(hasWorkspace);
  });

  it.each<[Partial<GuestPolicy>, boolean]>([
    [{ builtins: "all" }, false],
    [{ builtins: "all", strings: true }, false],
    [{ builtins: "all", strings: false }, true],
    [{ builtins: "safe" }, true],
    [{ builtins: "safe", strings: false }, true],
  ])("tells whether a program may make code from text: %j", (change, refusesStrings) => {
    expect(packJob(jobWith(change)).policy.refusesStrings).toBe(refusesStrings);
  });

  it("shares the text of its policy with the jobs under the same policy, and with no others", () => {
    const job = jobWith({});
    expect(packJob({ ...job, code: "2" }).policy).toBe(packJob(job).policy);
    expect(packJob(jobWith({})).policy).not.toBe(packJob(job).policy);
  });
});
