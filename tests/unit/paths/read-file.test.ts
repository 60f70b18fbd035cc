import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, symlinkSync, unlinkSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import { PathValidator, type ValidatedPath } from "../../../src/paths/path-validator.js";
import type { OpenedEntry } from "../../../src/paths/open-beneath.js";
import { readEntry } from "../../../src/paths/read-file.js";
import { readTree } from "../../../src/paths/read-tree.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { itUnless, notLinux } from "../../support/skips.js";
import { tempDir } from "../../support/temp-dir.js";

/** Makes root/sub/data.txt with `inside` and out/data.txt with `SECRET`. */
async function workspace() {
  const dir = await tempDir({ "root/sub/data.txt": "inside", "out/data.txt": "SECRET" });
  return { ...dir, validator: PathValidator.create([dir.at("root")]) };
}

/** Reads a path that must be a file. */
async function readOne(file: ValidatedPath, maxBytes: number): Promise<Buffer> {
  const { files } = await readTree(file, { files: 1, bytes: maxBytes }, new RestrictedNames());
  const [only] = files;
  if (only === undefined || files.length > 1) throw new Error("Not one file");
  return only.bytes;
}

describe("readTree() of a file returns", () => {
  it("the bytes of a file", async () => {
    await using ws = await workspace();
    expect(String(await readOne(await ws.validator.resolve("sub/data.txt"), 100))).toBe("inside");
  });

  it.each([0, 1, 4_096, 4_097, 100_000])("all %i bytes of a file with the largest size", async (size) => {
    await using ws = await workspace();
    const bytes = Buffer.alloc(size, 7);
    await writeFile(ws.at("root", "big"), bytes);
    expect((await readOne(await ws.validator.resolve("big"), size)).equals(bytes)).toBe(true);
  });
});

itUnless(notLinux, "readEntry() returns the whole content of a file whose stated size is 0", async () => {
  const entry = { openFile: () => open("/proc/version") } as unknown as OpenedEntry;
  expect(await readEntry(entry, 100_000)).toEqual(await readFile("/proc/version"));
});

/** An entry of a stated size whose content comes in pieces. Notes how much each reading asks for. */
function playEntry(size: number, pieces: readonly number[]) {
  const asked: number[] = [];
  const handle = {
    stat: () => Promise.resolve({ size }),
    read: (_: Buffer, __: number, length: number) => {
      asked.push(length);
      return Promise.resolve({ bytesRead: pieces[asked.length - 1] ?? 0 });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { asked, entry: { openFile: () => Promise.resolve(handle) } as unknown as OpenedEntry };
}

describe("readEntry()", () => {
  it.each<[string, number, number, readonly number[], readonly number[]]>([
    ["the stated size and a little more", 5_000, 100_000, [5_000], [9_096, 4_096]],
    ["no more than one byte above the limit", 5_000, 6_000, [5_000], [6_001, 1_001]],
    ["nothing of a file that is stated as too large", 10_000_000_000, 6_000, [], []],
  ])("asks for %s", async (_, size, maxBytes, pieces, expected) => {
    const { entry, asked } = playEntry(size, pieces);
    const bytes = await readEntry(entry, maxBytes);
    expect(asked).toEqual(expected);
    expect(bytes?.length ?? null).toBe(size > maxBytes ? null : size);
  });
});

itUnless(notLinux, "readTree() refuses a file of the kernel's views, wherever they are mounted", async () => {
  // A root that no setting can open stands for a mount, which needs rights.
  for (const [root, name] of [
    ["/proc", "version"],
    ["/proc", "sys/kernel/hostname"],
    ["/sys", "kernel/mm/transparent_hugepage/enabled"],
  ] as const) {
    const file = await PathValidator.create([root]).resolve(name);
    await expect(readOne(file, 100_000)).rejects.toMatchObject({ reason: "path-denied" });
  }
});

describe("readTree() of a file refuses", () => {
  it("a file that is one byte too large, and names the limit and no path of the host", async () => {
    await using ws = await workspace();
    const error: unknown = await readOne(await ws.validator.resolve("sub/data.txt"), 5).catch((e: unknown) => e);
    expect(error).toMatchObject({ reason: "bad-input", message: expect.stringContaining("at most 5 bytes") });
    expect(String(error)).not.toContain(ws.at());
  });

  itUnless(notLinux, "a pipe, at once", async () => {
    await using ws = await workspace();
    execFileSync("mkfifo", [ws.at("root", "pipe")]);
    await expect(readOne(await ws.validator.resolve("pipe"), 100)).rejects.toMatchObject({ reason: "path-denied" });
  });

  itUnless(notLinux, "a pipe without opening it, so that its writer notices nothing", async () => {
    await using ws = await workspace();
    execFileSync("mkfifo", [ws.at("root", "pipe")]);
    const writer = spawn("sh", ["-c", "echo x > pipe"], { cwd: ws.at("root") });
    const file = await ws.validator.resolve("pipe");
    for (let attempt = 0; attempt < 20; attempt++) {
      await expect(readOne(file, 100)).rejects.toMatchObject({ reason: "path-denied" });
      await setTimeout(10);
    }
    expect(writer.exitCode).toBeNull();
    const ended = once(writer, "exit");
    writer.kill("SIGKILL");
    await ended;
  });

  itUnless(notLinux, "a socket", async () => {
    await using ws = await workspace();
    const server = createServer().listen(ws.at("root", "sock"));
    await new Promise((resolve) => server.once("listening", resolve));
    const file = await ws.validator.resolve("sock");
    await expect(readOne(file, 100)).rejects.toMatchObject({ reason: "path-denied" });
    server.close();
  });

  itUnless(notLinux, "a file that is too large although its stated size is 0", async () => {
    const entry = { openFile: () => open("/proc/version") } as unknown as OpenedEntry;
    expect(await readEntry(entry, 10)).toBeNull();
  });

  it("a file that is gone", async () => {
    await using ws = await workspace();
    const file = await ws.validator.resolve("sub/data.txt");
    await rm(ws.at("root", "sub", "data.txt"));
    await expect(readOne(file, 100)).rejects.toMatchObject({ reason: "path-denied" });
  });

  it.each([
    ["the file", ["root", "sub", "data.txt"], ["out", "data.txt"]],
    ["a directory on the way", ["root", "sub"], ["out"]],
    ["the root", ["root"], ["out2"]],
  ])("%s swapped for a link after the check", async (_, place, target) => {
    await using ws = await workspace();
    await mkdir(ws.at("out2", "sub"), { recursive: true });
    await writeFile(ws.at("out2", "sub", "data.txt"), "SECRET");
    const file = await ws.validator.resolve("sub/data.txt");
    await rename(ws.at(...place), ws.at("away"));
    await symlink(ws.at(...target), ws.at(...place));
    expect(String(await readFile(file.real))).toBe("SECRET");
    await expect(readOne(file, 100)).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a link in the place of a directory, during at least 2 000 swaps", async () => {
    await using ws = await workspace();
    const [place, away, link] = [ws.at("root", "sub"), ws.at("away"), ws.at("link")];
    const file = await ws.validator.resolve("sub/data.txt");
    const seen = new Map<string, number>();
    let naive = 0;
    let running = true;
    const read = async (): Promise<void> => {
      while (running) {
        const answer = await readOne(file, 100).then(String, (error: unknown) =>
          error instanceof Refusal ? error.reason : String(error),
        );
        seen.set(answer, (seen.get(answer) ?? 0) + 1);
        if (String(await readFile(file.real).catch(() => "")) === "SECRET") naive += 1;
      }
    };
    const readers = [read(), read(), read()];
    symlinkSync(ws.at("out"), link);
    // On a busy machine the readers may not have met both states after 2 000 swaps. Then there are more.
    const isMet = (): boolean => naive > 0 && seen.size > 1;
    for (let swap = 0; swap < 1_000 || (!isMet() && swap < 100_000); swap++) {
      renameSync(place, away);
      renameSync(link, place);
      if (swap % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      renameSync(place, link);
      renameSync(away, place);
      if (swap % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
    }
    running = false;
    await Promise.all(readers);
    unlinkSync(link);
    expect([...seen.keys()].sort()).toEqual(["inside", "path-denied"]);
    // A reader by name has read the secret, so the swaps were real.
    expect(naive).toBeGreaterThan(0);
  });
});
