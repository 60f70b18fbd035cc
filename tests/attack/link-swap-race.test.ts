/**
 * A worker that swaps a name for a link that leads out of the root and back, as fast as the disk lets it, while calls
 * read through that name.
 */

import { readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { Refusal } from "../../src/errors.js";
import { PathValidator, type ValidatedPath } from "../../src/paths/path-validator.js";
import { readTree } from "../../src/paths/read-tree.js";
import { describeUnless, notLinux } from "../support/skips.js";
import { tempDir } from "../support/temp-dir.js";

const SWAPS = 10_000;
const INSIDE = "inside";
const SECRET = "SECRET";

/** Each swap leaves the name gone for a moment, a link for a moment, gone again, and as it was. */
const SWAPPER = `
  const { renameSync } = require("node:fs");
  const { parentPort, workerData: { place, away, link, swaps } } = require("node:worker_threads");
  for (let swap = 0; swap < swaps; swap++) {
    renameSync(place, away);
    renameSync(link, place);
    renameSync(place, link);
    renameSync(away, place);
  }
  parentPort.postMessage("done");
`;

/** root/data/sub/file.txt is ours; out/ has the same tree with the secret in it. */
async function workspace() {
  const dir = await tempDir({ "root/data/sub/file.txt": INSIDE, "out/data/sub/file.txt": SECRET });
  return { ...dir, validator: PathValidator.create([dir.at("root")]) };
}

/**
 * What readings came to: a text that was read, "nothing" of a directory that was there without it, or the reason of a
 * refusal.
 */
type Tally = Map<string, number>;

function count(tally: Tally, answer: string): void {
  tally.set(answer, (tally.get(answer) ?? 0) + 1);
}

describeUnless(notLinux, `${SWAPS} swaps for a link to the outside let nothing in`, () => {
  it.each([
    ["the directory above a file that is named", "data/sub", "data/sub/file.txt"],
    ["a directory further up", "data", "data/sub/file.txt"],
    ["the file that is named", "data/sub/file.txt", "data/sub/file.txt"],
    ["the directory that is named", "data/sub", "data/sub"],
    ["a directory in the one that is named", "data/sub", "data"],
    ["a file in the directory that is named", "data/sub/file.txt", "data"],
  ])("when it is %s", async (_, swapped, asked) => {
    await using ws = await workspace();
    await symlink(ws.at("out", swapped), ws.at("link"));
    const checked = await ws.validator.resolve(asked);
    const tally: Tally = new Map();
    let byName = 0;

    const worker = new Worker(SWAPPER, {
      eval: true,
      workerData: { place: ws.at("root", swapped), away: ws.at("away"), link: ws.at("link"), swaps: SWAPS },
    });
    let isSwapping = true;
    const ended = new Promise<void>((resolve, reject) => {
      worker.once("message", () => {
        isSwapping = false;
        resolve();
      });
      worker.once("error", reject);
    });
    const read = async (check: () => Promise<ValidatedPath>): Promise<void> => {
      while (isSwapping) {
        try {
          const { files } = await readTree(await check(), { files: 10, bytes: 100 }, ws.validator.restricted);
          for (const { bytes } of files) count(tally, String(bytes));
          if (files.length === 0) count(tally, "nothing");
        } catch (error) {
          count(tally, error instanceof Refusal ? error.reason : String(error));
        }
      }
    };
    /** The same file by its name: what falls for the swap shows that there was one to fall for. */
    const readByName = async (): Promise<void> => {
      while (isSwapping) {
        if (textByName(ws.at("root", "data", "sub", "file.txt")) === SECRET) byName += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    try {
      // What was checked before the first swap, and what is checked amid them.
      await Promise.all([ended, read(async () => checked), read(() => ws.validator.resolve(asked)), readByName()]);
    } finally {
      isSwapping = false;
      await worker.terminate();
    }

    // A directory that is named is read all the same when something in it is a link at that moment: without it.
    const isInNamed = swapped !== asked && swapped.startsWith(asked);
    expect([...tally.keys()].sort()).toEqual([INSIDE, isInNamed ? "nothing" : "path-denied"].sort());
    expect(byName).toBeGreaterThan(0);
  });
});

function textByName(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
