/** The times of files: those that a program finds, and those that it makes, copies and sets. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

/** Prints one line for each fact that holds, so that a missing one is named. */
const CODE = `
import os, pathlib, shutil, tarfile, tempfile, time, zipfile

now = time.time()
def is_now(seconds):
    return abs(seconds - now) < 100

def check(name, holds):
    if not holds:
        print(name)

path = pathlib.Path("/workspace/root/a.txt")
path = path if path.exists() else next(pathlib.Path.cwd().rglob("a.txt"))
check("a given file", is_now(os.path.getmtime(path)))
check("its directory", is_now(os.stat(path.parent).st_mtime))
os.chdir(tempfile.mkdtemp())
pathlib.Path("a").write_text("x")
stat = os.stat("a")
check("a new file", all(map(is_now, (stat.st_mtime, stat.st_atime, stat.st_ctime))))
with open("a") as opened:
    check("an open file", is_now(os.fstat(opened.fileno()).st_mtime))
check("a new directory", is_now(os.path.getmtime(".")))
os.utime("a", (1_500_000_000, 1_600_000_000))
stat = os.stat("a")
check("utime", (stat.st_atime, stat.st_mtime, is_now(stat.st_ctime)) == (1_500_000_000, 1_600_000_000, True))
os.utime("a", ns=(1_500_000_000_000_000_001, 1_600_000_000_000_000_002))
check("utime in nanoseconds", os.stat("a").st_mtime_ns == 1_600_000_000_000_000_002)
shutil.copy2("a", "b")
check("copy2", os.stat("b").st_mtime_ns // 1_000 == 1_600_000_000_000_000)
shutil.copy("a", "c")
check("copy", is_now(os.path.getmtime("c")))
os.rename("b", "d")
check("rename", int(os.path.getmtime("d")) == 1_600_000_000)
with open("d", "a") as out:
    out.write("more")
check("a write", is_now(os.path.getmtime("d")))
os.utime("d", (1, 1))
os.truncate("d", 1)
check("truncate", is_now(os.path.getmtime("d")))
os.utime("d")
check("utime of now", is_now(os.path.getmtime("d")))
pathlib.Path("e").touch()
check("touch", is_now(os.path.getmtime("e")))
os.mkdir("sub")
os.utime("sub", (1, 1))
check("utime of a directory", os.path.getmtime("sub") == 1)
pathlib.Path("sub/new").write_text("")
check("a directory that gets a file", is_now(os.path.getmtime("sub")))
os.utime("sub", (1, 1))
os.remove("sub/new")
check("a directory that loses a file", is_now(os.path.getmtime("sub")))
with zipfile.ZipFile("z.zip", "w") as archive:
    archive.write("a")
    archive.write("c")
    years = [entry.date_time[0] for entry in archive.infolist()]
check("zipfile.write", years == [2020, time.gmtime().tm_year])
with tarfile.open("t.tar", "w") as archive:
    archive.add("a")
check("tarfile.add", int(tarfile.open("t.tar").getmembers()[0].mtime) == 1_600_000_000)
shutil.make_archive("all", "zip", "sub")
check("newest first", [entry.name for entry in sorted(os.scandir("."), key=lambda one: one.stat().st_mtime)][0] == "a")
check("two files", not os.path.samefile("a", "c"))
check("one file", os.path.samefile("a", "./a"))
try:
    os.utime("missing")
    print("a missing file")
except FileNotFoundError:
    pass
"whole"
`;

forEachEngine("the times of files", (engine) => {
  it("are those of this run, and can be read, set and copied", async () => {
    const files = [{ name: "a.txt", path: "root/a.txt", bytes: Buffer.from("given") }];
    const ran = await engine.run({ code: CODE, fence: "open", files, timeoutMs: 5_000 });
    expect([ran.error, ran.stdout.text, ran.result]).toEqual([null, "", "'whole'"]);
  });
});
