import { mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Fault, Refusal } from "../../../src/errors.js";
import { MAX_PATH_LENGTH } from "../../../src/limits.js";
import { PathValidator, type Root } from "../../../src/paths/path-validator.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { failingDisk } from "../../support/failing-disk.js";
import { describeUnless, notLinux } from "../../support/skips.js";
import { tempDir } from "../../support/temp-dir.js";

/**
 * Makes two roots, app and lib, and one neighbour whose name starts with "app":
 *
 *   app/main.py   app/..notes   app/a..b   app/.env   app/environment/env.ts   app-old/notes.txt   lib/main.py
 *   lib/only.py   lib/nested/deep.py
 */
async function workspace() {
  const dir = await tempDir([
    "app/main.py",
    "app/..notes",
    "app/a..b",
    "app/.env",
    "app/environment/env.ts",
    "app-old/notes.txt",
    "lib/main.py",
    "lib/only.py",
    "lib/nested/deep.py",
  ]);
  return { ...dir, validator: PathValidator.create([dir.at("app"), dir.at("lib")]) };
}

describe("PathValidator.resolve() finds", () => {
  it("a file and a directory through a link outside the roots that leads in", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app", "main.py"), ws.at("app-old", "entry"));
    await symlink(ws.at(), ws.at("app-old", "tmp"));
    const found = { real: ws.at("app", "main.py"), root: ws.at("app"), relative: "main.py" };
    expect(await ws.validator.resolve(ws.at("app-old", "entry"))).toMatchObject(found);
    expect(await ws.validator.resolve(ws.at("app-old", "tmp", "app", "main.py"))).toMatchObject(found);
    expect(await ws.validator.resolve(ws.at("app-old", "tmp", "app"))).toMatchObject({ real: ws.at("app") });
  });

  it.each([
    ["NFC", "NFD"],
    ["NFD", "NFC"],
  ] as const)("a name in %s on the disk by its spelling in %s", async (onDisk, asked) => {
    const name = "caf\u00e9/r\u00e9sum\u00e9.txt";
    await using dir = await tempDir([`proj\u00e9t/${name}`.normalize(onDisk)]);
    const root = dir.at("proj\u00e9t".normalize(onDisk));
    const validator = PathValidator.create([root]);
    const real = dir.at(`proj\u00e9t/${name}`.normalize(onDisk));
    expect(await validator.resolve(name.normalize(asked))).toMatchObject({ real });
    expect(await validator.resolve(dir.at(`proj\u00e9t/${name}`.normalize(asked)))).toMatchObject({ real });
    await expect(validator.resolve("caf\u00e9/none\u00e9.txt")).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("the very file that was named if both spellings exist", async () => {
    const names = ["\u00e9.txt", "e\u0301.txt"];
    await using dir = await tempDir(names.map((name) => `root/${name}`));
    const validator = PathValidator.create([dir.at("root")]);
    for (const name of names) expect(await validator.resolve(name)).toMatchObject({ real: dir.at("root", name) });
  });
});

describe("PathValidator.resolve() accepts", () => {
  it.each([
    ["a file in a root", "app/main.py", "app/main.py"],
    ["a file in the second root", "lib/only.py", "lib/only.py"],
    ["the root itself", "app", "app"],
    ["a root with a slash at its end", "app/", "app"],
    ["a detour that stays inside", "app/x/../main.py", "app/main.py"],
    ["a detour from one root to the other", "app/../lib/only.py", "lib/only.py"],
    ["a name that starts with two dots", "app/..notes", "app/..notes"],
    ["a name with two dots in it", "app/a..b", "app/a..b"],
    ["a directory named environment", "app/environment/env.ts", "app/environment/env.ts"],
  ])("%s", async (_, asked, expected) => {
    await using ws = await workspace();
    expect(await ws.validator.resolve(`${ws.at()}/${asked}`)).toMatchObject({ real: ws.at(expected) });
  });

  it.each([
    ["from the first root that has the file", "main.py", "app", "main.py"],
    ["from a later root", "only.py", "lib", "only.py"],
    ["with a dot before it", "./only.py", "lib", "only.py"],
    ["that climbs into another root", "../lib/only.py", "lib", "only.py"],
  ])("a relative path %s", async (_, asked, root, relative) => {
    await using ws = await workspace();
    expect(await ws.validator.resolve(asked)).toMatchObject({
      real: ws.at(root, relative),
      root: ws.at(root),
      relative,
    });
  });

  it("a file of nested roots, under the inner one", async () => {
    await using ws = await workspace();
    const validator = PathValidator.create([ws.at("lib"), ws.at("lib", "nested")]);
    expect(await validator.resolve(ws.at("lib", "nested", "deep.py"))).toMatchObject({
      root: ws.at("lib", "nested"),
      relative: "deep.py",
    });
  });

  it("a link to a file inside, and returns the file", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app", "main.py"), ws.at("app", "link.py"));
    expect(await ws.validator.resolve(ws.at("app", "link.py"))).toMatchObject({
      real: ws.at("app", "main.py"),
      relative: "main.py",
    });
  });

  it("a root that is itself a link, under either name", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app"), ws.at("current"));
    const validator = PathValidator.create([ws.at("current")]);
    for (const name of ["current", "app"]) {
      expect(await validator.resolve(ws.at(name, "main.py"))).toMatchObject({
        real: ws.at("app", "main.py"),
        root: ws.at("app"),
      });
    }
  });
});

describe("PathValidator.resolve() refuses", () => {
  it.each([
    ["a parent", "app/.."],
    ["a climb out and into a neighbour", "app/../app-old/notes.txt"],
    ["a neighbour that shares a prefix", "app-old/notes.txt"],
    ["a missing file", "app/missing.py"],
    ["a file used as a directory", "app/main.py/x"],
    ["a name that is too long for every disk", `app/${"a".repeat(300)}`],
    ["a file with a slash at its end", "app/main.py/"],
    ["a name in percent signs", "app/%2e%2e/app-old/notes.txt"],
  ])("%s", async (_, asked) => {
    await using ws = await workspace();
    await expect(ws.validator.resolve(`${ws.at()}/${asked}`)).rejects.toMatchObject({
      name: "Refusal",
      reason: "path-denied",
    });
  });

  it.each([
    "../app-old/notes.txt",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "/proc/self/root/etc/passwd",
    "/proc/self/environ",
    "/dev/fd/0",
    "/",
    "//etc/passwd",
    "file:///etc/passwd",
    "~/main.py",
    ".. /x",
    "/app/main.py",
    "/../app/main.py",
  ])("%s", async (asked) => {
    await using ws = await workspace();
    await expect(ws.validator.resolve(asked)).rejects.toMatchObject({
      reason: "path-denied",
      detail: { stage: "paths", resource: asked },
    });
  });

  it.each([
    ["an empty path", ""],
    ["a NUL character", "/app/main.py\0.txt"],
    ["a path that is too long", `/${"a".repeat(MAX_PATH_LENGTH)}`],
    ["a file URI of another host", "file://server/app/main.py"],
  ])("%s as bad input", async (_, asked) => {
    await using ws = await workspace();
    await expect(ws.validator.resolve(asked)).rejects.toMatchObject({ reason: "bad-input" });
  });

  it.each(["file", "directory"])("a link that leads out through a %s", async (kind) => {
    await using ws = await workspace();
    await symlink(kind === "file" ? ws.at("app-old", "notes.txt") : ws.at("app-old"), ws.at("app", "exit"));
    const asked = kind === "file" ? ws.at("app", "exit") : ws.at("app", "exit", "notes.txt");
    await expect(ws.validator.resolve(asked)).rejects.toMatchObject({ reason: "path-denied" });
    await expect(ws.validator.resolve(path.relative(ws.at("app"), asked))).rejects.toMatchObject({
      reason: "path-denied",
    });
  });

  it("a link that leads to itself", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app", "loop"), ws.at("app", "loop"));
    await expect(ws.validator.resolve(ws.at("app", "loop"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a restricted name behind a link outside the roots, whether or not it exists", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app"), ws.at("app-old", "entry"));
    for (const name of [".env", ".env.local", "id_rsa"])
      await expect(ws.validator.resolve(ws.at("app-old", "entry", name))).rejects.toMatchObject({
        reason: "path-restricted",
      });
  });

  it("a link outside the roots that leads to a file outside", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app-old", "notes.txt"), ws.at("entry"));
    await expect(ws.validator.resolve(ws.at("entry"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a link that has replaced a root", async () => {
    await using ws = await workspace();
    await rename(ws.at("app"), ws.at("away"));
    await symlink(ws.at("app-old"), ws.at("app"));
    await expect(ws.validator.resolve(ws.at("app", "notes.txt"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a missing file and one outside, and lists the roots", async () => {
    await using ws = await workspace();
    for (const asked of ["missing.py", ws.at("app", "missing.py"), ws.at("app-old", "notes.txt"), "/etc/passwd"]) {
      await expect(ws.validator.resolve(asked)).rejects.toMatchObject({
        reason: "path-denied",
        detail: { alternatives: [ws.at("app"), ws.at("lib")] },
      });
    }
  });

  it("a missing file in one sentence, with the error of the disk as its cause", async () => {
    await using ws = await workspace();
    const validator = PathValidator.create([ws.at("app")]);
    await expect(validator.resolve("none")).rejects.toMatchObject({
      message: 'Cannot use path "none": no such file inside the allowed roots',
      detail: { stage: "paths", resource: "none", retryable: false },
      cause: { code: "ENOENT" },
    });
  });

  it.each([
    [["vscode-remote://a/x"], '"vscode-remote://a/x" is no directory of the host'],
    [["vscode-remote://a/x", "b:/", "c:/"], '"vscode-remote://a/x" and 2 more is no directory of the host'],
  ])("a missing file, and names the client's roots %j that are of another host", async (foreign, says) => {
    await using ws = await workspace();
    const roots: Root[] = [{ spelled: ws.at("app"), real: ws.at("app") }];
    await expect(new PathValidator(roots, new RestrictedNames(), foreign).resolve("none")).rejects.toMatchObject({
      message: expect.stringContaining(`the client's root ${says}`),
    });
  });

  it("a missing file in many roots, and lists twenty of them, each once", async () => {
    await using ws = await workspace();
    const roots: string[] = [];
    for (let number = 0; number < 30; number++) {
      roots.push(ws.at(`root-${number}`), ws.at(`root-${number}`));
      await mkdir(ws.at(`root-${number}`));
    }
    const alternatives = [...new Set(roots)].slice(0, 20);
    await expect(PathValidator.create(roots).resolve("none")).rejects.toMatchObject({ detail: { alternatives } });
  });

  it("a missing file, one outside, and a link to either with the same words", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app-old", "notes.txt"), ws.at("app", "hit"));
    await symlink(ws.at("app-old", "nothing"), ws.at("app", "miss"));
    const words = async (...asked: string[]): Promise<string> => {
      const error: unknown = await ws.validator.resolve(ws.at(...asked)).catch((e: unknown) => e);
      return String(error).replace(ws.at(...asked), "PATH");
    };
    const answers = [
      await words("app", "hit"),
      await words("app", "miss"),
      await words("app", "none"),
      await words("app-old", "notes.txt"),
      await words("app-old", "none"),
    ];
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toContain(ws.at());
  });

  it("every path when there are no roots", async () => {
    const validator = PathValidator.create([]);
    for (const asked of ["/etc/hostname", "hostname", "."])
      await expect(validator.resolve(asked)).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("every path when there are no roots, and says how a directory is opened", async () => {
    const sentences = ["/etc/hostname", "/etc/none", "hostname"].map(async (asked) => {
      const error: unknown = await PathValidator.create([])
        .resolve(asked)
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ detail: { alternatives: [] } });
      return (error as Error).message.replace(asked, "PATH");
    });
    const [sentence, ...others] = await Promise.all(sentences);
    expect(sentence).toMatch(
      /no directory is open, .* --allow-root DIR or RLM_ALLOWED_ROOTS, .* the folder in the client, .* rlm_roots_set/,
    );
    expect(others).toEqual([sentence, sentence]);
  });
});

/** Makes the same disk with restricted names: app/.git/ and app/.ssh/. */
async function withSecrets() {
  const ws = await workspace();
  for (const folder of ["app/.git/hooks", "app/.ssh"]) await mkdir(ws.at(folder), { recursive: true });
  for (const file of ["app/.git/config", "app/.git/hooks/run.py", "app/.ssh/config"]) await writeFile(ws.at(file), "");
  const refusal = async (asked: string, validator = ws.validator): Promise<Refusal> => {
    const error: unknown = await validator.resolve(asked).catch((e: unknown) => e);
    if (error instanceof Refusal) return error;
    throw new Error(`Expected a refusal of ${asked}`);
  };
  return { ...ws, refusal };
}

describe("PathValidator.resolve() refuses as restricted", () => {
  it.each([
    [".env", ".env*"],
    ["./.ENV", ".env*"],
    ["x/../.env", ".env*"],
    [".git", ".git"],
    [".git/config", ".git"],
    [".git/hooks/run.py", ".git"],
    [".ssh/config", ".ssh"],
    ["../app/.env", ".env*"],
    ["../lib/id_rsa", "id_*"],
    ["nested/token.json", "token*.json"],
  ])("%s, naming %s and the operator", async (asked, pattern) => {
    await using ws = await withSecrets();
    const { reason, message, detail } = await ws.refusal(asked);
    expect({ reason, detail }).toEqual({
      reason: "path-restricted",
      detail: { stage: "paths", resource: asked, retryable: false },
    });
    expect(message).toContain(`like ${JSON.stringify(pattern)}`);
    expect(message).toContain("operator");
    expect(message).not.toContain(ws.at());
  });

  it("an absolute path and a file URI", async () => {
    await using ws = await withSecrets();
    for (const asked of [ws.at("app", ".env"), `file://${ws.at("app", "%2Eenv")}`])
      expect(await ws.refusal(asked)).toMatchObject({ reason: "path-restricted" });
  });

  it("an existing and a missing file with the same words", async () => {
    await using ws = await withSecrets();
    const words = async (asked: string): Promise<string> => (await ws.refusal(asked)).message.replace(asked, "PATH");
    expect(await words(ws.at("app", ".env"))).toBe(await words(ws.at("lib", ".env")));
    expect(await words(".git/config")).toBe(await words(".git/none/config"));
  });

  it("a link to a restricted file or directory, and does not name its target", async () => {
    await using ws = await withSecrets();
    await symlink(ws.at("app", ".env"), ws.at("app", "plain.txt"));
    await symlink(ws.at("app", ".git"), ws.at("app", "repository"));
    for (const asked of ["plain.txt", "repository", "repository/hooks/run.py"]) {
      const { reason, message } = await ws.refusal(asked);
      expect(reason).toBe("path-restricted");
      expect(message).not.toContain(ws.at());
    }
  });

  it("a file in a restricted directory of an outer root, even if that directory is a root too", async () => {
    await using ws = await withSecrets();
    for (const roots of [
      ["app", "app/.git"],
      ["app/.git", "app"],
      ["app/.git/hooks", "app"],
    ]) {
      const validator = PathValidator.create(roots.map((root) => ws.at(root)));
      expect(await ws.refusal(ws.at("app", ".git", "hooks", "run.py"), validator)).toMatchObject({
        reason: "path-restricted",
      });
    }
  });

  it("a restricted directory that is requested as a narrower root", async () => {
    await using ws = await withSecrets();
    const validator = PathValidator.create([ws.at("app")]);
    for (const root of [".git", ".git/hooks", ws.at("app", ".ssh")])
      expect(await ws.refusal(root, validator)).toMatchObject({ reason: "path-restricted" });
    expect(validator.restricted.findPattern(ws.at("app", ".git"))).toBe(".git");
  });

  it("a name that is restricted for files alone, and not a directory with that name", async () => {
    await using ws = await withSecrets();
    await mkdir(ws.at("lib", "id_service"));
    await writeFile(ws.at("lib", "id_service", "Makefile"), "");
    await writeFile(ws.at("lib", "id_file"), "");
    expect(await ws.validator.resolve("id_service")).toMatchObject({ real: ws.at("lib", "id_service") });
    expect(await ws.validator.resolve("id_service/Makefile")).toMatchObject({ relative: "id_service/Makefile" });
    for (const asked of ["id_file", "id_none", "id_service/id_file", "id_service/../id_file"])
      expect(await ws.refusal(asked)).toMatchObject({ reason: "path-restricted" });
    await symlink(ws.at("app-old"), ws.at("app", "id_out"));
    await symlink(ws.at("lib", "id_service"), ws.at("app", "id_rsa"));
    await symlink(ws.at("app", "main.py"), ws.at("app", "id_copy"));
    for (const asked of ["id_out", "id_rsa", "id_copy"])
      expect(await ws.refusal(asked)).toMatchObject({ reason: "path-restricted" });
  });

  it("files that are no programs in a directory like credentials/, and that directory itself", async () => {
    await using ws = await withSecrets();
    await mkdir(ws.at("lib", "credentials", "models.py"), { recursive: true });
    for (const file of ["views.py", "prod.json", "models.py/key"])
      await writeFile(ws.at("lib", "credentials", file), "");
    expect(await ws.validator.resolve("credentials/views.py")).toMatchObject({ relative: "credentials/views.py" });
    // If it were a root, its own name would no longer restrict the files in it.
    for (const asked of [
      "credentials",
      "credentials/models.py",
      "credentials/models.py/key",
      "credentials/prod.json",
    ]) {
      expect(await ws.refusal(asked)).toMatchObject({ reason: "path-restricted" });
    }
    await symlink(ws.at("lib", "credentials"), ws.at("lib", "plain"));
    for (const asked of ["plain", "plain/prod.json"])
      expect(await ws.refusal(asked)).toMatchObject({ reason: "path-restricted" });
    expect(await ws.validator.resolve("plain/views.py")).toMatchObject({ relative: "credentials/views.py" });
  });

  it("a name that the operator added", async () => {
    await using ws = await withSecrets();
    const validator = PathValidator.create([ws.at("app"), ws.at("lib")], new RestrictedNames(["main*"]));
    expect((await ws.refusal("main.py", validator)).message).toContain('like "main*" (restricted by the operator)');
    expect(await validator.resolve("only.py")).toMatchObject({ real: ws.at("lib", "only.py") });
  });

  it("no file outside the roots: its refusal is path-denied", async () => {
    await using ws = await withSecrets();
    for (const asked of [ws.at(".env"), "../.env", "/home/ann/.ssh/id_rsa"])
      expect(await ws.refusal(asked)).toMatchObject({ reason: "path-denied" });
  });

  it("no file for the name of a root or for a name above it", async () => {
    await using ws = await withSecrets();
    const validator = PathValidator.create([ws.at("app", ".git", "hooks")]);
    expect(await validator.resolve("run.py")).toMatchObject({ relative: "run.py" });
  });
});

describe("PathValidator.resolve() lets a root of the operator open", () => {
  const root = (real: string, isGivenByOperator: boolean): Root => ({
    spelled: real,
    real,
    ...(isGivenByOperator ? { isGivenByOperator } : {}),
  });

  it("a directory whose name another root restricts", async () => {
    await using ws = await withSecrets();
    for (const outer of [true, false]) {
      for (const roots of [
        [root(ws.at("app"), outer), root(ws.at("app", ".git"), true)],
        [root(ws.at("app", ".git"), true), root(ws.at("app"), outer)],
      ]) {
        const validator = new PathValidator(roots);
        expect(await validator.resolve(ws.at("app", ".git", "config"))).toMatchObject({
          root: ws.at("app", ".git"),
          relative: "config",
        });
        expect(await validator.resolve(ws.at("app", ".git", "hooks"))).toMatchObject({ relative: "hooks" });
        for (const asked of [".env", ".ssh/config"])
          expect(await ws.refusal(asked, validator)).toMatchObject({ reason: "path-restricted" });
      }
    }
  });

  it("a directory under the operator's spelling, and through links", async () => {
    await using ws = await withSecrets();
    await symlink(ws.at("app", ".git"), ws.at("app", ".ssh", "repository"));
    const validator = new PathValidator([
      root(ws.at("app"), true),
      { spelled: ws.at("app", ".ssh", "repository"), real: ws.at("app", ".git"), isGivenByOperator: true },
    ]);
    expect(await validator.resolve(ws.at("app", ".ssh", "repository", "config"))).toMatchObject({ relative: "config" });
    expect(await ws.refusal(ws.at("app", ".ssh", "config"), validator)).toMatchObject({ reason: "path-restricted" });
  });

  it("no restricted name below it, and no other root inside it", async () => {
    await using ws = await withSecrets();
    await mkdir(ws.at("app", ".git", "secrets"));
    const roots = [
      root(ws.at("app"), false),
      root(ws.at("app", ".git"), true),
      root(ws.at("app", ".git", "secrets"), false),
    ];
    for (const asked of ["secrets/db", "secrets"])
      expect(await ws.refusal(ws.at("app", ".git", asked), new PathValidator(roots))).toMatchObject({
        reason: "path-restricted",
      });
    expect(
      await ws.refusal(ws.at("app", ".git", "config"), new PathValidator(roots.map(({ real }) => root(real, false)))),
    ).toMatchObject({ reason: "path-restricted" });
  });
});

describeUnless(notLinux, "PathValidator.resolve() denies processes and devices as the kernel shows them,", () => {
  const everything = PathValidator.create(["/"]);

  it.each(["/proc/self/root", "/proc/thread-self/root", `/proc/${process.pid}/root`, "/proc/./self//root"])(
    "%s, though the disk is the root",
    async (view) => {
      await using ws = await workspace();
      expect(String(await readFile(`${view}${ws.at("app/main.py")}`))).toBe("");
      await expect(everything.resolve(`${view}${ws.at("app/main.py")}`)).rejects.toMatchObject({
        reason: "path-denied",
      });
    },
  );

  it.each(["/dev/null", "/dev/fd/0", "dev/null", "proc/self/environ", "/proc/self", "/dev"])(
    "%s, though the disk is the root",
    async (asked) => {
      await expect(everything.resolve(asked)).rejects.toMatchObject({ reason: "path-denied" });
    },
  );

  it("and a link to them", async () => {
    await using ws = await workspace();
    await symlink("/proc/self/environ", ws.at("app", "link"));
    await expect(everything.resolve(ws.at("app", "link"))).rejects.toMatchObject({ reason: "path-denied" });
    await expect(everything.resolve(ws.at("app", "main.py"))).resolves.toMatchObject({ root: "/" });
  });
});

describe("PathValidator.resolve() reads a file URI", () => {
  it("as the path in it", async () => {
    await using ws = await workspace();
    await writeFile(ws.at("app", "a b.txt"), "");
    for (const host of ["", "localhost"])
      expect(await ws.validator.resolve(`file://${host}${ws.at("app", "a%20b.txt")}`)).toMatchObject({
        relative: "a b.txt",
      });
  });

  it("and denies one that leads out of the roots", async () => {
    await using ws = await workspace();
    for (const out of ["app/../app-old/notes.txt", "app/%2e%2e/app-old/notes.txt"]) {
      await expect(ws.validator.resolve(`file://${ws.at()}/${out}`)).rejects.toMatchObject({ reason: "path-denied" });
    }
  });
});

describe("PathValidator.resolve(), while the disk fails,", () => {
  it("ends with a fault, which is no refusal of the path", async () => {
    await using ws = await workspace();
    using _ = failingDisk("realpath");
    const failure: unknown = await ws.validator.resolve("main.py").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Fault);
    expect(failure).toMatchObject({ cause: { code: "EIO" } });
  });

  it("refuses a restricted name as ever: it does not look for the file", async () => {
    await using ws = await workspace();
    using _ = failingDisk("realpath");
    for (const name of [".env", ".git/config", "credentials/none.txt"])
      await expect(ws.validator.resolve(name)).rejects.toMatchObject({ reason: "path-restricted" });
  });
});

describe("PathValidator.create()", () => {
  it("fails when a root is missing", async () => {
    await using ws = await workspace();
    expect(() => PathValidator.create([ws.at("gone")])).toThrow(Fault);
    expect(() => PathValidator.create([ws.at("gone")])).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: "ENOENT" }) }),
    );
  });
});
