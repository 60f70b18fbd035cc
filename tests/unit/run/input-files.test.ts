import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isInside, PathValidator } from "../../../src/paths/path-validator.js";
import { type Given, nameOf, readInputFiles } from "../../../src/run/input-files.js";
import { tempDir } from "../../support/temp-dir.js";

/** Roots with the given files; each file has its own path from the disk's directory in it. */
async function workspace(roots: readonly string[], files: readonly string[]) {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, ...parts);
  for (const root of roots) await mkdir(at(root), { recursive: true });
  for (const file of files) {
    await mkdir(path.dirname(at(file)), { recursive: true });
    await writeFile(at(file), file);
  }
  const paths = PathValidator.create(roots.map((root) => at(root)));
  const contains = (real: string): boolean => paths.roots.some((root) => isInside(real, root));
  const give = (...asked: string[]): Promise<Given> =>
    readInputFiles(
      { paths, contains },
      asked.map((file) => at(file)),
    );
  return { at, paths, contains, give, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

/** Which file of the disk each name stands for. */
const named = ({ files }: Given): Record<string, string> =>
  Object.fromEntries(files.map(({ file }) => [file.name, String(file.bytes)]));
const placed = ({ files }: Given): Record<string, string> =>
  Object.fromEntries(files.map(({ file }) => [file.path, String(file.bytes)]));

function orders<Item>(items: readonly Item[]): Item[][] {
  return items.length < 2
    ? [[...items]]
    : items.flatMap((item, at) => orders(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]));
}

describe("readInputFiles() names", () => {
  it("a file by its path from its root, whatever the roots are called", async () => {
    await using ws = await workspace(["a", "b"], ["a/x.txt", "a/b/z.txt", "b/y.txt"]);
    expect(named(await ws.give("a", "b/y.txt"))).toEqual({
      "x.txt": "a/x.txt",
      "b/z.txt": "a/b/z.txt",
      "y.txt": "b/y.txt",
    });
  });

  it("the second of two files with one path by its root as well", async () => {
    await using ws = await workspace(["a", "b"], ["a/x.txt", "b/x.txt"]);
    expect(named(await ws.give("a/x.txt", "b/x.txt"))).toEqual({ "x.txt": "a/x.txt", "b/x.txt": "b/x.txt" });
    expect(named(await ws.give("b/x.txt", "a/x.txt"))).toEqual({ "x.txt": "b/x.txt", "a/x.txt": "a/x.txt" });
  });

  it.each(orders(["a/b/x.txt", "a/x.txt", "b/x.txt"]).map((order) => [order]))(
    "three files by three names, and each by its own path before any by its root: %j",
    async (order) => {
      await using ws = await workspace(["a", "b"], order);
      const given = await ws.give(...order);
      const isFirst = order.indexOf("a/x.txt") < order.indexOf("b/x.txt");
      const rest = isFirst
        ? { "x.txt": "a/x.txt", "b-2/x.txt": "b/x.txt" }
        : { "x.txt": "b/x.txt", "a/x.txt": "a/x.txt" };
      expect(named(given)).toEqual({ "b/x.txt": "a/b/x.txt", ...rest });
      expect(given.files.map(({ file }) => String(file.bytes))).toEqual(order);
    },
  );

  it("a file by its root before another by a number", async () => {
    const files = ["a/x.txt", "a/b/x.txt", "b/x.txt", "b-2/x.txt"];
    await using ws = await workspace(["a", "b", "b-2"], files);
    expect(named(await ws.give(...files))).toEqual({
      "x.txt": "a/x.txt",
      "b/x.txt": "a/b/x.txt",
      "b-3/x.txt": "b/x.txt",
      "b-2/x.txt": "b-2/x.txt",
    });
  });

  it("a file once, however often it is asked for", async () => {
    await using ws = await workspace(["a", "b"], ["a/x.txt", "b/x.txt"]);
    const given = await readInputFiles(ws, ["x.txt", ws.at("a/x.txt"), ws.at("a"), ws.at("b"), ws.at("b/x.txt")]);
    expect(given.files.map(({ asked, file }) => [asked, file.name])).toEqual([
      ["x.txt", "x.txt"],
      [`${ws.at("b")}/x.txt`, "b/x.txt"],
    ]);
  });
});

describe("readInputFiles() places", () => {
  it("each root's files in a directory of the root's name", async () => {
    await using ws = await workspace(["a", "b"], ["a/b/x.txt", "a/x.txt", "b/x.txt"]);
    expect(placed(await ws.give("a", "b"))).toEqual({
      "a/b/x.txt": "a/b/x.txt",
      "a/x.txt": "a/x.txt",
      "b/x.txt": "b/x.txt",
    });
  });

  it.each([
    [["1/a", "2/a", "a-2"], { "a/x": "1/a/x", "a-3/x": "2/a/x", "a-2/x": "a-2/x" }],
    [["a-2", "1/a", "2/a"], { "a/x": "1/a/x", "a-3/x": "2/a/x", "a-2/x": "a-2/x" }],
    [
      ["1/a", "2/a", "3/a", "1/a-2", "2/a-2"],
      { "a/x": "1/a/x", "a-3/x": "2/a/x", "a-4/x": "3/a/x", "a-2/x": "1/a-2/x", "a-2-2/x": "2/a-2/x" },
    ],
  ])("roots of one name apart, and a root with a name of its own under that: %j", async (roots, places) => {
    const files = roots.map((root) => `${root}/x`);
    await using ws = await workspace(roots, files);
    expect(placed(await ws.give(...files))).toEqual(places);
  });

  it("the first root's files where the program starts, though the operator and the client both name it", async () => {
    await using ws = await workspace(["a"], ["a/x.txt"]);
    const paths = PathValidator.create([ws.at("a"), ws.at("a")]);
    expect(placed(await readInputFiles({ paths, contains: ws.contains }, ["x.txt"]))).toEqual({
      [`${nameOf(paths.roots[0] ?? "")}/x.txt`]: "a/x.txt",
    });
  });
});

describe("readInputFiles() says of what it left out", () => {
  it("all up to a hundred", async () => {
    await using ws = await workspace(["a"], ["a/z.txt"]);
    for (let link = 0; link < 100; link++) await symlink("nowhere", ws.at("a", `link-${link}`));
    expect((await ws.give("a")).leftOut).toHaveLength(100);
    await symlink("nowhere", ws.at("a/y"));
    expect((await ws.give("a")).leftOut.slice(99)).toEqual(["link-99", "... and 1 more"]);
  });

  it("the first hundred of the call, and how many more, each once", async () => {
    await using ws = await workspace(["a"], ["a/sub/z.txt"]);
    for (let link = 0; link < 150; link++)
      await symlink("nowhere", ws.at("a/sub", `link-${String(link).padStart(3, "0")}`));
    await symlink("nowhere", ws.at("a/t"));
    const { files, leftOut } = await ws.give("a/sub", "a");
    expect(files).toHaveLength(1);
    expect(leftOut.slice(98)).toEqual(["sub/link-098", "sub/link-099", "... and 51 more"]);
  });
});

describe("readInputFiles() refuses", () => {
  it("a file whose root was closed while it was read", async () => {
    await using ws = await workspace(["a"], ["a/x.txt"]);
    await expect(readInputFiles({ paths: ws.paths, contains: () => false }, ["x.txt"])).rejects.toMatchObject({
      reason: "path-denied",
    });
  });

  it("all files when one is refused", async () => {
    await using ws = await workspace(["a"], ["a/x.txt", "out/y.txt"]);
    await symlink(ws.at("out"), ws.at("a/out"));
    for (const bad of ["a/none", "out/y.txt", "a/out/y.txt"])
      await expect(ws.give("a/x.txt", bad)).rejects.toMatchObject({ reason: "path-denied" });
  });
});
