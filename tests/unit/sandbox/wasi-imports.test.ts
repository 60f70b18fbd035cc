import { beforeEach, describe, expect, it } from "vitest";
import { Exit } from "../../../src/sandbox/wasm/python/wasi-abi.js";
import { WasiImports } from "../../../src/sandbox/wasm/python/wasi-imports.js";
import { REPORT_PATH } from "../../../src/sandbox/wasm/python/wasi-paths.js";

// Written out here, so that a wrong number in wasi-abi.ts fails.
const ERRNO = { success: 0, badf: 8, noent: 44, notsup: 58, rofs: 69, notcapable: 76 };
const ROOT = 3;
const OFLAGS_CREATE = 1;
const OFLAGS_TRUNCATE = 8;

type Call = (...args: (number | bigint)[]) => number;

let memory: WebAssembly.Memory;
let wasi: WasiImports;
let written: [number, string][];
let reported: string;

beforeEach(() => {
  memory = new WebAssembly.Memory({ initial: 2 });
  wasi = new WasiImports({
    memory,
    files: new Map([
      ["/lib/a.py", Buffer.from("content")],
      ["/lib/sub/b.py", Buffer.from("b")],
    ]),
    args: ["python", "-I"],
  });
  written = [];
  reported = "";
  wasi.begin({
    stdin: Buffer.from("job"),
    write: (stream, bytes) => (written.push([stream, Buffer.from(bytes).toString()]), true),
    report: (bytes) => void (reported += Buffer.from(bytes).toString()),
  });
});

function call(name: string, ...args: (number | bigint)[]): number {
  return (wasi.imports([name])[name] as unknown as Call)(...args);
}

const bytes = (at: number, size: number): Buffer => Buffer.from(memory.buffer, at, size);
const word = (at: number): number => bytes(at, 4).readUInt32LE();

/** Puts text into the memory and returns its place and length. */
function text(content: string, at = 1_000): [number, number] {
  return [at, bytes(at, 60_000).write(content)];
}

function open(path: string, flags = 0, from = ROOT): { errno: number; fd: number } {
  const [at, size] = text(path);
  const errno = call("path_open", from, 0, at, size, flags, 0n, 0n, 0, 16);
  return { errno, fd: word(16) };
}

function read(fd: number, size: number): { errno: number; content: string } {
  bytes(32, 8).writeUInt32LE(4_000, 0);
  bytes(36, 4).writeUInt32LE(size);
  const errno = call("fd_read", fd, 32, 1, 48);
  return { errno, content: errno === 0 ? bytes(4_000, word(48)).toString() : "" };
}

function write(fd: number, content: string): number {
  const [at, size] = text(content, 6_000);
  bytes(32, 4).writeUInt32LE(at);
  bytes(36, 4).writeUInt32LE(size);
  return call("fd_write", fd, 32, 1, 48);
}

describe("WasiImports", () => {
  it("gives the job on descriptor 0, once", () => {
    expect(read(0, 2)).toEqual({ errno: 0, content: "jo" });
    expect(read(0, 10)).toEqual({ errno: 0, content: "b" });
    expect(read(0, 10)).toEqual({ errno: 0, content: "" });
  });

  it("takes output on 1 and 2 and a report in its file, each for itself", () => {
    write(1, "out");
    write(2, "err");
    const { errno, fd } = open(REPORT_PATH);
    expect(errno).toBe(0);
    write(fd, "told");
    expect([written, reported]).toEqual([
      [
        [1, "out"],
        [2, "err"],
      ],
      "told",
    ]);
  });

  it("stops a run that prints too much with an exception", () => {
    wasi.begin({ stdin: Buffer.alloc(0), write: () => false, report: () => undefined });
    expect(() => write(1, "x")).toThrow(Exit);
  });

  it("ends a run that exits, with its status", () => {
    expect(() => call("proc_exit", 7)).toThrow(expect.objectContaining({ code: 7 }));
  });

  it("reads the files of its tree and nothing else", () => {
    const { errno, fd } = open("lib/a.py");
    expect(errno).toBe(0);
    expect(read(fd, 100)).toEqual({ errno: 0, content: "content" });
    expect(open("lib/missing.py").errno).toBe(ERRNO.noent);
    expect(open(import.meta.filename).errno).toBe(ERRNO.noent);
    expect(open("etc/passwd").errno).toBe(ERRNO.noent);
  });

  it.each(["..", "../etc/passwd", "lib/../../etc/passwd", "/../../etc/passwd", "lib/sub/../../../x"])(
    "does not let %s lead out of its tree",
    (path) => {
      expect(open(path).errno).toBe(ERRNO.notcapable);
    },
  );

  it("follows a detour inside its tree", () => {
    expect(open("lib/sub/../a.py").errno).toBe(0);
    expect(open("./lib//./a.py").errno).toBe(0);
  });

  it("creates, changes and removes nothing outside its writable directories", () => {
    expect(open("lib/new.py", OFLAGS_CREATE).errno).toBe(ERRNO.rofs);
    expect(open("lib/a.py", OFLAGS_TRUNCATE).errno).toBe(ERRNO.rofs);
    const { fd } = open("lib/a.py");
    expect(write(fd, "x")).toBe(ERRNO.rofs);
    for (const name of ["path_create_directory", "path_remove_directory", "path_unlink_file", "path_rename"])
      expect(call(name, ROOT, 0, 0, ROOT, 0, 0), name).toBe(ERRNO.rofs);
    const [there, other] = [text("lib/a.py"), text("lib/new.py", 2_000)];
    expect(call("path_link", ROOT, 0, ...there, ROOT, ...other), "path_link").toBe(ERRNO.rofs);
    expect(call("path_symlink", ...there, ROOT, ...other), "path_symlink").toBe(ERRNO.rofs);
    expect(open("lib/new.py").errno).toBe(ERRNO.noent);
    expect(read(open("lib/a.py").fd, 100).content).toBe("content");
  });

  it("keeps the files of a program when its run continues, and removes them when another begins", () => {
    const { errno, fd } = open("workspace/made.txt", OFLAGS_CREATE);
    expect(errno).toBe(0);
    expect(write(fd, "made")).toBe(0);
    expect(read(open("workspace/made.txt").fd, 100)).toEqual({ errno: 0, content: "made" });
    const io = { stdin: Buffer.alloc(0), write: () => true, report: () => undefined };
    wasi.resume(io, [{ name: "b", path: "root/b", bytes: Buffer.from("given") }]);
    expect(read(open("workspace/made.txt").fd, 100).content).toBe("made");
    expect(read(open("workspace/root/b").fd, 100).content).toBe("given");
    wasi.begin(io);
    for (const gone of ["workspace/made.txt", "workspace/root/b"]) expect(open(gone).errno, gone).toBe(ERRNO.noent);
  });

  it("supports no socket and no unknown call", () => {
    for (const name of [
      "sock_accept",
      "sock_recv",
      "sock_send",
      "sock_shutdown",
      "fd_allocate",
      "proc_raise",
      "made_up",
    ]) {
      expect(call(name, 0, 0, 0, 0, 0, 0), name).toBe(ERRNO.notsup);
    }
  });

  it("answers a call on a descriptor that is not open with an error", () => {
    expect(read(9, 1).errno).toBe(ERRNO.badf);
    expect(write(9, "x")).toBe(ERRNO.badf);
    expect(call("fd_close", 9)).toBe(ERRNO.badf);
    expect(open("x", 0, 9).errno).not.toBe(0);
  });

  it("bounds the number of open files", () => {
    const results = Array.from({ length: 200 }, () => open("lib/a.py").errno);
    expect(results.filter((errno) => errno === 0).length).toBeLessThan(100);
  });

  it("closes open files and reads the job from its start when the next run begins", () => {
    const { fd } = open("lib/a.py");
    read(fd, 3);
    read(0, 3);
    expect(wasi.hasOnlyStandardDescriptors).toBe(false);
    wasi.begin({ stdin: Buffer.from("next"), write: () => true, report: () => undefined });
    expect(wasi.hasOnlyStandardDescriptors).toBe(true);
    expect(read(fd, 3).errno).toBe(ERRNO.badf);
    expect(read(0, 9).content).toBe("next");
  });

  it("gives the arguments that it was made with, and no environment", () => {
    call("environ_sizes_get", 0, 4);
    expect([word(0), word(4)]).toEqual([0, 0]);
    call("args_sizes_get", 0, 4);
    expect([word(0), word(4)]).toEqual([2, 10]);
    call("args_get", 0, 100);
    expect(bytes(100, 10).toString()).toBe("python\0-I\0");
  });

  it("draws random bytes from the host", () => {
    call("random_get", 0, 32);
    const first = Buffer.from(bytes(0, 32));
    call("random_get", 0, 32);
    expect(first.equals(bytes(0, 32))).toBe(false);
    expect(first.equals(Buffer.alloc(32))).toBe(false);
  });

  it("throws for an address outside the memory, and works afterwards", () => {
    for (const at of [0x7fff_ffff, -1, 131_070]) {
      expect(() => call("random_get", at, 64), String(at)).toThrow(RangeError);
      expect(() => call("fd_write", 1, at, 1, 0), String(at)).toThrow(RangeError);
      expect(() => call("clock_time_get", 0, 0n, at), String(at)).toThrow(RangeError);
    }
    expect(read(0, 3)).toEqual({ errno: 0, content: "job" });
  });

  it("works after the memory has grown", () => {
    memory.grow(4);
    const far = 5 * 65_536;
    call("random_get", far, 16);
    expect(bytes(far, 16).equals(Buffer.alloc(16))).toBe(false);
  });
});
