/** Reads TypeScript: the program without its types is JavaScript, and every finding has its place in both. */

import type { JavaScriptReading } from "../javascript/check.js";
import { parseJavaScript } from "../javascript/parser.js";
import { readJavaScript } from "../javascript/read.js";
import type { ScriptRole } from "../javascript/reading.js";
import { jsxHint } from "../javascript/syntax-error.js";
import { Report, suggesting } from "../report.js";
import { stripTypes } from "./strip-thread.js";
import type { Stripped } from "./type-remover.js";

/** A program that was read, and the JavaScript that runs in its place. */
export interface TypeScriptReading extends JavaScriptReading {
  readonly report: Report;
  readonly code?: string;
}

/** The constructs that are more than types, by a word in SWC's message: the name, and the way to write it. */
const CONSTRUCTS: readonly (readonly [word: string, name: string, instead: string])[] = [
  ["enum", "an enum", "Write an object: const Color = { Red: 0, Green: 1 } as const"],
  ["namespace", "a namespace", "Write its declarations at the top level, or put its values into an object"],
  ["module", "a namespace", "Write its declarations at the top level, or put its values into an object"],
  ["parameter property", "a parameter property", "Declare the field in the class, and assign it in the constructor"],
  ["import equals", "import with =", "Write an import declaration, or const name = require(...)"],
  ["export assignment", "export with =", "Leave it out: no other file imports the program"],
  ["angle-bracket", "a type assertion with angle brackets", "Write value as Type"],
];

/** Text that is likely to be TypeScript if it is not JavaScript. To look for types would take time for the others. */
const LOOKS_TYPED = new RegExp(
  "\\b(?:interface|type|enum|declare|namespace|abstract|implements|satisfies|readonly|private|public|protected|as)" +
    "\\s+[\\w{]|[\\w)\\]}?]\\s*:\\s*[\\w{[(<\"']|\\w<[\\w\\s,[\\]|]+>|[\\w)\\]]!\\s*[.;)[]",
);

/** Reads a program in TypeScript. Never rejects because of `source`. */
export async function checkTypeScript(source: string, role: ScriptRole = "program"): Promise<TypeScriptReading> {
  const stripped = await stripTypes(source);
  return stripped.kind === "stripped"
    ? readJavaScript(stripped.code, "typescript", role, source)
    : problemOf(source, stripped);
}

/** True if a program that is no JavaScript is TypeScript. */
export async function isTypeScript(source: string): Promise<boolean> {
  if (!LOOKS_TYPED.test(source)) return false;
  const stripped = await stripTypes(source);
  if (stripped.kind === "unsupported") return true;
  return stripped.kind === "stripped" && ["script", "module"].includes(parseJavaScript(stripped.code).kind);
}

function problemOf(source: string, stripped: Exclude<Stripped, { readonly kind: "stripped" }>): TypeScriptReading {
  const report = new Report(source, "typescript");
  const nothing = { report, syntaxError: null, comments: [], strings: [] };
  if (stripped.kind === "unsupported") {
    const [, name, suggestion] = CONSTRUCTS.find(([word]) => stripped.construct.includes(word)) ?? [];
    report.add("TS-SYNTAX-001", stripped.range, {
      action: `remove the types of ${name ?? "this"}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    return nothing;
  }
  if (stripped.kind === "too-hard") {
    report.add("JS-SYNTAX-002", { start: 0, end: 0 }, { action: "check this program" });
    return nothing;
  }
  const { at, message } = stripped;
  const hint = jsxHint(source);
  report.add(
    "JS-SYNTAX-001",
    { start: at, end: Math.min(at + 1, source.length) },
    { action: "read this as TypeScript", ...suggesting(hint) },
  );
  return { ...nothing, syntaxError: { message, ...report.place(at), ...(hint === undefined ? {} : { hint }) } };
}
