import { symlink, truncate } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { MAX_FILES, MAX_FILES_SIZE } from "../../../src/limits.js";
import { isInside, PathValidator } from "../../../src/paths/path-validator.js";
import { describeInputFiles, directoryNameOf, type InputFiles, readInputFiles } from "../../../src/run/input-files.js";
import { ownPathAsContent, tempDir } from "../../support/temp-dir.js";

/** Makes roots and files. Each file has its own path, from the directory of the disk, as content. */
async function workspace(roots: readonly string[], files: readonly string[]) {
  const dir = await tempDir(ownPathAsContent([...roots.map((root) => `${root}/`), ...files]));
  const { at } = dir;
  const paths = PathValidator.create(roots.map((root) => at(root)));
  const contains = (real: string): boolean => paths.roots.some((root) => isInside(real, root));
  const read = (...asked: string[]): Promise<InputFiles> =>
    readInputFiles(
      { paths, contains },
      asked.map((file) => at(file)),
    );
  return { ...dir, paths, contains, read };
}

/** Returns the path of the file on the disk by its name in `files`. */
const pathsByName = ({ files }: InputFiles): Record<string, string> =>
  Object.fromEntries(files.map(({ file }) => [file.name, String(file.bytes)]));
/** Returns the path of the file on the disk by its place in the workspace. */
const pathsByPlace = ({ files }: InputFiles): Record<string, string> =>
  Object.fromEntries(files.map(({ file }) => [file.path, String(file.bytes)]));

function orders<Item>(items: readonly Item[]): Item[][] {
  return items.length < 2
    ? [[...items]]
    : items.flatMap((item, at) => orders(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]));
}

describe("readInputFiles() names", () => {
  it("a file by its path from its root", async () => {
    await using ws = await workspace(["a", "b"], ["a/x.txt", "a/b/z.txt", "b/y.txt"]);
    expect(pathsByName(await ws.read("a", "b/y.txt"))).toEqual({
      "x.txt": "a/x.txt",
      "b/z.txt": "a/b/z.txt",
      "y.txt": "b/y.txt",
    });
  });

  it("the second of two files with one path by its root and its path", async () => {
    await using ws = await workspace(["a", "b"], ["a/x.txt", "b/x.txt"]);
    expect(pathsByName(await ws.read("a/x.txt", "b/x.txt"))).toEqual({ "x.txt": "a/x.txt", "b/x.txt": "b/x.txt" });
    expect(pathsByName(await ws.read("b/x.txt", "a/x.txt"))).toEqual({ "x.txt": "b/x.txt", "a/x.txt": "a/x.txt" });
  });

  it.each(orders(["a/b/x.txt", "a/x.txt", "b/x.txt"]).map((order) => [order]))(
    "three files by three names, and gives out own paths before names with roots: %j",
    async (order) => {
      await using ws = await workspace(["a", "b"], order);
      const inputFiles = await ws.read(...order);
      const isFirst = order.indexOf("a/x.txt") < order.indexOf("b/x.txt");
      const rest = isFirst
        ? { "x.txt": "a/x.txt", "b-2/x.txt": "b/x.txt" }
        : { "x.txt": "b/x.txt", "a/x.txt": "a/x.txt" };
      expect(pathsByName(inputFiles)).toEqual({ "b/x.txt": "a/b/x.txt", ...rest });
      expect(inputFiles.files.map(({ file }) => String(file.bytes))).toEqual(order);
    },
  );

  it("a file by its root before it names another one with a number", async () => {
    const files = ["a/x.txt", "a/b/x.txt", "b/x.txt", "b-2/x.txt"];
    await using ws = await workspace(["a", "b", "b-2"], files);
    expect(pathsByName(await ws.read(...files))).toEqual({
      "x.txt": "a/x.txt",
      "b/x.txt": "a/b/x.txt",
      "b-3/x.txt": "b/x.txt",
      "b-2/x.txt": "b-2/x.txt",
    });
  });

  it("a file once, even if the call names it several times", async () => {
    await using ws = await workspace(["a", "b"], ["a/x.txt", "b/x.txt"]);
    const inputFiles = await readInputFiles(ws, ["x.txt", ws.at("a/x.txt"), ws.at("a"), ws.at("b"), ws.at("b/x.txt")]);
    expect(inputFiles.files.map(({ asked, file }) => [asked, file.name])).toEqual([
      ["x.txt", "x.txt"],
      [`${ws.at("b")}/x.txt`, "b/x.txt"],
    ]);
  });
});

describe("readInputFiles() of a large directory", () => {
  const many = Array.from({ length: 2_500 }, (_, at) => `a/d${at}/`);

  it("reads it once, even if the call names it often and by several spellings", async () => {
    await using ws = await workspace(["a"], [...many, "a/x.txt"]);
    const asked = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? ws.at("a") : `${ws.at("a")}/d1/..`));
    expect(pathsByName(await readInputFiles(ws, asked))).toEqual({ "x.txt": "a/x.txt" });
  });

  it("has one number of names for the whole call", async () => {
    await using ws = await workspace(["a"], ["a/one/", "a/two/", ...many.map((name) => name.replace("a/", "a/one/"))]);
    await using other = await workspace(
      ["b"],
      Array.from({ length: 8_000 }, (_, at) => `b/d${at}/`),
    );
    const paths = PathValidator.create([ws.at("a"), other.at("b")]);
    const both = { paths, contains: () => true };
    await expect(readInputFiles(both, [ws.at("a"), other.at("b")])).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringContaining("names in it"),
    });
  });

  it("ends when the caller cancels", async () => {
    await using ws = await workspace(["a"], many);
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 5);
    await expect(readInputFiles(ws, [ws.at("a")], caller.signal)).rejects.toMatchObject({ name: "AbortError" });
  });

  it("ends when its time is over, and says so", async () => {
    await using ws = await workspace(["a"], many);
    let calls = 0;
    vi.spyOn(performance, "now").mockImplementation(() => calls++ * 100);
    await expect(readInputFiles(ws, [ws.at("a")])).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringContaining("5000 ms"),
    });
  });
});

describe("readInputFiles() places", () => {
  it("the files of each root in a directory with the name of the root", async () => {
    await using ws = await workspace(["a", "b"], ["a/b/x.txt", "a/x.txt", "b/x.txt"]);
    expect(pathsByPlace(await ws.read("a", "b"))).toEqual({
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
  ])("two roots of one name in two directories, and another root under its own name: %j", async (roots, places) => {
    const files = roots.map((root) => `${root}/x`);
    await using ws = await workspace(roots, files);
    expect(pathsByPlace(await ws.read(...files))).toEqual(places);
  });

  it("files of the first root in the program's directory, even if the root is listed twice", async () => {
    await using ws = await workspace(["a"], ["a/x.txt"]);
    const paths = PathValidator.create([ws.at("a"), ws.at("a")]);
    expect(pathsByPlace(await readInputFiles({ paths, contains: ws.contains }, ["x.txt"]))).toEqual({
      [`${directoryNameOf(paths.roots[0] ?? "")}/x.txt`]: "a/x.txt",
    });
  });
});

describe("a file is reported and found", () => {
  it("by the caller's own path, and below a directory by that and the rest", async () => {
    await using ws = await workspace(["a"], ["a/x.txt", "a/sub/deep/y.txt"]);
    const asked = async (...paths: string[]) =>
      (await readInputFiles({ paths: ws.paths, contains: ws.contains }, paths)).files.map((file) => file.asked);
    expect(await asked("x.txt")).toEqual(["x.txt"]);
    expect(await asked("sub")).toEqual(["sub/deep/y.txt"]);
    expect(await asked("sub/")).toEqual(["sub/deep/y.txt"]);
    expect(await asked("sub/deep/y.txt")).toEqual(["sub/deep/y.txt"]);
    expect(await asked(ws.at("a"))).toEqual([ws.at("a/sub/deep/y.txt"), ws.at("a/x.txt")]);
  });

  it("by its absolute path too, if the caller wrote that", async () => {
    await using ws = await workspace(["a"], ["a/x.txt", "a/sub/y.txt"]);
    const hosts = async (...paths: string[]) =>
      (await readInputFiles({ paths: ws.paths, contains: ws.contains }, paths)).files.map(({ file }) => file.hostPath);
    expect(await hosts("x.txt", "sub")).toEqual([undefined, undefined]);
    expect(await hosts(ws.at("a/./x.txt"), ws.at("a/sub/"))).toEqual([ws.at("a/x.txt"), ws.at("a/sub/y.txt")]);
  });

  it("with its place in the sandbox, if there is one", async () => {
    await using ws = await workspace(["a"], ["a/x.txt"]);
    const read = await ws.read("a/x.txt");
    expect(describeInputFiles(read, null)).toMatchObject([{ sandboxPath: null }]);
    expect(describeInputFiles(read, "/workspace")).toMatchObject([{ sandboxPath: "/workspace/a/x.txt" }]);
  });
});

describe("readInputFiles() lists as left out", () => {
  it("up to a hundred entries", async () => {
    await using ws = await workspace(["a"], ["a/z.txt"]);
    for (let link = 0; link < 100; link++) await symlink("nowhere", ws.at("a", `link-${link}`));
    expect((await ws.read("a")).leftOut).toHaveLength(100);
    await symlink("nowhere", ws.at("a/y"));
    expect((await ws.read("a")).leftOut.slice(99)).toEqual(["link-99", "... and 1 more"]);
  });

  it("the first hundred entries of the call, each once, and the number of the others", async () => {
    await using ws = await workspace(["a"], ["a/sub/z.txt"]);
    for (let link = 0; link < 150; link++)
      await symlink("nowhere", ws.at("a/sub", `link-${String(link).padStart(3, "0")}`));
    await symlink("nowhere", ws.at("a/t"));
    const { files, leftOut } = await ws.read("a/sub", "a");
    expect(files).toHaveLength(1);
    expect(leftOut.slice(98)).toEqual(["sub/link-098", "sub/link-099", "... and 51 more"]);
  });
});

describe("readInputFiles() refuses", () => {
  it("a file whose root was closed during the reading", async () => {
    await using ws = await workspace(["a"], ["a/x.txt"]);
    await expect(readInputFiles({ paths: ws.paths, contains: () => false }, ["x.txt"])).rejects.toMatchObject({
      reason: "path-denied",
    });
  });

  it("all files when one is refused", async () => {
    await using ws = await workspace(["a"], ["a/x.txt", "out/y.txt"]);
    await symlink(ws.at("out"), ws.at("a/out"));
    for (const bad of ["a/none", "out/y.txt", "a/out/y.txt"])
      await expect(ws.read("a/x.txt", bad)).rejects.toMatchObject({ reason: "path-denied" });
  });
});

describe("readInputFiles() has one room for all paths of a call", () => {
  /** Makes files of these sizes, with holes for content. */
  async function sized(sizes: Readonly<Record<string, number>>) {
    const ws = await workspace(["root"], []);
    for (const [name, size] of Object.entries(sizes)) {
      await ws.write({ [`root/${name}`]: "" });
      await truncate(ws.at("root", name), size);
    }
    const read = (...names: string[]): Promise<InputFiles> => ws.read(...names.map((name) => `root/${name}`));
    return { ...ws, read };
  }

  it("as bytes: two files that fit alone may not exceed it together", async () => {
    await using ws = await sized({ "a.bin": MAX_FILES_SIZE / 2, "b.bin": MAX_FILES_SIZE / 2, "c.bin": 1 });
    expect((await ws.read("a.bin", "b.bin")).files).toHaveLength(2);
    await expect(ws.read("a.bin", "b.bin", "c.bin")).rejects.toMatchObject({ reason: "bad-input" });
    await expect(ws.read("a.bin", "c.bin", "b.bin")).rejects.toMatchObject({
      reason: "bad-input",
      detail: { resource: ws.at("root/b.bin") },
    });
  });

  it("as bytes: a directory and a file may not exceed it together", async () => {
    await using ws = await sized({ "dir/a.bin": MAX_FILES_SIZE - 10, "dir/b.bin": 5, "c.bin": 5, "d.bin": 6 });
    expect((await ws.read("dir", "c.bin")).files).toHaveLength(3);
    await expect(ws.read("dir", "d.bin")).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(
        new RegExp(
          `at most ${MAX_FILES_SIZE} bytes together, those before it have ${MAX_FILES_SIZE - 5}, and it has 6;`,
        ),
      ),
    });
    await expect(ws.read("d.bin", "dir")).rejects.toMatchObject({ reason: "bad-input" });
  });

  it("as files: two directories may not exceed it together", async () => {
    const names = (dir: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${dir}/${at}`);
    await using ws = await workspace(["root"], [...names("root/a", MAX_FILES - 1), "root/b/1", "root/c/1", "root/c/2"]);
    expect((await ws.read("root/a", "root/b")).files).toHaveLength(MAX_FILES);
    await expect(ws.read("root/a", "root/c")).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(
        new RegExp(`at most ${MAX_FILES} files together, those before it have ${MAX_FILES - 1}, and only 1 are left`),
      ),
    });
  });
});
