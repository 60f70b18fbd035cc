/** What can be wrong with a JavaScript program. */

import type { Rule } from "../rule.js";
import { SEVERITY } from "../severity.js";

const DATA = "pass data in `inputs`, name files in `files`";
const NO_HOST = `Use the standard ECMAScript objects and console.log; ${DATA}`;
const NO_ESCAPE = "Work with the values themselves; the interpreter's own objects are out of reach";

export type JavaScriptRuleId =
  | "JS-IMPORT-001"
  | "JS-EXEC-001"
  | "JS-DYN-001"
  | "JS-FILE-001"
  | "JS-FILE-002"
  | "JS-FILE-003"
  | "JS-NET-001"
  | "JS-SYS-001"
  | "JS-ENV-001"
  | "JS-PROC-001"
  | "JS-HOST-001"
  | "JS-ESC-001"
  | "JS-ESC-002"
  | "JS-DESER-001"
  | "JS-NATIVE-001"
  | "JS-RES-001"
  | "JS-SYNTAX-001"
  | "JS-SYNTAX-002";

export const JAVASCRIPT_RULES: Readonly<Record<JavaScriptRuleId, Rule>> = {
  "JS-IMPORT-001": {
    category: "modules",
    severity: SEVERITY.HIGH,
    message: "the program is one script and there are no modules",
    suggestion: `Write it with the standard ECMAScript objects and define helpers in the program; ${DATA}`,
  },
  "JS-EXEC-001": {
    category: "command execution",
    severity: SEVERITY.HIGH,
    message: "it runs commands, and there is no system to run them on",
    suggestion: NO_HOST,
  },
  "JS-DYN-001": {
    category: "dynamic code",
    severity: SEVERITY.MEDIUM,
    message: "code made at run time cannot be checked",
    suggestion: "Write the code out, pass a function instead of a string, or parse data with JSON.parse or Number",
  },
  "JS-FILE-001": {
    category: "file read",
    severity: SEVERITY.HIGH,
    message: "the program has no file system",
    suggestion: "Name the file in the `files` argument and read its text from `files[name]`",
  },
  "JS-FILE-002": {
    category: "file write",
    severity: SEVERITY.HIGH,
    message: "the program has no file system to change",
    suggestion: "Print the text with console.log, or let it be the value of the last expression",
  },
  "JS-FILE-003": {
    category: "file deletion",
    severity: SEVERITY.HIGH,
    message: "it deletes files",
    suggestion: "Leave it out: nothing of a run is kept",
  },
  "JS-NET-001": {
    category: "network",
    severity: SEVERITY.HIGH,
    message: "the program has no network",
    suggestion: `Get the data before the run; ${DATA}`,
  },
  "JS-SYS-001": {
    category: "system information",
    severity: SEVERITY.HIGH,
    message: "the program is not told of the system under it",
    suggestion: NO_HOST,
  },
  "JS-ENV-001": {
    category: "environment",
    severity: SEVERITY.HIGH,
    message: "the program has no environment variables",
    suggestion: "Pass the value in the `inputs` argument and use the variable of that name",
  },
  "JS-PROC-001": {
    category: "process control",
    severity: SEVERITY.HIGH,
    message: "it ends, changes or starts processes and threads",
    suggestion: "Let the program come to its end, or throw an Error",
  },
  "JS-HOST-001": {
    category: "host objects",
    severity: SEVERITY.HIGH,
    message: "the program runs without a host: no process, no network, no files, no page",
    suggestion: NO_HOST,
  },
  "JS-ESC-001": {
    category: "introspection and escape",
    severity: SEVERITY.HIGH,
    message: "it reaches the constructor of functions, which makes code from text",
    suggestion: NO_ESCAPE,
  },
  "JS-ESC-002": {
    category: "introspection and escape",
    severity: SEVERITY.MEDIUM,
    message: "which global or which part of a function it takes is only known at run time",
    suggestion: "Keep the values in an object or Map of the program's own and look them up there",
  },
  "JS-DESER-001": {
    category: "deserialisation",
    severity: SEVERITY.MEDIUM,
    message: "reading this format makes objects or runs code that is in the data",
    suggestion: "Use JSON.parse",
  },
  "JS-NATIVE-001": {
    category: "native code",
    severity: SEVERITY.HIGH,
    message: "native code and raw memory have no rules at all",
    suggestion: "Use typed arrays and DataView for bytes, and JavaScript for the rest",
  },
  "JS-RES-001": {
    category: "resource abuse",
    severity: SEVERITY.MEDIUM,
    message: "the value needs more memory than a program may have",
    suggestion: "Make the numbers smaller or work in pieces",
  },
  "JS-SYNTAX-001": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is not an ECMAScript script",
    suggestion: "Mend the syntax at this place",
  },
  "JS-SYNTAX-002": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is nested too deeply or too hard to parse",
    suggestion: "Break long expressions and deep nesting into statements and functions",
  },
};
