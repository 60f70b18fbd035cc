/**
 * Recognizes the short names that FAT and NTFS keep beside long ones: `GIT~1` opens `.git`, `SECRET~1.JSO` opens
 * `secrets.json`. Such a disk can be mounted under any system, and then both names lead to one file.
 *
 * A short name has six characters of the long name, or two and four digits of a checksum, then `~` and a number. It may
 * stand for other names as well: in doubt it is taken for the restricted one.
 */

const SHORT_NAME = /^([^.~]{1,7})~\d{1,6}(?:\.([^.]{1,3}))?$/;
const WITH_CHECKSUM = /^..?[\da-f]{4}$/;

/**
 * Returns true if a name may be the short name of a name that matches a pattern.
 *
 * @param name In lower case.
 * @param parts The pattern in lower case, cut at its stars.
 */
export function mayBeShortFor(name: string, parts: readonly string[]): boolean {
  const [, stem, extension = ""] = SHORT_NAME.exec(name) ?? [];
  if (stem === undefined) return false;
  const isOpen = parts.length > 1;
  const first = (parts[0] ?? "").replace(/^\.+/, "");
  const last = parts.at(-1) ?? "";
  const dot = isOpen ? last.lastIndexOf(".") : first.lastIndexOf(".");
  const ending = dot < 0 ? "" : (isOpen ? last : first).slice(dot + 1, dot + 4);
  const isAnyEnding = isOpen && dot < 0;
  if (!isAnyEnding && ending !== extension) return false;
  const start = fold(!isOpen && dot > 0 ? first.slice(0, dot) : first);
  // A pattern that begins with a star matches the short name by its ending alone, as it matches any name.
  if (start === "") return false;
  if (WITH_CHECKSUM.test(stem) && start.length >= 2 && stem.startsWith(start.slice(0, 2))) return true;
  return start.length >= 6 || isOpen ? stem.startsWith(start.slice(0, 6)) : stem === start;
}

/** Writes a text with the characters that a short name may have. */
function fold(text: string): string {
  return text.replace(/[. ]/g, "").replace(/[+,;=[\]]/g, "_");
}
