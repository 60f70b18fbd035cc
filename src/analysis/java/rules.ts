/** The rules for Java programs. */

import type { Rule } from "../rule.js";
import { SEVERITY } from "../severity.js";

const DIRECT = "Write the names of the class and the method in the program, and call the method without reflection";
const NETWORK = "Fetch the data before the program runs, and pass it as an argument";

export type JavaRuleId =
  | "JAVA-EXEC-001"
  | "JAVA-REFL-001"
  | "JAVA-DYN-001"
  | "JAVA-PROC-001"
  | "JAVA-FILE-001"
  | "JAVA-FILE-002"
  | "JAVA-FILE-003"
  | "JAVA-NET-001"
  | "JAVA-SYS-001"
  | "JAVA-ENV-001"
  | "JAVA-DESER-001"
  | "JAVA-NATIVE-001"
  | "JAVA-RES-001"
  | "JAVA-RES-002"
  | "JAVA-SYNTAX-001"
  | "JAVA-SYNTAX-002";

export const JAVA_RULES: Readonly<Record<JavaRuleId, Rule>> = {
  "JAVA-EXEC-001": {
    category: "command execution",
    severity: SEVERITY.HIGH,
    message: "it runs a command of the operating system",
    suggestion: "Do the work in Java, or run the command before the program and pass its output as an argument",
  },
  "JAVA-REFL-001": {
    category: "introspection and escape",
    severity: SEVERITY.MEDIUM,
    message: "the analysis cannot check classes and members that reflection finds",
    suggestion: DIRECT,
  },
  "JAVA-DYN-001": {
    category: "dynamic code",
    severity: SEVERITY.HIGH,
    message: "the analysis cannot check code that is made or loaded at run time",
    suggestion: "Write the code in the program: a switch or a map of lambdas can choose between parts of it",
  },
  "JAVA-PROC-001": {
    category: "process control",
    severity: SEVERITY.MEDIUM,
    message: "it ends or signals processes",
    suggestion: "Return from main, or throw an exception",
  },
  "JAVA-FILE-001": {
    category: "file read",
    severity: SEVERITY.SAFE,
    message: "the program may not read files",
    suggestion: "Pass the data as an argument, or write it as text in the program",
  },
  "JAVA-FILE-002": {
    category: "file write",
    severity: SEVERITY.MEDIUM,
    message: "it writes to the file system",
    suggestion: "Print the result, or collect it in a StringBuilder or ByteArrayOutputStream",
  },
  "JAVA-FILE-003": {
    category: "file deletion",
    severity: SEVERITY.HIGH,
    message: "it deletes files",
    suggestion: "Remove the deletion",
  },
  "JAVA-NET-001": {
    category: "network",
    severity: SEVERITY.MEDIUM,
    message: "it uses the network",
    suggestion: NETWORK,
  },
  "JAVA-SYS-001": {
    category: "system information",
    severity: SEVERITY.LOW,
    message: "it reads information about the machine",
    suggestion: "Pass the values that the program needs as arguments",
  },
  "JAVA-ENV-001": {
    category: "environment",
    severity: SEVERITY.LOW,
    message: "it reads environment variables",
    suggestion: "Pass the settings as arguments",
  },
  "JAVA-DESER-001": {
    category: "deserialisation",
    severity: SEVERITY.MEDIUM,
    message: "reading this format can run code from the data",
    suggestion: "Use JSON or CSV with types that you name, DataInputStream, or SnakeYAML with a SafeConstructor",
  },
  "JAVA-NATIVE-001": {
    category: "native code",
    severity: SEVERITY.HIGH,
    message: "the safety rules of Java do not apply to native code and raw memory",
    suggestion: "Use arrays, ByteBuffer, or the classes of java.util.concurrent",
  },
  "JAVA-RES-001": {
    category: "resource abuse",
    severity: SEVERITY.LOW,
    message: "it sleeps longer than a program may run",
    suggestion: "Remove the sleep, or make it shorter than 5 seconds",
  },
  "JAVA-RES-002": {
    category: "resource abuse",
    severity: SEVERITY.MEDIUM,
    message: "the value needs more memory than a program may have",
    suggestion: "Use smaller numbers, or process the data in parts",
  },
  "JAVA-SYNTAX-001": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is not valid Java",
    suggestion: "Correct the syntax at this place",
  },
  "JAVA-SYNTAX-002": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is nested too deeply, or it is too complex to parse",
    suggestion: "Split long expressions and deep nesting into statements and methods",
  },
};
