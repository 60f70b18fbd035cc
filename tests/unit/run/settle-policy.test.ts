/** The policy that a program runs under, if the person may allow another than the server's. */

import { describe, expect, it, vi } from "vitest";
import type { Answer } from "../../../src/caller.js";
import { Refusal } from "../../../src/errors.js";
import { definePolicy } from "../../../src/policy/policy.js";
import { STRICT } from "../../../src/policy/presets.js";
import type { RunReport } from "../../../src/run/run-report.js";
import type { EngineModules } from "../../../src/sandbox/engine.js";
import { scriptedServer } from "../../support/scripted-engine.js";
import { tempDir } from "../../support/temp-dir.js";

const WASM: EngineModules = { kind: "wasm", packages: "none" };
const ASKS = { ask: ["workspace"], modules: WASM };

/** Refused under `strict`, allowed under `workspace`. */
const CODE = "import os\nos.getcwd()";
/** Refused under `strict`, allowed under `production` and `workspace`. */
const GLOB = "import glob";

const SAID = "The person at the client was asked to allow the policy";

/** What came of a run: the ending's name, the policy, the notes, and the message of a refusal. */
function seen({ ending, policy, notes }: RunReport) {
  const isRefused = ending instanceof Refusal;
  return {
    ending: isRefused ? ending.reason : "ending" in ending ? ending.ending : "fault",
    policy: policy?.policy.name,
    notes,
    message: isRefused ? ending.message : "",
    isRetryable: isRefused ? ending.detail.retryable : null,
  };
}

describe("a program that the policy refuses and another lets run", () => {
  it("runs under that policy after a yes, without another question, and the report says why", async () => {
    await using server = scriptedServer(ASKS);
    server.ann.answer = "yes";
    const onQuestion = vi.fn();
    const first = seen(await server.run({ code: CODE }, { onQuestion }));
    expect(first).toEqual({
      ending: "ok",
      policy: "workspace",
      notes: [
        'The policy of this program is "workspace": the policy "strict" refuses it, and the person at the client has ' +
          'allowed "workspace" for this session.',
      ],
      message: "",
      isRetryable: null,
    });
    expect(onQuestion).toHaveBeenCalledOnce();
    server.ann.answer = null;
    const second = await server.run({ code: CODE }, { onQuestion });
    expect(seen(second)).toEqual(first);
    expect(second.policy?.analysis.verdict).toBe("allow");
    expect(onQuestion).toHaveBeenCalledOnce();
    expect(server.engine.jobs.map(({ guestPolicy }) => guestPolicy.writes)).toEqual([true, true]);
    expect(server.ann.questions).toHaveLength(1);
    expect(server.lines).toContainEqual(expect.objectContaining({ policy: "workspace", answer: "yes" }));
    // A program that needs no yes stays where it was, with its own notes.
    expect(seen(await server.run({ code: "1", notes: ["a note"] }))).toMatchObject({
      policy: "strict",
      notes: ["a note"],
    });
  });

  it.each([
    ["no", `${SAID} "workspace" for this session and said no. The question is not put again in this session.`],
    ["closed", `${SAID} "workspace" for this session and closed the question without an answer. It is not put again`],
    ["unanswered", `${SAID} "workspace" for this session and did not answer in time. The question is not put again`],
  ] as const)("is refused in words of its own after: %s", async (answer, words) => {
    await using server = scriptedServer(ASKS);
    server.ann.answer = answer;
    for (let count = 0; count < 2; count++) {
      const told = seen(await server.run(CODE));
      expect(told).toMatchObject({ ending: "policy-denied", policy: "strict", notes: [], isRetryable: false });
      expect(told.message).toContain(words);
      expect(told.message).not.toContain("The operator could allow");
      server.ann.answer = "yes";
    }
    expect(server.ann.questions).toHaveLength(1);
    expect(server.engine.jobs).toEqual([]);
  });

  it.each(["too-fast", "failed"] as const)("is refused as if nobody had been asked after: %s", async (answer) => {
    await using server = scriptedServer(ASKS);
    const mute = seen(await server.run(CODE));
    server.ann.answer = answer;
    expect(seen(await server.run(CODE))).toEqual(mute);
    expect(mute.message).toContain("The operator could allow");
    expect(server.ann.questions).toHaveLength(1);
  });

  it("ends as cancelled if the call is cancelled", async () => {
    await using server = scriptedServer(ASKS);
    server.ann.answer = "cancelled";
    expect(seen(await server.run(CODE))).toMatchObject({ ending: "cancelled" });
    expect(server.engine.jobs).toEqual([]);
  });

  it("may be sent again if the person is being asked something else", async () => {
    await using server = scriptedServer({ ask: ["production", "workspace"], modules: WASM });
    const answers: ((answer: Answer) => void)[] = [];
    const slow = { ...server.ann, confirm: () => new Promise<Answer>((resolve) => answers.push(resolve)) };
    const first = server.run(GLOB, { caller: slow });
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    const second = seen(await server.run(CODE, { caller: slow }));
    expect(second).toMatchObject({ ending: "policy-denied", isRetryable: true });
    expect(second.message).toContain('"workspace" when they have answered the question that is open now: try again');
    answers[0]?.("no");
    expect(seen(await first)).toMatchObject({ isRetryable: false });
  });
});

describe("nobody is asked", () => {
  it.each<[string, string, object, object]>([
    ["if the list is empty", CODE, { ask: [] }, {}],
    ["for a policy that does not let it run", CODE, { ask: ["production"] }, {}],
    ["if the caller may choose such a policy", CODE, { allowed: ["development"] }, {}],
    ["for what the engine lacks", "import os, numpy", {}, {}],
    ["if nothing is known of the engine", CODE, { modules: undefined }, {}],
    ["for lines that the call could give", "input()", {}, {}],
    ["in a call that names its policy", CODE, {}, { policy: "strict" }],
    ["in a call that names a verdict", CODE, {}, { verdictId: "given" }],
  ])("%s", async (_, code, settings, request) => {
    await using server = scriptedServer({ ...ASKS, ...settings });
    server.ann.answer = "yes";
    const given = "verdictId" in request;
    const verdictId = given ? (await server.runner.check(code, "python", undefined)).verdictId : undefined;
    expect(seen(await server.run({ code, ...request, ...(given ? { verdictId } : {}) })).ending).toBe("policy-denied");
    expect(server.ann.questions).toEqual([]);
  });

  it.each([
    [{ policy: "strict" }, "policy"],
    [{ verdictId: "given" }, "verdict_id"],
  ])("in a call with %j, which learns what to leave out", async (request, name) => {
    await using server = scriptedServer(ASKS);
    const { verdictId } = await server.runner.check(CODE, "python", undefined);
    const whole = { code: CODE, ...request, ...("verdictId" in request ? { verdictId } : {}) };
    expect(seen(await server.run(whole)).message).toContain("The operator could allow");
    server.ann.answer = "yes";
    const before = 'The person at the client can be asked to allow the policy "workspace", under which it passes';
    expect(seen(await server.run(whole)).message).toContain(`${before}: leave \`${name}\` out.`);
    await server.run(CODE);
    const after = 'The person at the client has allowed the policy "workspace" for this session';
    expect(seen(await server.run(whole)).message).toContain(`${after}: leave \`${name}\` out.`);
  });

  it("about a looser policy after a no for one that would do", async () => {
    await using server = scriptedServer({ ask: ["workspace", "production"], modules: WASM });
    server.ann.answer = "no";
    expect(seen(await server.run(GLOB)).message).toContain('"production"');
    expect(seen(await server.run(GLOB)).message).toContain('"production"');
    server.ann.answer = "yes";
    expect(seen(await server.run(CODE))).toMatchObject({ ending: "ok", policy: "workspace" });
    // What the person has allowed counts before what they have refused.
    expect(seen(await server.run(GLOB))).toMatchObject({ ending: "ok", policy: "workspace" });
    expect(server.ann.questions).toHaveLength(2);
  });
});

describe("after a yes", () => {
  it.each(["import os\neval('1')", "open('/etc/passwd')", "import os\nos.system('ls')", "import os, numpy"])(
    "a program that the allowed policy refuses too is still refused: %j",
    async (code) => {
      await using server = scriptedServer(ASKS);
      server.ann.answer = "yes";
      await server.run(CODE);
      expect(seen(await server.run(code))).toMatchObject({ ending: "policy-denied", policy: "strict" });
      expect(server.engine.jobs).toHaveLength(1);
      expect(server.ann.questions).toHaveLength(1);
    },
  );

  it("the input files of a refused program are read, although the client asks no more", async () => {
    await using dir = await tempDir({ "work/slug.py": "import os\n" });
    await using server = scriptedServer({ ...ASKS, roots: [dir.at("work")] });
    const call = { code: "import os, slug", files: [dir.at("work/slug.py")] };
    expect(seen(await server.run(call)).ending).toBe("policy-denied");
    server.ann.answer = "yes";
    await server.run(CODE);
    server.ann.answer = null;
    expect(seen(await server.run(call))).toMatchObject({ ending: "ok", policy: "workspace" });
    expect(seen(await server.run({ ...call, code: "import os\neval('1')" })).ending).toBe("policy-denied");
  });

  it("a session's interpreter that strict started stays under strict, and so does a fresh one", async () => {
    await using server = scriptedServer(ASKS);
    const kept = { interpreter: "session" } as const;
    server.ann.answer = "yes";
    await server.run({ code: "1", ...kept });
    await server.run(CODE);
    expect(seen(await server.run({ code: "1", ...kept }))).toMatchObject({ ending: "ok", policy: "strict", notes: [] });
    await server.run({ code: CODE, ...kept, reset: true });
    expect(seen(await server.run("1"))).toMatchObject({ policy: "strict", notes: [] });
    const script = { code: "1", language: "javascript" } as const;
    expect(seen(await server.run({ ...script, ...kept }))).toMatchObject({ policy: "strict", notes: [] });
  });

  it("a program of the session's interpreter that only strict lets run does not reach it", async () => {
    const wide = definePolicy({ ...STRICT, name: "wide", modules: ["os"], severities: { ...STRICT.severities } });
    await using server = scriptedServer({ ask: ["wide"], modules: WASM, policies: [STRICT, wide] });
    const kept = { interpreter: "session" } as const;
    server.ann.answer = "yes";
    expect(seen(await server.run({ code: "import os", ...kept }))).toMatchObject({ ending: "ok", policy: "wide" });
    expect(seen(await server.run({ code: "import math", ...kept })).ending).toBe("bad-input");
    expect(seen(await server.run({ code: "2", ...kept }))).toMatchObject({ ending: "ok", policy: "wide" });
  });
});

describe("a call that names a policy after a no", () => {
  it("is told of the no, and not what to leave out", async () => {
    await using server = scriptedServer(ASKS);
    server.ann.answer = "no";
    await server.run(CODE);
    const { message } = seen(await server.run({ code: CODE, policy: "strict" }));
    expect(message).toContain("said no");
    expect(message).not.toContain("leave");
  });
});

describe("a call that names a policy that the person may allow", () => {
  it("is refused until the person has allowed it, and told who is asked", async () => {
    await using server = scriptedServer(ASKS);
    const ask = async (): Promise<string> => seen(await server.run({ code: CODE, policy: "workspace" })).message;
    expect(await ask()).toMatch(/RLM_POLICY_ALLOWED=workspace$/);
    server.ann.answer = "yes";
    expect(await ask()).toMatch(/, and the person at the client, who is asked if .* in a call without `policy`$/);
    expect(server.ann.questions).toEqual([]);
    await server.run(CODE);
    expect(seen(await server.run({ code: CODE, policy: "workspace" }))).toMatchObject({ ending: "ok", notes: [] });
    expect(seen(await server.run({ code: CODE, policy: "development" })).ending).toBe("policy-not-allowed");
  });

  it("is told of the person's no", async () => {
    await using server = scriptedServer(ASKS);
    server.ann.answer = "no";
    await server.run(CODE);
    expect(seen(await server.run({ code: "1", policy: "workspace" })).message).toContain(`. ${SAID} "workspace"`);
  });
});

describe("input files", () => {
  it("are read for a refused program only if a yes could help it, and the first reason is told", async () => {
    await using dir = await tempDir({ "work/slug.py": "import os\n" });
    await using server = scriptedServer({ ...ASKS, roots: [dir.at("work")] });
    const files = [dir.at("work/slug.py")];
    const missing = { code: CODE, files: [dir.at("work/none")] };
    expect(seen(await server.run(missing)).ending).toBe("policy-denied");
    server.ann.answer = "yes";
    expect(seen(await server.run(missing)).ending).toBe("policy-denied");
    expect(server.ann.questions).toEqual([]);
    expect(seen(await server.run({ code: "import os, slug", files }))).toMatchObject({
      ending: "ok",
      policy: "workspace",
    });
    expect(seen(await server.run({ code: "1", files: missing.files })).ending).toBe("path-denied");
  });
});

describe("the interpreter of a session", () => {
  const kept = { interpreter: "session" } as const;

  it("that another policy started is not used, and nobody is asked in vain", async () => {
    await using server = scriptedServer(ASKS);
    server.ann.answer = "yes";
    await server.run({ code: "1", ...kept });
    expect(seen(await server.run({ code: CODE, ...kept })).message).toContain(
      'under which it passes, but the session\'s interpreter was started under "strict": ' +
        'set `reset` to start over, or `interpreter` to "fresh".',
    );
    expect(server.ann.questions).toEqual([]);
    expect(seen(await server.run({ code: CODE, ...kept, reset: true }))).toMatchObject({ policy: "workspace" });
    expect(seen(await server.run({ code: "1", ...kept }))).toMatchObject({
      ending: "ok",
      policy: "workspace",
      notes: [expect.stringMatching(/allowed it for this session, and the session's interpreter was started under it/)],
    });
    expect(seen(await server.run({ code: "1", ...kept, policy: "strict" })).ending).toBe("bad-input");
    expect(seen(await server.run({ code: "1", ...kept, reset: true }))).toMatchObject({ policy: "strict", notes: [] });
    expect(seen(await server.run({ code: CODE, ...kept })).ending).toBe("bad-input");
    // Another language has an interpreter of its own.
    expect(seen(await server.run({ code: "1", ...kept, language: "javascript" }))).toMatchObject({ policy: "strict" });
  });

  it("has the form of the policy for sessions", async () => {
    await using server = scriptedServer({ ask: ["production"], modules: WASM, repl: true });
    server.ann.answer = "yes";
    expect(seen(await server.run({ code: GLOB, ...kept }))).toMatchObject({ ending: "ok", policy: "production+repl" });
    expect(seen(await server.run({ code: "1", ...kept }))).toMatchObject({ ending: "ok", policy: "production+repl" });
    expect(seen(await server.run(GLOB))).toMatchObject({ policy: "production" });
    expect(server.ann.questions).toHaveLength(1);
  });
});

describe("the question", () => {
  it("says what opens, in words of this product", async () => {
    await using server = scriptedServer(ASKS);
    server.ann.answer = "no";
    await server.run(CODE);
    expect(server.ann.questions).toEqual([
      [
        'An agent wants to run a program that this server refuses under the policy "strict". If you allow the policy ' +
          '"workspace", programs of this session may:',
        "- read, delete and write files in their own throw-away workspace",
        "- use the environment, names, threads and settings of their own process",
        "- analyse their own code and objects, and find tests by name",
        "- read data formats such as pickle, in which code can be hidden",
        "- import nearly all modules that are installed",
        "They still run in a sandbox: without a network, and of your files they see only copies of those that are " +
          "open to the session. Your answer holds until the session ends.",
      ].join("\n"),
    ]);
  });

  it("says so if there is no sandbox", async () => {
    await using server = scriptedServer({ ...ASKS, modules: { kind: "local", packages: "unknown" } });
    server.ann.answer = "no";
    await server.run(CODE);
    expect(server.ann.questions[0]).toContain("- read, delete and write files on this machine");
    expect(server.ann.questions[0]).toMatch(
      /This server has NO sandbox: .* as your own user .*\. Your answer holds until the session ends\.$/,
    );
  });
});

describe("a check", () => {
  it("says what the person can do, and asks nobody", async () => {
    await using server = scriptedServer(ASKS);
    using visit = await server.sessions.enter(undefined, server.ann);
    const help = async (code: string, hasStdin = false): Promise<string | null> => {
      const check = await server.runner.check(code, "python", undefined, { hasStdin });
      return server.runner.describeHelp(check, { hasStdin }, visit.session, server.ann);
    };
    expect(await help(CODE)).toBeNull();
    server.ann.answer = "yes";
    const input = await server.runner.check("input()", "python", undefined);
    expect(await server.runner.describeHelp(input, {}, visit.session, server.ann)).toBeNull();
    expect(await help(CODE)).toBe(
      'The person at the client can be asked to allow the policy "workspace", under which it passes',
    );
    for (const code of ["1", "input()", "import os, numpy", "import os\nos.system('ls')"])
      expect(await help(code)).toBeNull();
    expect(server.ann.questions).toEqual([]);
    await server.run(CODE);
    expect(await help(CODE)).toBe('The person at the client has allowed the policy "workspace" for this session');
    for (const code of ["1", "import os\neval('1')", "import os, numpy"]) expect(await help(code)).toBeNull();
  });

  it("says nothing of an engine of which nothing is known", async () => {
    await using server = scriptedServer({ ask: ["workspace"] });
    server.ann.answer = "yes";
    using visit = await server.sessions.enter(undefined, server.ann);
    const check = await server.runner.check(CODE, "python", undefined);
    expect(await server.runner.describeHelp(check, {}, visit.session, server.ann)).toBeNull();
  });
});
