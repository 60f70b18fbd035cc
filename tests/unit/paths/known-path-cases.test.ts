/**
 * The cases on which the system that document 003 describes was measured, and a few beside them: whether that one, the
 * seed, was right, and the right answer. Where it was wrong it denied what it should give, or gave what it should deny.
 */

import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import { MAX_PATH_LENGTH } from "../../../src/limits.js";
import { PathValidator } from "../../../src/paths/path-validator.js";
import { readGiven } from "../../../src/paths/read-tree.js";
import { RestrictedNames } from "../../../src/paths/restricted.js";
import { assertUsableRoot } from "../../../src/paths/root.js";
import { tempDir } from "../../support/temp-dir.js";

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

/** Two roots, a sibling, a neighbour that shares a prefix; each file has its own path in it. */
async function disk() {
  const dir = await tempDir();
  const at = (...parts: string[]): string => path.join(dir.path, ...parts);
  for (const file of FILES) {
    await mkdir(path.dirname(at(file)), { recursive: true });
    await writeFile(at(file), file);
  }
  await symlink(at("sibling"), at("root", "exit"));
  await symlink(at("root", "sub"), at("root", "inner"));
  await symlink(at("root", "nowhere"), at("root", "dangling"));
  await symlink(at("root"), at("alias"));
  return { at, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

type Disk = Awaited<ReturnType<typeof disk>>;

interface PathCase {
  readonly what: string;
  readonly kit: "right" | "wrong" | "not measured";
  /** What is asked for; `DIR` stands for the disk's directory. */
  readonly asked: string;
  /** Instead of root and second. */
  readonly roots?: readonly string[];
  /** What is read: the files' own paths; or the reason of the refusal. */
  readonly is: readonly string[] | string;
}

const CASES: readonly PathCase[] = [
  { what: "a file in a root", kit: "right", asked: "DIR/root/a.txt", is: ["root/a.txt"] },
  { what: "a detour through the parent and back", kit: "right", asked: "DIR/root/../root/a.txt", is: ["root/a.txt"] },
  { what: "a climb to a sibling", kit: "right", asked: "DIR/root/../sibling/a.txt", is: "path-denied" },
  { what: "a sibling that shares a prefix", kit: "right", asked: "DIR/root-old/a.txt", is: "path-denied" },
  { what: "a relative climb", kit: "right", asked: "../x", is: "path-denied" },
  { what: "a relative climb after a detour", kit: "not measured", asked: "sub/../../x", is: "path-denied" },
  { what: "a link to a directory outside", kit: "right", asked: "DIR/root/exit/a.txt", is: "path-denied" },
  { what: "a link inside", kit: "right", asked: "DIR/root/inner/deep.txt", is: ["root/sub/deep.txt"] },
  { what: "a dangling link", kit: "right", asked: "DIR/root/dangling", is: "path-denied" },
  { what: "a file that is not there", kit: "wrong", asked: "DIR/root/none.txt", is: "path-denied" },
  { what: "a NUL character", kit: "right", asked: "DIR/root/a.txt\0", is: "bad-input" },
  { what: "an empty path", kit: "wrong", asked: "", is: "bad-input" },
  { what: "a dot, which is the root", kit: "right", asked: ".", roots: ["root/sub"], is: ["root/sub/deep.txt"] },
  { what: "a directory named ~", kit: "right", asked: "~/x", is: ["root/~/x"] },
  { what: "a directory named %2e%2e", kit: "right", asked: "%2e%2e/x", is: ["root/%2e%2e/x"] },
  { what: "a directory named with a two-dot leader", kit: "right", asked: "\u2025/x", is: ["root/\u2025/x"] },
  { what: "~ where no directory has that name", kit: "wrong", asked: "~/x", roots: ["second"], is: "path-denied" },
  {
    what: "%2e%2e where no directory has that name",
    kit: "wrong",
    asked: "%2e%2e/x",
    roots: ["second"],
    is: "path-denied",
  },
  {
    what: "a two-dot leader where no directory has that name",
    kit: "wrong",
    asked: "\u2025/x",
    roots: ["second"],
    is: "path-denied",
  },
  { what: "a file whose name has two dots in it", kit: "wrong", asked: "DIR/root/a..b", is: ["root/a..b"] },
  { what: "a file whose name is two dots, a backslash and more", kit: "wrong", asked: "..\\x", is: ["root/..\\x"] },
  { what: "a path through /proc/self/root", kit: "wrong", asked: "/proc/self/root/DIR/root/a.txt", is: "path-denied" },
  {
    what: "a path through /proc/<pid>/root",
    kit: "not measured",
    asked: `/proc/${process.pid}/root/DIR/root/a.txt`,
    is: "path-denied",
  },
  { what: "a descriptor of ours", kit: "not measured", asked: "/dev/fd/3", is: "path-denied" },
  {
    what: "a name in another case, on a disk that tells them apart",
    kit: "right",
    asked: "DIR/root/A.TXT",
    is: "path-denied",
  },
  {
    what: "a root in another case, on a disk that tells them apart",
    kit: "right",
    asked: "DIR/ROOT/a.txt",
    is: "path-denied",
  },
  { what: "a file while there are no roots", kit: "right", asked: "DIR/root/a.txt", roots: [], is: "path-denied" },
  { what: "a relative path that only the second root has", kit: "wrong", asked: "only.txt", is: ["second/only.txt"] },
  { what: "a relative path that both roots have", kit: "right", asked: "a.txt", is: ["root/a.txt"] },
  {
    what: "a relative path that only the second root has, as the first",
    kit: "right",
    asked: "only.txt",
    roots: ["second", "root"],
    is: ["second/only.txt"],
  },
  {
    what: "a file through the other name of a root",
    kit: "not measured",
    asked: "DIR/alias/a.txt",
    roots: ["alias"],
    is: ["root/a.txt"],
  },
  { what: "a restricted name that is asked for itself", kit: "wrong", asked: "DIR/root/.env", is: "path-restricted" },
  { what: "what lies in a repository", kit: "wrong", asked: ".git/config", is: "path-restricted" },
  {
    what: "a path of 4 097 characters",
    kit: "not measured",
    asked: `DIR/${"a/".repeat(MAX_PATH_LENGTH / 2)}`,
    is: "bad-input",
  },
  { what: "a file URI", kit: "not measured", asked: "file://DIR/root/a.txt", is: ["root/a.txt"] },
  { what: "a Windows path", kit: "not measured", asked: "C:\\x", is: "bad-input" },
  { what: "a Windows share", kit: "not measured", asked: "\\\\server\\share\\x", is: "bad-input" },
];

async function answer(ws: Disk, { asked, roots = ["root", "second"] }: PathCase): Promise<readonly string[] | string> {
  const validator = PathValidator.create(roots.map((root) => ws.at(root)));
  try {
    const checked = await validator.resolve(asked.replace("DIR", ws.at()));
    const { files } = await readGiven(checked, { files: 10, bytes: 1_000 }, validator.restricted);
    return files.map(({ bytes }) => String(bytes));
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

// What a name is differs on Windows; hostPath's own table has its spellings.
describe.skipIf(process.platform === "win32")("of paths", () => {
  for (const row of CASES.filter(({ what }) => process.platform === "linux" || !/case, on a disk|\/proc/.test(what))) {
    it(`${row.what} (the seed: ${row.kit})`, async () => {
      await using ws = await disk();
      expect(await answer(ws, row)).toEqual(row.is);
    });
  }

  it("the top of the disk is never a root (the seed: wrong), so /etc/passwd is in none", async () => {
    await expect(assertUsableRoot("/")).rejects.toMatchObject({ reason: "root-denied" });
    await using ws = await disk();
    expect(await answer(ws, { what: "", kit: "wrong", asked: "/etc/passwd", is: "" })).toBe("path-denied");
  });

  it("a narrower root must lie in the roots there are (the seed: wrong)", async () => {
    await using ws = await disk();
    for (const asked of ["/", "DIR", "DIR/root/..", "DIR/root-old"])
      expect(await answer(ws, { what: "", kit: "wrong", asked, is: "" })).toBe("path-denied");
  });

  it("a restricted directory is no narrower root (the seed: wrong)", async () => {
    await using ws = await disk();
    expect(await answer(ws, { what: "", kit: "wrong", asked: "DIR/root/.git", is: "" })).toBe("path-restricted");
  });

  it("a file is no root (the seed: wrong)", async () => {
    await using ws = await disk();
    await expect(assertUsableRoot(ws.at("root", "a.txt"))).rejects.toMatchObject({ reason: "root-denied" });
  });

  it("a root is the directory that it was when it was set (the seed: wrong)", async () => {
    await using ws = await disk();
    const validator = PathValidator.create([ws.at("second")]);
    await rename(ws.at("second"), ws.at("away"));
    await symlink(ws.at("sibling"), ws.at("second"));
    await expect(validator.resolve("a.txt")).rejects.toMatchObject({ reason: "path-denied" });
  });

  it("what is read is what was checked (the seed: wrong)", async () => {
    await using ws = await disk();
    const validator = PathValidator.create([ws.at("root")]);
    const checked = await validator.resolve("sub/deep.txt");
    await writeFile(ws.at("sibling", "deep.txt"), "SECRET");
    await rename(ws.at("root", "sub"), ws.at("away"));
    await symlink(ws.at("sibling"), ws.at("root", "sub"));
    await expect(readGiven(checked, { files: 1, bytes: 100 }, validator.restricted)).rejects.toMatchObject({
      reason: "path-denied",
    });
  });
});

/** Name, whether it is restricted, and whether the seed's eleven substrings say the same. */
const NAMES: readonly (readonly [location: string, isRestricted: boolean, kit: "right" | "wrong"])[] = [
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

describe("of names", () => {
  const names = new RestrictedNames();
  it.each(NAMES)("%s is restricted: %s (the seed: %s)", (location, isRestricted) => {
    expect(names.find(location) !== null).toBe(isRestricted);
  });

  it("the seed's verdicts in the table are those of its substrings", () => {
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
    for (const [location, isRestricted, kit] of NAMES) {
      const says = patterns.some((pattern) => location.toLowerCase().includes(pattern));
      expect([location, says === isRestricted ? "right" : "wrong"]).toEqual([location, kit]);
    }
  });
});
