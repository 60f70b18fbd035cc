/** The rules for Python programs. */

import type { Rule } from "../rule.js";
import { SEVERITY } from "../severity.js";

const DATA = "pass data in `inputs`, name files in `files`";
const PROCESS =
  "There are no other programs to run: do the work in Python, " +
  "or run the command outside and pass its output in `inputs`";
const FILES = 'Name the file in the `files` argument and read files["..."]; print the data that you want to keep';
const NETWORK = "There is no network: fetch the data outside and pass it in `inputs` or `files`";
const NO_ESCAPE = "Work with the values themselves; a program cannot use the interpreter's internal objects";
const WRITTEN_OUT = "Write the code out, call the function directly, or parse data with json.loads, int or float";

export type PythonRuleId =
  | "PY-IMPORT-001"
  | "PY-EXEC-001"
  | "PY-EXEC-002"
  | "PY-EXEC-003"
  | "PY-DYN-001"
  | "PY-DYN-002"
  | "PY-DYN-003"
  | "PY-DYN-004"
  | "PY-DYN-005"
  | "PY-FILE-001"
  | "PY-FILE-002"
  | "PY-FILE-003"
  | "PY-FILE-004"
  | "PY-FILE-005"
  | "PY-FILE-006"
  | "PY-FILE-007"
  | "PY-NET-001"
  | "PY-NET-002"
  | "PY-NET-003"
  | "PY-SYS-001"
  | "PY-ENV-001"
  | "PY-INTRO-001"
  | "PY-INTRO-002"
  | "PY-ESC-001"
  | "PY-ESC-002"
  | "PY-ESC-003"
  | "PY-ESC-004"
  | "PY-DESER-001"
  | "PY-NATIVE-001"
  | "PY-PROC-001"
  | "PY-PROC-002"
  | "PY-PROC-003"
  | "PY-PROC-004"
  | "PY-PROC-005"
  | "PY-RES-001"
  | "PY-RES-002"
  | "PY-SYNTAX-001"
  | "PY-SYNTAX-002"
  | "PY-SYNTAX-003";

export const PYTHON_RULES: Readonly<Record<PythonRuleId, Rule>> = {
  "PY-IMPORT-001": {
    category: "modules",
    severity: SEVERITY.HIGH,
    message: "the policy does not allow this module",
    suggestion: `Use the modules that can be imported; ${DATA}`,
  },
  "PY-EXEC-001": {
    category: "command execution",
    severity: SEVERITY.HIGH,
    message: "it runs a command of the operating system",
    suggestion: PROCESS,
  },
  "PY-EXEC-002": {
    category: "command execution",
    severity: SEVERITY.HIGH,
    message: "it starts another program",
    suggestion: PROCESS,
  },
  "PY-EXEC-003": {
    category: "command execution",
    severity: SEVERITY.HIGH,
    message: "the command destroys data or stops the machine",
    suggestion: "Remove it: the sandbox and its files end with the program",
  },
  "PY-DYN-001": {
    category: "dynamic code",
    severity: SEVERITY.MEDIUM,
    message: "code made at run time cannot be checked",
    suggestion: WRITTEN_OUT,
  },
  "PY-DYN-002": {
    category: "dynamic code",
    severity: SEVERITY.MEDIUM,
    message: "it compiles code at run time, which cannot be checked",
    suggestion: WRITTEN_OUT,
  },
  "PY-DYN-003": {
    category: "dynamic code",
    severity: SEVERITY.MEDIUM,
    message: "a module named at run time cannot be checked",
    suggestion: "Write the import statement out",
  },
  "PY-DYN-004": {
    category: "dynamic code",
    severity: SEVERITY.LOW,
    message: "it analyses code or builds code",
    suggestion: "Read literals with ast.literal_eval or json.loads, and write the code out",
  },
  "PY-DYN-005": {
    category: "dynamic code",
    severity: SEVERITY.MEDIUM,
    message: "it imports tests by name",
    suggestion:
      "Write `from test_slug import *` for a test file among `files`, or define the tests in the program, " +
      "and call unittest.main()",
  },
  "PY-FILE-001": {
    category: "file read",
    severity: SEVERITY.SAFE,
    message: "the program may not read files",
    suggestion: FILES,
  },
  "PY-FILE-002": {
    category: "file write",
    severity: SEVERITY.MEDIUM,
    message: "it writes to the file system",
    suggestion: "Print the data that you want to keep, or collect it in io.StringIO or io.BytesIO",
  },
  "PY-FILE-003": {
    category: "file deletion",
    severity: SEVERITY.HIGH,
    message: "it deletes files",
    suggestion: "Remove it: the sandbox and its files end with the program",
  },
  "PY-FILE-004": {
    category: "file deletion",
    severity: SEVERITY.HIGH,
    message: "it deletes whole directories",
    suggestion: "Remove it: the sandbox and its files end with the program",
  },
  "PY-FILE-005": {
    category: "file read",
    severity: SEVERITY.MEDIUM,
    message: "this path holds secrets or the state of the system",
    suggestion: "Pass the data that the program needs in `inputs` or `files`",
  },
  "PY-FILE-006": {
    category: "file read",
    severity: SEVERITY.LOW,
    message: "it searches the file system",
    suggestion: "Name the files in the `files` argument; their names are the keys of `files`",
  },
  "PY-FILE-007": {
    category: "file read",
    severity: SEVERITY.SAFE,
    message: "this path is outside the workspace",
    suggestion:
      "The sandbox is not your machine: name project files in the `files` argument, and write to the current " +
      "directory or below /tmp",
  },
  "PY-NET-001": {
    category: "network",
    severity: SEVERITY.MEDIUM,
    message: "it opens a network connection",
    suggestion: NETWORK,
  },
  "PY-NET-002": {
    category: "network",
    severity: SEVERITY.MEDIUM,
    message: "it sends or fetches data over the network",
    suggestion: NETWORK,
  },
  "PY-NET-003": {
    category: "network",
    severity: SEVERITY.HIGH,
    message: "a raw socket reads and forges other programs' traffic",
    suggestion: NETWORK,
  },
  "PY-SYS-001": {
    category: "system information",
    severity: SEVERITY.LOW,
    message: "it reads information about the machine",
    suggestion: "Pass the information that the program needs in `inputs`",
  },
  "PY-ENV-001": {
    category: "environment",
    severity: SEVERITY.LOW,
    message: "it reads or changes environment variables",
    suggestion: "Pass settings in `inputs`; the sandbox does not have your environment variables",
  },
  "PY-INTRO-001": {
    category: "introspection and escape",
    severity: SEVERITY.LOW,
    message: "a program cannot use the namespaces of the interpreter",
    suggestion: "Keep the values in a dict, or call vars with an object",
  },
  "PY-INTRO-002": {
    category: "introspection and escape",
    severity: SEVERITY.LOW,
    message: "it reads code objects and internal objects of the interpreter",
    suggestion: "Use type(x), isinstance, dir(x) and vars(x)",
  },
  "PY-ESC-001": {
    category: "introspection and escape",
    severity: SEVERITY.HIGH,
    message: "it leads from the program into the interpreter",
    suggestion: NO_ESCAPE,
  },
  "PY-ESC-002": {
    category: "introspection and escape",
    severity: SEVERITY.MEDIUM,
    message: "it leads from a class to its base classes, or from an exception to its frames",
    suggestion: "Write the names of the classes, or use isinstance and super()",
  },
  "PY-ESC-003": {
    category: "introspection and escape",
    severity: SEVERITY.MEDIUM,
    message: "a member that the program chooses at run time cannot be checked",
    suggestion: "Write the name of the member, or put the functions that you need into a dict",
  },
  "PY-ESC-004": {
    category: "introspection and escape",
    severity: SEVERITY.LOW,
    message: "a class made from text at run time cannot be checked",
    suggestion: "Write a class statement, or use dataclasses.make_dataclass or collections.namedtuple",
  },
  "PY-DESER-001": {
    category: "deserialisation",
    severity: SEVERITY.MEDIUM,
    message: "reading this format runs code that is in the data",
    suggestion: "Use json, csv or struct",
  },
  "PY-NATIVE-001": {
    category: "native code",
    severity: SEVERITY.HIGH,
    message: "no check covers native code and raw memory",
    suggestion: "Use struct, array or memoryview for bytes, and Python for everything else",
  },
  "PY-PROC-001": {
    category: "process control",
    severity: SEVERITY.MEDIUM,
    message: "the program has no terminal and no user who can answer",
    suggestion: "Pass the value in the `inputs` argument and use the variable of that name",
  },
  "PY-PROC-002": {
    category: "process control",
    severity: SEVERITY.HIGH,
    message: "it ends or signals processes",
    suggestion: "Let the program end, or raise SystemExit",
  },
  "PY-PROC-003": {
    category: "process control",
    severity: SEVERITY.MEDIUM,
    message: "it starts more processes",
    suggestion: "The program has one CPU and one job: call the functions one after the other",
  },
  "PY-PROC-004": {
    category: "process control",
    severity: SEVERITY.SAFE,
    message: "it starts threads",
    suggestion: "The program has one CPU and one job: call the functions one after the other",
  },
  "PY-PROC-005": {
    category: "process control",
    severity: SEVERITY.LOW,
    message: "it changes settings of the interpreter or of its process",
    suggestion: "Remove it; the limits of the sandbox stay as they are",
  },
  "PY-RES-001": {
    category: "resource abuse",
    severity: SEVERITY.LOW,
    message: "it sleeps for longer than any run",
    suggestion: "Remove the sleep or make it shorter: a run has at most 5 seconds",
  },
  "PY-RES-002": {
    category: "resource abuse",
    severity: SEVERITY.MEDIUM,
    message: "the value needs more memory than any machine has",
    suggestion: "Make the numbers smaller, work in pieces, or use pow with a modulus",
  },
  "PY-SYNTAX-001": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is not Python 3",
    suggestion: "Correct the syntax at this place",
  },
  "PY-SYNTAX-002": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "a carriage return with no line feed after it ends a line for the interpreter but not for the parser",
    suggestion: "End lines with a line feed; inside a string write \\r",
  },
  "PY-SYNTAX-003": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is nested too deeply or too hard to parse",
    suggestion: "Split long expressions and deep nesting into statements and functions",
  },
};
