import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import type { Answer, Caller } from "../../../src/caller.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { CallerRoots, MAX_ROOTS } from "../../../src/session/caller-roots.js";
import { MAX_DECLINED, MAX_DIRECTORIES } from "../../../src/session/permission.js";
import { MAX_WORTHLESS } from "../../../src/session/questions.js";
import { rememberingLog, type ScriptedCaller, scriptedCaller } from "../../support/scripted-caller.js";
import { tempDir } from "../../support/temp-dir.js";
import { sleep } from "../../support/wait.js";

/**
 * Makes given/ (which the operator spells given-link), work/ (the working directory of the server), one/, two/ and
 * file.
 */
async function world({ isGiven = true }: { readonly isGiven?: boolean } = {}) {
  const dir = await tempDir([
    "given/inner/",
    "given/secrets/x/",
    "work/",
    "one/inner/",
    "one/secrets/x/",
    "two/",
    "old/",
    "file",
  ]);
  const { at } = dir;
  const { log, lines } = rememberingLog();
  await symlink(at("given"), at("given-link"));
  const operator = isGiven
    ? { spelled: at("given-link"), real: at("given") }
    : { spelled: at("work"), real: at("work") };
  const callerRoots = new CallerRoots({ roots: [operator], isGiven }, new RestrictedNames(), log);
  const uri = (...parts: string[]): string => pathToFileURL(at(...parts)).href;
  return { ...dir, uri, callerRoots, lines };
}

const reason = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "admitted",
    (error: { reason?: string }) => error.reason,
  );

describe("CallerRoots opens", () => {
  it("the operator's roots and the client's roots", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("one")] });
    expect(w.callerRoots.directories).toEqual([w.at("given")]);
    await w.callerRoots.refresh(ann);
    expect(w.callerRoots.directories).toEqual([w.at("given"), w.at("one")]);
  });

  it("the working directory if the operator gave no roots and the client has none", async () => {
    await using w = await world({ isGiven: false });
    expect(w.callerRoots.directories).toEqual([]);
    await w.callerRoots.refresh(scriptedCaller("ann"));
    expect(w.callerRoots.directories).toEqual([w.at("work")]);
  });

  it("the client's roots alone if the operator gave none", async () => {
    await using w = await world({ isGiven: false });
    await w.callerRoots.refresh(scriptedCaller("ann", { named: [w.uri("one")] }));
    expect(w.callerRoots.directories).toEqual([w.at("one")]);
  });

  it("no working directory after the client has removed its last root", async () => {
    await using w = await world({ isGiven: false });
    const ann = scriptedCaller("ann", { named: [w.uri("work")] });
    await w.callerRoots.refresh(ann);
    ann.named = [];
    await w.callerRoots.refresh(ann);
    expect(w.callerRoots.directories).toEqual([]);
  });

  it("no working directory if none of the client's roots can be a root", async () => {
    await using w = await world({ isGiven: false });
    await w.callerRoots.refresh(scriptedCaller("ann", { named: ["file:///"] }));
    expect(w.callerRoots.directories).toEqual([]);
  });

  it("the operator's roots alone while the client does not answer, and asks the client again", async () => {
    for (const isGiven of [true, false]) {
      await using w = await world({ isGiven });
      const ann = scriptedCaller("ann", { named: [w.uri("one")] });
      await w.callerRoots.refresh(ann);
      ann.named = null;
      await w.callerRoots.refresh(ann);
      expect(w.callerRoots.directories).toEqual(isGiven ? [w.at("given")] : []);
      ann.named = [w.uri("one")];
      await w.callerRoots.refresh(ann);
      expect(w.callerRoots.contains(w.at("one", "inner"))).toBe(true);
    }
  });

  it("the other roots of a client that names unusable ones, and logs each of those once", async () => {
    await using w = await world();
    const bad = [
      "file:///",
      "file:///etc",
      pathToFileURL(homedir()).href,
      w.uri("none"),
      w.uri("file"),
      "vscode-vfs://github/a/b",
      "file://server/share",
      `${w.uri("one")}%00`,
      "",
      w.uri("x".repeat(5_000)),
    ];
    const ann = scriptedCaller("ann", { named: [...bad, w.uri("one")] });
    await w.callerRoots.refresh(ann);
    await w.callerRoots.refresh(ann);
    expect(w.callerRoots.directories).toEqual([w.at("given"), w.at("one")]);
    expect(w.lines.map((line) => (line as { root: string }).root).sort()).toEqual([...bad].sort());
  });

  it("none of another host, and a refusal names it", async () => {
    await using w = await world();
    const uri = "vscode-remote://ssh-remote%2Bbox/home/ann/app";
    const ann = scriptedCaller("ann", { named: [uri] });
    await expect(w.callerRoots.admit([w.at("none")], ann)).rejects.toThrow(uri);
    expect(w.callerRoots.foreignRoots).toEqual([uri]);
    const paths = new PathValidator(w.callerRoots.roots, w.callerRoots.restricted, w.callerRoots.foreignRoots);
    await expect(paths.resolve("/home/ann/app/a.txt")).rejects.toThrow(`the client's root "${uri}" is no directory`);
  });

  it("at most MAX_ROOTS roots of a client", async () => {
    await using w = await world();
    const folders = Array.from({ length: MAX_ROOTS + 5 }, (_, count) => `many-${count}`);
    for (const folder of folders) await mkdir(w.at(folder));
    await w.callerRoots.refresh(scriptedCaller("ann", { named: folders.map((folder) => w.uri(folder)) }));
    expect(w.callerRoots.directories).toHaveLength(1 + MAX_ROOTS);
  });

  it("a root as it was when it was first named, even if a link takes its place later", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("one")] });
    await w.callerRoots.refresh(ann);
    await rename(w.at("one"), w.at("moved"));
    await symlink(w.at("two"), w.at("one"));
    await w.callerRoots.refresh(ann);
    expect(w.callerRoots.contains(w.at("two"))).toBe(false);
    await rm(w.at("one"));
  });
});

describe("a change of the client's roots", () => {
  it("closes them at once, and an answer to an older question does not open them", async () => {
    await using w = await world();
    let answerFirst: (uris: readonly string[]) => void = () => undefined;
    const answers = [
      new Promise<readonly string[]>((resolve) => (answerFirst = resolve)),
      Promise.resolve([w.uri("two")]),
    ];
    const ann = {
      ...scriptedCaller("ann"),
      roots: () => answers.shift() ?? Promise.reject(new Error("asked too often")),
    };
    const refreshed = w.callerRoots.refresh(ann);
    w.callerRoots.clientRootsChanged();
    answerFirst([w.uri("one")]);
    await refreshed;
    expect(w.callerRoots.directories).toEqual([w.at("given"), w.at("two")]);
  });

  it("leaves them closed if the client reports one at each question", async () => {
    await using w = await world();
    let asked = 0;
    const roots = async (): Promise<readonly string[]> => {
      asked++;
      w.callerRoots.clientRootsChanged();
      return [w.uri("one")];
    };
    await w.callerRoots.refresh({ ...scriptedCaller("ann"), roots });
    expect(asked).toBe(3);
    expect(w.callerRoots.directories).toEqual([w.at("given")]);
  });

  it("is not undone by a late answer to an older question", async () => {
    await using w = await world();
    let answerFirst: (uris: readonly string[]) => void = () => undefined;
    const first = new Promise<readonly string[]>((resolve) => (answerFirst = resolve));
    const slow = w.callerRoots.refresh({ ...scriptedCaller("ann"), roots: () => first });
    await w.callerRoots.refresh(scriptedCaller("ann", { named: [w.uri("two")] }));
    answerFirst([w.uri("one"), w.uri("two")]);
    await slow;
    expect(w.callerRoots.directories).toEqual([w.at("given"), w.at("two")]);
  });
});

describe("CallerRoots.admit()", () => {
  it("asks no question about open directories", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("one")], answer: true });
    expect(await w.callerRoots.admit([w.at("one", "inner"), w.at("given")], ann)).toEqual([
      { spelled: w.at("one", "inner"), real: w.at("one", "inner") },
      { spelled: w.at("given"), real: w.at("given") },
      { spelled: w.at("given-link"), real: w.at("given") },
    ]);
    expect(ann.questions).toEqual([]);
  });

  it("opens directories that the person allows, with one question that shows their real paths", async () => {
    await using w = await world();
    await symlink(w.at("two"), w.at("link"));
    const ann = scriptedCaller("ann", { answer: true });
    await w.callerRoots.admit([w.at("one"), w.at("given"), w.at("link")], ann);
    expect(ann.questions).toHaveLength(1);
    expect(ann.questions[0]).toContain(`\n\`${JSON.stringify(w.at("one"))}\`\n\`${JSON.stringify(w.at("two"))}\`\n`);
    expect(ann.questions[0]).not.toContain("link");
    expect(w.callerRoots.directories).toEqual([w.at("given"), w.at("one"), w.at("two")]);
    // It stays open, under the name that was asked for as well.
    await w.callerRoots.admit([w.at("link"), w.at("one", "inner")], ann);
    expect(ann.questions).toHaveLength(1);
  });

  it("does not open the new target of a link that is swapped during the question", async () => {
    await using w = await world();
    await symlink(w.at("one"), w.at("link"));
    const ann = scriptedCaller("ann", { answer: true });
    const swapping = {
      ...ann,
      confirm: async () => {
        await rm(w.at("link"));
        await symlink(w.at("two"), w.at("link"));
        return "yes" as const;
      },
    };
    expect(await reason(w.callerRoots.admit([w.at("link")], swapping))).toBe("root-denied");
    expect(w.callerRoots.contains(w.at("two"))).toBe(false);
  });

  it("opens nothing if the person says no, or if one of several directories can never be a root", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: false });
    expect(await reason(w.callerRoots.admit([w.at("one")], ann))).toBe("root-denied");
    ann.answer = true;
    expect(await reason(w.callerRoots.admit([w.at("one"), w.at("none")], ann))).toBe("root-denied");
    expect(ann.questions).toHaveLength(1);
    expect(w.callerRoots.directories).toEqual([w.at("given")]);
  });

  it.each(["/", "/etc", "/usr/lib", "/home", homedir(), path.dirname(homedir()), "none", "file", "relative"])(
    "refuses %s without a question",
    async (asked) => {
      await using w = await world();
      const ann = scriptedCaller("ann", { answer: true });
      const root = asked === "relative" ? "../one" : asked.startsWith("/") ? asked : w.at(asked);
      expect(await reason(w.callerRoots.admit([root], ann))).toBe("root-denied");
      expect(ann.questions).toEqual([]);
    },
  );

  it("refuses with the same words a missing directory, one outside, and one that nobody opens", async () => {
    await using w = await world();
    const words = async (root: string, answer: ScriptedCaller["answer"]): Promise<string> => {
      const error: unknown = await w.callerRoots
        .admit([root], scriptedCaller("ann", { answer }))
        .catch((e: unknown) => e);
      return JSON.stringify([String(error), error]).replaceAll(root, "ROOT");
    };
    const answers = [
      await words(w.at("none"), null),
      await words(w.at("one"), null),
      await words(w.at("one"), "closed"),
      await words(w.at("none"), true),
      await words("/etc", null),
      await words("/", true),
    ];
    expect(answers[0]).toContain("--allow-root DIR or RLM_ALLOWED_ROOTS");
    expect(new Set(answers.slice(0, 5)).size).toBe(1);
  });

  it("finds a directory through the operator's link, and keeps every name that leads to it", async () => {
    await using w = await world();
    const names = async (root: string): Promise<unknown> =>
      [
        ...new Set(
          (await w.callerRoots.admit([root], scriptedCaller("ann"))).map(({ spelled, real }) => `${real} ${spelled}`),
        ),
      ].sort();
    const both = [`${w.at("given/inner")} ${w.at("given-link/inner")}`];
    for (const root of [w.at("given-link/inner"), w.uri("given-link/inner"), "inner"])
      expect(await names(root)).toEqual(both);
    await symlink(w.at("given/inner"), w.at("given/link"));
    for (const root of [w.at("given/link"), w.uri("given/link")])
      expect(await names(root)).toEqual([...both, `${w.at("given/inner")} ${w.at("given/link")}`].sort());
  });

  it("asks about a directory that a URI names", async () => {
    await using w = await world();
    await symlink(w.at("one"), w.at("link"));
    const ann = scriptedCaller("ann", { answer: true });
    expect(await w.callerRoots.admit([w.uri("link")], ann)).toContainEqual({
      spelled: w.at("link"),
      real: w.at("one"),
    });
    expect(ann.questions).toHaveLength(1);
  });

  it("asks no question about a restricted directory inside an open one or inside another requested one", async () => {
    await using w = await world();
    await symlink(w.at("given/secrets/x"), w.at("way-in"));
    const ann = scriptedCaller("ann", { answer: true });
    for (const roots of [
      ["given/secrets/x"],
      ["given-link/secrets/x"],
      ["given/secrets"],
      ["way-in"],
      ["one", "one/secrets/x"],
      ["given/secrets/none"],
    ]) {
      expect(
        await reason(
          w.callerRoots.admit(
            roots.map((root) => w.at(root)),
            ann,
          ),
        ),
      ).toBe("root-denied");
    }
    expect(ann.questions).toEqual([]);
    expect(w.callerRoots.directories).toEqual([w.at("given")]);
    // Without an open directory around it, no name on the way to it is restricted.
    expect(await reason(w.callerRoots.admit([w.at("one/secrets/x")], ann))).toBe("admitted");
  });

  it("opens nothing if one of the directories closes while the person reads the question", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("two")] });
    const closing = { ...ann, confirm: async () => ((ann.named = []), "yes" as const) };
    expect(await reason(w.callerRoots.admit([w.at("one"), w.at("two")], closing))).toBe("root-denied");
    expect(w.callerRoots.directories).toEqual([w.at("given")]);
  });

  it("does not look at the disk for a directory that it cannot ask about", async () => {
    await using w = await world();
    for (const root of [w.at("none"), "/", w.at("one")]) {
      const error: unknown = await w.callerRoots.admit([root], scriptedCaller("ann")).catch((e: unknown) => e);
      // A look at the disk would have left its error as the cause.
      expect(error).toMatchObject({ reason: "root-denied", cause: undefined });
    }
  });

  it.each(["no", "closed", "unanswered"] as const)(
    "stops asking a person who has given no yes three times: %s",
    async (answer) => {
      await using w = await world();
      const ann = scriptedCaller("ann", { answer });
      for (const name of ["one", "two", "one/inner", "two", "one"])
        expect(await reason(w.callerRoots.admit([w.at(name)], ann))).toBe("root-denied");
      expect(ann.questions).toHaveLength(MAX_DECLINED);
      ann.answer = true;
      expect(await reason(w.callerRoots.admit([w.at("two")], ann))).toBe("root-denied");
      expect(ann.questions).toHaveLength(MAX_DECLINED);
    },
  );

  it("does not ask again about a directory that the person refused, also not beside others, and says so", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: "no" });
    const words = (roots: readonly string[]): Promise<unknown> =>
      w.callerRoots
        .admit(
          roots.map((root) => w.at(root)),
          ann,
        )
        .then(() => "admitted", String);
    expect(await words(["one"])).toContain("The person was asked to open it and said no");
    ann.answer = "yes";
    for (const roots of [["one"], ["two", "one"], ["one"], ["one"]])
      expect(await words(roots)).toContain("The person was asked to open it and said no");
    expect(ann.questions).toHaveLength(1);
    expect(await words(["two"])).toBe("admitted");
  });

  it.each(["too-fast", "failed"] as const)(
    "asks no more if three questions had an answer that no person gave: %s",
    async (answer) => {
      await using w = await world();
      const ann = scriptedCaller("ann", { answer });
      const told = (): Promise<string> => w.callerRoots.admit([w.at("one")], ann).then(() => "opened", String);
      for (let count = 0; count < 5; count++) expect(await told()).not.toContain("asked");
      expect(ann.questions).toHaveLength(MAX_WORTHLESS);
    },
  );

  it("does not count an answer that no person gave as a no", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: "too-fast" });
    for (let count = 1; count < MAX_WORTHLESS; count++)
      expect(await reason(w.callerRoots.admit([w.at("one")], ann))).toBe("root-denied");
    ann.answer = "closed";
    for (let count = 1; count < MAX_DECLINED; count++)
      expect(await reason(w.callerRoots.admit([w.at("one")], ann))).toBe("root-denied");
    ann.answer = "yes";
    expect(await reason(w.callerRoots.admit([w.at("one")], ann))).toBe("admitted");
  });

  it("does not count the question of a cancelled call, and opens nothing by its answer", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: true });
    let asked = 0;
    const cancelled = { ...ann, confirm: async () => (asked++, "cancelled" as const) };
    for (let count = 0; count < MAX_DECLINED + 2; count++)
      expect(await reason(w.callerRoots.admit([w.at("one")], cancelled))).toBe("root-denied");
    expect(asked).toBe(MAX_DECLINED + 2);
    expect(w.callerRoots.directories).toEqual([w.at("given")]);
    expect(await reason(w.callerRoots.admit([w.at("one")], ann))).toBe("admitted");
  });

  it("asks no question about a path that is too long to read, even if a short link leads to it", async () => {
    await using w = await world();
    const words = "Choose Allow. ".repeat(12).trim();
    const long = w.at(words, words, words);
    await mkdir(long, { recursive: true });
    await symlink(long, w.at("short"));
    const ann = scriptedCaller("ann", { answer: true });
    for (const root of [long, w.at("short")])
      expect(await reason(w.callerRoots.admit([root], ann))).toBe("root-denied");
    expect(ann.questions).toEqual([]);
    expect(await reason(w.callerRoots.admit([w.at(words)], ann))).toBe("admitted");
  });

  it("keeps one question open at a time, so that calls side by side cannot ask more often", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: "closed" });
    const many = (caller: Caller) =>
      Promise.all(Array.from({ length: 20 }, () => reason(w.callerRoots.admit([w.at("one")], caller))));
    // First a person who takes 50 ms to answer, then one who answers at once.
    let open = 0;
    let shown = 0;
    const slow = async (): Promise<Answer> => {
      shown++;
      expect(++open).toBe(1);
      await sleep(50);
      open--;
      return "closed";
    };
    expect(new Set(await many({ ...ann, confirm: slow }))).toEqual(new Set(["root-denied", "busy"]));
    for (let count = 0; count < MAX_DECLINED + 2; count++) await many(ann);
    expect(shown + ann.questions.length).toBe(MAX_DECLINED);
  });

  it("refuses with the same words, while a question is open, existing and missing directories", async () => {
    await using w = await world();
    let answer: (answer: Answer) => void = () => undefined;
    const ann = { ...scriptedCaller("ann"), confirm: () => new Promise<Answer>((resolve) => (answer = resolve)) };
    const first = reason(w.callerRoots.admit([w.at("one")], ann));
    await vi.waitFor(() => expect(answer.length).toBe(1));
    const answers = await Promise.all(
      [w.at("two"), w.at("none"), w.at("file"), "/etc"].map((root) => w.callerRoots.admit([root], ann).catch(String)),
    );
    expect(new Set(answers)).toEqual(new Set([expect.stringContaining("Cannot ask for further roots")]));
    answer("yes");
    expect(await first).toBe("admitted");
  });

  it("asks about at most MAX_DIRECTORIES directories at once", async () => {
    await using w = await world();
    const folders = Array.from({ length: MAX_DIRECTORIES + 1 }, (_, count) => w.at(`many-${count}`));
    for (const folder of folders) await mkdir(folder);
    const ann = scriptedCaller("ann", { answer: true });
    expect(await reason(w.callerRoots.admit(folders, ann))).toBe("root-denied");
    expect(ann.questions).toEqual([]);
    expect(await reason(w.callerRoots.admit(folders.slice(1), ann))).toBe("admitted");
  });

  it("shows a name that imitates another one in its escaped form", async () => {
    await using w = await world();
    const tricky = [
      "a\u202Etxt.exe",
      'two\n"/srv/harmless"',
      "zero\u200Bwidth",
      "no\u00A0break",
      "next\u0085line",
      "tag\u{E0041}",
      "[link](x)",
      "<b>",
      "a&#10;b",
      "`code`",
      "www.evil.example",
      "WWW.x",
      "**bold** _u_ my_project",
      "plain name é 目",
    ];
    for (const name of tricky) await mkdir(w.at(name), { recursive: true });
    const ann = scriptedCaller("ann", { answer: true });
    const lines: string[] = [];
    for (const half of [tricky.slice(0, MAX_DIRECTORIES), tricky.slice(MAX_DIRECTORIES)]) {
      await w.callerRoots.admit(
        half.map((name) => w.at(name)),
        ann,
      );
      lines.push(...(ann.questions.at(-1)?.split("\n").slice(1, -1) ?? []));
    }
    expect(lines).toEqual(
      [
        "a\\u202etxt.exe",
        'two\\n\\"/srv/harmless\\"',
        "zero\\u200bwidth",
        "no\\u00a0break",
        "next\\u0085line",
        "tag\\udb40\\udc41",
        "\\u005blink\\u005d(x)",
        "\\u003cb\\u003e",
        "a\\u0026#10;b",
        "\\u0060code\\u0060",
        "www\\u002eevil.example",
        "WWW\\u002ex",
        "**bold** _u_ my_project",
        "plain name é 目",
      ].map((name) => `\`"${w.at()}/${name}"\``),
    );
    // The escaped form can be parsed back.
    expect(lines.map((line) => JSON.parse(line.slice(1, -1)))).toEqual(tricky.map((name) => w.at(name)));
  });
});
