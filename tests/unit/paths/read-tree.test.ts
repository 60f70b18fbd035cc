import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import { MAX_FILES_DEPTH } from "../../../src/limits.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { type Given, readGiven, type Room } from "../../../src/paths/read-tree.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { tempDir } from "../../support/temp-dir.js";

const onLinux = it.skipIf(process.platform !== "linux");
const ROOM: Room = { files: 100, bytes: 10_000 };

/** A root with the given files, each with its own name in it. */
async function workspace(...files: string[]) {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, "root", ...parts);
  await mkdir(at(), { recursive: true });
  const write = async (file: string): Promise<void> => {
    await mkdir(path.dirname(at(file)), { recursive: true });
    await writeFile(at(file), file);
  };
  for (const file of files) await write(file);
  const validator = PathValidator.create([at()]);
  const give = async (asked: string, room: Room = ROOM, restricted = validator.restricted): Promise<Given> =>
    readGiven(await validator.resolve(asked), room, restricted);
  const refusal = async (asked: string, room: Room = ROOM): Promise<Refusal> => {
    const error: unknown = await give(asked, room).catch((e: unknown) => e);
    if (error instanceof Refusal) return error;
    throw new Error(`Expected a refusal of ${asked}: ${String(error)}`);
  };
  return {
    at,
    out: path.join(dir.path, "out"),
    write,
    validator,
    give,
    refusal,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

const namesOf = ({ files }: Given): string[] => files.map(({ relative }) => relative);

/** Root may read everything, and the tests may be run by root. */
async function asNobody<Value>(work: () => Promise<Value>): Promise<Value> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe("readGiven() gives", () => {
  it("a file, by its path from the root", async () => {
    await using ws = await workspace("data/a.txt");
    const { files, leftOut } = await ws.give("data/a.txt");
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
    const given = await ws.give("data");
    expect(namesOf(given)).toEqual([
      "data/B.txt",
      "data/a/b/c.txt",
      "data/a/z.txt",
      "data/a.txt",
      "data/b.txt",
      "data/é x.txt",
    ]);
    for (const { relative, bytes } of given.files) expect(String(bytes)).toBe(relative);
    expect(await ws.give("data/")).toEqual(given);
    expect(namesOf(await ws.give("."))).toEqual([...namesOf(given), "other/x.txt", "z.txt"]);
  });

  it.skipIf(process.platform === "win32")(
    "names with a backslash in them as they are, so that none climbs",
    async () => {
      await using ws = await workspace("data/..\\x", "..\\y");
      expect(namesOf(await ws.give("data/..\\x"))).toEqual(["data/..\\x"]);
      expect(namesOf(await ws.give("..\\y"))).toEqual(["..\\y"]);
      expect(namesOf(await ws.give("."))).toEqual(["..\\y", "data/..\\x"]);
    },
  );

  it("nothing of an empty directory, and an empty file", async () => {
    await using ws = await workspace();
    await mkdir(ws.at("empty"));
    expect(await ws.give("empty", { files: 0, bytes: 0 })).toMatchObject({ files: [], leftOut: [] });
    await writeFile(ws.at("empty", "a"), "");
    expect((await ws.give("empty", { files: 1, bytes: 0 })).files).toEqual([
      { relative: "empty/a", bytes: Buffer.alloc(0) },
    ]);
  });

  it("a directory that a link inside the root leads to, under its real name", async () => {
    await using ws = await workspace("data/a.txt");
    await symlink(ws.at("data"), ws.at("link"));
    expect(namesOf(await ws.give("link"))).toEqual(["data/a.txt"]);
  });
});

describe("readGiven() leaves out, and says so,", () => {
  it("links, wherever they lead", async () => {
    await using ws = await workspace("data/a.txt", "data/sub/b.txt");
    await mkdir(ws.out);
    await writeFile(path.join(ws.out, "secret.txt"), "SECRET");
    await symlink(path.join(ws.out, "secret.txt"), ws.at("data", "file-out"));
    await symlink(ws.out, ws.at("data", "sub", "directory-out"));
    await symlink(ws.at("data", "a.txt"), ws.at("data", "inside"));
    await symlink(ws.at("data"), ws.at("data", "loop"));
    await symlink("nowhere", ws.at("data", "dangling"));
    const given = await ws.give("data");
    expect(namesOf(given)).toEqual(["data/a.txt", "data/sub/b.txt"]);
    expect(given.leftOut).toEqual([
      "data/dangling",
      "data/file-out",
      "data/inside",
      "data/loop",
      "data/sub/directory-out",
    ]);
  });

  it("restricted names, and does not go into them", async () => {
    await using ws = await workspace(
      "a.txt",
      ".env",
      ".git/config",
      "sub/.ssh/main.py",
      "sub/server.PEM",
      "sub/credentials.ts",
    );
    const given = await ws.give(".");
    expect(namesOf(given)).toEqual(["a.txt", "sub/credentials.ts"]);
    expect(given.leftOut).toEqual([".env", ".git", "sub/.ssh", "sub/server.PEM"]);
    expect((await ws.give("sub", ROOM, new RestrictedNames(["*.ts"]))).leftOut).toContain("sub/credentials.ts");
  });

  it("what is no program in directories that projects have as well as keys, file by file", async () => {
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
    const given = await ws.give(".");
    expect(namesOf(given)).toEqual(["credentials/deep/views.py", "id_map/Makefile", "secrets/index.ts"]);
    expect(given.leftOut).toEqual([
      "credentials/prod.json",
      "credentials.py/x.txt",
      "id_map/id_rsa",
      "secrets/.git",
      "secrets/db",
    ]);
    expect(namesOf(await ws.give("id_map"))).toEqual(["id_map/Makefile"]);
  });

  onLinux("pipes and sockets, at once", async () => {
    await using ws = await workspace("data/a.txt");
    execFileSync("mkfifo", [ws.at("data", "pipe")]);
    const server = createServer().listen(ws.at("data", "sock"));
    await new Promise((resolve) => server.once("listening", resolve));
    const given = await ws.give("data");
    expect(namesOf(given)).toEqual(["data/a.txt"]);
    expect(given.leftOut).toEqual(["data/pipe", "data/sock"]);
    server.close();
  });

  onLinux("names that are not UTF-8, and does not take another file for them", async () => {
    await using ws = await workspace("data/a.txt", "data/b\uFFFD");
    await writeFile(Buffer.concat([Buffer.from(ws.at("data/b")), Buffer.from([0xff])]), "SECRET");
    const given = await ws.give("data");
    expect(namesOf(given)).toEqual(["data/a.txt"]);
    expect(given.leftOut).toEqual(["data/b\uFFFD", "data/b\uFFFD"]);
  });

  it.skipIf(process.platform === "win32")("what may not be read", async () => {
    await using ws = await workspace("data/a.txt", "data/b.txt", "data/sub/c.txt");
    for (const open of [path.dirname(ws.out), ws.at()]) await chmod(open, 0o755);
    await chmod(ws.at("data/b.txt"), 0);
    await chmod(ws.at("data/sub"), 0);
    const given = await asNobody(() => ws.give("data"));
    await chmod(ws.at("data/sub"), 0o700);
    expect(namesOf(given)).toEqual(["data/a.txt"]);
    expect(given.leftOut).toEqual(["data/b.txt", "data/sub"]);
  });
});

describe("readGiven() refuses", () => {
  const bad = (says: string) => ({
    reason: "bad-input",
    message: expect.stringContaining(says),
    detail: { stage: "paths", retryable: false },
  });

  it("a file more than there is room for, and takes as many as that", async () => {
    await using ws = await workspace("data/a", "data/b", "data/sub/c");
    expect(namesOf(await ws.give("data", { files: 3, bytes: 1_000 }))).toHaveLength(3);
    expect(await ws.refusal("data", { files: 2, bytes: 1_000 })).toMatchObject(
      bad("at most 2 files, the room that this call has for them, this one has more; name fewer files"),
    );
    expect(await ws.refusal("data/a", { files: 0, bytes: 1_000 })).toMatchObject(bad("at most 0 files"));
  });

  it("a byte more than there is room for, and takes as many as that", async () => {
    await using ws = await workspace("data/a", "data/b");
    expect(namesOf(await ws.give("data", { files: 9, bytes: 12 }))).toHaveLength(2);
    expect(await ws.refusal("data", { files: 9, bytes: 11 })).toMatchObject(
      bad("at most 11 bytes, the room that this call has for them"),
    );
    expect(await ws.refusal("data/a", { files: 9, bytes: 5 })).toMatchObject(bad("at most 5 bytes"));
  });

  it("what lies too deep", async () => {
    const deepest = ["data", ...Array<string>(MAX_FILES_DEPTH).fill("d")].join("/");
    await using ws = await workspace(`${deepest}/a`);
    expect(namesOf(await ws.give("data"))).toEqual([`${deepest}/a`]);
    await mkdir(ws.at(deepest, "d"));
    expect(await ws.refusal("data")).toMatchObject(bad(`at most ${MAX_FILES_DEPTH} directories in one another`));
    expect(namesOf(await ws.give("data/d"))).toEqual([`${deepest}/a`]);
  });

  it("more names than are worth a look, without having looked at the rest", async () => {
    await using ws = await workspace("data/a", "data/sub/b");
    for (let link = 0; link < 17; link++) await symlink("nowhere", ws.at("data/sub", `link-${link}`));
    expect(namesOf(await ws.give("data", { files: 2, bytes: 100 }))).toHaveLength(2);
    await symlink("nowhere", ws.at("data", "link"));
    expect(await ws.refusal("data", { files: 2, bytes: 100 })).toMatchObject(bad("at most 20 names in it"));
  });

  it("what is too much with the name of where the most of it is, so far as was looked", async () => {
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

  it("what is too much without such a name where none has more than others", async () => {
    await using ws = await workspace("data/a", "data/b", "data/c/d");
    expect((await ws.refusal("data", { files: 2, bytes: 1_000 })).message).toMatch(/; name fewer files$/);
    expect((await ws.refusal("data/a", { files: 2, bytes: 1 })).message).toMatch(/; name fewer or smaller files$/);
  });

  it("nothing with words of the disk, or a path that the caller did not write", async () => {
    await using ws = await workspace("data/a");
    for (const room of [
      { files: 0, bytes: 100 },
      { files: 9, bytes: 0 },
    ])
      expect((await ws.refusal("data", room)).message).not.toContain(ws.at());
  });

  onLinux("a pipe that is named itself", async () => {
    await using ws = await workspace();
    execFileSync("mkfifo", [ws.at("pipe")]);
    expect(await ws.refusal("pipe")).toMatchObject({ reason: "path-denied" });
  });

  it("a file with a restricted name that was a directory when it was checked", async () => {
    await using ws = await workspace("id_map/a");
    const checked = await ws.validator.resolve("id_map");
    await rm(ws.at("id_map"), { recursive: true });
    await writeFile(ws.at("id_map"), "SECRET");
    await expect(readGiven(checked, ROOM, ws.validator.restricted)).rejects.toMatchObject({
      reason: "path-restricted",
    });
  });

  it("a directory that is gone or was swapped for a link after the check", async () => {
    await using ws = await workspace("data/a");
    const checked = await ws.validator.resolve("data");
    await rm(ws.at("data"), { recursive: true });
    await expect(readGiven(checked, ROOM, ws.validator.restricted)).rejects.toMatchObject({ reason: "path-denied" });
    await mkdir(ws.out);
    await writeFile(path.join(ws.out, "a"), "SECRET");
    await symlink(ws.out, ws.at("data"));
    await expect(readGiven(checked, ROOM, ws.validator.restricted)).rejects.toMatchObject({ reason: "path-denied" });
  });
});

onLinux("readGiven() leaves no descriptor open, whether it gives or refuses", async () => {
  await using ws = await workspace("data/a", "data/b/c/d", "data/b/e");
  await symlink("nowhere", ws.at("data/link"));
  const before = (await readdir("/proc/self/fd")).length;
  for (const room of [ROOM, { files: 1, bytes: 100 }, { files: 9, bytes: 7 }, { files: 0, bytes: 0 }]) {
    for (let round = 0; round < 20; round++)
      await ws.give("data", room).catch((error: unknown) => expect(error).toBeInstanceOf(Refusal));
  }
  expect((await readdir("/proc/self/fd")).length).toBe(before);
});
