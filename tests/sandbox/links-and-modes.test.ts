/** Links to files, and modes that a program sets: what one call makes, the others see. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

const SETUP = `import glob, os, pathlib, shutil, stat, tarfile, tempfile
os.chdir(tempfile.mkdtemp())
pathlib.Path("file").write_text("text")
os.makedirs("directory/inner")
pathlib.Path("directory/inner/deep").write_text("deep")

def mode(path, look=os.stat):
    return oct(look(path).st_mode)

def fails(act, *args):
    try:
        act(*args)
    except OSError as e:
        return type(e).__name__ + ": " + e.strerror
    return "no error"
`;

type Case = readonly [title: string, code: string, result: string];

const MODES: readonly Case[] = [
  ["os.chmod of a file", "os.chmod('file', 0o600); mode('file')", "'0o100600'"],
  ["os.chmod of a directory", "os.chmod('directory', 0o700); mode('directory')", "'0o40700'"],
  ["os.chmod twice", "os.chmod('file', 0o755); os.chmod('file', 0o444); mode('file')", "'0o100444'"],
  ["all bits of a mode", "os.chmod('file', 0o0777); mode('file')", "'0o100777'"],
  ["a mode without any bit", "os.chmod('file', 0); mode('file')", "'0o100000'"],
  ["os.lstat", "os.chmod('file', 0o600); mode('file', os.lstat)", "'0o100600'"],
  ["os.fstat", "os.chmod('file', 0o600); oct(os.fstat((f := open('file')).fileno()).st_mode)", "'0o100600'"],
  [
    "os.scandir",
    "os.chmod('file', 0o600); [oct(e.stat().st_mode) for e in os.scandir() if e.is_file()]",
    "['0o100600']",
  ],
  ["pathlib's chmod", "pathlib.Path('file').chmod(0o640); mode('file')", "'0o100640'"],
  ["a path as bytes", "os.chmod(b'file', 0o640); mode('file')", "'0o100640'"],
  ["an absolute path", "os.chmod(os.path.abspath('file'), 0o640); mode('file')", "'0o100640'"],
  ["a file that was renamed", "os.chmod('file', 0o640); os.rename('file', 'other'); mode('other')", "'0o100640'"],
  ["a file that was written", "os.chmod('file', 0o640); open('file', 'w').close(); mode('file')", "'0o100640'"],
  [
    "a file that was made anew",
    "os.chmod('file', 0o640); os.remove('file'); open('file', 'w').close(); mode('file')",
    "'0o100644'",
  ],
  ["shutil.copy", "os.chmod('file', 0o755); mode(shutil.copy('file', 'other'))", "'0o100755'"],
  ["shutil.copyfile", "os.chmod('file', 0o755); mode(shutil.copyfile('file', 'other'))", "'0o100644'"],
  ["stat.filemode", "os.chmod('file', 0o754); stat.filemode(os.stat('file').st_mode)", "'-rwxr-xr--'"],
  ["os.access of a file that cannot be written", "os.chmod('file', 0o444); os.access('file', os.W_OK)", "False"],
  ["os.mkdir with a mode", "os.mkdir('private', 0o700); mode('private')", "'0o40700'"],
  ["tempfile.mkdtemp", "mode(tempfile.mkdtemp())", "'0o40700'"],
  [
    "writing a file that may only be read",
    "os.chmod('file', 0o444); fails(open, 'file', 'w')",
    "'PermissionError: Permission denied'",
  ],
  [
    "reading a file that may not be read",
    "os.chmod('file', 0); fails(open, 'file')",
    "'PermissionError: Permission denied'",
  ],
  [
    "a new file in a directory that may only be read",
    "os.chmod('directory', 0o555); fails(open, 'directory/new', 'w')",
    "'PermissionError: Permission denied'",
  ],
  ["what is not there", "fails(os.chmod, 'missing', 0o600)", "'FileNotFoundError: No such file or directory'"],
];

const LINKS: readonly Case[] = [
  ["os.readlink", "os.symlink('file', 'link'); os.readlink('link')", "'file'"],
  ["reading through a link", "os.symlink('file', 'link'); open('link').read()", "'text'"],
  [
    "writing through a link",
    "os.symlink('file', 'link'); open('link', 'w').write('new'); open('file').read()",
    "'new'",
  ],
  ["an absolute target", "os.symlink(os.path.abspath('file'), 'link'); open('link').read()", "'text'"],
  [
    "a link to a directory",
    "os.symlink('directory', 'link'); os.listdir('link'), open('link/inner/deep').read()",
    "(['inner'], 'deep')",
  ],
  ["a link in a directory", "os.symlink('../file', 'directory/link'); open('directory/link').read()", "'text'"],
  ["the parent of a link's target", "os.symlink('directory/inner', 'link'); os.listdir('link/..')", "['inner']"],
  [
    "a link to a link",
    "os.symlink('file', 'a'); os.symlink('a', 'b'); open('b').read(), os.path.realpath('b') == os.path.abspath('file')",
    "('text', True)",
  ],
  [
    "os.path.islink",
    "os.symlink('file', 'link'); os.path.islink('link'), os.path.islink('file'), os.path.isfile('link')",
    "(True, False, True)",
  ],
  [
    "os.lstat",
    "os.symlink('file', 'link'); stat.S_ISLNK(os.lstat('link').st_mode), os.lstat('link').st_size",
    "(True, 4)",
  ],
  [
    "os.stat",
    "os.symlink('file', 'link'); os.stat('link').st_ino == os.stat('file').st_ino, os.path.samefile('link', 'file')",
    "(True, True)",
  ],
  [
    "os.scandir",
    "os.symlink('file', 'link'); " +
      "sorted((e.name, e.is_symlink(), e.is_file()) for e in os.scandir() if e.name != 'directory')",
    "[('file', False, True), ('link', True, True)]",
  ],
  [
    "pathlib",
    "p = pathlib.Path('link'); p.symlink_to('file'); " +
      "p.is_symlink(), p.read_text(), str(p.readlink()), p.resolve().name",
    "(True, 'text', 'file', 'file')",
  ],
  [
    "removing a link",
    "os.symlink('file', 'link'); os.remove('link'); os.path.lexists('link'), os.path.exists('file')",
    "(False, True)",
  ],
  [
    "renaming a link",
    "os.symlink('file', 'a'); os.rename('a', 'b'); os.readlink('b'), os.path.lexists('a')",
    "('file', False)",
  ],
  [
    "a link that leads nowhere",
    "os.symlink('missing', 'link'); os.path.exists('link'), os.path.lexists('link'), fails(open, 'link')",
    "(False, True, 'FileNotFoundError: No such file or directory')",
  ],
  [
    "a new file through a link",
    "os.symlink('missing', 'link'); open('link', 'w').write('x'); os.listdir('.').count('missing')",
    "1",
  ],
  [
    "a link to itself",
    "os.symlink('link', 'link'); fails(open, 'link'), os.path.exists('link')",
    "('OSError: Symbolic link loop', False)",
  ],
  [
    "two links in a ring",
    "os.symlink('a', 'b'); os.symlink('b', 'a'); fails(os.stat, 'a')",
    "'OSError: Symbolic link loop'",
  ],
  ["a name that is taken", "fails(os.symlink, 'file', 'directory')", "'FileExistsError: File exists'"],
  ["a file that is no link", "fails(os.readlink, 'file')", "'OSError: Invalid argument'"],
  ["os.chmod through a link", "os.symlink('file', 'link'); os.chmod('link', 0o600); mode('file')", "'0o100600'"],
  [
    "shutil.copytree",
    "os.symlink('inner', 'directory/link'); shutil.copytree('directory', 'copy', symlinks=True); " +
      "os.readlink('copy/link')",
    "'inner'",
  ],
  [
    "shutil.rmtree",
    "os.symlink(os.path.abspath('file'), 'directory/link'); shutil.rmtree('directory'); os.path.exists('file')",
    "True",
  ],
  [
    "os.walk",
    "os.symlink('directory', 'link'); [sorted(names) for _, names, _ in os.walk('.')][0], len(list(os.walk('.')))",
    "(['directory', 'link'], 3)",
  ],
  [
    "an archive",
    "os.symlink('file', 'link'); t = tarfile.open('a.tar', 'w'); t.add('link'); t.close(); " +
      "tarfile.open('a.tar').getmember('link').linkname",
    "'file'",
  ],
  [
    "a second name by os.link",
    "os.link('file', 'other'); open('other', 'a').write('!'); open('file').read(), os.stat('file').st_nlink",
    "('text!', 2)",
  ],
  [
    "a second name that stays",
    "os.link('file', 'other'); os.remove('file'); open('other').read(), os.stat('other').st_nlink",
    "('text', 1)",
  ],
];

for (const [title, cases] of [
  ["the mode of a file", MODES],
  ["a link", LINKS],
] as const)
  forEachEngine(title, (engine) => {
    const run = sharedGuest(engine);
    // As root, as local programs may be, a mode refuses nothing.
    const refused = engine.name === "local" ? cases.filter(([, , result]) => !/Permission|False/.test(result)) : cases;
    it.each(refused)("%s", async (_, code, result) => {
      const lines = code.replaceAll(/; (?=\S)/g, "\n");
      const ran = await run({ code: SETUP + lines, fence: "open" });
      const said = ran.result?.replace("Too many levels of symbolic links", "Symbolic link loop");
      expect([ran.error, said]).toEqual([null, result]);
    });
  });
