/**
 * Finds the names whose backup or copy a name may be. A copy of a key file holds the key too.
 *
 * Editors, package managers, desktops and people each mark a copy by a prefix or a suffix, or before the extension. The
 * marks are taken off one by one, because they come together: `.netrc.old~`.
 *
 * Not promised: that a copy is found whatever its name. A person can give it any.
 */

/** Most names that one name is followed to. No real name has as many marks. */
const MAX_ORIGINALS = 48;

/** Words that mark a copy after any separator: `secrets-old`. */
const WORDS =
  "bak|backup|bkp|bkup|bck|bk|old|older|orig|original|copy|cpy|save|saved|sav|prev|previous|tmp|temp|archive|" +
  "archived|kopie|kopia|copie|copia|cópia|kopio|копия|コピー|副本|복사본";

/** Words that mark a copy only as an extension. Others use them as ordinary words. */
const EXTENSIONS =
  "new|off|disabled|inactive|unused|deleted|removed|keep|last|rej|part|partial|download|crdownload|txt|text|" +
  "rpmsave|rpmnew|rpmorig|pacsave|pacnew|pacorig|(?:dpkg|ucf|cfg)-[a-z]{1,8}|" +
  "sw[a-z]|sv[h-z]|kate-swp|crswap|un|" +
  "gz|bz2|xz|zst|lz4|zip|7z|rar|tar|tgz|b64|base64|hex|asc|gpg|pgp|age|enc";

/** A time or a number: `.1`, `-2026-11-27`, `.2026-11-27T10:00:00Z`. */
const NUMBER = "[-_. ]v?\\d[\\dt:z_.-]{0,30}";

/** What stands between a name and the end of a copy's name, or its extension. */
const MARK = [
  `[-_. ]{1,3}(?:${WORDS})(?:[-_. ]?\\d{1,14})?`,
  NUMBER,
  " ?\\([^()]{1,80}\\)",
  "[._]sync-conflict-[\\da-z-]{1,40}",
  "___jb_[a-z]{1,5}___",
].join("|");

/** What is written instead of a match. */
type Rewriting = readonly [mark: RegExp, original: string];

/** All are anchored and have no repetition inside another, so each takes time in proportion to the name. */
const REWRITINGS: readonly Rewriting[] = [
  // FAT and NTFS open `x.`, `x ` and `x::$DATA` as `x`, and a stream `x:y` belongs to `x`.
  [/[. ]{1,255}$/, ""],
  [/:[^:]{0,255}(?::\$[a-z_]{1,20})?$/, ""],
  // Emacs: `x~`, `x.~12~`, `#x#`, `.#x`.
  [/\.?~\d{0,9}~?$/, ""],
  [/^#(.+?)#?$/, "$1"],
  [/^\.#/, ""],
  // Office programs: `.~lock.x#`, `~$x`. macOS: `._x`.
  [/^\.?~(?:lock\.|\$)?(.+?)#?$/, "$1"],
  [/^\._/, ""],
  // Vim and rsync hide the copy of a file: `.x.swp`, `.x.k3Jd8a`.
  [/^\.(.+)\.(?:sw[a-z]|sv[h-z]|kate-swp|crswap|un|tmp|[a-z0-9]{6})$/, "$1"],
  // Vim and Emacs in one directory for all: `%home%ann%.netrc.swp`, `!home!ann!.netrc~`.
  [/^[%!].*[%!]([^%!]+)$/, "$1"],
  [new RegExp(`\\.(?:${EXTENSIONS})\\d{0,3}$`), ""],
  [new RegExp(`(?:${MARK})$`), ""],
  // Before one or two extensions: `secrets-old.json`, `secrets (1).tar.gz`.
  [new RegExp(`(?:${MARK})((?:\\.[a-z][a-z0-9]{0,9}){1,2})$`), "$1"],
  // In front: `Copy of x`, `copy (2) of x`, `backup-x`, and `old.netrc` for `.netrc`.
  [new RegExp(`^(?:${WORDS})(?: \\(\\d{1,4}\\))?[-_ ](?:of|von|de|di)[-_ ]`), ""],
  [new RegExp(`^(?:${WORDS})\\d{0,4}\\.`), "."],
  [new RegExp(`^(?:${WORDS})\\d{0,4}[_. ]`), ""],
  // Not `old-x`: a project has things that are old.
  [/^(?:bak|backup|bkp|copy)\d{0,4}-/, ""],
];

/**
 * Returns the names that a name is a copy of, if its marks mean that. The name itself is not among them.
 *
 * @param name In lower case.
 */
export function originalsOf(name: string): readonly string[] {
  const found = new Set([name]);
  // A set hands out the members that are added while it is read.
  for (const copy of found) {
    for (const [mark, original] of REWRITINGS) {
      if (found.size > MAX_ORIGINALS) break;
      const shorter = copy.replace(mark, original);
      if (shorter !== "" && shorter !== copy) found.add(shorter);
    }
  }
  found.delete(name);
  return [...found];
}
