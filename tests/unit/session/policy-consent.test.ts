/** The person's answers about the policies of one session. */

import { describe, expect, it } from "vitest";
import type { Answer, Caller } from "../../../src/caller.js";
import { MAX_PUT, PolicyConsent } from "../../../src/session/policy-consent.js";
import { MAX_WORTHLESS, Questions } from "../../../src/session/questions.js";
import { scriptedCaller } from "../../support/scripted-caller.js";

const never = new AbortController().signal;

/** A caller whose person answers when the test says so. */
function slowCaller() {
  const answers: ((answer: Answer) => void)[] = [];
  const caller: Caller = {
    ...scriptedCaller("ann"),
    confirm: () => new Promise<Answer>((resolve) => answers.push(resolve)),
  };
  return { caller, answers };
}

describe("an answer of the person", () => {
  it.each(["yes", "no", "closed", "unanswered"] as const)("stands for its policy alone: %s", async (answer) => {
    const consent = new PolicyConsent(new Questions());
    const ann = scriptedCaller("ann", { answer });
    for (let count = 0; count < 3; count++) expect(await consent.ask("a", "?", ann, never)).toBe(answer);
    expect(ann.questions).toHaveLength(1);
    expect(consent.standingOf("a")).toBe(answer);
    expect(consent.canAsk("a", ann)).toBe(false);
    expect(consent.standingOf("b")).toBeUndefined();
    expect(consent.canAsk("b", ann)).toBe(true);
  });

  it.each(["cancelled", "too-fast", "failed"] as const)("does not stand if no person gave it: %s", async (answer) => {
    const consent = new PolicyConsent(new Questions());
    const ann = scriptedCaller("ann", { answer });
    for (let count = 0; count < MAX_PUT + 2; count++) await consent.ask("a", "?", ann, never);
    expect(ann.questions).toHaveLength(MAX_PUT);
    expect(consent.standingOf("a")).toBeUndefined();
    expect(consent.canAsk("a", ann)).toBe(false);
    ann.answer = "yes";
    expect(await consent.ask("a", "?", ann, never)).toBe("failed");
    // Cancelled calls say nothing about the client.
    expect(consent.canAsk("b", ann)).toBe(answer === "cancelled");
  });

  it("counts for the session alone, and a client without a person for all sessions of its connection", async () => {
    const questions = new Questions();
    const [one, other] = [new PolicyConsent(questions), new PolicyConsent(questions)];
    const ann = scriptedCaller("ann", { answer: "yes" });
    await one.ask("a", "?", ann, never);
    expect(other.standingOf("a")).toBeUndefined();
    ann.answer = "too-fast";
    for (let count = 0; count < MAX_WORTHLESS; count++) await other.ask("a", "?", ann, never);
    expect(one.canAsk("b", ann)).toBe(false);
  });

  it("cannot be had from a client that cannot ask", async () => {
    const consent = new PolicyConsent(new Questions());
    const mute = scriptedCaller("ann");
    expect(consent.canAsk("a", mute)).toBe(false);
    expect(await consent.ask("a", "?", mute, never)).toBe("failed");
  });
});

describe("calls side by side", () => {
  it("share one question about a policy, and another policy waits for its turn", async () => {
    const consent = new PolicyConsent(new Questions());
    const { caller, answers } = slowCaller();
    const asked = [1, 2, 3].map(() => consent.ask("a", "?", caller, never));
    expect(await consent.ask("b", "?", caller, never)).toBe("busy");
    expect(answers).toHaveLength(1);
    expect(consent.canAsk("a", caller)).toBe(true);
    answers[0]?.("yes");
    expect(await Promise.all(asked)).toEqual(["yes", "yes", "yes"]);
    const next = consent.ask("b", "?", caller, never);
    answers[1]?.("no");
    expect(await next).toBe("no");
  });

  it.each(["too-fast", "failed"] as const)("share an answer that no person gave: %s", async (answer) => {
    const consent = new PolicyConsent(new Questions());
    const { caller, answers } = slowCaller();
    const asked = [1, 2, 3].map(() => consent.ask("a", "?", caller, never));
    answers[0]?.(answer);
    expect(await Promise.all(asked)).toEqual([answer, answer, answer]);
    expect(answers).toHaveLength(1);
  });

  it("put the question again if the call that put it was cancelled, once for all of them", async () => {
    const consent = new PolicyConsent(new Questions());
    const { caller, answers } = slowCaller();
    const asked = [1, 2, 3].map(() => consent.ask("a", "?", caller, never));
    answers[0]?.("cancelled");
    expect(await asked[0]).toBe("cancelled");
    await Promise.resolve();
    await Promise.resolve();
    expect(answers).toHaveLength(2);
    answers[1]?.("no");
    expect(await Promise.all(asked.slice(1))).toEqual(["no", "no"]);
  });

  it("wait no longer than their own call lasts", async () => {
    const consent = new PolicyConsent(new Questions());
    const { caller, answers } = slowCaller();
    const first = consent.ask("a", "?", caller, never);
    const cancel = new AbortController();
    const second = consent.ask("a", "?", caller, cancel.signal);
    cancel.abort();
    expect(await second).toBe("cancelled");
    answers[0]?.("yes");
    expect(await first).toBe("yes");
    expect(await consent.ask("a", "?", caller, cancel.signal)).toBe("cancelled");
  });
});
