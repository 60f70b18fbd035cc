/** What a program can do to the files that it sees in memory, and how much of them it can make. */

import { beforeEach, describe, expect, it } from "vitest";
import { MAX_FILES_SIZE } from "../../../src/limits.js";
import type { FileNode } from "../../../src/sandbox/wasm/python/file-node.js";
import { FileTree } from "../../../src/sandbox/wasm/python/file-tree.js";
import { ERRNO } from "../../../src/sandbox/wasm/python/wasi-abi.js";

const MIB = 1_048_576;

let tree: FileTree;
const given = Buffer.from("given");

beforeEach(() => {
  tree = new FileTree(new Map([["/lib/a.py", Buffer.from("library")]]), ["workspace", "tmp"]);
  tree.place("workspace/root/a.txt", given);
});

function make(path: string): FileNode {
  const node = tree.create(path, "file");
  if (typeof node === "number" || node.kind !== "file") throw new Error(`No file: ${JSON.stringify(node)}`);
  return node;
}

function contentOf(path: string): string | null {
  const node = tree.find(path);
  return node?.kind === "file" ? Buffer.from(node.buffer.subarray(0, node.size)).toString() : null;
}

describe("FileTree", () => {
  it("copies an input file before its first change, so the server's bytes stay the same", () => {
    const node = tree.find("workspace/root/a.txt") as FileNode;
    expect(tree.write(node, 0, Buffer.from("G"))).toBe(ERRNO.success);
    expect(tree.write(node, 5, Buffer.from("!"))).toBe(ERRNO.success);
    expect([contentOf("workspace/root/a.txt"), given.toString()]).toEqual(["Given!", "given"]);
  });

  it("fills with zeros the bytes that were never written, and those that were cut off before", () => {
    const node = make("tmp/x");
    tree.write(node, 0, Buffer.from("secret"));
    tree.resize(node, 1);
    tree.write(node, 4, Buffer.from("x"));
    expect(contentOf("tmp/x")).toBe("s\0\0\0x");
  });

  it("renames over an existing entry, and moves no directory into itself", () => {
    tree.create("workspace/dir", "directory");
    expect(tree.rename("workspace/root/a.txt", "workspace/dir/b.txt")).toBe(ERRNO.success);
    expect([contentOf("workspace/dir/b.txt"), contentOf("workspace/root/a.txt")]).toEqual(["given", null]);
    make("tmp/c");
    expect(tree.rename("tmp/c", "workspace/dir/b.txt")).toBe(ERRNO.success);
    expect(contentOf("workspace/dir/b.txt")).toBe("");
    expect(tree.rename("workspace/dir", "workspace/dir/inner")).toBe(ERRNO.inval);
    expect(tree.rename("workspace/dir", "tmp/none/x")).toBe(ERRNO.noent);
    expect(tree.rename("workspace/root", "workspace/dir")).toBe(ERRNO.notempty);
  });

  it.each([
    ["makes nothing", () => tree.create("lib/b.py", "file")],
    ["makes no directory", () => tree.create("other", "directory")],
    ["changes nothing", () => tree.write(tree.find("lib/a.py") as FileNode, 0, Buffer.from("x"))],
    ["removes nothing", () => tree.remove("lib/a.py", "file")],
    ["moves nothing away", () => tree.rename("lib/a.py", "tmp/a.py")],
    ["moves nothing there", () => tree.rename("workspace/root/a.txt", "lib/b.py")],
    ["takes none of its own directories away", () => tree.remove("tmp", "directory")],
  ])("%s outside the writable directories", (_, change) => {
    expect(change()).toBe(ERRNO.rofs);
    expect(contentOf("lib/a.py")).toBe("library");
  });

  it("has as much room as a container, and not a byte more", () => {
    const node = make("tmp/x");
    const room = MAX_FILES_SIZE + 16 * MIB - given.length;
    expect(tree.resize(node, room + 1)).toBe(ERRNO.nospc);
    expect(tree.resize(node, room)).toBe(ERRNO.success);
    expect(tree.write(make("tmp/y"), 0, Buffer.from("x"))).toBe(ERRNO.nospc);
    expect(tree.place("workspace/root/b.txt", Buffer.from("x"))).toBe(false);
    tree.remove("tmp/x", "file");
    expect(tree.place("workspace/root/b.txt", Buffer.from("x"))).toBe(true);
  });

  it("keeps to that room when files are shortened, removed or kept open", () => {
    const held: FileNode[] = [];
    for (let at = 0; at < 50; at++) {
      const node = make(`tmp/f${at}`);
      tree.open(node);
      tree.resize(node, 20 * MIB);
      if (at % 2 === 0) tree.resize(node, 0);
      else tree.remove(`tmp/f${at}`, "file");
      held.push(node);
    }
    const bytes = (): number => held.reduce((sum, { buffer }) => sum + buffer.length, 0);
    expect(bytes()).toBeLessThanOrEqual(MAX_FILES_SIZE + 16 * MIB);
    for (const node of held) tree.close(node);
    for (let at = 0; at < 50; at += 2) tree.remove(`tmp/f${at}`, "file");
    expect(tree.resize(make("tmp/last"), 20 * MIB)).toBe(ERRNO.success);
  });

  it("bounds the number of names, also when they are removed or renamed", () => {
    let made = 0;
    while (typeof tree.create(`tmp/${made}`, "directory") !== "number" && made < 10_000) made++;
    expect(made).toBeLessThan(3_500);
    expect(tree.create("tmp/x", "file")).toBe(ERRNO.nospc);
    tree.clear();
    expect(typeof tree.create("tmp/x", "file")).toBe("object");
  });

  it("replaces an entry of the program with an input file of the same path", () => {
    make("workspace/app");
    tree.place("workspace/app/data/x.txt", Buffer.from("x"));
    expect(contentOf("workspace/app/data/x.txt")).toBe("x");
  });
});
