import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import { MAX_FILES_DEPTH } from "../../../src/limits.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { readTree, type Room, type Tree } from "../../../src/paths/read-tree.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { asNobody } from "../../support/as-nobody.js";
import { itUnless, notLinux, onWindows } from "../../support/skips.js";
import { tempDir } from "../../support/temp-dir.js";

const ROOM: Room = { files: 100, bytes: 10_000 };

/** Makes a root with files. Each file has its own path as content. */
async function workspace(...files: string[]) {
  const dir = await tempDir(["root/"]);
  const at = (...parts: string[]): string => dir.at("root", ...parts);
  const write = (...names: string[]): Promise<void> =>
    dir.write(Object.fromEntries(names.map((file) => [`root/${file}`, file])));
  await write(...files);
  const validator = PathValidator.create([at()]);
  const read = async (asked: string, room: Room = ROOM, restricted = validator.restricted): Promise<Tree> =>
    readTree(await validator.resolve(asked), room, restricted);
  const refusal = async (asked: string, room: Room = ROOM): Promise<Refusal> => {
    const error: unknown = await read(asked, room).catch((e: unknown) => e);
    if (error instanceof Refusal) return error;
    throw new Error(`Expected a refusal of ${asked}: ${String(error)}`);
  };
  return {
    at,
    out: dir.at("out"),
    write,
    validator,
    read,
    refusal,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

const namesOf = ({ files }: Tree): string[] => files.map(({ relative }) => relative);

describe("readTree() reads", () => {
  it("a file, and names it by its path from the root", async () => {
    await using ws = await workspace("data/a.txt");
    const { files, leftOut } = await ws.read("data/a.txt");
    expect(files.map(({ relative, bytes }) => [relative, String(bytes)])).toEqual([["data/a.txt", "data/a.txt"]]);
    expect(leftOut).toEqual([]);
  });

  it("every file below a directory, in the order of names and depth first", async () => {
    await using ws = await workspace(
      "z.txt",
      "data/b.txt",
      "data/a/z.txt",
      "data/a/b/c.txt",
      "data/a.txt",
      "data/B.txt",
      "data/é x.txt",
      "other/x.txt",
    );
    const tree = await ws.read("data");
    expect(namesOf(tree)).toEqual([
      "data/B.txt",
      "data/a/b/c.txt",
      "data/a/z.txt",
      "data/a.txt",
      "data/b.txt",
      "data/é x.txt",
    ]);
    for (const { relative, bytes } of tree.files) expect(String(bytes)).toBe(relative);
    expect(await ws.read("data/")).toEqual(tree);
    expect(namesOf(await ws.read("."))).toEqual([...namesOf(tree), "other/x.txt", "z.txt"]);
  });

  itUnless(onWindows, "names with a backslash unchanged, so that none climbs to a parent", async () => {
    await using ws = await workspace("data/..\\x", "..\\y");
    expect(namesOf(await ws.read("data/..\\x"))).toEqual(["data/..\\x"]);
    expect(namesOf(await ws.read("..\\y"))).toEqual(["..\\y"]);
    expect(namesOf(await ws.read("."))).toEqual(["..\\y", "data/..\\x"]);
  });

  it("no file of an empty directory, and an empty file", async () => {
    await using ws = await workspace();
    await mkdir(ws.at("empty"));
    expect(await ws.read("empty", { files: 0, bytes: 0 })).toMatchObject({ files: [], leftOut: [] });
    await writeFile(ws.at("empty", "a"), "");
    expect((await ws.read("empty", { files: 1, bytes: 0 })).files).toEqual([
      { relative: "empty/a", bytes: Buffer.alloc(0) },
    ]);
  });

  it("a directory through a link inside the root, under its real name", async () => {
    await using ws = await workspace("data/a.txt");
    await symlink(ws.at("data"), ws.at("link"));
    expect(namesOf(await ws.read("link"))).toEqual(["data/a.txt"]);
  });
});

describe("readTree() leaves out and lists", () => {
  it("all links", async () => {
    await using ws = await workspace("data/a.txt", "data/sub/b.txt");
    await mkdir(ws.out);
    await writeFile(path.join(ws.out, "secret.txt"), "SECRET");
    await symlink(path.join(ws.out, "secret.txt"), ws.at("data", "file-out"));
    await symlink(ws.out, ws.at("data", "sub", "directory-out"));
    await symlink(ws.at("data", "a.txt"), ws.at("data", "inside"));
    await symlink(ws.at("data"), ws.at("data", "loop"));
    await symlink("nowhere", ws.at("data", "dangling"));
    const tree = await ws.read("data");
    expect(namesOf(tree)).toEqual(["data/a.txt", "data/sub/b.txt"]);
    expect(tree.leftOut).toEqual([
      "data/dangling",
      "data/file-out",
      "data/inside",
      "data/loop",
      "data/sub/directory-out",
    ]);
  });

  it("restricted names, and does not enter restricted directories", async () => {
    await using ws = await workspace(
      "a.txt",
      ".env",
      ".git/config",
      "sub/.ssh/main.py",
      "sub/server.PEM",
      "sub/credentials.ts",
    );
    const tree = await ws.read(".");
    expect(namesOf(tree)).toEqual(["a.txt", "sub/credentials.ts"]);
    expect(tree.leftOut).toEqual([".env", ".git", "sub/.ssh", "sub/server.PEM"]);
    expect((await ws.read("sub", ROOM, new RestrictedNames(["*.ts"]))).leftOut).toContain("sub/credentials.ts");
  });

  it("files that are no programs in directories like secrets/, one by one", async () => {
    await using ws = await workspace(
      "credentials/prod.json",
      "credentials/deep/views.py",
      "credentials.py/x.txt",
      "id_map/Makefile",
      "id_map/id_rsa",
      "secrets/db",
      "secrets/index.ts",
      "secrets/.git/x.ts",
    );
    const tree = await ws.read(".");
    expect(namesOf(tree)).toEqual(["credentials/deep/views.py", "id_map/Makefile", "secrets/index.ts"]);
    expect(tree.leftOut).toEqual([
      "credentials/prod.json",
      "credentials.py/x.txt",
      "id_map/id_rsa",
      "secrets/.git",
      "secrets/db",
    ]);
    expect(namesOf(await ws.read("id_map"))).toEqual(["id_map/Makefile"]);
  });

  itUnless(notLinux, "pipes and sockets, without waiting", async () => {
    await using ws = await workspace("data/a.txt");
    execFileSync("mkfifo", [ws.at("data", "pipe")]);
    const server = createServer().listen(ws.at("data", "sock"));
    await new Promise((resolve) => server.once("listening", resolve));
    const tree = await ws.read("data");
    expect(namesOf(tree)).toEqual(["data/a.txt"]);
    expect(tree.leftOut).toEqual(["data/pipe", "data/sock"]);
    server.close();
  });

  itUnless(notLinux, "names that are not UTF-8, and reads no other file in their place", async () => {
    await using ws = await workspace("data/a.txt", "data/b\uFFFD");
    await writeFile(Buffer.concat([Buffer.from(ws.at("data/b")), Buffer.from([0xff])]), "SECRET");
    const tree = await ws.read("data");
    expect(namesOf(tree)).toEqual(["data/a.txt"]);
    expect(tree.leftOut).toEqual(["data/b\uFFFD", "data/b\uFFFD"]);
  });

  itUnless(onWindows, "files and directories without the right to read", async () => {
    await using ws = await workspace("data/a.txt", "data/b.txt", "data/sub/c.txt");
    for (const open of [path.dirname(ws.out), ws.at()]) await chmod(open, 0o755);
    await chmod(ws.at("data/b.txt"), 0);
    await chmod(ws.at("data/sub"), 0);
    const tree = await asNobody(() => ws.read("data"));
    await chmod(ws.at("data/sub"), 0o700);
    expect(namesOf(tree)).toEqual(["data/a.txt"]);
    expect(tree.leftOut).toEqual(["data/b.txt", "data/sub"]);
  });
});

describe("readTree() refuses", () => {
  const bad = (says: string) => ({
    reason: "bad-input",
    message: expect.stringContaining(says),
    detail: { stage: "paths", retryable: false },
  });

  it("one file more than there is room for, and reads as many as that", async () => {
    await using ws = await workspace("data/a", "data/b", "data/sub/c");
    expect(namesOf(await ws.read("data", { files: 3, bytes: 1_000 }))).toHaveLength(3);
    expect(await ws.refusal("data", { files: 2, bytes: 1_000 })).toMatchObject(
      bad("at most 2 files, the room that this call has for them, this one has more; name fewer files"),
    );
    expect(await ws.refusal("data/a", { files: 0, bytes: 1_000 })).toMatchObject(bad("at most 0 files"));
  });

  it("one byte more than there is room for, and reads as many as that", async () => {
    await using ws = await workspace("data/a", "data/b");
    expect(namesOf(await ws.read("data", { files: 9, bytes: 12 }))).toHaveLength(2);
    expect(await ws.refusal("data", { files: 9, bytes: 11 })).toMatchObject(
      bad("at most 11 bytes, the room that this call has for them"),
    );
    expect(await ws.refusal("data/a", { files: 9, bytes: 5 })).toMatchObject(bad("at most 5 bytes"));
  });

  it("directories that are nested too deep", async () => {
    const deepest = ["data", ...Array<string>(MAX_FILES_DEPTH).fill("d")].join("/");
    await using ws = await workspace(`${deepest}/a`);
    expect(namesOf(await ws.read("data"))).toEqual([`${deepest}/a`]);
    await mkdir(ws.at(deepest, "d"));
    expect(await ws.refusal("data")).toMatchObject(bad(`at most ${MAX_FILES_DEPTH} directories in one another`));
    expect(namesOf(await ws.read("data/d"))).toEqual([`${deepest}/a`]);
  });

  it("too many names, and looks at no further ones", async () => {
    await using ws = await workspace("data/a", "data/sub/b");
    for (let link = 0; link < 17; link++) await symlink("nowhere", ws.at("data/sub", `link-${link}`));
    expect(namesOf(await ws.read("data", { files: 2, bytes: 100 }))).toHaveLength(2);
    await symlink("nowhere", ws.at("data", "link"));
    expect(await ws.refusal("data", { files: 2, bytes: 100 })).toMatchObject(bad("at most 20 names in it"));
  });

  it("too much, and names the entry that has the largest share so far", async () => {
    await using ws = await workspace(
      "data/a.txt",
      "data/node_modules/x/1.js",
      "data/node_modules/y/2.js",
      "data/src/3.js",
      "data/z.txt",
    );
    const hint = '; the most are in "node_modules"';
    expect((await ws.refusal("data", { files: 4, bytes: 1_000 })).message).toMatch(
      new RegExp(`name fewer files${hint}$`),
    );
    expect((await ws.refusal("data", { files: 9, bytes: 70 })).message).toMatch(
      new RegExp(`name fewer or smaller files${hint}$`),
    );
    for (let link = 0; link < 15; link++) await symlink("nowhere", ws.at("data/node_modules/y", `link-${link}`));
    expect((await ws.refusal("data", { files: 2, bytes: 1_000 })).message).toMatch(
      new RegExp(`name one further down or fewer files${hint}$`),
    );
    await writeFile(ws.at("data/b.bin"), "b".repeat(1_000));
    expect((await ws.refusal("data", { files: 9, bytes: 500 })).message).toContain('; the most are in "b.bin"');
  });

  it("too much, and names no entry if each has a share of one", async () => {
    await using ws = await workspace("data/a", "data/b", "data/c/d");
    expect((await ws.refusal("data", { files: 2, bytes: 1_000 })).message).toMatch(/; name fewer files$/);
    expect((await ws.refusal("data/a", { files: 2, bytes: 1 })).message).toMatch(/; name fewer or smaller files$/);
  });

  it("too much without a path of the host in the message", async () => {
    await using ws = await workspace("data/a");
    for (const room of [
      { files: 0, bytes: 100 },
      { files: 9, bytes: 0 },
    ])
      expect((await ws.refusal("data", room)).message).not.toContain(ws.at());
  });

  itUnless(notLinux, "a pipe that the call names", async () => {
    await using ws = await workspace();
    execFileSync("mkfifo", [ws.at("pipe")]);
    expect(await ws.refusal("pipe")).toMatchObject({ reason: "path-denied" });
  });

  it("a file with a restricted name that was a directory when it was checked", async () => {
    await using ws = await workspace("id_map/a");
    const checked = await ws.validator.resolve("id_map");
    await rm(ws.at("id_map"), { recursive: true });
    await writeFile(ws.at("id_map"), "SECRET");
    await expect(readTree(checked, ROOM, ws.validator.restricted)).rejects.toMatchObject({
      reason: "path-restricted",
    });
  });

  it("a directory that is gone or was swapped for a link after the check", async () => {
    await using ws = await workspace("data/a");
    const checked = await ws.validator.resolve("data");
    await rm(ws.at("data"), { recursive: true });
    await expect(readTree(checked, ROOM, ws.validator.restricted)).rejects.toMatchObject({ reason: "path-denied" });
    await mkdir(ws.out);
    await writeFile(path.join(ws.out, "a"), "SECRET");
    await symlink(ws.out, ws.at("data"));
    await expect(readTree(checked, ROOM, ws.validator.restricted)).rejects.toMatchObject({ reason: "path-denied" });
  });
});

itUnless(notLinux, "readTree() leaves no descriptor open, whether it reads or refuses", async () => {
  await using ws = await workspace("data/a", "data/b/c/d", "data/b/e");
  await symlink("nowhere", ws.at("data/link"));
  const before = (await readdir("/proc/self/fd")).length;
  for (const room of [ROOM, { files: 1, bytes: 100 }, { files: 9, bytes: 7 }, { files: 0, bytes: 0 }]) {
    for (let round = 0; round < 20; round++)
      await ws.read("data", room).catch((error: unknown) => expect(error).toBeInstanceOf(Refusal));
  }
  expect((await readdir("/proc/self/fd")).length).toBe(before);
});

describe("readTree() refuses for what the paths before have taken:", () => {
  it.each([
    [
      { files: 0, bytes: 100, taken: { files: 3, bytes: 9 } },
      /at most 3 files .* before it have 3, and only 0 are left/,
    ],
    [{ files: 5, bytes: 4, taken: { files: 1, bytes: 96 } }, /at most 100 bytes .* before it have 96, and it has 5/],
    [{ files: 0, bytes: 100, taken: { files: 0, bytes: 0 } }, /at most 0 files, the room/],
    [{ files: 5, bytes: 4, taken: { files: 0, bytes: 0 } }, /at most 4 bytes, the room/],
  ])("with %j", async (room, says) => {
    await using dir = await tempDir({ "a.txt": "12345" });
    const checked = await PathValidator.create([dir.path]).resolve("a.txt");
    await expect(readTree(checked, room, new RestrictedNames())).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(says),
      detail: { stage: "paths", resource: "a.txt", retryable: false },
    });
  });
});

describe("readTree() ends early", () => {
  it("with the caller's reason, or by its time limit", async () => {
    await using dir = await tempDir(["d/a", "d/b"]);
    const checked = await PathValidator.create([dir.path]).resolve("d");
    const read = (signal: AbortSignal, deadline: number): Promise<Tree> =>
      readTree(checked, { files: 9, bytes: 9 }, new RestrictedNames(), { signal, deadline });
    const reason = new DOMException("given up", "AbortError");
    await expect(read(AbortSignal.abort(reason), Number.POSITIVE_INFINITY)).rejects.toBe(reason);
    await expect(read(new AbortController().signal, performance.now())).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(/ms of reading, together with the others/),
    });
  });
});
