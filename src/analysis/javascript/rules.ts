/** The rules for JavaScript programs. */

import type { Rule } from "../rule.js";
import { SEVERITY } from "../severity.js";

/** How a program gets its data. Completes a suggestion. */
export const DATA_ADVICE =
  "pass data in the `inputs` argument, lines in `stdin`, and name files in the `files` argument";
const NO_HOST = `Use the standard ECMAScript objects and console.log; ${DATA_ADVICE}`;
const NO_ESCAPE = "Work with the values directly: a program cannot reach the objects of the interpreter";

export type JavaScriptRuleId =
  | "JS-IMPORT-001"
  | "JS-EXEC-001"
  | "JS-DYN-001"
  | "JS-FILE-001"
  | "JS-FILE-002"
  | "JS-FILE-003"
  | "JS-FILE-004"
  | "JS-NET-001"
  | "JS-SYS-001"
  | "JS-ENV-001"
  | "JS-PROC-001"
  | "JS-PROC-002"
  | "JS-HOST-001"
  | "JS-ESC-001"
  | "JS-ESC-002"
  | "JS-DESER-001"
  | "JS-NATIVE-001"
  | "JS-RES-001"
  | "JS-SYNTAX-001"
  | "JS-SYNTAX-002"
  | "TS-SYNTAX-001";

export const JAVASCRIPT_RULES: Readonly<Record<JavaScriptRuleId, Rule>> = {
  "JS-IMPORT-001": {
    category: "modules",
    severity: SEVERITY.HIGH,
    message: "a program has a few modules only, by a constant name",
    suggestion:
      "Use the standard ECMAScript objects and the modules node:assert, node:buffer, node:events, node:path, " +
      "node:perf_hooks, node:process, node:querystring, node:readline, node:timers, node:url and node:util, under " +
      `the policy workspace also node:fs, node:os, node:crypto and node:test; ${DATA_ADVICE}`,
  },
  "JS-EXEC-001": {
    category: "command execution",
    severity: SEVERITY.HIGH,
    message: "it runs commands of an operating system, and the program has none",
    suggestion: NO_HOST,
  },
  "JS-DYN-001": {
    category: "dynamic code",
    severity: SEVERITY.MEDIUM,
    message: "the analysis cannot check code that is made at run time",
    suggestion:
      "Write the code in the program, pass a function instead of a string, or parse data with JSON.parse or Number",
  },
  "JS-FILE-001": {
    category: "file read",
    severity: SEVERITY.HIGH,
    message: "the program has no file system, so it cannot read files",
    suggestion: "Name the file in the `files` argument, and read its text from `files[name]`",
  },
  "JS-FILE-002": {
    category: "file write",
    severity: SEVERITY.HIGH,
    message: "the program has no file system, so it cannot write files",
    suggestion: "Print the text with console.log, or make it the value of the last expression",
  },
  "JS-FILE-003": {
    category: "file deletion",
    severity: SEVERITY.HIGH,
    message: "it deletes files",
    suggestion: "Remove the deletion: no file of a run is kept",
  },
  "JS-FILE-004": {
    category: "file read",
    severity: SEVERITY.HIGH,
    message: "this path is outside the workspace",
    suggestion:
      "The sandbox is not your machine: name project files in the `files` argument, and write to the current " +
      "directory or below /tmp",
  },
  "JS-NET-001": {
    category: "network",
    severity: SEVERITY.HIGH,
    message: "the program has no network",
    suggestion: `Fetch the data before the run; ${DATA_ADVICE}`,
  },
  "JS-SYS-001": {
    category: "system information",
    severity: SEVERITY.HIGH,
    message: "the program cannot read information about the system",
    suggestion: NO_HOST,
  },
  "JS-ENV-001": {
    category: "environment",
    severity: SEVERITY.HIGH,
    message: "the program has no environment variables",
    suggestion: "Pass the value in the `inputs` argument, and use the variable of that name",
  },
  "JS-PROC-001": {
    category: "process control",
    severity: SEVERITY.HIGH,
    message: "it ends, changes or starts processes and threads",
    suggestion: "Let the program end by itself, set process.exitCode, or throw an Error",
  },
  "JS-PROC-002": {
    category: "process control",
    severity: SEVERITY.MEDIUM,
    message: "the program has no terminal and no user who can answer",
    suggestion: "Pass the lines in the `stdin` argument of the call, or values in `inputs`",
  },
  "JS-HOST-001": {
    category: "host objects",
    severity: SEVERITY.HIGH,
    message: "the program has no host objects: no network, no files, no page, and of `process` a few members only",
    suggestion: NO_HOST,
  },
  "JS-ESC-001": {
    category: "introspection and escape",
    severity: SEVERITY.HIGH,
    message: "it reaches the constructor of functions, which can make code from text",
    suggestion: NO_ESCAPE,
  },
  "JS-ESC-002": {
    category: "introspection and escape",
    severity: SEVERITY.MEDIUM,
    message: "the name of the global, or of the member of a function, is known only at run time",
    suggestion: "Keep the values in an object or a Map of the program, and look them up there",
  },
  "JS-DESER-001": {
    category: "deserialisation",
    severity: SEVERITY.MEDIUM,
    message: "reading this format can create objects or run code from the data",
    suggestion: "Use JSON.parse",
  },
  "JS-NATIVE-001": {
    category: "native code",
    severity: SEVERITY.HIGH,
    message: "the safety rules of JavaScript do not apply to native code and raw memory",
    suggestion: "Use typed arrays and DataView for bytes, and JavaScript for everything else",
  },
  "JS-RES-001": {
    category: "resource abuse",
    severity: SEVERITY.MEDIUM,
    message: "the value needs more memory than a program may have",
    suggestion: "Use smaller numbers, or process the data in parts",
  },
  "JS-SYNTAX-001": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is not a valid ECMAScript script",
    suggestion: "Correct the syntax at this place",
  },
  "JS-SYNTAX-002": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is nested too deeply, or it is too complex to parse",
    suggestion: "Split long expressions and deep nesting into statements and functions",
  },
  "TS-SYNTAX-001": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "types are removed in place before a program runs, and this is more than a type",
    suggestion: "Write it in JavaScript",
  },
};
