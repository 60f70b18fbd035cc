/** The modes of files and directories, as programs read them to copy files and to tell what they may do. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

const SETUP = `import os, pathlib, shutil, stat, tempfile, zipfile
os.chdir(tempfile.mkdtemp())
open("file", "w").close()
os.mkdir("directory")
`;

const CASES: readonly (readonly [title: string, code: string, result: string])[] = [
  ["os.stat of a file", "oct(os.stat('file').st_mode)", "'0o100644'"],
  ["os.stat of a directory", "oct(os.stat('directory').st_mode)", "'0o40755'"],
  ["os.lstat", "oct(os.lstat('file').st_mode)", "'0o100644'"],
  ["os.fstat", "oct(os.fstat((file := open('file')).fileno()).st_mode)", "'0o100644'"],
  [
    "os.scandir",
    "sorted((entry.name, oct(entry.stat().st_mode)) for entry in os.scandir())",
    "[('directory', '0o40755'), ('file', '0o100644')]",
  ],
  ["pathlib", "pathlib.Path('file').stat().st_mode & 0o777", "420"],
  ["stat.filemode", "stat.filemode(os.stat('directory').st_mode)", "'drwxr-xr-x'"],
  ["shutil.copy", "oct(os.stat(shutil.copy('file', 'other')).st_mode)", "'0o100644'"],
  [
    "a file in an archive",
    "zipfile.ZipFile('a.zip', 'w').write('file') or oct(zipfile.ZipInfo.from_file('file').external_attr >> 16)",
    "'0o100644'",
  ],
  ["os.access of a file", "[os.access('file', how) for how in (os.F_OK, os.R_OK, os.W_OK)]", "[True, True, True]"],
  ["a file that cannot be run", "os.access('file', os.X_OK), os.access('file', os.R_OK | os.X_OK)", "(False, False)"],
  ["a directory that can be entered", "os.access('directory', os.X_OK)", "True"],
  ["what is not there", "os.access('missing', os.F_OK), os.access('missing', os.X_OK)", "(False, False)"],
  ["shutil.which", "shutil.which('file', path=os.getcwd())", "null"],
];

forEachEngine(
  "the mode of a file",
  (engine) => {
    it.each(CASES)("%s", async (_, code, result) => {
      const ran = await engine.run({ code: SETUP + code, fence: "open" });
      expect([ran.error, ran.result ?? "null"]).toEqual([null, result]);
    });
  },
  ["wasm", "local"],
);
