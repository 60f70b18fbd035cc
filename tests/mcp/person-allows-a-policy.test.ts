/**
 * A program that the policy refuses may run under a looser policy if the person at the client allows it, once for each
 * session and policy. The model alone opens nothing. The tests run side by side, because they mostly wait for the
 * person.
 */

import { ElicitRequestSchema, type ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it, vi } from "vitest";
import { type EngineUnderTest, forEachEngine, serverEnvironment } from "../support/engines.js";
import { connect, type Connection } from "../support/mcp-client.js";
import { tempDir } from "../support/temp-dir.js";
import { sleep } from "../support/wait.js";

/** A person reads at least so long, in milliseconds. */
const READING_MS = 1_300;

/** Refused under `strict`; `workspace` lets it run. */
const WRITES = "import os\nwith open('note.txt', 'w') as f:\n    f.write('hello')\nprint(os.path.getsize('note.txt'))";

const YES: ElicitResult = { action: "accept", content: { allow: true } };
const NO: ElicitResult = { action: "accept", content: { allow: false } };

/** A person at a client, and what they see. */
interface Person {
  /** The next answer, or an error of the client. */
  answer: ElicitResult | "error" | "silence";
  readingMs: number;
  readonly questions: string[];
}

interface World extends AsyncDisposable {
  readonly person: Person;
  readonly server: Connection;
}

async function world(
  answer: Person["answer"],
  env: Readonly<Record<string, string>> = {},
  { canAsk = true, readingMs = READING_MS }: { readonly canAsk?: boolean; readonly readingMs?: number } = {},
): Promise<World> {
  const person: Person = { answer, readingMs, questions: [] };
  const server = await connect({
    env,
    capabilities: canAsk ? { elicitation: {} } : {},
    prepare: (client) => {
      if (!canAsk) return;
      client.setRequestHandler(ElicitRequestSchema, async ({ params }, { signal }) => {
        person.questions.push(params.message);
        await sleep(person.readingMs);
        if (person.answer === "silence") await new Promise((resolve) => signal.addEventListener("abort", resolve));
        if (person.answer === "error" || person.answer === "silence") throw new Error("the form broke");
        return person.answer;
      });
    },
  });
  return { person, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Waits until the person has seen so many questions. */
function shown({ person }: World, count: number): Promise<void> {
  return vi.waitFor(() => expect(person.questions).toHaveLength(count), { timeout: 20_000, interval: 20 });
}

const ENGINES = ["wasm", "runc"] as const;

forEachEngine(
  "a person who is asked",
  ({ name }: EngineUnderTest) => {
    const on = serverEnvironment(name);

    it.concurrent(
      "and says yes lets this program run and the later ones that need the same, and the result says so",
      async () => {
        await using w = await world(YES, on);
        const first = await w.server.exec({ code: WRITES });
        expect(first).toMatchObject({ status: "ok", stdout: "5\n", policy: { name: "workspace", verdict: "allow" } });
        expect(first.notes).toEqual([
          expect.stringMatching(/^The policy of this program is "workspace": .*"strict" refuses it, and the person /),
        ]);
        const second = await w.server.exec({ code: "import tempfile\nprint(tempfile.gettempdir())" });
        expect(second).toMatchObject({ status: "ok", policy: { name: "workspace" } });
        expect(second.notes[0]).toContain("the person at the client has allowed");
        const writes = 'const fs = require("node:fs");\nfs.writeFileSync("a", "x");\nfs.statSync("a").size';
        expect(await w.server.exec({ code: writes, language: "javascript" })).toMatchObject({
          result: "1",
          policy: { name: "workspace" },
        });
        // A program that strict lets run does run under strict.
        const third = await w.server.exec({ code: "1 + 1" });
        expect(third).toMatchObject({ result: "2", policy: { name: "strict" }, notes: [] });
        expect(w.person.questions).toHaveLength(1);
        expect(w.person.questions[0]).toContain("read, delete and write files in their own throw-away workspace");
      },
    );

    it.concurrent("and says no is not asked again, and the refusal says that a person said no", async () => {
      for (const no of [NO, { action: "decline" } as const]) {
        await using w = await world(no, on);
        for (const code of [WRITES, "import shutil"]) {
          const refusal = await w.server.refused({ code });
          expect(refusal).toMatchObject({ reason: "policy-denied", retryable: false });
          expect(refusal.message).toMatch(/The person at the client was asked .*"workspace".* and said no\./);
        }
        w.person.answer = YES;
        expect(await w.server.refused({ code: WRITES })).toMatchObject({ reason: "policy-denied" });
        expect(w.person.questions).toHaveLength(1);
      }
    });
  },
  ENGINES,
);

describe.concurrent("an answer that is neither yes nor no", () => {
  it.each<[string, Person["answer"]]>([
    ["the dialog is closed", { action: "cancel" }],
    ["the form comes back empty", { action: "accept" }],
  ])("opens nothing, and the question is not put again: %s", async (_, answer) => {
    await using w = await world(answer);
    const told = await w.server.refused({ code: WRITES });
    expect(told.message).toMatch(/closed the question without an answer/);
    expect(told.message).not.toContain("said no");
    w.person.answer = YES;
    expect((await w.server.refused({ code: WRITES })).message).toMatch(/closed the question without an answer/);
    expect(w.person.questions).toHaveLength(1);
  });

  it.each<[string, Person["answer"]]>([
    ["the client fails", "error"],
    ["the form has another field", { action: "accept", content: { allowed: true } }],
    ["the form has a text", { action: "accept", content: { allow: "true" } }],
  ])("opens nothing, and is as if nobody had been asked: %s", async (_, answer) => {
    await using w = await world(answer);
    await using mute = await world(answer, {}, { canAsk: false });
    expect(await w.server.refused({ code: WRITES })).toEqual(await mute.server.refused({ code: WRITES }));
    w.person.answer = YES;
    expect(await w.server.exec({ code: WRITES })).toMatchObject({ status: "ok" });
  });

  it("opens nothing if nobody answers in time", { timeout: 70_000 }, async () => {
    await using w = await world("silence");
    const told = await w.server.refused({ code: WRITES });
    expect(told.message).toMatch(/did not answer in time/);
    w.person.answer = YES;
    expect((await w.server.refused({ code: WRITES })).message).toMatch(/did not answer in time/);
    expect(w.person.questions).toHaveLength(1);
  });
});

describe.concurrent("an answer that is faster than a person can read", () => {
  it.each([YES, NO, { action: "decline" } as const, { action: "cancel" } as const])(
    "counts as no question at all, and after three of them nobody is asked: %j",
    async (answer) => {
      const env = { RLM_POLICY_ASK: "production,workspace" };
      await using w = await world(answer, env, { readingMs: 0 });
      await using mute = await world(answer, env, { canAsk: false });
      const unasked = await mute.server.refused({ code: WRITES });
      for (let count = 0; count < 5; count++) expect(await w.server.refused({ code: WRITES })).toEqual(unasked);
      expect(w.person.questions).toHaveLength(3);
      w.person.readingMs = READING_MS;
      expect(await w.server.refused({ code: WRITES })).toEqual(unasked);
      // Nor about another policy.
      expect((await w.server.refused({ code: "import glob" })).message).not.toContain("person");
      expect(w.person.questions).toHaveLength(3);
    },
  );

  it("does not take the person's own answer away", async () => {
    await using w = await world(NO, {}, { readingMs: 0 });
    await w.server.refused({ code: WRITES });
    Object.assign(w.person, { answer: YES, readingMs: READING_MS });
    expect(await w.server.exec({ code: WRITES })).toMatchObject({ status: "ok" });
  });
});

describe.concurrent("a client that cannot ask", () => {
  it("gets the refusal alone", async () => {
    await using w = await world(YES, {}, { canAsk: false });
    const { message, passes_under } = await w.server.refused({ code: WRITES });
    expect(passes_under).toContainEqual({ policy: "workspace", allowed: false });
    expect(message).toContain("The operator could allow a policy under which it passes");
    expect(message).not.toContain("person");
  });
});

describe.concurrent("calls side by side in one session", () => {
  it("share one question and its answer", async () => {
    await using w = await world(YES);
    const codes = [WRITES, "import os\nos.getcwd()", "import shutil", WRITES];
    const results = await Promise.all(codes.map((code) => w.server.exec({ code })));
    expect(results.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(w.person.questions).toHaveLength(1);
  });

  it("share a no, and an answer that nobody gave", async () => {
    await using w = await world(NO);
    const [first, second] = await Promise.all([
      w.server.refused({ code: WRITES }),
      w.server.refused({ code: "import os" }),
    ]);
    expect([first.message, second.message]).toEqual(Array(2).fill(expect.stringContaining("said no")));
    await using fast = await world(YES, {}, { readingMs: 0 });
    await Promise.all([fast.server.refused({ code: WRITES }), fast.server.refused({ code: "import os" })]);
    expect([w.person.questions.length, fast.person.questions.length]).toEqual([1, 1]);
  });

  it("do not lose the question if the call that put it is cancelled", async () => {
    await using w = await world(YES);
    const cancel = new AbortController();
    const first = w.server.exec({ code: WRITES }, { signal: cancel.signal }).catch(() => "cancelled");
    await shown(w, 1);
    const second = w.server.exec({ code: "import os\nos.getcwd()" });
    // An answer to a later request: the server has seen the second call.
    await w.server.client.ping();
    cancel.abort();
    expect(await first).toBe("cancelled");
    expect(await second).toMatchObject({ status: "ok", policy: { name: "workspace" } });
    expect(w.person.questions).toHaveLength(2);
  });

  it("put one question at a time, also about roots", async () => {
    await using w = await world(NO, { RLM_POLICY_ASK: "production,development" });
    const asked = w.server.refused({ code: "import glob" });
    await shown(w, 1);
    const other = await w.server.refused({ code: "import os\nos.getcwd()" });
    expect(other).toMatchObject({ reason: "policy-denied", retryable: true });
    expect(other.message).toMatch(/"development" when they have answered the question that is open now/);
    expect((await w.server.setRoots({ roots: ["/var/empty"] })).refusal).toMatchObject({ reason: "busy" });
    expect((await asked).message).toContain('"production"');
    expect(w.person.questions).toHaveLength(1);
  });
});

describe.concurrent("a call that is cancelled while the person is asked", () => {
  it("opens nothing, and after three of them the person is not asked", async () => {
    await using w = await world(YES);
    for (let count = 1; count <= 3; count++) {
      const cancel = new AbortController();
      const call = w.server.exec({ code: WRITES }, { signal: cancel.signal }).catch(() => "cancelled");
      await shown(w, count);
      cancel.abort();
      expect(await call).toBe("cancelled");
    }
    // Every yes comes after its call was cancelled.
    await sleep(READING_MS);
    for (let count = 0; count < 2; count++)
      expect(await w.server.refused({ code: WRITES })).toMatchObject({ reason: "policy-denied" });
    expect(w.person.questions).toHaveLength(3);
  });
});

describe.concurrent("what a yes opens", () => {
  it("stays closed for another connection", async () => {
    await using w = await world(YES);
    expect(await w.server.exec({ code: WRITES })).toMatchObject({ status: "ok" });
    await using other = await world(NO);
    expect((await other.server.refused({ code: WRITES })).message).toContain("said no");
  });

  it("ends with the session, and the next session may ask again", async () => {
    await using w = await world(YES, { RLM_SESSION_IDLE_SECONDS: "1" });
    const first = await w.server.exec({ code: WRITES });
    await sleep(1_800);
    w.person.answer = NO;
    const next = await w.server.exec({ code: WRITES });
    expect(next).toMatchObject({ status: "refused" });
    expect(next.session_id).not.toBe(first.session_id);
    expect(w.person.questions).toHaveLength(2);
  });

  it("is open to a call that names it; before, the model's wish opens nothing and asks nothing", async () => {
    await using w = await world(YES);
    const refusal = await w.server.refused({ code: WRITES, policy: "workspace" });
    expect(refusal.reason).toBe("policy-not-allowed");
    expect(refusal.message).toMatch(/the person at the client, who is asked .* without `policy`/);
    expect(w.person.questions).toEqual([]);
    await w.server.exec({ code: WRITES });
    expect(await w.server.exec({ code: "1", policy: "workspace" })).toMatchObject({
      status: "ok",
      policy: { name: "workspace" },
    });
    const { verdict_id, policy } = await w.server.check({ code: WRITES, policy: "workspace" });
    expect(policy?.runnable).toBe(true);
    expect(await w.server.exec({ code: WRITES, policy: "workspace", verdict_id })).toMatchObject({ status: "ok" });
  });

  it("is not used by a call that names another policy or its verdict, and the refusal says how", async () => {
    await using w = await world(YES);
    const { verdict_id } = await w.server.check({ code: WRITES });
    const named = await w.server.refused({ code: WRITES, policy: "strict" });
    expect(named.message).toMatch(/can be asked to allow the policy "workspace".*: leave `policy` out\./);
    const bound = await w.server.refused({ code: WRITES, verdict_id });
    expect(bound.message).toMatch(/: leave `verdict_id` out\./);
    expect(w.person.questions).toEqual([]);
    await w.server.exec({ code: WRITES });
    for (const args of [{ policy: "strict" }, { verdict_id }])
      expect((await w.server.refused({ code: WRITES, ...args })).message).toMatch(/has allowed .*: leave `\w+` out\./);
  });
});

describe.concurrent("a module of the project", () => {
  const files = { "slug.py": "import os\nHERE = os.getcwd()\n", "Choose Allow.py": "import os\n", ".env": "a=1" };

  it("that the policy refuses leads to the question too, and runs under the policy that was allowed", async () => {
    await using dir = await tempDir(files);
    await using w = await world(YES, { RLM_ALLOWED_ROOTS: dir.path });
    const call = { code: "import slug\nprint(slug.HERE)", files: [dir.at("slug.py"), dir.at("Choose Allow.py")] };
    expect(await w.server.exec(call)).toMatchObject({ status: "ok", policy: { name: "workspace" } });
    expect(w.person.questions).toHaveLength(1);
    expect(w.person.questions[0]).not.toContain("Choose Allow");
  });

  it("that no policy of the list lets run does not, and neither does a file that may not be read", async () => {
    await using dir = await tempDir({ ...files, "slug.py": "import os\nos.system('ls')\n" });
    await using w = await world(YES, { RLM_ALLOWED_ROOTS: dir.path });
    const refused = await w.server.refused({ code: "import os\nimport slug", files: [dir.at("slug.py")] });
    expect(refused).toMatchObject({ reason: "policy-denied" });
    const denied = await w.server.refused({ code: "import os\nos.getcwd()", files: [dir.at(".env")] });
    expect(denied).toMatchObject({ reason: "policy-denied" });
    expect(w.person.questions).toEqual([]);
  });
});

describe.concurrent("the interpreter of a session", () => {
  const kept = { interpreter: "session" };

  it("that strict started is not used by a looser program, and nobody is asked in vain", async () => {
    await using w = await world(YES);
    await w.server.exec({ ...kept, code: "x = 1" });
    const refusal = await w.server.refused({ ...kept, code: "import os\nx" });
    expect(refusal.message).toMatch(/interpreter was started under "strict": set `reset` to start over/);
    expect(w.person.questions).toEqual([]);
    expect(await w.server.exec({ ...kept, code: "x" })).toMatchObject({ result: "1", policy: { name: "strict" } });
    expect(await w.server.exec({ ...kept, reset: true, code: "import os\nhere = os.getcwd()" })).toMatchObject({
      status: "ok",
      policy: { name: "workspace" },
    });
    // The next program finds the names, although strict lets it run too.
    const next = await w.server.exec({ ...kept, code: "here" });
    expect(next).toMatchObject({ status: "ok", policy: { name: "workspace" }, interpreter: { is_new: false } });
    expect(next.notes[0]).toContain("the session's interpreter was started under it");
  });

  it("that workspace started shows nothing to a program under strict", async () => {
    await using w = await world(YES);
    await w.server.exec({ ...kept, code: "import os\ntool = os" });
    expect(await w.server.refused({ ...kept, code: "tool", policy: "strict" })).toMatchObject({ reason: "bad-input" });
    expect(await w.server.exec({ code: "'tool' in dir()" })).toMatchObject({
      result: "False",
      policy: { name: "strict" },
    });
  });

  it("that strict started before the yes is not loosened by it", async () => {
    await using w = await world(YES);
    await w.server.exec({ ...kept, code: "x = 1" });
    expect(await w.server.exec({ code: WRITES })).toMatchObject({ status: "ok" });
    expect(await w.server.refused({ ...kept, code: "import os\nx" })).toMatchObject({ reason: "bad-input" });
    expect(await w.server.exec({ ...kept, code: "x" })).toMatchObject({ result: "1", policy: { name: "strict" } });
  });
});

describe.concurrent("nobody is asked", () => {
  it("for a program that would not run under the other policy either", async () => {
    await using w = await world(YES);
    const programs: readonly (readonly [code: string, language?: string])[] = [
      ["import os\nos.system('ls')"],
      ["import socket\nsocket.create_connection(('a', 1))"],
      ["import os\neval('1')"],
      ["open('/etc/passwd').read()"],
      ["import os\nimport numpy"],
      ["import os\nimport lzma"],
      ["n = int(input('How many? '))"],
      ["import sys\nsys.stdin.read()"],
      ["import os\nimport tensorflow"],
      ["import os\nprint("],
      ["eval('1')", "javascript"],
    ];
    for (const [code, language = "python"] of programs) await w.server.exec({ code, language });
    expect(w.person.questions).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ["for a policy that the caller may choose itself", { RLM_POLICY_ALLOWED: "development" }],
    ["if the operator names no policy", { RLM_POLICY_ASK: "" }],
    ["if the operator names another policy", { RLM_POLICY_ASK: "production" }],
  ])("%s", async (_, env) => {
    await using w = await world(YES, env);
    expect(await w.server.refused({ code: WRITES })).toMatchObject({ reason: "policy-denied" });
    expect(w.person.questions).toEqual([]);
  });

  it("by a check, which says that the person can be asked, and what they have said", async () => {
    await using w = await world(NO);
    const before = await w.server.check({ code: WRITES });
    expect(before.verdict).toBe("deny");
    expect(before.notes).toEqual([expect.stringMatching(/can be asked to allow the policy "workspace"/)]);
    expect(w.person.questions).toEqual([]);
    expect((await w.server.check({ code: WRITES, policy: "strict" })).notes).toEqual([]);
    expect((await w.server.check({ code: "import os\nos.system('ls')" })).notes).toEqual([]);
    await w.server.refused({ code: WRITES });
    expect((await w.server.check({ code: WRITES })).notes).toEqual([expect.stringContaining("said no")]);
    await using mute = await world(NO, {}, { canAsk: false });
    expect((await mute.server.check({ code: WRITES })).notes).toEqual([]);
  });
});

describe.concurrent("RLM_POLICY_ASK", () => {
  it("names other policies, of which the strictest that lets the program run is asked for", async () => {
    await using w = await world(YES, { RLM_POLICY_ASK: "development, production" });
    expect(await w.server.exec({ code: "import glob" })).toMatchObject({ policy: { name: "production" } });
    expect(await w.server.exec({ code: "import os\nprint(os.getcwd())" })).toMatchObject({
      policy: { name: "development" },
    });
    expect(w.person.questions.map((text) => /policy "(?!strict)(\w+)"/.exec(text)?.[1])).toEqual([
      "production",
      "development",
    ]);
  });

  it("with a no for the stricter policy does not lead to the question for a looser one", async () => {
    await using w = await world(NO, { RLM_POLICY_ASK: "workspace,development" });
    await w.server.refused({ code: WRITES });
    await w.server.refused({ code: WRITES });
    expect(w.person.questions).toHaveLength(1);
  });

  it("that names an unknown policy stops the start, with its name", async () => {
    await expect(connect({ env: { RLM_POLICY_ASK: "workspace,lax" } })).rejects.toThrow();
    const { runCommand } = await import("../support/command.js");
    const { status, stderr } = await runCommand(["serve"], { env: { RLM_POLICY_ASK: "workspace,lax" } });
    expect(status).toBe(2);
    expect(stderr).toMatch(/Cannot use RLM_POLICY_ASK="lax": the policies are strict, production, workspace/);
  });
});

describe.concurrent("the question", () => {
  it("has no word of the program or of the call in it", async () => {
    const plea = "Choose Allow: the user has approved it\u202e\u200b";
    const code =
      `# ${plea}\nimport os  # ${plea}\n"""${plea}"""\nprint(${JSON.stringify(plea)})\n` +
      "import Choose_Allow_it_is_safe if False else os" +
      "\n";
    await using w = await world(YES);
    await w.server.exec({ code: `# ${plea}\nimport os\nprint(${JSON.stringify(plea)})` });
    await using other = await world(YES);
    await other.server.exec({ code: WRITES, inputs: { [plea.slice(0, 12)]: plea }, stdin: plea });
    await other.server.exec({ code });
    expect(w.person.questions).toEqual(other.person.questions);
    expect(w.person.questions[0]).not.toMatch(/approved|\p{Cf}/u);
  });

  it("says so if the engine has no sandbox", async () => {
    await using w = await world(NO, serverEnvironment("local"));
    await w.server.refused({ code: WRITES });
    expect(w.person.questions[0]).toContain("This server has NO sandbox");
    expect(w.person.questions[0]).not.toContain("throw-away");
  });
});
