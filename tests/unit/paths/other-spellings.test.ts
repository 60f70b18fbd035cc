import { writeFileSync } from "node:fs";
import { chmod, opendir, symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { findOtherAccents, followExistingPart } from "../../../src/paths/other-spellings.js";
import { asNobody } from "../../support/as-nobody.js";
import { itUnless, notLinux, onWindows } from "../../support/skips.js";
import { tempDir } from "../../support/temp-dir.js";

const ONE = "caf\u00e9"; // The accent is in its letter.
const TWO = "cafe\u0301"; // The accent comes after its letter.

describe("findOtherAccents()", () => {
  itUnless(notLinux, "finds the one entry whose accents are stored otherwise", async () => {
    await using dir = await tempDir([`${TWO}/plain/${ONE}`]);
    expect(await findOtherAccents(dir.at(ONE, "plain", TWO), dir.path)).toBe(dir.at(TWO, "plain", ONE));
    expect(await findOtherAccents(dir.at(TWO), dir.path)).toBe(dir.at(TWO));
  });

  itUnless(notLinux, "finds the root itself, and entries of a root with an accent of its own", async () => {
    await using dir = await tempDir([`${TWO}/${ONE}`]);
    expect(await findOtherAccents(dir.at(ONE), dir.at(TWO))).toBe(dir.at(TWO));
    expect(await findOtherAccents(dir.at(ONE, TWO), dir.at(TWO))).toBe(dir.at(TWO, ONE));
  });

  it("leaves the end of a path as it is if it has no accent, whether or not it exists", async () => {
    await using dir = await tempDir([`${ONE}/`]);
    expect(await findOtherAccents(dir.at(ONE, "none"), dir.path)).toBe(dir.at(ONE, "none"));
  });

  itUnless(notLinux, "finds nothing if two entries have the same letters, or none has", async () => {
    await using dir = await tempDir([ONE, TWO, "other"]);
    expect(await findOtherAccents(dir.at(ONE), dir.path)).toBeNull();
    expect(await findOtherAccents(dir.at("\u00fc"), dir.path)).toBeNull();
    expect(await findOtherAccents(dir.at("none", ONE), dir.path)).toBeNull();
    expect(await findOtherAccents(dir.at("other", ONE), dir.path)).toBeNull();
  });

  it("does not look at a path without an accent", async () => {
    await using dir = await tempDir(["plain"]);
    expect(await findOtherAccents(dir.at("plain"), dir.path)).toBeNull();
  });

  it("finds nothing outside the root", async () => {
    await using dir = await tempDir([`${ONE}/root/`, "root/", `out/${ONE}`]);
    expect(await findOtherAccents(dir.at(ONE), dir.at(ONE, "root"))).toBeNull();
    expect(await findOtherAccents(dir.at("out", ONE), dir.at("root"))).toBeNull();
    expect(await findOtherAccents(dir.at(ONE, "root", ".."), dir.at("root"))).toBeNull();
    await using dots = await tempDir([`..${ONE}`]);
    expect(await findOtherAccents(dots.at(`..${ONE}`), dots.path)).toBe(dots.at(`..${ONE}`));
  });

  itUnless(notLinux, "uses the name as it is in a directory that it may not list", async () => {
    await using dir = await tempDir([`closed/${ONE}`]);
    await chmod(dir.path, 0o755);
    await chmod(dir.at("closed"), 0o711);
    const found = await asNobody(() =>
      Promise.all([ONE, TWO, "\u00fc"].map((name) => findOtherAccents(dir.at("closed", name), dir.path))),
    );
    expect(found).toEqual([dir.at("closed", ONE), dir.at("closed", ONE), null]);
  });

  itUnless(notLinux, "compares the first 10,000 names of a directory and no more", async () => {
    await using dir = await tempDir();
    for (let at = 0; at < 10_001; at++) writeFileSync(dir.at(`u\u0308-${at}`), "");
    const names: string[] = [];
    for await (const { name } of await opendir(dir.path)) names.push(name);
    const find = (at: number): Promise<string | null> =>
      findOtherAccents(dir.at(names[at]?.normalize("NFC") ?? ""), dir.path);
    expect(await find(9_999)).toBe(dir.at(names[9_999] ?? ""));
    expect(await find(10_000)).toBeNull();
  });
});

describe("followExistingPart()", () => {
  itUnless(onWindows, "follows the links of the part that exists and keeps the rest", async () => {
    await using dir = await tempDir(["real/file"]);
    await symlink(dir.at("real"), dir.at("link"));
    expect(await followExistingPart(dir.at("link", "file"))).toBe(dir.at("real", "file"));
    expect(await followExistingPart(dir.at("link", "none", "deeper"))).toBe(dir.at("real", "none", "deeper"));
  });

  itUnless(onWindows, "looks for the part that exists below 63 missing names and no more", async () => {
    await using dir = await tempDir();
    const missing = (count: number): string => dir.at(...Array.from({ length: count }, () => "none"));
    expect(await followExistingPart(missing(63))).toBe(missing(63));
    expect(await followExistingPart(missing(64))).toBeNull();
  });
});
