/** Tests both ways to open an entry: by descriptors on Linux, and by path and identity on every system. */

import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { isOpenError, openBeneath, refuseIfGone, type OpenedEntry } from "../../../src/paths/open-beneath.js";
import { Fault, Refusal } from "../../../src/errors.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { itUnless, notLinux } from "../../support/skips.js";
import { tempDir } from "../../support/temp-dir.js";

/** Makes root/sub/data.txt with `inside`, out/data.txt with `SECRET`, and root/link to out/. */
async function workspace() {
  const dir = await tempDir({ "root/sub/data.txt": "inside", "out/data.txt": "SECRET" });
  await symlink(dir.at("out"), dir.at("root", "link"));
  return { ...dir, validator: PathValidator.create([dir.at("root")]) };
}

async function text(entry: OpenedEntry): Promise<string> {
  await using handle = await entry.openFile();
  return await handle.readFile("utf8");
}

async function outcome(work: () => Promise<string>): Promise<string> {
  return await work().catch((error: unknown) => {
    if (isOpenError(error)) return "not opened";
    throw error;
  });
}

const PLATFORMS = process.platform === "linux" ? (["linux", "darwin"] as const) : ([process.platform] as const);

describe.each(PLATFORMS)("an entry that openBeneath() opens as on %s", (platform) => {
  it("can be read, and a directory can be listed and entered", async () => {
    await using ws = await workspace();
    await using root = await openBeneath(await ws.validator.resolve("."), platform);
    expect(root.kind).toBe("directory");
    const names: string[] = [];
    for await (const name of root.listNames()) names.push(name);
    expect(names.sort()).toEqual(["link", "sub"]);
    await using sub = await root.openChild("sub");
    await using file = await sub.openChild("data.txt");
    expect([sub.kind, file.kind]).toEqual(["directory", "file"]);
    expect(await text(file)).toBe("inside");
  });

  it("is the link itself if the name is a link", async () => {
    await using ws = await workspace();
    await using root = await openBeneath(await ws.validator.resolve("."), platform);
    await using link = await root.openChild("link");
    expect(link.kind).toBe("other");
    expect(await outcome(() => text(link))).toBe("not opened");
    expect(await outcome(async () => (await link.openChild("data.txt")).kind)).toBe("not opened");
  });

  it("cannot be opened when it is gone", async () => {
    await using ws = await workspace();
    const checked = await ws.validator.resolve("sub/data.txt");
    await rm(ws.at("root", "sub"), { recursive: true });
    expect(await outcome(async () => (await openBeneath(checked, platform)).kind)).toBe("not opened");
  });

  it.each([
    ["the file", ["root", "sub", "data.txt"], ["out", "data.txt"]],
    ["its directory", ["root", "sub"], ["out"]],
    ["its root", ["root"], ["elsewhere"]],
  ])("is never another one, even if %s is swapped for a link between opening and reading", async (_, place, target) => {
    await using ws = await workspace();
    await mkdir(ws.at("elsewhere", "sub"), { recursive: true });
    await writeFile(ws.at("elsewhere", "sub", "data.txt"), "SECRET");
    await using root = await openBeneath(await ws.validator.resolve("."), platform);
    await using sub = await root.openChild("sub");
    await using file = await openBeneath(await ws.validator.resolve("sub/data.txt"), platform);
    await rename(ws.at(...place), ws.at("away"));
    await symlink(ws.at(...target), ws.at(...place));
    const answers = [
      await outcome(() => text(file)),
      await outcome(async () => {
        await using child = await sub.openChild("data.txt");
        return child.kind === "file" ? await text(child) : "not opened";
      }),
    ];
    // A descriptor still leads to the old file. An identity no longer matches.
    for (const answer of answers)
      expect(platform === "linux" ? ["inside", "not opened"] : ["not opened"]).toContain(answer);
  });

  it("is never another one, even if its directory is swapped for a link between check and opening", async () => {
    await using ws = await workspace();
    const [directory, file] = [await ws.validator.resolve("sub"), await ws.validator.resolve("sub/data.txt")];
    await rename(ws.at("root", "sub"), ws.at("away"));
    await symlink(ws.at("out"), ws.at("root", "sub"));
    const read = async (): Promise<string> => {
      await using entry = await openBeneath(file, platform);
      return await text(entry);
    };
    const list = async (): Promise<string> => {
      await using entry = await openBeneath(directory, platform);
      const names: string[] = [];
      for await (const name of entry.listNames()) names.push(name);
      return names.join();
    };
    expect(await outcome(read)).toBe("not opened");
    expect(await outcome(list)).toBe("not opened");
  });

  it("is never another file that took its place", async () => {
    await using ws = await workspace();
    await using file = await openBeneath(await ws.validator.resolve("sub/data.txt"), platform);
    await rename(ws.at("root", "sub", "data.txt"), ws.at("away"));
    await writeFile(ws.at("root", "sub", "data.txt"), "SECRET");
    expect(await outcome(() => text(file))).toBe(platform === "linux" ? "inside" : "not opened");
  });

  it("can be disposed of twice, and closes no other file", async () => {
    await using ws = await workspace();
    const checked = await ws.validator.resolve("sub/data.txt");
    const entry = await openBeneath(checked, platform);
    await entry[Symbol.asyncDispose]();
    await using other = await openBeneath(checked, platform);
    await entry[Symbol.asyncDispose]();
    expect(await text(other)).toBe("inside");
  });

  itUnless(notLinux, "leaves no descriptor open, whether or not it could be opened", async () => {
    await using ws = await workspace();
    const checked = await ws.validator.resolve("sub/data.txt");
    const before = (await readdir("/proc/self/fd")).length;
    for (let round = 0; round < 20; round++) {
      await using root = await openBeneath(await ws.validator.resolve("."), platform);
      await using file = await openBeneath(checked, platform);
      await text(file);
      for await (const _ of root.listNames()) break;
      await root.openChild("none").catch(() => null);
      await file.openChild("none").catch(() => null);
    }
    await rm(ws.at("root", "sub"), { recursive: true });
    for (let round = 0; round < 20; round++) await openBeneath(checked, platform).catch(() => null);
    expect((await readdir("/proc/self/fd")).length).toBe(before);
  });
});

describe("an error while a checked path is read", () => {
  const refusal = new Refusal("path-denied", "own", { stage: "paths", retryable: false });
  const aborted = new DOMException("stop", "AbortError");
  const fault = new Fault("own");
  const withCode = (code: string | undefined): Error => Object.assign(new Error("x"), { code });

  const gone = "ENOENT EACCES EPERM ELOOP ENOTDIR ENAMETOOLONG ENXIO ENODEV EISDIR EMLINK EBADF ESTALE";

  it.each(gone.split(" "))("with the code %s is a refusal of the path", async (code) => {
    await using ws = await workspace();
    const cause = withCode(code);
    const read = refuseIfGone(await ws.validator.resolve("sub"), () => Promise.reject(cause));
    await expect(read).rejects.toMatchObject({ name: "Refusal", reason: "path-denied", cause });
  });

  it.each(["EIO", "ENOSPC", undefined])("with the code %s is a fault", async (code) => {
    await using ws = await workspace();
    const cause = withCode(code);
    const read = refuseIfGone(await ws.validator.resolve("sub"), () => Promise.reject(cause));
    await expect(read).rejects.toMatchObject({ name: "Fault", cause });
  });

  it.each([
    ["a refusal", refusal],
    ["a fault", fault],
    ["the end of the call", aborted],
  ])("that is %s stays as it is", async (_, error) => {
    await using ws = await workspace();
    await expect(refuseIfGone(await ws.validator.resolve("sub"), () => Promise.reject(error))).rejects.toBe(error);
  });
});
