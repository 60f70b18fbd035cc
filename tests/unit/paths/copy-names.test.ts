/** Which names a name may be a copy of. */

import { describe, expect, it } from "vitest";
import { originalsOf } from "../../../src/paths/copy-names.js";

describe("a name is taken for a copy of .netrc or secrets.json:", () => {
  it.each([
    [".netrc.", ".netrc", "FAT drops a dot at the end"],
    [".netrc . ", ".netrc", "and blanks with it"],
    [".netrc::$data", ".netrc", "a stream"],
    [".netrc:a:$index_allocation", ".netrc", "a stream of a kind"],
    [".netrc:a", ".netrc", "a stream with a name"],
    [".netrc~", ".netrc", "Emacs"],
    [".netrc.~12~", ".netrc", "Emacs, with a number"],
    ["#.netrc#", ".netrc", "Emacs, not saved yet"],
    ["#.netrc", ".netrc", "the same without its end"],
    [".#.netrc", ".netrc", "Emacs, locked"],
    [".~lock..netrc#", ".netrc", "an office program, locked"],
    ["~$secrets.json", "secrets.json", "an office program, open"],
    ["~secrets.json", "secrets.json", "a temporary copy"],
    [".~secrets.json", "secrets.json", "a hidden one"],
    ["._secrets.json", "secrets.json", "macOS"],
    ["._.netrc", ".netrc", "macOS, hidden"],
    ["..netrc.swp", ".netrc", "Vim"],
    ["..netrc.swa", ".netrc", "Vim, the second"],
    ["..netrc.svz", ".netrc", "Vim, after many"],
    ["..netrc.un~", ".netrc", "Vim, what can be taken back"],
    ["..netrc.kate-swp", ".netrc", "Kate"],
    [".secrets.json.k3jd8a", "secrets.json", "rsync"],
    ["%home%ann%.netrc.swp", ".netrc", "Vim, all in one directory"],
    ["!home!ann!.netrc~", ".netrc", "Emacs, all in one directory"],
    ["secrets.json.2", "secrets.json", "a number"],
    ["secrets.json-2026-11-27", "secrets.json", "a day"],
    ["secrets (1).json", "secrets.json", "a browser"],
    ["secrets - kopie.json", "secrets.json", "a desktop"],
    ["secrets-old.json", "secrets.json", "a person"],
    ["secrets.sync-conflict-20261127-101010-abc.json", "secrets.json", "Syncthing"],
    ["secrets.json___jb_tmp___", "secrets.json", "JetBrains"],
    ["copy of secrets.json", "secrets.json", "a desktop, in front"],
    ["copy (2) of secrets.json", "secrets.json", "a desktop, again"],
    ["old.netrc", ".netrc", "a person, in front"],
    ["backup2_secrets.json", "secrets.json", "a person, with a number"],
    ["backup-secrets.json", "secrets.json", "a person, with a dash"],
    ["bak12-secrets.json", "secrets.json", "a person, with a number and a dash"],
    [".netrc.old.gz~", ".netrc", "several marks"],
  ])("%s", (name, original) => {
    expect(originalsOf(name)).toContain(original);
    expect(originalsOf(name)).not.toContain(name);
  });
});

describe("a mark in another place makes no copy:", () => {
  it.each([
    ["ne~1~trc.x", "netrc.x"],
    [".ne~trc", ".netrc"],
    ["a#secrets.json#", "asecrets.json"],
    ["secrets.#json", "secretsjson"],
    ["a~$secrets.json", "asecrets.json"],
    ["a._secrets.json", "asecrets.json"],
    ["..netrc.swpx.y", ".netrc.y"],
    ["..netrc.sva", ".netrc"],
    [".secrets.json.k3jd8abc", "secrets.json"],
    ["home%ann%.netrc", "home.netrc"],
    ["my-bak-secrets.json", "my-secrets.json"],
    ["old-secrets.json", "secrets.json"],
    ["%a%\n%", ""],
    ["copyright-secrets.json", "secrets.json"],
  ])("%j is none of %j", (name, other) => {
    expect(originalsOf(name)).not.toContain(other);
  });

  it("a name of marks alone is a copy of no name", () => {
    for (const name of ["~", ".", " ", "::$data", ".#"]) expect(originalsOf(name)).not.toContain("");
  });

  it("an ordinary name is no copy", () => {
    for (const name of ["main.py", ".netrc", "readme.md", "a-b.json", "a"]) expect(originalsOf(name)).toEqual([]);
  });
});

it("a name with many marks takes a short time and has a bounded number of originals", () => {
  const since = performance.now();
  expect(originalsOf(`${".old-1 (2)~".repeat(20)}.json`).length).toBeLessThan(70);
  expect(performance.now() - since).toBeLessThan(500);
});
