/** Says of a path that names no file which of the call's files was probably meant. */

import { decodeText, indexOf, lastIndexOf, lower, normalize, ownKeys, slice } from "./intrinsics.js";
import { inputPaths } from "./disk.js";
import { quote } from "./quote.js";

/** Files that a sentence names, and most characters of each. */
const MOST_FILES = 10;
const LONGEST_FILE = 100;
/** Files that are compared. */
const MOST_COMPARED = 1000;
const NO_FILES = "this call has no files; name them in its argument `files`";

/**
 * @param {string} path As the program wrote it.
 * @returns {string} The rest of a sentence.
 */
export function nearFileAdvice(path) {
  const names = /** @type {string[]} */ (ownKeys(inputPaths()));
  if (names.length === 0) return NO_FILES;
  const wanted = folded(path);
  const base = lastPart(wanted);
  let near = "";
  for (let i = 0; i < names.length && i < MOST_COMPARED; i++) {
    const name = folded(names[i]);
    if (name === wanted) return `did you mean ${shown(names[i])}?`;
    if (near === "" && lastPart(name) === base) near = names[i];
  }
  if (near !== "") return `did you mean ${shown(near)}?`;
  const at = lastIndexOf(path, "/");
  if (at > 0 && !hasDirectory(names, slice(path, 0, at)))
    return "its directory is not there; make it with mkdirSync, or name the file in the argument `files`";
  let text = "the files are ";
  for (let i = 0; i < names.length && i < MOST_FILES; i++) text += (i === 0 ? "" : ", ") + shown(names[i]);
  return names.length > MOST_FILES ? `${text} and ${names.length - MOST_FILES} more` : text;
}

/**
 * @param {string[]} names
 * @param {string} directory
 */
function hasDirectory(names, directory) {
  const plain = slice(directory, 0, 2) === "./" ? slice(directory, 2) : directory;
  for (let i = 0; i < names.length && i < MOST_COMPARED; i++) if (indexOf(names[i], `${plain}/`) === 0) return true;
  return false;
}

/** @param {string} name */
function folded(name) {
  let text = name;
  try {
    text = decodeText(name);
  } catch {
    // It is not encoded.
  }
  const plain = lower(normalize(text, "NFC"));
  return slice(plain, 0, 2) === "./" ? slice(plain, 2) : plain;
}

/** @param {string} name */
function lastPart(name) {
  return slice(name, lastIndexOf(name, "/") + 1);
}

/** @param {string} name */
function shown(name) {
  return quote(name.length > LONGEST_FILE ? `${slice(name, 0, LONGEST_FILE)}...` : name);
}
