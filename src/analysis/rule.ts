/** The form of a rule. Each language has its own table of them; rule-catalogue.ts joins the tables. */

import type { Severity } from "./severity.js";

export type Category =
  | "modules"
  | "command execution"
  | "dynamic code"
  | "file read"
  | "file write"
  | "file deletion"
  | "network"
  | "system information"
  | "environment"
  | "introspection and escape"
  | "deserialisation"
  | "native code"
  | "process control"
  | "resource abuse"
  | "host objects"
  | "syntax";

export interface Rule {
  readonly category: Category;
  /** The severity of its findings under a policy that sets no other. */
  readonly severity: Severity;
  /** Ends the sentence `Cannot <action>: ...`. */
  readonly message: string;
  /** The code to write instead. A finding can replace it with a more exact one. */
  readonly suggestion: string;
}
