import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import type { Caller } from "../../../src/caller.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { CallerRoots, MAX_ROOTS } from "../../../src/session/caller-roots.js";
import { MAX_DECLINED, MAX_DIRECTORIES } from "../../../src/session/permission.js";
import { rememberingLog, scriptedCaller } from "../../support/scripted-caller.js";
import { tempDir } from "../../support/temp-dir.js";

/** given/ (that the operator spells given-link), work/ (where the server was started), one/, two/, file. */
async function world({ isGiven = true }: { readonly isGiven?: boolean } = {}) {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, ...parts);
  for (const folder of ["given/inner", "given/secrets/x", "work", "one/inner", "one/secrets/x", "two", "old"])
    await mkdir(at(folder), { recursive: true });
  await writeFile(at("file"), "");
  const { log, lines } = rememberingLog();
  await symlink(at("given"), at("given-link"));
  const operator = isGiven
    ? { spelled: at("given-link"), real: at("given") }
    : { spelled: at("work"), real: at("work") };
  const ceiling = new CallerRoots({ roots: [operator], isGiven }, new RestrictedNames(), log);
  const uri = (...parts: string[]): string => pathToFileURL(at(...parts)).href;
  return { at, uri, ceiling, lines, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

const reason = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "admitted",
    (error: { reason?: string }) => error.reason,
  );

describe("what is open to a caller", () => {
  it("is what the operator gave and what the client names", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("one")] });
    expect(w.ceiling.directories).toEqual([w.at("given")]);
    await w.ceiling.refresh(ann);
    expect(w.ceiling.directories).toEqual([w.at("given"), w.at("one")]);
  });

  it("is the working directory where the operator gave nothing and the client has no roots", async () => {
    await using w = await world({ isGiven: false });
    expect(w.ceiling.directories).toEqual([]);
    await w.ceiling.refresh(scriptedCaller("ann"));
    expect(w.ceiling.directories).toEqual([w.at("work")]);
  });

  it("is the client's roots alone where the operator gave nothing", async () => {
    await using w = await world({ isGiven: false });
    await w.ceiling.refresh(scriptedCaller("ann", { named: [w.uri("one")] }));
    expect(w.ceiling.directories).toEqual([w.at("one")]);
  });

  it("is not the working directory again when the client removes its last root, which may be that", async () => {
    await using w = await world({ isGiven: false });
    const ann = scriptedCaller("ann", { named: [w.uri("work")] });
    await w.ceiling.refresh(ann);
    ann.named = [];
    await w.ceiling.refresh(ann);
    expect(w.ceiling.directories).toEqual([]);
  });

  it("is not the working directory where none of the client's roots can be one", async () => {
    await using w = await world({ isGiven: false });
    await w.ceiling.refresh(scriptedCaller("ann", { named: ["file:///"] }));
    expect(w.ceiling.directories).toEqual([]);
  });

  it("is only what the operator gave while the client does not answer, and is asked again", async () => {
    for (const isGiven of [true, false]) {
      await using w = await world({ isGiven });
      const ann = scriptedCaller("ann", { named: [w.uri("one")] });
      await w.ceiling.refresh(ann);
      ann.named = null;
      await w.ceiling.refresh(ann);
      expect(w.ceiling.directories).toEqual(isGiven ? [w.at("given")] : []);
      ann.named = [w.uri("one")];
      await w.ceiling.refresh(ann);
      expect(w.ceiling.contains(w.at("one", "inner"))).toBe(true);
    }
  });

  it("leaves out what can be no root, says so once in the log, and keeps the others", async () => {
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
    await w.ceiling.refresh(ann);
    await w.ceiling.refresh(ann);
    expect(w.ceiling.directories).toEqual([w.at("given"), w.at("one")]);
    expect(w.lines.map((line) => (line as { root: string }).root).sort()).toEqual([...bad].sort());
  });

  it("holds no more than so many of the client's roots", async () => {
    await using w = await world();
    const folders = Array.from({ length: MAX_ROOTS + 5 }, (_, count) => `many-${count}`);
    for (const folder of folders) await mkdir(w.at(folder));
    await w.ceiling.refresh(scriptedCaller("ann", { named: folders.map((folder) => w.uri(folder)) }));
    expect(w.ceiling.directories).toHaveLength(1 + MAX_ROOTS);
  });

  it("is what a root was when it was first named, not what a link put in its place leads to", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("one")] });
    await w.ceiling.refresh(ann);
    await rename(w.at("one"), w.at("moved"));
    await symlink(w.at("two"), w.at("one"));
    await w.ceiling.refresh(ann);
    expect(w.ceiling.contains(w.at("two"))).toBe(false);
    await rm(w.at("one"));
  });
});

describe("a change of the client's roots", () => {
  it("closes them in the same moment, and beats the answer to an older question", async () => {
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
    const refreshed = w.ceiling.refresh(ann);
    w.ceiling.clientRootsChanged();
    answerFirst([w.uri("one")]);
    await refreshed;
    expect(w.ceiling.directories).toEqual([w.at("given"), w.at("two")]);
  });

  it("that is reported whenever the client is asked leaves them closed", async () => {
    await using w = await world();
    let asked = 0;
    const roots = async (): Promise<readonly string[]> => {
      asked++;
      w.ceiling.clientRootsChanged();
      return [w.uri("one")];
    };
    await w.ceiling.refresh({ ...scriptedCaller("ann"), roots });
    expect(asked).toBe(3);
    expect(w.ceiling.directories).toEqual([w.at("given")]);
  });

  it("is not undone by a late answer when a younger one is there", async () => {
    await using w = await world();
    let answerFirst: (uris: readonly string[]) => void = () => undefined;
    const first = new Promise<readonly string[]>((resolve) => (answerFirst = resolve));
    const slow = w.ceiling.refresh({ ...scriptedCaller("ann"), roots: () => first });
    await w.ceiling.refresh(scriptedCaller("ann", { named: [w.uri("two")] }));
    answerFirst([w.uri("one"), w.uri("two")]);
    await slow;
    expect(w.ceiling.directories).toEqual([w.at("given"), w.at("two")]);
  });
});

describe("CallerRoots.admit()", () => {
  it("asks nobody about what is open", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("one")], answer: true });
    expect(await w.ceiling.admit([w.at("one", "inner"), w.at("given")], ann)).toEqual([
      { spelled: w.at("one", "inner"), real: w.at("one", "inner") },
      { spelled: w.at("given"), real: w.at("given") },
      { spelled: w.at("given-link"), real: w.at("given") },
    ]);
    expect(ann.questions).toEqual([]);
  });

  it("opens what the person says yes to, in one question that shows each directory as it really is", async () => {
    await using w = await world();
    await symlink(w.at("two"), w.at("link"));
    const ann = scriptedCaller("ann", { answer: true });
    await w.ceiling.admit([w.at("one"), w.at("given"), w.at("link")], ann);
    expect(ann.questions).toHaveLength(1);
    expect(ann.questions[0]).toContain(`\n\`${JSON.stringify(w.at("one"))}\`\n\`${JSON.stringify(w.at("two"))}\`\n`);
    expect(ann.questions[0]).not.toContain("link");
    expect(w.ceiling.directories).toEqual([w.at("given"), w.at("one"), w.at("two")]);
    // It stays open, under the name that was asked for as well.
    await w.ceiling.admit([w.at("link"), w.at("one", "inner")], ann);
    expect(ann.questions).toHaveLength(1);
  });

  it("opens a link's end that the person saw, and not what the link leads to by then", async () => {
    await using w = await world();
    await symlink(w.at("one"), w.at("link"));
    const ann = scriptedCaller("ann", { answer: true });
    const swapping = {
      ...ann,
      confirm: async () => {
        await rm(w.at("link"));
        await symlink(w.at("two"), w.at("link"));
        return true;
      },
    };
    expect(await reason(w.ceiling.admit([w.at("link")], swapping))).toBe("root-denied");
    expect(w.ceiling.contains(w.at("two"))).toBe(false);
  });

  it("opens nothing when the person says no, and none when one of several cannot be", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: false });
    expect(await reason(w.ceiling.admit([w.at("one")], ann))).toBe("root-denied");
    ann.answer = true;
    expect(await reason(w.ceiling.admit([w.at("one"), w.at("none")], ann))).toBe("root-denied");
    expect(ann.questions).toHaveLength(1);
    expect(w.ceiling.directories).toEqual([w.at("given")]);
  });

  it.each(["/", "/etc", "/usr/lib", "/home", homedir(), path.dirname(homedir()), "none", "file", "relative"])(
    "refuses %s without a question",
    async (asked) => {
      await using w = await world();
      const ann = scriptedCaller("ann", { answer: true });
      const root = asked === "relative" ? "../one" : asked.startsWith("/") ? asked : w.at(asked);
      expect(await reason(w.ceiling.admit([root], ann))).toBe("root-denied");
      expect(ann.questions).toEqual([]);
    },
  );

  it("refuses in the same words what is missing, what is outside, and what the person does not want", async () => {
    await using w = await world();
    const words = async (root: string, answer: boolean | null): Promise<string> => {
      const error: unknown = await w.ceiling.admit([root], scriptedCaller("ann", { answer })).catch((e: unknown) => e);
      return JSON.stringify([String(error), error]).replaceAll(root, "ROOT");
    };
    const told = [
      await words(w.at("none"), null),
      await words(w.at("one"), null),
      await words(w.at("one"), false),
      await words(w.at("none"), true),
      await words("/etc", null),
      await words("/", true),
    ];
    expect(told[0]).toContain("--allow-root DIR or RLM_ALLOWED_ROOTS");
    expect(new Set(told.slice(0, 5)).size).toBe(1);
  });

  it("finds what the operator spelled through a link, and keeps every name that leads to it", async () => {
    await using w = await world();
    const names = async (root: string): Promise<unknown> =>
      [
        ...new Set(
          (await w.ceiling.admit([root], scriptedCaller("ann"))).map(({ spelled, real }) => `${real} ${spelled}`),
        ),
      ].sort();
    const both = [`${w.at("given/inner")} ${w.at("given-link/inner")}`];
    for (const root of [w.at("given-link/inner"), w.uri("given-link/inner"), "inner"])
      expect(await names(root)).toEqual(both);
    await symlink(w.at("given/inner"), w.at("given/link"));
    for (const root of [w.at("given/link"), w.uri("given/link")])
      expect(await names(root)).toEqual([...both, `${w.at("given/inner")} ${w.at("given/link")}`].sort());
  });

  it("asks about a directory that is named by a URI", async () => {
    await using w = await world();
    await symlink(w.at("one"), w.at("link"));
    const ann = scriptedCaller("ann", { answer: true });
    expect(await w.ceiling.admit([w.uri("link")], ann)).toContainEqual({ spelled: w.at("link"), real: w.at("one") });
    expect(ann.questions).toHaveLength(1);
  });

  it("asks nobody about what would stay closed: a restricted name inside what is open, or inside what is asked for", async () => {
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
          w.ceiling.admit(
            roots.map((root) => w.at(root)),
            ann,
          ),
        ),
      ).toBe("root-denied");
    }
    expect(ann.questions).toEqual([]);
    expect(w.ceiling.directories).toEqual([w.at("given")]);
    // Where nothing around it is open there is no name on the way to it.
    expect(await reason(w.ceiling.admit([w.at("one/secrets/x")], ann))).toBe("admitted");
  });

  it("opens nothing of what the person said yes to if the rest has gone meanwhile", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { named: [w.uri("two")] });
    const closing = { ...ann, confirm: async () => ((ann.named = []), true) };
    expect(await reason(w.ceiling.admit([w.at("one"), w.at("two")], closing))).toBe("root-denied");
    expect(w.ceiling.directories).toEqual([w.at("given")]);
  });

  it("does not look at the disk for a directory that it cannot ask about", async () => {
    await using w = await world();
    for (const root of [w.at("none"), "/", w.at("one")]) {
      const error: unknown = await w.ceiling.admit([root], scriptedCaller("ann")).catch((e: unknown) => e);
      // A look would have left what it found.
      expect(error).toMatchObject({ reason: "root-denied", cause: undefined });
    }
  });

  it("stops asking a person who keeps saying no", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: false });
    for (let count = 0; count < MAX_DECLINED + 2; count++)
      expect(await reason(w.ceiling.admit([w.at("one")], ann))).toBe("root-denied");
    expect(ann.questions).toHaveLength(MAX_DECLINED);
    ann.answer = true;
    expect(await reason(w.ceiling.admit([w.at("one")], ann))).toBe("root-denied");
    expect(ann.questions).toHaveLength(MAX_DECLINED);
  });

  it("counts no question of a call that was cancelled, and opens nothing by its answer", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: true });
    let asked = 0;
    const cancelled = { ...ann, confirm: async () => (asked++, null) };
    for (let count = 0; count < MAX_DECLINED + 2; count++)
      expect(await reason(w.ceiling.admit([w.at("one")], cancelled))).toBe("root-denied");
    expect(asked).toBe(MAX_DECLINED + 2);
    expect(w.ceiling.directories).toEqual([w.at("given")]);
    expect(await reason(w.ceiling.admit([w.at("one")], ann))).toBe("admitted");
  });

  it("asks nobody about a path that is longer than a person reads, by any name", async () => {
    await using w = await world();
    const words = "Choose Allow. ".repeat(12).trim();
    const long = w.at(words, words, words);
    await mkdir(long, { recursive: true });
    await symlink(long, w.at("short"));
    const ann = scriptedCaller("ann", { answer: true });
    for (const root of [long, w.at("short")]) expect(await reason(w.ceiling.admit([root], ann))).toBe("root-denied");
    expect(ann.questions).toEqual([]);
    expect(await reason(w.ceiling.admit([w.at(words)], ann))).toBe("admitted");
  });

  it("has one question open at a time: many at once would get round that", async () => {
    await using w = await world();
    const ann = scriptedCaller("ann", { answer: false });
    const many = (caller: Caller) =>
      Promise.all(Array.from({ length: 20 }, () => reason(w.ceiling.admit([w.at("one")], caller))));
    // A person who takes a while, and one who answers before the next question is made.
    let open = 0;
    let shown = 0;
    const slow = async (): Promise<boolean> => {
      shown++;
      expect(++open).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      open--;
      return false;
    };
    expect(new Set(await many({ ...ann, confirm: slow }))).toEqual(new Set(["root-denied", "busy"]));
    for (let count = 0; count < MAX_DECLINED + 2; count++) await many(ann);
    expect(shown + ann.questions.length).toBe(MAX_DECLINED);
  });

  it("refuses in the same words, while a question is open, what is there and what is not", async () => {
    await using w = await world();
    let answer: (isAllowed: boolean) => void = () => undefined;
    const ann = { ...scriptedCaller("ann"), confirm: () => new Promise<boolean>((resolve) => (answer = resolve)) };
    const first = reason(w.ceiling.admit([w.at("one")], ann));
    await vi.waitFor(() => expect(answer.length).toBe(1));
    const told = await Promise.all(
      [w.at("two"), w.at("none"), w.at("file"), "/etc"].map((root) => w.ceiling.admit([root], ann).catch(String)),
    );
    expect(new Set(told)).toEqual(new Set([expect.stringContaining("Cannot ask for further roots")]));
    answer(true);
    expect(await first).toBe("admitted");
  });

  it("asks about no more directories than a person reads", async () => {
    await using w = await world();
    const folders = Array.from({ length: MAX_DIRECTORIES + 1 }, (_, count) => w.at(`many-${count}`));
    for (const folder of folders) await mkdir(folder);
    const ann = scriptedCaller("ann", { answer: true });
    expect(await reason(w.ceiling.admit(folders, ann))).toBe("root-denied");
    expect(ann.questions).toEqual([]);
    expect(await reason(w.ceiling.admit(folders.slice(1), ann))).toBe("admitted");
  });

  it("shows a name that tries to look like another one for what it is", async () => {
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
      await w.ceiling.admit(
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
    // What is shown can be read back.
    expect(lines.map((line) => JSON.parse(line.slice(1, -1)))).toEqual(tricky.map((name) => w.at(name)));
  });
});
