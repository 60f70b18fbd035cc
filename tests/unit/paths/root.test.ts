import { mkdir, symlink, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/errors.js";
import { assertUsableRoot, isReservedDirectory } from "../../../src/paths/root.js";
import { failingDisk } from "../../support/failing-disk.js";
import { tempDir } from "../../support/temp-dir.js";

describe("isReservedDirectory() is true for", () => {
  it.each([
    "/",
    "//",
    "/home",
    "/home/ann",
    "/home/ann/",
    "/home/bob",
    "/Users",
    "/Users/ann",
    "/root",
    "/etc",
    "/etc/ssl",
    "/usr",
    "/usr/local",
    "/usr/src",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/lib/x86_64-linux-gnu",
    "/boot",
    "/dev",
    "/dev/shm",
    "/proc",
    "/proc/self/cwd",
    "/sys",
    "/run",
    "/run/user/1000",
    "/var",
    "/var/lib",
    "/var/lib/docker",
    "/var/run",
    "/System/Library",
    "/srv/../etc",
    "/private",
    "/private/var",
    "/private/etc/ssl",
    "\\",
    "\\\\server",
    "C:\\\\Windows",
    "C:\\\\Users",
    "C:\\Users\\\\Ann",
    "C:\\Users\\Ann\\",
    "C:\\",
    "C:",
    "c:/",
    "C:\\Windows",
    "C:\\windows\\System32",
    "C:\\Users",
    "C:\\Users\\Ann",
    "C:\\Program Files\\x",
    "\\\\server\\share",
    "/var/home",
    "/var/home/ann",
    "/export",
    "/export/home",
    "/export/home/ann/",
  ])("%s", (directory) => {
    expect(isReservedDirectory(directory, "/home/ann")).toBe(true);
  });

  it.each([
    "/Volumes",
    "/Volumes/Disk",
    "/Volumes/Disk/",
    "/media",
    "/media/ann",
    "/run/media",
    "/run/media/ann",
    "/mnt",
    "/mnt/",
    "/srv/../mnt",
  ])("the directory of disks %s", (directory) => {
    expect(isReservedDirectory(directory, "/home/ann")).toBe(true);
  });

  it.each([
    "/mnt/c",
    "/mnt/c/",
    "/mnt/C",
    "/mnt/c/Users",
    "/mnt/c/Users/Ann",
    "/mnt/c/users/ann/",
    "/mnt/c/Windows",
    "/mnt/c/Windows/System32",
    "/mnt/d/Program Files/x",
    "/mnt/c/Program Files (x86)",
    "/mnt/c/ProgramData/x",
    "/mnt/c/src/../Users/Ann",
    "/cygdrive",
    "/cygdrive/c",
    "/cygdrive/c/Users/Ann",
    "/cygdrive/d/windows",
  ])("a system directory of Windows on a mounted drive: %s", (directory) => {
    expect(isReservedDirectory(directory, "/home/ann")).toBe(true);
  });

  it("an unusual home directory and the directories above it", () => {
    for (const directory of ["/data/people/ann", "/data/people", "/data"])
      expect(isReservedDirectory(directory, "/data/people/ann")).toBe(true);
  });
});

describe("isReservedDirectory() is false for", () => {
  it.each([
    "/home/ann/project",
    "/root/project",
    "/srv/project",
    "/srv/app",
    "/opt/app",
    "/tmp/x",
    "/var/www/site",
    "/usr/src/app",
    "/usr/local/src/app",
    "/srv/lib",
    "/srv/lib/x",
    "/srv/c:/windows",
    "/srv/c:/Users",
    "/private/var/folders/x",
    "/libraries",
    "/etcetera",
    "/homestead",
    "/workspaces/app",
    "/mnt/c/Users/Ann/project",
    "/mnt/c/src",
    "/mnt/d/Users/Ann/a/b",
    "/mnt/c/Windows.old/x",
    "/cygdrive/c/Users/Ann/project",
    "/mnt/data",
    "/mnt/data/project",
    "/mnt/data/Users/ann",
    "/Volumes/Disk/project",
    "/media/ann/project",
    "/run/media/ann/project",
    "/var/home/ann/project",
    "/export/home/ann/project",
    "/export/project",
    "/var/folders/ab/T/x",
    "C:\\Users\\Ann\\project",
    "D:\\src",
  ])("%s", (directory) => {
    expect(isReservedDirectory(directory, "/home/ann")).toBe(false);
  });
});

describe("assertUsableRoot()", () => {
  it("returns the real path of a project", async () => {
    await using dir = await tempDir();
    await symlink(dir.path, dir.at("link"));
    expect(await assertUsableRoot(dir.at("link"), "/home/ann")).toBe(dir.path);
  });

  it("refuses a home directory under another name, and the directory above it", async () => {
    await using dir = await tempDir();
    await mkdir(dir.at("people", "ann", "project"), { recursive: true });
    await symlink(dir.at("people", "ann"), dir.at("me"));
    const home = dir.at("me");
    for (const directory of ["me", "people/ann", "people", "."]) {
      await expect(assertUsableRoot(dir.at(directory), home)).rejects.toMatchObject({
        reason: "root-denied",
        message: expect.stringContaining("project directory"),
      });
    }
    await expect(assertUsableRoot(dir.at("me/project"), home)).resolves.toBe(dir.at("people/ann/project"));
  });

  it("refuses a link to a system directory", async () => {
    await using dir = await tempDir();
    await symlink("/etc", dir.at("link"));
    await expect(assertUsableRoot(dir.at("link"))).rejects.toMatchObject({ reason: "root-denied" });
  });

  it("refuses a file, a missing directory, a relative path and a NUL", async () => {
    await using dir = await tempDir();
    await writeFile(dir.at("file"), "");
    for (const directory of [dir.at("file"), dir.at("none"), "src", "", `${dir.path}\0`]) {
      await expect(assertUsableRoot(directory)).rejects.toMatchObject({
        name: "Refusal",
        reason: "root-denied",
        detail: { stage: "paths", resource: directory, retryable: false },
      });
    }
  });

  it("ends with a fault while the disk fails: the directory may be there", async () => {
    await using dir = await tempDir();
    using _ = failingDisk("realpath");
    const failure: unknown = await assertUsableRoot(dir.path, "/home/ann").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Fault);
    expect(failure).toMatchObject({ cause: { code: "EIO" } });
  });
});
