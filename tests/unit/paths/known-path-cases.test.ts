/**
 * Cases on which an earlier system was measured (docs/origins.md), and a few more. Each has the right answer, and tells
 * whether the earlier system gave it. A wrong answer denied a file that it should give, or gave one that it should
 * deny.
 */

import { rename, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import { MAX_PATH_LENGTH } from "../../../src/limits.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { readTree } from "../../../src/paths/read-tree.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { assertUsableRoot } from "../../../src/paths/root.js";
import { describeUnless, onWindows } from "../../support/skips.js";
import { ownPathAsContent, tempDir } from "../../support/temp-dir.js";

const FILES = [
  "root/a.txt",
  "root/a..b",
  "root/..\\x",
  "root/~/x",
  "root/%2e%2e/x",
  "root/\u2025/x",
  "root/sub/deep.txt",
  "root/.env",
  "root/.git/config",
  "second/only.txt",
  "second/a.txt",
  "root-old/a.txt",
  "sibling/a.txt",
  "x",
];

/** Makes two roots, a sibling, and a neighbour that shares a prefix. Each file has its own path as content. */
async function disk() {
  const dir = await tempDir(ownPathAsContent(FILES));
  const { at } = dir;
  await symlink(at("sibling"), at("root", "exit"));
  await symlink(at("root", "sub"), at("root", "inner"));
  await symlink(at("root", "nowhere"), at("root", "dangling"));
  await symlink(at("root"), at("alias"));
  return dir;
}

type Disk = Awaited<ReturnType<typeof disk>>;

interface PathCase {
  readonly title: string;
  /** The answer of the earlier system. */
  readonly earlier: "right" | "wrong" | "not measured";
  /** The requested path; `DIR` stands for the directory of the disk. */
  readonly asked: string;
  /** If left out, `root` and `second`. */
  readonly roots?: readonly string[];
  /** The paths of the files that are read, or the reason of the refusal. */
  readonly expected: readonly string[] | string;
}

const CASES: readonly PathCase[] = [
  { title: "a file in a root", earlier: "right", asked: "DIR/root/a.txt", expected: ["root/a.txt"] },
  {
    title: "a detour through the parent and back",
    earlier: "right",
    asked: "DIR/root/../root/a.txt",
    expected: ["root/a.txt"],
  },
  { title: "a climb to a sibling", earlier: "right", asked: "DIR/root/../sibling/a.txt", expected: "path-denied" },
  { title: "a sibling that shares a prefix", earlier: "right", asked: "DIR/root-old/a.txt", expected: "path-denied" },
  { title: "a relative climb", earlier: "right", asked: "../x", expected: "path-denied" },
  { title: "a relative climb after a detour", earlier: "not measured", asked: "sub/../../x", expected: "path-denied" },
  { title: "a link to a directory outside", earlier: "right", asked: "DIR/root/exit/a.txt", expected: "path-denied" },
  { title: "a link inside", earlier: "right", asked: "DIR/root/inner/deep.txt", expected: ["root/sub/deep.txt"] },
  { title: "a dangling link", earlier: "right", asked: "DIR/root/dangling", expected: "path-denied" },
  { title: "a missing file", earlier: "wrong", asked: "DIR/root/none.txt", expected: "path-denied" },
  { title: "a NUL character", earlier: "right", asked: "DIR/root/a.txt\0", expected: "bad-input" },
  { title: "an empty path", earlier: "wrong", asked: "", expected: "bad-input" },
  {
    title: "a dot, which is the root",
    earlier: "right",
    asked: ".",
    roots: ["root/sub"],
    expected: ["root/sub/deep.txt"],
  },
  { title: "a directory named ~", earlier: "right", asked: "~/x", expected: ["root/~/x"] },
  { title: "a directory named %2e%2e", earlier: "right", asked: "%2e%2e/x", expected: ["root/%2e%2e/x"] },
  {
    title: "a directory named with a two-dot leader",
    earlier: "right",
    asked: "\u2025/x",
    expected: ["root/\u2025/x"],
  },
  {
    title: "~ if no directory has that name",
    earlier: "wrong",
    asked: "~/x",
    roots: ["second"],
    expected: "path-denied",
  },
  {
    title: "%2e%2e if no directory has that name",
    earlier: "wrong",
    asked: "%2e%2e/x",
    roots: ["second"],
    expected: "path-denied",
  },
  {
    title: "a two-dot leader if no directory has that name",
    earlier: "wrong",
    asked: "\u2025/x",
    roots: ["second"],
    expected: "path-denied",
  },
  { title: "a file whose name has two dots in it", earlier: "wrong", asked: "DIR/root/a..b", expected: ["root/a..b"] },
  {
    title: "a file whose name starts with two dots and a backslash",
    earlier: "wrong",
    asked: "..\\x",
    expected: ["root/..\\x"],
  },
  {
    title: "a path through /proc/self/root",
    earlier: "wrong",
    asked: "/proc/self/root/DIR/root/a.txt",
    expected: "path-denied",
  },
  {
    title: "a path through /proc/<pid>/root",
    earlier: "not measured",
    asked: `/proc/${process.pid}/root/DIR/root/a.txt`,
    expected: "path-denied",
  },
  { title: "a descriptor of the server", earlier: "not measured", asked: "/dev/fd/3", expected: "path-denied" },
  {
    title: "a name in another case, on a disk that tells them apart",
    earlier: "right",
    asked: "DIR/root/A.TXT",
    expected: "path-denied",
  },
  {
    title: "a root in another case, on a disk that tells them apart",
    earlier: "right",
    asked: "DIR/ROOT/a.txt",
    expected: "path-denied",
  },
  {
    title: "a file while there are no roots",
    earlier: "right",
    asked: "DIR/root/a.txt",
    roots: [],
    expected: "path-denied",
  },
  {
    title: "a relative path that only the second root has",
    earlier: "wrong",
    asked: "only.txt",
    expected: ["second/only.txt"],
  },
  { title: "a relative path that both roots have", earlier: "right", asked: "a.txt", expected: ["root/a.txt"] },
  {
    title: "a relative path that only the second root has, as the first",
    earlier: "right",
    asked: "only.txt",
    roots: ["second", "root"],
    expected: ["second/only.txt"],
  },
  {
    title: "a file through the other name of a root",
    earlier: "not measured",
    asked: "DIR/alias/a.txt",
    roots: ["alias"],
    expected: ["root/a.txt"],
  },
  { title: "a restricted file", earlier: "wrong", asked: "DIR/root/.env", expected: "path-restricted" },
  { title: "a file in .git", earlier: "wrong", asked: ".git/config", expected: "path-restricted" },
  {
    title: "a path of 4 097 characters",
    earlier: "not measured",
    asked: `DIR/${"a/".repeat(MAX_PATH_LENGTH / 2)}`,
    expected: "bad-input",
  },
  { title: "a file URI", earlier: "not measured", asked: "file://DIR/root/a.txt", expected: ["root/a.txt"] },
  { title: "a Windows path", earlier: "not measured", asked: "C:\\x", expected: "bad-input" },
  { title: "a Windows share", earlier: "not measured", asked: "\\\\server\\share\\x", expected: "bad-input" },
];

async function answer(ws: Disk, { asked, roots = ["root", "second"] }: PathCase): Promise<readonly string[] | string> {
  const validator = PathValidator.create(roots.map((root) => ws.at(root)));
  try {
    const checked = await validator.resolve(asked.replace("DIR", ws.at()));
    const { files } = await readTree(checked, { files: 10, bytes: 1_000 }, validator.restricted);
    return files.map(({ bytes }) => String(bytes));
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

// Windows has other rules for names; spelling.test.ts has a table of its spellings.
describeUnless(onWindows, "known cases of paths", () => {
  for (const row of CASES.filter(
    ({ title }) => process.platform === "linux" || !/case, on a disk|\/proc/.test(title),
  )) {
    it(`${row.title} (earlier system: ${row.earlier})`, async () => {
      await using ws = await disk();
      expect(await answer(ws, row)).toEqual(row.expected);
    });
  }

  it("the top of the disk as a root (earlier system: wrong), so /etc/passwd is in no root", async () => {
    await expect(assertUsableRoot("/")).rejects.toMatchObject({ reason: "root-denied" });
    await using ws = await disk();
    expect(await answer(ws, { title: "", earlier: "wrong", asked: "/etc/passwd", expected: "" })).toBe("path-denied");
  });

  it("a narrower root outside the roots (earlier system: wrong)", async () => {
    await using ws = await disk();
    for (const asked of ["/", "DIR", "DIR/root/..", "DIR/root-old"])
      expect(await answer(ws, { title: "", earlier: "wrong", asked, expected: "" })).toBe("path-denied");
  });

  it("a restricted directory as a narrower root (earlier system: wrong)", async () => {
    await using ws = await disk();
    expect(await answer(ws, { title: "", earlier: "wrong", asked: "DIR/root/.git", expected: "" })).toBe(
      "path-restricted",
    );
  });

  it("a file as a root (earlier system: wrong)", async () => {
    await using ws = await disk();
    await expect(assertUsableRoot(ws.at("root", "a.txt"))).rejects.toMatchObject({ reason: "root-denied" });
  });

  it("a link that replaces a root later (earlier system: wrong)", async () => {
    await using ws = await disk();
    const validator = PathValidator.create([ws.at("second")]);
    await rename(ws.at("second"), ws.at("away"));
    await symlink(ws.at("sibling"), ws.at("second"));
    await expect(validator.resolve("a.txt")).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("a link that replaces a directory after the check (earlier system: wrong)", async () => {
    await using ws = await disk();
    const validator = PathValidator.create([ws.at("root")]);
    const checked = await validator.resolve("sub/deep.txt");
    await writeFile(ws.at("sibling", "deep.txt"), "SECRET");
    await rename(ws.at("root", "sub"), ws.at("away"));
    await symlink(ws.at("sibling"), ws.at("root", "sub"));
    await expect(readTree(checked, { files: 1, bytes: 100 }, validator.restricted)).rejects.toMatchObject({
      reason: "path-denied",
    });
  });
});

/** Name, whether it is restricted, and whether the eleven substrings of the earlier system agree. */
const NAMES: readonly (readonly [location: string, isRestricted: boolean, earlier: "right" | "wrong"])[] = [
  ["/src/environment.py", false, "wrong"],
  ["env.ts", false, "wrong"],
  ["/environments/prod.yaml", false, "wrong"],
  ["credentials_form.tsx", false, "wrong"],
  [".github/workflows/ci.yml", false, "wrong"],
  [".gitignore", false, "wrong"],
  [".ssh/id_rsa", true, "wrong"],
  ["id_rsa", true, "wrong"],
  [".npmrc", true, "wrong"],
  [".aws/config", true, "wrong"],
  [".netrc", true, "wrong"],
  ["token.json", true, "wrong"],
  ["server.pem", true, "wrong"],
  [".git/config", true, "right"],
  [".env", true, "right"],
  [".ENV", true, "right"],
  ["secrets", true, "right"],
  ["credentials", true, "right"],
  [".secret", true, "right"],
  ["src/main.py", false, "right"],
  ["__pycache__/main.pyc", false, "wrong"],
  [".venv/lib/a.py", false, "wrong"],
  ["venv/lib/a.py", false, "wrong"],
  ["env/lib/a.py", false, "wrong"],
  ["node_modules/a/index.js", false, "wrong"],
  [".pytest_cache/v/lastfailed", false, "wrong"],
];

describe("known cases of names", () => {
  const names = new RestrictedNames();
  it.each(NAMES)("%s is restricted: %s (earlier system: %s)", (location, isRestricted) => {
    expect(names.findPattern(location) !== null).toBe(isRestricted);
  });

  it("the table has the verdicts of the earlier system's substrings", () => {
    const patterns = [
      ".git",
      "__pycache__",
      ".venv",
      "venv",
      "env",
      "node_modules",
      ".pytest_cache",
      ".env",
      "secrets",
      "credentials",
      ".secret",
    ];
    for (const [location, isRestricted, earlier] of NAMES) {
      const isMatch = patterns.some((pattern) => location.toLowerCase().includes(pattern));
      expect([location, isMatch === isRestricted ? "right" : "wrong"]).toEqual([location, earlier]);
    }
  });
});
