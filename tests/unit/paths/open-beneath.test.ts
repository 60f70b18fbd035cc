/** Both ways of holding a thing: by descriptors, and, on any system, by what its path and identity say. */

import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Held, hold, isOpenError } from "../../../src/paths/open-beneath.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { tempDir } from "../../support/temp-dir.js";

/** root/sub/data.txt says `inside`, out/data.txt says `SECRET`; root/link leads out. */
async function workspace() {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, ...parts);
  await mkdir(at("root", "sub"), { recursive: true });
  await mkdir(at("out"));
  await writeFile(at("root", "sub", "data.txt"), "inside");
  await writeFile(at("out", "data.txt"), "SECRET");
  await symlink(at("out"), at("root", "link"));
  return { at, validator: PathValidator.create([at("root")]), [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

async function text(held: Held): Promise<string> {
  await using handle = await held.read();
  return await handle.readFile("utf8");
}

async function outcome(work: () => Promise<string>): Promise<string> {
  return await work().catch((error: unknown) => {
    if (isOpenError(error)) return "not had";
    throw error;
  });
}

const PLATFORMS = process.platform === "linux" ? (["linux", "darwin"] as const) : ([process.platform] as const);

describe.each(PLATFORMS)("what is held as on %s", (platform) => {
  it("can be read, listed and gone down in", async () => {
    await using ws = await workspace();
    await using root = await hold(await ws.validator.resolve("."), platform);
    expect(root.kind).toBe("directory");
    const names: string[] = [];
    for await (const name of root.names()) names.push(name);
    expect(names.sort()).toEqual(["link", "sub"]);
    await using sub = await root.child("sub");
    await using file = await sub.child("data.txt");
    expect([sub.kind, file.kind]).toEqual(["directory", "file"]);
    expect(await text(file)).toBe("inside");
  });

  it("is a link where there is one, never what it leads to", async () => {
    await using ws = await workspace();
    await using root = await hold(await ws.validator.resolve("."), platform);
    await using link = await root.child("link");
    expect(link.kind).toBe("other");
    expect(await outcome(() => text(link))).toBe("not had");
    expect(await outcome(async () => (await link.child("data.txt")).kind)).toBe("not had");
  });

  it("cannot be had when it is gone", async () => {
    await using ws = await workspace();
    const checked = await ws.validator.resolve("sub/data.txt");
    await rm(ws.at("root", "sub"), { recursive: true });
    expect(await outcome(async () => (await hold(checked, platform)).kind)).toBe("not had");
  });

  it.each([
    ["the file", ["root", "sub", "data.txt"], ["out", "data.txt"]],
    ["its directory", ["root", "sub"], ["out"]],
    ["its root", ["root"], ["elsewhere"]],
  ])(
    "is never another thing, though %s is swapped for a link between the look and the reading",
    async (_, place, target) => {
      await using ws = await workspace();
      await mkdir(ws.at("elsewhere", "sub"), { recursive: true });
      await writeFile(ws.at("elsewhere", "sub", "data.txt"), "SECRET");
      await using root = await hold(await ws.validator.resolve("."), platform);
      await using sub = await root.child("sub");
      await using file = await hold(await ws.validator.resolve("sub/data.txt"), platform);
      await rename(ws.at(...place), ws.at("away"));
      await symlink(ws.at(...target), ws.at(...place));
      const answers = [
        await outcome(() => text(file)),
        await outcome(async () => {
          await using child = await sub.child("data.txt");
          return child.kind === "file" ? await text(child) : "not had";
        }),
      ];
      // A descriptor still has what was there; an identity says that it is there no more.
      for (const answer of answers)
        expect(platform === "linux" ? ["inside", "not had"] : ["not had"]).toContain(answer);
    },
  );

  it("is never another thing, though its directory is swapped for a link between the check and the look", async () => {
    await using ws = await workspace();
    const [directory, file] = [await ws.validator.resolve("sub"), await ws.validator.resolve("sub/data.txt")];
    await rename(ws.at("root", "sub"), ws.at("away"));
    await symlink(ws.at("out"), ws.at("root", "sub"));
    const read = async (): Promise<string> => {
      await using held = await hold(file, platform);
      return await text(held);
    };
    const list = async (): Promise<string> => {
      await using held = await hold(directory, platform);
      const names: string[] = [];
      for await (const name of held.names()) names.push(name);
      return names.join();
    };
    expect(await outcome(read)).toBe("not had");
    expect(await outcome(list)).toBe("not had");
  });

  it("is never another file that was put in its place", async () => {
    await using ws = await workspace();
    await using file = await hold(await ws.validator.resolve("sub/data.txt"), platform);
    await rename(ws.at("root", "sub", "data.txt"), ws.at("away"));
    await writeFile(ws.at("root", "sub", "data.txt"), "SECRET");
    expect(await outcome(() => text(file))).toBe(platform === "linux" ? "inside" : "not had");
  });

  it("can be let go twice, and closes nobody else's file", async () => {
    await using ws = await workspace();
    const checked = await ws.validator.resolve("sub/data.txt");
    const held = await hold(checked, platform);
    await held[Symbol.asyncDispose]();
    await using other = await hold(checked, platform);
    await held[Symbol.asyncDispose]();
    expect(await text(other)).toBe("inside");
  });

  it.skipIf(process.platform !== "linux")("leaves no descriptor open, had or not", async () => {
    await using ws = await workspace();
    const checked = await ws.validator.resolve("sub/data.txt");
    const before = (await readdir("/proc/self/fd")).length;
    for (let round = 0; round < 20; round++) {
      await using root = await hold(await ws.validator.resolve("."), platform);
      await using file = await hold(checked, platform);
      await text(file);
      for await (const _ of root.names()) break;
      await root.child("none").catch(() => null);
      await file.child("none").catch(() => null);
    }
    await rm(ws.at("root", "sub"), { recursive: true });
    for (let round = 0; round < 20; round++) await hold(checked, platform).catch(() => null);
    expect((await readdir("/proc/self/fd")).length).toBe(before);
  });
});
