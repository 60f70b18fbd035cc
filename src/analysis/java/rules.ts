/** What can be wrong with a Java program. */

import type { Rule } from "../rule.js";
import { SEVERITY } from "../severity.js";

const DIRECT = "Write the class and the method out, so that it can be seen what is called";
const NETWORK = "Fetch the data outside of the program and hand it in";

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
    suggestion: "Do the work in Java, or run the command outside and pass its output in",
  },
  "JAVA-REFL-001": {
    category: "introspection and escape",
    severity: SEVERITY.MEDIUM,
    message: "what reflection reaches cannot be checked",
    suggestion: DIRECT,
  },
  "JAVA-DYN-001": {
    category: "dynamic code",
    severity: SEVERITY.HIGH,
    message: "code made or loaded at run time cannot be checked",
    suggestion: "Write the code out: a switch or a map of lambdas chooses between pieces of it",
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
    suggestion: "Hand the data in as an argument or as text in the program",
  },
  "JAVA-FILE-002": {
    category: "file write",
    severity: SEVERITY.MEDIUM,
    message: "it writes to the file system",
    suggestion: "Print what should be kept, or collect it in a StringBuilder or ByteArrayOutputStream",
  },
  "JAVA-FILE-003": {
    category: "file deletion",
    severity: SEVERITY.HIGH,
    message: "it deletes files",
    suggestion: "Leave the deletion out",
  },
  "JAVA-NET-001": {
    category: "network",
    severity: SEVERITY.MEDIUM,
    message: "it opens a network connection or asks the network",
    suggestion: NETWORK,
  },
  "JAVA-SYS-001": {
    category: "system information",
    severity: SEVERITY.LOW,
    message: "it asks about the machine",
    suggestion: "Hand in what the program needs to know",
  },
  "JAVA-ENV-001": {
    category: "environment",
    severity: SEVERITY.LOW,
    message: "it reads environment variables",
    suggestion: "Hand settings in as arguments",
  },
  "JAVA-DESER-001": {
    category: "deserialisation",
    severity: SEVERITY.MEDIUM,
    message: "reading this format runs code that is in the data",
    suggestion: "Use JSON or CSV with types that you name, DataInputStream, or SnakeYAML with a SafeConstructor",
  },
  "JAVA-NATIVE-001": {
    category: "native code",
    severity: SEVERITY.HIGH,
    message: "native code and raw memory have no rules at all",
    suggestion: "Use arrays, ByteBuffer, or the classes of java.util.concurrent",
  },
  "JAVA-RES-001": {
    category: "resource abuse",
    severity: SEVERITY.LOW,
    message: "it sleeps longer than a program may run",
    suggestion: "Leave the sleep out or make it shorter than 5 seconds",
  },
  "JAVA-RES-002": {
    category: "resource abuse",
    severity: SEVERITY.MEDIUM,
    message: "the value needs more memory than a program may have",
    suggestion: "Make the numbers smaller, or work in pieces",
  },
  "JAVA-SYNTAX-001": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is not Java",
    suggestion: "Mend the syntax at this place",
  },
  "JAVA-SYNTAX-002": {
    category: "syntax",
    severity: SEVERITY.HIGH,
    message: "it is nested too deeply or too hard to parse",
    suggestion: "Break long expressions and deep nesting into statements and methods",
  },
};
