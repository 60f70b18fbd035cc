/** Reads the files in which Docker's and SSH's own tools keep their settings. A missing file counts as empty. */

import { readFile } from "node:fs/promises";
import { quote, SetupError } from "../../errors.js";

/**
 * Returns the bytes of a file, or null if it does not exist.
 *
 * @throws {SetupError} If it exists and cannot be read.
 */
export async function readSettingsFile(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new SetupError(
      `Cannot read ${quote(file)}: it must be a file that this user may read (${code ?? "unknown error"})`,
      { cause },
    );
  }
}

/**
 * Returns the value in a JSON file, or null if the file does not exist.
 *
 * @throws {SetupError} If it cannot be read, or is not JSON.
 */
export async function readJsonFile(file: string): Promise<unknown> {
  const bytes = await readSettingsFile(file);
  if (bytes === null) return null;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new SetupError(`Cannot read Docker's file ${quote(file)}: it must be JSON`, { cause });
  }
}

/** Returns a field of a JSON value; undefined if the value is no object. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
