import { MAX_EXEC_CODE_SIZE } from "../limits.js";

/** Describes the reason that a text cannot be a program: its size, half a surrogate pair, or a NUL. Otherwise null. */
export function findTextProblem(text: string): string | null {
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > MAX_EXEC_CODE_SIZE) return `${bytes} bytes long`;
  if (!text.isWellFormed()) return "text with a lone surrogate";
  const nul = text.indexOf("\0");
  return nul >= 0 ? `text with a NUL at position ${nul}` : null;
}
