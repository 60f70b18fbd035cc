import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/errors.js";
import { MAX_PATH_LENGTH } from "../../../src/limits.js";
import { isProcessView, parseHostPath } from "../../../src/paths/spelling.js";

function refused(asked: string, platform: NodeJS.Platform): Refusal {
  try {
    parseHostPath(asked, platform);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error(`Expected ${JSON.stringify(asked)} to be refused`);
}

/** A path as written, its meaning on Linux and macOS, and its meaning on Windows; null if it is refused. */
const SPELLINGS: readonly (readonly [asked: string, posix: string | null, windows: string | null])[] = [
  ["a.txt", "a.txt", "a.txt"],
  ["./a/../b", "./a/../b", "./a/../b"],
  ["..", "..", ".."],
  ["../x", "../x", "../x"],
  ["..\\x", "..\\x", "..\\x"],
  ["a..b", "a..b", "a..b"],
  ["~/x", "~/x", "~/x"],
  ["%2e%2e/x", "%2e%2e/x", "%2e%2e/x"],
  ["\u2025/x", "\u2025/x", "\u2025/x"],
  [" a b ", " a b ", null],
  ["a\nb", "a\nb", "a\nb"],
  ["/work/a.txt", "/work/a.txt", null],
  ["//work/a.txt", "//work/a.txt", null],
  ["\\work\\a.txt", "\\work\\a.txt", null],
  ["C:\\x", null, "C:\\x"],
  ["c:/x", null, "c:/x"],
  ["C:\\a\\..\\b", null, "C:\\a\\..\\b"],
  ["C:x", "C:x", null],
  ["C:", "C:", null],
  ["\\\\server\\share\\x", null, null],
  ["\\\\?\\C:\\x", null, null],
  ["\\\\.\\C:\\x", null, null],
  ["//./C:/x", "//./C:/x", null],
  ["\\??\\C:\\x", "\\??\\C:\\x", null],
  ["/c:/x", "/c:/x", null],
  ["a:b", "a:b", null],
  ["ab:c", "ab:c", null],
  ["C:\\x\\.env::$DATA", null, null],
  ["notes.txt:stream", "notes.txt:stream", null],
  [".env.", ".env.", null],
  [".env /x", ".env /x", null],
  ["a/.../b", "a/.../b", null],
  ["C:\\x\\NUL", null, null],
  ["con", "con", null],
  ["a/com1.txt", "a/com1.txt", null],
  ["a/LPT1", "a/LPT1", null],
  ["lpt\u00b2.txt", "lpt\u00b2.txt", null],
  ["lpta/lpt", "lpta/lpt", "lpta/lpt"],
  ["a//b", "a//b", "a//b"],
  ["a/file:/b", "a/file:/b", null],
  ["contents/nullable.txt", "contents/nullable.txt", "contents/nullable.txt"],

  ["file:///work/a%20b", "/work/a b", null],
  ["FILE:///work/a", "/work/a", null],
  ["file:/work/a", "/work/a", null],
  ["file://localhost/work/a", "/work/a", null],
  ["file://LOCALHOST/work/a", "/work/a", null],
  ["file:///", "/", null],
  ["file:///work/caf%C3%A9", "/work/caf\u00e9", null],
  ["file:///work/100%25", "/work/100%", null],
  ["file:///work/%2565nv", "/work/%65nv", null],
  ["file:///work/%2e%2e/x", "/work/../x", null],
  ["file:///work/%3F%23", "/work/?#", null],
  ["file:////server/share/x", "//server/share/x", null],
  ["file:///c%3A/x", null, "c:\\x"],
  ["file:///C:/x", null, "C:\\x"],
  ["file:/C:/x%20y/z", null, "C:\\x y\\z"],
  ["file:///work/c:/x", "/work/c:/x", null],
  ["file:///C:/", null, "C:\\"],
  ["file:///C:", null, null],
  ["file:///C:/x:y", null, null],
  ["file:///C%7C/x", "/C|/x", null],
  ["file:x", "file:x", null],
  ["file:", "file:", null],
  ["file://", null, null],
  ["file://server", null, null],
  ["file://server/share/x", null, null],
  ["file://server@localhost/x", null, null],
  ["file://localhost:80/x", null, null],
  ["file://C:/x", null, null],
  ["file://./x", null, null],
  ["file://../x", null, null],
  ["file:///work/a%2Fb", null, null],
  ["file:///work/a%2fb", null, null],
  ["file:///C:/a%5Cb", null, null],
  ["file:///C:\\a", null, null],
  ["file:///work\\a", null, null],
  ["file:///work/a%00.txt", null, null],
  ["file:///work/%", null, null],
  ["file:///work/%4", null, null],
  ["file:///work/%zz", null, null],
  ["file:///work/%ff", null, null],
  ["file:///work/%c0%ae%c0%ae/x", null, null],
  ["file:///work/a?b", null, null],
  ["file:///work/a#b", null, null],
  ["", null, null],
  ["a\0", null, null],
  ["a".repeat(MAX_PATH_LENGTH + 1), null, null],
  ["a".repeat(MAX_PATH_LENGTH), "a".repeat(MAX_PATH_LENGTH), "a".repeat(MAX_PATH_LENGTH)],
];

describe.each([
  ["linux", 1],
  ["darwin", 1],
  ["win32", 2],
] as const)("parseHostPath() on %s", (platform, column) => {
  for (const row of SPELLINGS) {
    const [asked] = row;
    const expected = row[column];
    const label = JSON.stringify(asked.length > 60 ? `${asked.slice(0, 10)}... (${asked.length})` : asked);
    if (expected === null) {
      it(`refuses ${label}`, () => {
        const { reason, message, detail } = refused(asked, platform);
        expect(reason).toBe("bad-input");
        expect(detail).toMatchObject({ stage: "paths", retryable: false });
        expect(message).toMatch(/^Cannot use path ".*": (?:it|a|no|the) .*[^.]$/);
      });
    } else {
      it(`reads ${label}`, () => {
        expect(parseHostPath(asked, platform)).toBe(expected);
      });
    }
  }
});

describe("parseHostPath() tells for", () => {
  it.each([
    ["C:\\x", "linux", "this is one of Windows"],
    ["file:///c%3A/x", "darwin", "this is one of Windows"],
    ["file:///C:", "linux", "this is one of Windows"],
    ["\\\\server\\share", "linux", "this is one of Windows"],
    ["\\\\server\\share", "win32", "of the network"],
    ["/work", "win32", "starts with a separator"],
    ["C:x", "win32", "a separator after its drive"],
    ["ab:c", "win32", "no stream"],
    ["file://server/x", "linux", "of this host"],
    ["file:///a%2fb", "linux", "plain slashes"],
    ["file:///a%zz", "linux", "percent signs"],
    ["file:///a?b", "linux", "no query"],
    ["file:///work", "win32", "name a drive"],
    ["", "linux", "must not be empty"],
    ["a\0", "linux", "NUL"],
    ["a".repeat(MAX_PATH_LENGTH + 1), "linux", `at most ${MAX_PATH_LENGTH} characters`],
  ] as const)("%s on %s the requirement", (asked, platform, says) => {
    expect(refused(asked, platform).message).toContain(says);
  });

  it("a very long path no more than its start", () => {
    const { message, detail } = refused("a".repeat(1_000_000), "linux");
    expect(message.length).toBeLessThan(300);
    expect(detail.resource?.length).toBeLessThan(300);
  });
});

describe("isProcessView()", () => {
  it.each([
    "/proc/self",
    "/proc/self/root/etc/passwd",
    "/proc/1/environ",
    "/proc/31337/fd/3",
    "/proc/thread-self/root/x",
    "/dev",
    "/dev/fd/3",
    "/dev/stdin",
    "/dev/shm/x",
  ])("is true for %s", (location) => {
    expect(isProcessView(location)).toBe(true);
  });

  it.each(["/process/self", "/work/proc/self/x", "/work/dev/fd/3", "/development/x", "/proc/selfish", "/srv/dev"])(
    "is false for %s",
    (location) => {
      expect(isProcessView(location)).toBe(false);
    },
  );
});
