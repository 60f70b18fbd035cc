/** The embedded Python's library below /usr: a call that would change it is an OSError, and the program goes on. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const FILE = "/usr/local/lib/python311.zip";
const READER = "os.open(path, os.O_RDONLY)";

const CHANGES: readonly string[] = [
  "open(path, 'w')",
  "open(path, 'ab')",
  "open(path, 'r+b')",
  "open(path, 'x')",
  "open('/usr/local/lib/new.txt', 'w')",
  "open('../usr/new.txt', 'w')",
  "io.FileIO(path, 'a')",
  "os.open(path, os.O_RDWR)",
  "os.open('/usr/new', os.O_WRONLY | os.O_CREAT)",
  "pathlib.Path(path).write_text('x')",
  "pathlib.Path('/usr/new').touch()",
  "os.unlink(path)",
  "pathlib.Path(path).unlink()",
  "os.rmdir('/usr/local')",
  "os.removedirs('/usr/local')",
  "shutil.rmtree('/usr/local')",
  "os.mkdir('/usr/new')",
  "os.makedirs('/usr/local/a/b')",
  "os.rename(path, '/tmp/x')",
  "os.rename('/tmp/given', path)",
  "os.replace('/tmp/given', '/usr/new')",
  "shutil.move(path, '/tmp/x')",
  "shutil.copy('/tmp/given', '/usr/new')",
  "os.truncate(path, 0)",
  "os.utime(path)",
  "os.utime(path, (1, 1))",
  "os.chmod(path, 0o600)",
  "os.symlink(path, '/usr/link')",
  "os.link(path, '/usr/link')",
  "os.link('/tmp/given', '/usr/link')",
  `os.write(${READER}, b'x')`,
  `os.pwrite(${READER}, b'x', 0)`,
  `os.ftruncate(${READER}, 0)`,
  `os.utime(${READER})`,
  `os.posix_fallocate(${READER}, 0, 9)`,
];

forEachEngine(
  "a read-only file of the library",
  (engine) => {
    it.each(CHANGES)("%s is an OSError, after which the program goes on", async (change) => {
      const code = [
        "import errno, io, os, pathlib, shutil",
        "os.chdir('/tmp')",
        "open('given', 'w').close()",
        `path = ${JSON.stringify(FILE)}`,
        "try:",
        `    ${change}`,
        "except OSError as e:",
        "    print(e.errno == errno.EROFS, e.strerror)",
        "import pickletools",
        `os.path.getsize(path) > 4_000_000`,
      ].join("\n");
      const ran = await engine.run({ code, fence: "open" });
      expect([ran.error, ran.stdout.text, ran.result]).toEqual([null, "True Read-only file system\n", "True"]);
    });

    it("can be read, listed and synchronised", async () => {
      const code = [
        "import os, zipfile",
        `path = ${JSON.stringify(FILE)}`,
        "reader = os.open(path, os.O_RDONLY)",
        "os.fsync(reader)",
        "os.close(reader)",
        "len(zipfile.ZipFile(path).namelist()) > 400, os.listdir('/usr/local/lib')",
      ].join("\n");
      const ran = await engine.run({ code, fence: "open" });
      expect([ran.error, ran.result]).toEqual([null, "(True, ['python311.zip', 'python3.11'])"]);
    });

    it.each([
      ["os.lseek(reader, -1, os.SEEK_SET)", "Invalid argument"],
      ["os.lseek(reader, -1, os.SEEK_CUR)", "Invalid argument"],
      ["os.lseek(reader, -(2 ** 40), os.SEEK_END)", "Invalid argument"],
      ["os.lseek(reader, -(2 ** 63), os.SEEK_SET)", "Invalid argument"],
      ["os.lseek(reader, 0, 9)", "Invalid argument"],
      ["io.FileIO(path).seek(-1)", "Invalid argument"],
      ["os.readlink(path)", "Invalid argument"],
      ["os.listdir(path)", "Not a directory"],
      ["os.chdir(path)", "Not a directory"],
      ["os.stat(path + '/x')", "Not a directory"],
      ["os.open('/usr/missing', os.O_RDONLY)", "No such file or directory"],
      ["os.pread(reader, 9, -1)", "Invalid argument"],
    ])("%s is an OSError that says why, and the file can be read on", async (call, why) => {
      const code = [
        "import io, os",
        `path = ${JSON.stringify(FILE)}`,
        `reader = ${READER}`,
        "try:",
        `    ${call}`,
        "except OSError as e:",
        "    print(e.errno > 0, e.strerror)",
        "os.read(reader, 2)",
      ].join("\n");
      const ran = await engine.run({ code, fence: "open" });
      expect([ran.error, ran.stdout.text, ran.result]).toEqual([null, `True ${why}\n`, "b'PK'"]);
    });

    it.each([
      ["float('inf')", "OverflowError"],
      ["float('nan')", "ValueError"],
      ["1e20", "OverflowError"],
      ["-1", "ValueError"],
      ["'a'", "TypeError"],
    ])("time.sleep(%s) is a %s, as in CPython", async (seconds, type) => {
      const ran = await engine.run({ code: `import time\ntime.sleep(${seconds})`, fence: "open" });
      expect(ran.error).toMatchObject({ type, line: 2 });
    });

    it("gives the files of each program the same numbers, whatever programs ran before", async () => {
      const code = "import os\nopen('/tmp/a', 'w').close()\nos.stat('/tmp/a').st_ino";
      const many = "for n in range(300):\n    open(f'/tmp/{n}', 'w').close()";
      const numbers = [];
      for (let count = 0; count < 3; count++) {
        numbers.push((await engine.run({ code, fence: "open" })).result);
        await engine.run({ code: many, fence: "open" });
      }
      expect(numbers[0]).toMatch(/^\d+$/);
      expect(new Set(numbers).size).toBe(1);
    });
  },
  ["wasm"],
);

forEachEngine(
  "a traceback through the library",
  (engine) => {
    it.each([
      ["logging.warning", "import logging\nlogging.warning('%d', 'x')"],
      [
        "format_exc",
        "import json, sys, traceback\ntry:\n    json.loads('{')\nexcept ValueError:\n    traceback.print_exc()",
      ],
      [
        "a lazily imported module",
        "import traceback, tarfile\ntry:\n    tarfile.open('/x')\nexcept OSError:\n    traceback.print_exc()",
      ],
    ])("names the library's files as the program finds them: %s", async (_, code) => {
      const { stderr } = await engine.run({ code, fence: "open" });
      expect(stderr.text).toMatch(/File "\/usr\/local\/lib\/python311\.zip\/\w+/);
      expect(stderr.text).not.toMatch(/build|checkout|wlr/);
    });
  },
  ["wasm"],
);
