/**
 * Finds the risks of calls of known functions in their arguments: the files that a call opens and how, the command that
 * it runs, the time that it sleeps.
 */

import {
  DESTRUCTIVE,
  OPENS,
  SENSITIVE_PATH,
  TAKES_COMMAND,
  TAKES_PATH,
  WRITING_METHODS,
  WRITTEN_ARGUMENTS,
} from "./call-targets.js";
import { isSplat, partOf, positionalOf, type PythonNode } from "./node.js";
import type { PythonRuleId } from "./rules.js";
import { MAX_BYTES } from "./sizes.js";
import type { PythonValues } from "./values.js";

export interface CallFinding {
  readonly rule: PythonRuleId;
  readonly node: PythonNode;
  /** Follows `Cannot `, before the quoted resource. */
  readonly verb: string;
  readonly resource: string;
}

/**
 * Longest sleep, in seconds, that a program for any machine may intend. The time limit of the run ends a shorter sleep
 * and reports it.
 */
const MAX_SLEEP_S = 3_600;

/** Functions that open a file, or work on the bytes of an object that is one. */
const PACKS = /^(?:gzip\.(?:open|GzipFile)|bz2\.(?:open|BZ2File))$/;

/** A call of a function with a known full name. */
class KnownCall {
  readonly full: string;
  readonly node: PythonNode;
  readonly callee: PythonNode;
  readonly values: PythonValues;
  /** The arguments without names. */
  readonly given: readonly PythonNode[];

  constructor(full: string, node: PythonNode, callee: PythonNode, values: PythonValues) {
    this.full = full;
    this.node = node;
    this.callee = callee;
    this.values = values;
    this.given = positionalOf(node);
  }

  /** The argument at a position, or the one with a name. */
  argument(index: number, name: string): PythonNode | undefined {
    return this.given[index] ?? this.keyword(name);
  }

  keyword(name: string): PythonNode | undefined {
    return this.values.keyword(this.node, name);
  }

  hasSplat(): boolean {
    return this.given.some(isSplat);
  }

  /** The constant value of the first argument, if it is a number. */
  firstNumber(): number | null {
    const [first] = this.given;
    const value = first === undefined ? null : this.values.constants.value(first);
    return typeof value === "number" ? value : null;
  }

  finding(rule: PythonRuleId, resource = this.full.replace(/^builtins\./, "")): CallFinding {
    return { rule, node: this.callee, verb: "use", resource };
  }
}

/**
 * The findings in the arguments of a call.
 *
 * @param names Full names of the functions that the call may call.
 * @param method Name of the called method, or an empty text.
 */
export function* callFindings(
  node: PythonNode,
  callee: PythonNode,
  names: readonly string[],
  values: PythonValues,
  method: string,
): Iterable<CallFinding> {
  for (const full of names) yield* knownFindings(new KnownCall(full, node, callee, values));
  if (names.length > 0) return;
  const written: CallFinding = { rule: "PY-FILE-002", node: callee, verb: "use", resource: method };
  const [first] = positionalOf(node);
  if (WRITING_METHODS.has(method)) {
    const named = WRITTEN_ARGUMENTS.map((name) => values.keyword(node, name)).find((one) => one !== undefined);
    if (values.constant(first ?? named) !== null || method === "extractall") yield written;
  }
  // `path.open("w")`: no other `open` method takes a mode like this.
  const mode = method === "open" ? values.constant(first ?? values.keyword(node, "mode")) : null;
  if (mode !== null && /^[rwabt+]{1,4}$/.test(mode) && /[wa+]/.test(mode)) yield written;
}

function* knownFindings(call: KnownCall): Iterable<CallFinding> {
  const { full, values } = call;
  if (OPENS.has(full) || full === "pathlib.Path().open") yield* openFindings(call);
  if (full === "os.open") yield call.finding(isReadOnly(call) ? "PY-FILE-001" : "PY-FILE-002");
  if (TAKES_COMMAND.test(full)) yield* commandFindings(call);
  const [first] = call.given;
  if (first !== undefined && (OPENS.has(full) || TAKES_PATH.test(full))) {
    const path = values.constant(first);
    if (path !== null && SENSITIVE_PATH.test(path))
      yield { rule: "PY-FILE-005", node: first, verb: "open", resource: path };
  }
  if (/^pandas\.read_\w+$/.test(full) && /^(?:https?|ftp|s3):/i.test(values.constant(first) ?? ""))
    yield call.finding("PY-NET-002");
  const finding = FINDINGS.get(full)?.(call) ?? null;
  if (finding !== null) yield finding;
}

function* openFindings(call: KnownCall): Iterable<CallFinding> {
  if (PACKS.test(call.full) && isInMemory(call)) return;
  const isMethod = call.full.startsWith("pathlib.");
  const mode = call.argument(isMethod ? 0 : 1, "mode");
  yield call.finding("PY-FILE-001");
  const text = mode === undefined ? "r" : call.values.constant(mode);
  // A mode that is made at run time may be any mode. `*args` may contain one.
  if (text === null || /[wax+]/.test(text) || call.hasSplat()) yield call.finding("PY-FILE-002");
}

/** `gzip.GzipFile(fileobj=io.BytesIO(data))`: does it work on bytes, and opens no file? */
function isInMemory(call: KnownCall): boolean {
  const { given, values, full } = call;
  const [first] = given;
  if (full === "gzip.GzipFile" && first !== undefined) return false;
  const file = first ?? call.keyword(full === "gzip.GzipFile" ? "fileobj" : "filename");
  const names = file === undefined ? [] : values.of(file);
  return names.length > 0 && names.every((name) => name === "io.BytesIO()");
}

/** Does `os.open` open for reading only? */
function isReadOnly({ given: [, flags], values }: KnownCall): boolean {
  const names = flags === undefined ? [] : values.of(flags);
  return names.length === 1 && names[0] === "os.O_RDONLY";
}

function* commandFindings({ node, callee, given, values }: KnownCall): Iterable<CallFinding> {
  const text = (partOf(node, "arguments")?.children ?? [])
    .map((argument) => (argument.type === "keyword_argument" ? (argument.children[1] ?? argument) : argument))
    .map((argument) => values.constants.parts(argument))
    .join(" ");
  const destructive = DESTRUCTIVE.exec(` ${text}`);
  if (destructive !== null)
    yield { rule: "PY-EXEC-003", node: given[0] ?? callee, verb: "run", resource: destructive[0].trim() };
}

type FindingOf = (call: KnownCall) => CallFinding | null;

const evaluatesAnnotations: FindingOf = (call) =>
  call.keyword("eval_str") === undefined ? null : call.finding("PY-DYN-004");

/** `unittest.main` imports a module, and tests, by the names in its arguments. */
const importsTests: FindingOf = (call) => {
  const module = call.argument(0, "module");
  const names = call.keyword("argv");
  const list = names === undefined ? [] : call.values.constants.value(names);
  const takesNames = !Array.isArray(list) || list.length > 1 || call.keyword("defaultTest") !== undefined;
  const isOther = module !== undefined && call.values.constant(module) !== "__main__";
  return takesNames || isOther ? call.finding("PY-DYN-005") : null;
};

const sleeps: FindingOf = (call) => {
  const seconds = call.firstNumber();
  return seconds !== null && seconds > MAX_SLEEP_S ? call.finding("PY-RES-001", `${call.full}(${seconds})`) : null;
};

const loadsYaml: FindingOf = (call) => {
  const loader = call.argument(1, "Loader");
  const isSafe =
    loader !== undefined && call.values.of(loader).some((one) => /^yaml\.C?(?:Safe|Base)Loader$/.test(one));
  return isSafe ? null : call.finding("PY-DESER-001");
};

const makesBytes: FindingOf = (call) => {
  const size = call.firstNumber();
  const isTooLong = size !== null && size > MAX_BYTES;
  return isTooLong ? call.finding("PY-RES-002", `${call.full.replace("builtins.", "")}(${size})`) : null;
};

/** Functions whose arguments decide about one more finding, by full name. */
const FINDINGS: ReadonlyMap<string, FindingOf> = new Map<string, FindingOf>([
  [
    "builtins.vars",
    (call) => {
      const [first] = call.given;
      if (call.given.length === 0) return call.finding("PY-INTRO-001");
      return first !== undefined && isClass(first, call.values) ? call.finding("PY-ESC-002", "vars") : null;
    },
  ],
  [
    "argparse.FileType",
    (call) => {
      const mode = call.argument(0, "mode");
      const isRead = mode === undefined || /^r?b?$/.test(call.values.constant(mode) ?? "w");
      return isRead ? null : call.finding("PY-FILE-002");
    },
  ],
  ["inspect.signature", evaluatesAnnotations],
  ["inspect.get_annotations", evaluatesAnnotations],
  ["unittest.main", importsTests],
  ["unittest.TestProgram", importsTests],
  ["builtins.type", (call) => (call.given.length === 3 || call.hasSplat() ? call.finding("PY-ESC-004") : null)],
  ["time.sleep", sleeps],
  ["asyncio.sleep", sleeps],
  ["yaml.load", loadsYaml],
  ["yaml.load_all", loadsYaml],
  [
    "numpy.load",
    (call) =>
      call.given.length > 2 || call.keyword("allow_pickle") !== undefined ? call.finding("PY-DESER-001") : null,
  ],
  ["logging.basicConfig", (call) => (call.keyword("filename") === undefined ? null : call.finding("PY-FILE-002"))],
  [
    "matplotlib.pyplot.savefig",
    (call) => (call.values.constant(call.given[0]) === null ? null : call.finding("PY-FILE-002")),
  ],
  ["builtins.bytes", makesBytes],
  ["builtins.bytearray", makesBytes],
]);

/** Is this a class of the interpreter, as far as can be seen? Its namespace leads to all other classes. */
export function isClass(node: PythonNode, values: PythonValues): boolean {
  if (values.of(node).some((full) => full.startsWith("builtins."))) return true;
  if (node.type === "call") {
    const callee = partOf(node, "function");
    return callee !== undefined && values.of(callee).includes("builtins.type") && positionalOf(node).length === 1;
  }
  return node.type === "attribute" && values.nameOf(node) === "__class__";
}
