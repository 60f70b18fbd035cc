/**
 * The catalogue of what an analysis can object to. Clients, the audit log and
 * operators' settings key on the ids: never reuse or rename one.
 */

import { SEVERITY, type Severity } from "./severity.js";

export type Language = "python" | "javascript";

export type Category =
  | "modules"
  | "dynamic code"
  | "files"
  | "introspection"
  | "process control"
  | "host objects"
  | "escape"
  | "syntax";

export interface Rule {
  readonly language: Language;
  readonly category: Category;
  readonly severity: Severity;
  /** Ends the sentence `Cannot <action>: ...`. */
  readonly message: string;
  /** What to write instead. A finding that knows better replaces it. */
  readonly suggestion: string;
}

const DATA = "pass data in `inputs`, name files in `files`";
const NO_ESCAPE = "Work with the values themselves; the interpreter's own objects are out of reach";

export type RuleId =
  | "PY-IMPORT-001"
  | "PY-DYN-001"
  | "PY-FILE-001"
  | "PY-INTRO-001"
  | "PY-PROC-001"
  | "PY-ESC-001"
  | "PY-SYNTAX-001"
  | "PY-SYNTAX-002"
  | "PY-SYNTAX-003"
  | "JS-IMPORT-001"
  | "JS-DYN-001"
  | "JS-HOST-001"
  | "JS-ESC-001"
  | "JS-SYNTAX-001"
  | "JS-SYNTAX-002";

export const RULES: Readonly<Record<RuleId, Rule>> = {
  "PY-IMPORT-001": {
    language: "python",
    category: "modules",
    severity: SEVERITY.HIGH,
    message: "the policy does not allow this module",
    suggestion: `Use the modules that can be imported; ${DATA}`,
  },
  "PY-DYN-001": {
    language: "python",
    category: "dynamic code",
    severity: SEVERITY.HIGH,
    message: "code made at run time cannot be checked",
    suggestion: "Write the code out, call the function directly, or parse data with json.loads, int or float",
  },
  "PY-FILE-001": {
    language: "python",
    category: "files",
    severity: SEVERITY.HIGH,
    message: "the program has no file system",
    suggestion: 'Name the file in the `files` argument and read files["..."]; print what should be kept',
  },
  "PY-INTRO-001": {
    language: "python",
    category: "introspection",
    severity: SEVERITY.MEDIUM,
    message: "the interpreter's own namespaces are out of reach",
    suggestion: "Keep values in a dict of your own, or call vars with an object",
  },
  "PY-PROC-001": {
    language: "python",
    category: "process control",
    severity: SEVERITY.MEDIUM,
    message: "the program has no terminal and nobody to answer it",
    suggestion: "Pass the value in the `inputs` argument and use the variable of that name",
  },
  "PY-ESC-001": {
    language: "python",
    category: "escape",
    severity: SEVERITY.HIGH,
    message: "it leads out of the program and into the interpreter",
    suggestion: NO_ESCAPE,
  },
  "PY-SYNTAX-001": {
    language: "python",
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is not Python 3",
    suggestion: "Mend the syntax at this place",
  },
  "PY-SYNTAX-002": {
    language: "python",
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "a carriage return with no line feed after it ends a line for the interpreter but not for the parser",
    suggestion: "End lines with a line feed; inside a string write \\r",
  },
  "PY-SYNTAX-003": {
    language: "python",
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is nested too deeply or too hard to parse",
    suggestion: "Break long expressions and deep nesting into statements and functions",
  },
  "JS-IMPORT-001": {
    language: "javascript",
    category: "modules",
    severity: SEVERITY.HIGH,
    message: "the program is one script and there are no modules",
    suggestion: `Write it with the standard ECMAScript objects and define helpers in the program; ${DATA}`,
  },
  "JS-DYN-001": {
    language: "javascript",
    category: "dynamic code",
    severity: SEVERITY.HIGH,
    message: "code made at run time cannot be checked",
    suggestion: "Write the code out, pass a function instead of a string, or parse data with JSON.parse or Number",
  },
  "JS-HOST-001": {
    language: "javascript",
    category: "host objects",
    severity: SEVERITY.HIGH,
    message: "the program runs without a host: no process, no network, no files, no page",
    suggestion: `Use the standard ECMAScript objects and console.log; ${DATA}`,
  },
  "JS-ESC-001": {
    language: "javascript",
    category: "escape",
    severity: SEVERITY.HIGH,
    message: "it reaches the constructor of functions, which makes code from text",
    suggestion: NO_ESCAPE,
  },
  "JS-SYNTAX-001": {
    language: "javascript",
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is not an ECMAScript script",
    suggestion: "Mend the syntax at this place",
  },
  "JS-SYNTAX-002": {
    language: "javascript",
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is nested too deeply or too hard to parse",
    suggestion: "Break long expressions and deep nesting into statements and functions",
  },
};
