/** Reads a JavaScript program, or TypeScript without its types: makes it a text that runs, and checks that text. */

import { Report } from "../report.js";
import { checkJavaScript } from "./check.js";
import { withoutExports, withoutTypeImports } from "./module-words.js";
import { parseJavaScript, type ScriptTree } from "./parser.js";
import type { JavaScriptReading, ScriptRole } from "./reading.js";

/** The old word before the attributes of an import, and the new one with the same length. */
const OLD_WORD = "assert";
const NEW_WORD = "with  ";

/** Most old words that are replaced. For each the text is parsed again. */
const MAX_OLD_WORDS = 20;

/** A text that was read, and the one that runs in its place if that is another. */
export interface ReadScript extends JavaScriptReading {
  readonly report: Report;
  readonly code?: string;
}

/** Reads a text. `shown` is the text that its author wrote, with the same lines and columns. */
export function readJavaScript(
  code: string,
  language: "javascript" | "typescript",
  role: ScriptRole,
  shown: string = code,
): ReadScript {
  let { text, tree } = parseWithNewWords(code);
  const change = (changed: string | null): void => {
    if (changed === null) return;
    text = changed;
    tree = parseJavaScript(changed);
  };
  if (role === "program") change(withoutExports(text, tree));
  if (language === "typescript") change(withoutTypeImports(text, tree));
  const report = new Report(text, language, shown);
  return { report, ...(text === shown ? {} : { code: text }), ...checkJavaScript(report, tree, role) };
}

/** Parses a text. Older programs write `assert` in the place of `with` in an import of JSON. */
function parseWithNewWords(code: string): { text: string; tree: ScriptTree } {
  let text = code;
  let tree = parseJavaScript(text);
  for (let at = 0; at < MAX_OLD_WORDS && tree.kind === "error" && text.startsWith(OLD_WORD, tree.at); at++) {
    text = text.slice(0, tree.at) + NEW_WORD + text.slice(tree.at + OLD_WORD.length);
    tree = parseJavaScript(text);
  }
  return tree.kind === "error" ? { text: code, tree: parseJavaScript(code) } : { text, tree };
}
