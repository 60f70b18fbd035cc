import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/errors.js";
import { MAX_PATH_LENGTH } from "../../../src/limits.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { tempDir } from "../../support/temp-dir.js";

/**
 * A disk with two roots and one neighbour whose name only starts like the first:
 *
 *   app/main.py   app/..notes   app/environment/env.ts   app-old/key.pem   lib/main.py   lib/only.py   lib/nested/deep.py
 */
async function workspace() {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, ...parts);
  for (const folder of ["app/environment", "app-old", "lib/nested"]) await mkdir(at(folder), { recursive: true });
  for (const file of ["app/main.py", "app/..notes", "app/a..b", "app/environment/env.ts", "app-old/key.pem", "lib/main.py", "lib/only.py", "lib/nested/deep.py"]) {
    await writeFile(at(file), "");
  }
  return {
    at,
    validator: PathValidator.create([at("app"), at("lib")]),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

describe("PathValidator.resolve() accepts", () => {
  it.each([
    ["a file in a root", "app/main.py", "app/main.py"],
    ["a file in the second root", "lib/only.py", "lib/only.py"],
    ["the root itself", "app", "app"],
    ["a root with a slash at its end", "app/", "app"],
    ["a detour that stays inside", "app/x/../main.py", "app/main.py"],
    ["a detour from one root to the other", "app/../lib/only.py", "lib/only.py"],
    ["a name that merely starts with two dots", "app/..notes", "app/..notes"],
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
    expect(await ws.validator.resolve(asked)).toMatchObject({ real: ws.at(root, relative), root: ws.at(root), relative });
  });

  it("a file of nested roots, under the inner one", async () => {
    await using ws = await workspace();
    const validator = PathValidator.create([ws.at("lib"), ws.at("lib", "nested")]);
    expect(await validator.resolve(ws.at("lib", "nested", "deep.py"))).toMatchObject({ root: ws.at("lib", "nested"), relative: "deep.py" });
  });

  it("a link to a file inside, and returns the file", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app", "main.py"), ws.at("app", "link.py"));
    expect(await ws.validator.resolve(ws.at("app", "link.py"))).toMatchObject({ real: ws.at("app", "main.py"), relative: "main.py" });
  });

  it("a root that is itself a link, under either name", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app"), ws.at("current"));
    const validator = PathValidator.create([ws.at("current")]);
    for (const name of ["current", "app"]) {
      expect(await validator.resolve(ws.at(name, "main.py"))).toMatchObject({ real: ws.at("app", "main.py"), root: ws.at("app") });
    }
  });
});

describe("PathValidator.resolve() refuses", () => {
  it.each([
    ["a parent", "app/.."],
    ["a climb out and into a neighbour", "app/../app-old/key.pem"],
    ["a neighbour that shares a prefix", "app-old/key.pem"],
    ["a missing file", "app/missing.py"],
    ["a file used as a directory", "app/main.py/x"],
    ["a name no disk accepts", `app/${"a".repeat(300)}`],
    ["a name in percent signs", "app/%2e%2e/app-old/key.pem"],
  ])("%s", async (_, asked) => {
    await using ws = await workspace();
    await expect(ws.validator.resolve(`${ws.at()}/${asked}`)).rejects.toMatchObject({ name: "Refusal", reason: "path-denied" });
  });

  it.each([
    "../app-old/key.pem", "../../../../../../etc/passwd", "/etc/passwd", "/proc/self/root/etc/passwd", "/proc/self/environ", "/dev/fd/0", "/",
    "//etc/passwd", "file:///etc/passwd", "C:\\Windows\\win.ini", "\\\\server\\share\\x", "~/.ssh/id_rsa", ".. /x",
  ])("%s", async (asked) => {
    await using ws = await workspace();
    await expect(ws.validator.resolve(asked)).rejects.toMatchObject({ reason: "path-denied", detail: { stage: "paths", resource: asked } });
  });

  it.each([
    ["an empty path", ""],
    ["a NUL character", "/app/main.py\0.txt"],
    ["a path that is too long", `/${"a".repeat(MAX_PATH_LENGTH)}`],
  ])("%s as bad input", async (_, asked) => {
    await using ws = await workspace();
    await expect(ws.validator.resolve(asked)).rejects.toMatchObject({ reason: "bad-input" });
  });

  it.each(["file", "directory"])("a link that leads out through a %s", async (kind) => {
    await using ws = await workspace();
    await symlink(kind === "file" ? ws.at("app-old", "key.pem") : ws.at("app-old"), ws.at("app", "exit"));
    const asked = kind === "file" ? ws.at("app", "exit") : ws.at("app", "exit", "key.pem");
    await expect(ws.validator.resolve(asked)).rejects.toMatchObject({ reason: "path-denied" });
    await expect(ws.validator.resolve(path.relative(ws.at("app"), asked))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a link that leads to itself", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app", "loop"), ws.at("app", "loop"));
    await expect(ws.validator.resolve(ws.at("app", "loop"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a link outside the roots that leads in", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app", "main.py"), ws.at("app-old", "entry"));
    await expect(ws.validator.resolve(ws.at("app-old", "entry"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("what a root has been replaced with", async () => {
    await using ws = await workspace();
    await rename(ws.at("app"), ws.at("away"));
    await symlink(ws.at("app-old"), ws.at("app"));
    await expect(ws.validator.resolve(ws.at("app", "key.pem"))).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a missing file, one outside, and a link to either in the same words", async () => {
    await using ws = await workspace();
    await symlink(ws.at("app-old", "key.pem"), ws.at("app", "hit"));
    await symlink(ws.at("app-old", "nothing"), ws.at("app", "miss"));
    const words = async (...asked: string[]): Promise<string> => {
      const error: unknown = await ws.validator.resolve(ws.at(...asked)).catch((e: unknown) => e);
      return String(error).replace(ws.at(...asked), "PATH");
    };
    const answers = [await words("app", "hit"), await words("app", "miss"), await words("app", "none"), await words("app-old", "key.pem"), await words("app-old", "none")];
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toContain(ws.at());
  });

  it("everything when there are no roots", async () => {
    const validator = PathValidator.create([]);
    for (const asked of ["/etc/hostname", "hostname", "."]) await expect(validator.resolve(asked)).rejects.toMatchObject({ reason: "path-denied" });
  });
});

describe("PathValidator.create()", () => {
  it("fails when a root is missing", async () => {
    await using ws = await workspace();
    expect(() => PathValidator.create([ws.at("gone")])).toThrow(Fault);
  });
});
