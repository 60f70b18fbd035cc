/**
 * Tells the imports that run whenever their program does. The others may stand behind a condition, in a function that
 * nobody calls, or in a `try` that goes on without the module.
 */

import { partOf, type PythonNode, type TextOf } from "./node.js";
import type { SureImport } from "../imports.js";
import { parseWordSet } from "../word-list.js";

const IS_MAIN = /^\(*__name__\s*==\s*(?:"__main__"|'__main__')\)*$/;

/** Managers of the library that let every error pass. A manager of the program itself may keep it back. */
const PASSES_ERRORS: ReadonlySet<string> = parseWordSet(`
  open catch_warnings redirect_stdout redirect_stderr nullcontext closing chdir localcontext
  TemporaryDirectory NamedTemporaryFile TemporaryFile SpooledTemporaryFile ZipFile StringIO BytesIO
`);

/** Errors that a missing module does not raise. */
const OTHER_ERRORS: ReadonlySet<string> = parseWordSet(`
  ArithmeticError AssertionError AttributeError EOFError FileExistsError FileNotFoundError FloatingPointError IndexError
  IOError KeyError KeyboardInterrupt LookupError MemoryError NameError NotADirectoryError NotImplementedError OSError
  OverflowError PermissionError RecursionError RuntimeError StopIteration SyntaxError TimeoutError TypeError
  UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError
`);

/** Describes an import that surely runs; undefined for any other. */
export function sureImport(node: PythonNode, textOf: TextOf): SureImport | undefined {
  let isMain = false;
  let inside = node;
  for (let at = node.parent; at !== null; inside = at, at = at.parent) {
    switch (at.type) {
      case "module":
        return { range: { start: node.start, end: node.end }, until: inside.end, isMain };
      case "block":
      case "import_statement":
      case "import_from_statement":
        break;
      case "finally_clause":
        break;
      case "with_statement":
        if (!passesErrors(at, textOf)) return undefined;
        break;
      case "try_statement":
        if (inside.type !== "finally_clause" && !at.children.every((part) => lets(part, inside, textOf)))
          return undefined;
        break;
      case "if_statement":
        if (inside.field !== "consequence" || !IS_MAIN.test(textOf(partOf(at, "condition") ?? at))) return undefined;
        isMain = true;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

/** Does this part of a `try` statement let the error of a missing module in its body pass? */
function lets(part: PythonNode, body: PythonNode, textOf: TextOf): boolean {
  if (part === body) return part.type === "block";
  if (part.type !== "except_clause" && part.type !== "except_group_clause") return true;
  const names = part.children.filter(({ type }) => type !== "block").flatMap(caughtBy);
  return names.length > 0 && names.every((name) => name.type === "identifier" && OTHER_ERRORS.has(textOf(name)));
}

/** The classes in the head of an `except` clause. */
function caughtBy(head: PythonNode): readonly PythonNode[] {
  if (head.type === "as_pattern") return head.children.slice(0, 1).flatMap(caughtBy);
  return head.type === "tuple" || head.type === "parenthesized_expression" ? head.children.flatMap(caughtBy) : [head];
}

function passesErrors(statement: PythonNode, textOf: TextOf): boolean {
  const items = statement.children.find(({ type }) => type === "with_clause")?.children ?? [];
  return items.every((item) => {
    const value = partOf(item, "value");
    const manager = value?.type === "as_pattern" ? value.children[0] : value;
    const callee = manager?.type === "call" ? partOf(manager, "function") : undefined;
    const name = callee?.type === "attribute" ? partOf(callee, "attribute") : callee;
    return name?.type === "identifier" && PASSES_ERRORS.has(textOf(name));
  });
}
