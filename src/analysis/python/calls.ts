/**
 * What a call of a known function does, as far as its arguments tell: which files it opens and how, which command it
 * runs, how long it sleeps.
 */

import type { PythonNode } from "./parser.js";
import { partOf, positionalOf, type PythonValues } from "./values.js";
import type { PythonRuleId } from "./rules.js";

export interface CallFinding {
  readonly rule: PythonRuleId;
  readonly node: PythonNode;
  /** Follows `Cannot `, before the quoted resource. */
  readonly verb: string;
  readonly resource: string;
}

/**
 * Longest sleep, in seconds, that a program for any machine may mean. The run's own limit ends shorter ones, and says
 * so.
 */
const MAX_SLEEP_S = 3_600;

/** Paths whose content is a secret, or tells of the system rather than of the program's data. */
const SENSITIVE_PATH =
  /^(?:file:\/\/)?(?:\/etc(?:\/|$)|\/proc(?:\/|$)|\/sys(?:\/|$)|\/dev\/(?!null$)|\/root(?:\/|$)|\/boot(?:\/|$)|\/var\/(?:log|run|spool|lib|mail)(?:\/|$)|\/run(?:\/|$)|\/usr\/s?bin|\/s?bin(?:\/|$)|[a-z]:[\\/]+windows)|(?:^|[\\/])(?:\.(?:ssh|aws|gnupg|kube|docker|netrc|npmrc|pypirc|bash_history|zsh_history|git-credentials|env)(?:[\\/.]|$)|id_(?:rsa|dsa|ecdsa|ed25519)$)|^~[\\/]\./i;

/** A command that destroys what is there, or takes the machine down. */
const DESTRUCTIVE =
  /(?:^|[\s;&|("'`/])(?:rm\s+(?:-\S+\s+)*-\w*[rf]|rm\s+(?:-\S+\s+)*[/~*]|rmdir\s+\/s|del\s+(?:\/\w\s*)+|rd\s+\/s|format\s+(?:\/\w\s+)*[a-z]:|mkfs(?:\.\w+)?\b|dd\s[^;|]*of=\/dev\/|shred\s|wipefs\b|fdisk\b|shutdown\b|reboot\b|halt\b|poweroff\b|init\s+[06]\b|killall\b|chmod\s+(?:-\S+\s+)*0?(?:777|000)\s+\/|chown\s+-R\b|mv\s+\S+\s+\/dev\/null)|:\(\)\s*\{.*\}\s*;\s*:|>\s*\/dev\/(?:sd|hd|nvme|vd|mem)|\brm\b.*--no-preserve-root/i;

/** Calls that take a command, or the words of one. */
const TAKES_COMMAND =
  /^(?:os\.(?:system|popen|exec\w+|spawn\w+|posix_spawnp?)|subprocess\.\w+|pty\.spawn|commands\.\w+|asyncio\.(?:subprocess\.)?create_subprocess_\w+|pexpect\.\w+)$/;

/** Calls whose second argument, or `mode`, says whether they write. */
const OPENS: ReadonlySet<string> = new Set([
  "builtins.open",
  "gzip.open",
  "bz2.open",
  "lzma.open",
  "gzip.GzipFile",
  "bz2.BZ2File",
  "lzma.LZMAFile",
  "zipfile.ZipFile",
  "tarfile.open",
  "tarfile.TarFile",
  "tarfile.TarFile.open",
  "io.FileIO",
  "wave.open",
  "h5py.File",
]);

/** Calls whose first argument is a path. */
const TAKES_PATH =
  /^(?:os\.(?!system|popen|exec|spawn|kill)\w+|os\.path\.\w+|shutil\.\w+|glob\.\w+|pathlib\.(?:Pure)?(?:Posix|Windows)?Path|linecache\.\w+|sqlite3\.connect|pandas\.read_\w+|xml\.etree\.ElementTree\.parse|numpy\.(?:load|loadtxt|genfromtxt|fromfile))$/;

/** Methods of any object that write a file when their first argument is a path. */
const WRITING_METHODS: ReadonlySet<string> = new Set(
  "to_csv to_excel to_parquet to_feather to_hdf to_pickle to_stata to_sql to_json to_html to_xml to_latex to_markdown savefig imsave tofile extractall".split(
    " ",
  ),
);

export function* callFindings(
  node: PythonNode,
  callee: PythonNode,
  names: readonly string[],
  values: PythonValues,
  method: string,
): Iterable<CallFinding> {
  for (const full of names) yield* knownCall(full, node, callee, values);
  const [first] = positionalOf(node);
  if (names.length === 0 && WRITING_METHODS.has(method)) {
    const named = ["path", "path_or_buf", "fname", "buf"].map((name) => values.keyword(node, name));
    const path = values.constant(first ?? named.find((one) => one !== undefined));
    if (path !== null || method === "extractall")
      yield { rule: "PY-FILE-002", node: callee, verb: "use", resource: method };
  }
  // `path.open("w")`: nothing else that is opened takes such a word.
  const mode = names.length === 0 && method === "open" ? values.constant(first ?? values.keyword(node, "mode")) : null;
  if (mode !== null && /^[rwabt+]{1,4}$/.test(mode) && /[wa+]/.test(mode))
    yield { rule: "PY-FILE-002", node: callee, verb: "use", resource: method };
}

function* knownCall(full: string, node: PythonNode, callee: PythonNode, values: PythonValues): Iterable<CallFinding> {
  const given = positionalOf(node);
  const [first] = given;
  const found = (
    rule: PythonRuleId,
    resource = full.replace(/^builtins\./, ""),
    at = callee,
    verb = "use",
  ): CallFinding => ({
    rule,
    node: at,
    verb,
    resource,
  });

  if (OPENS.has(full) || full === "pathlib.Path().open") {
    const isMethod = full.startsWith("pathlib.");
    const mode = (isMethod ? first : given[1]) ?? values.keyword(node, "mode");
    yield found("PY-FILE-001");
    const text = mode === undefined ? "r" : values.constant(mode);
    // A mode that is made at run time may be any; a splat may hold one.
    if (text === null || /[wax+]/.test(text) || given.some(({ type }) => type.endsWith("splat")))
      yield found("PY-FILE-002");
  }
  if (full === "os.open") {
    const flags = given[1] === undefined ? [] : values.of(given[1]);
    yield found(flags.length === 1 && flags[0] === "os.O_RDONLY" ? "PY-FILE-001" : "PY-FILE-002");
  }
  if (TAKES_COMMAND.test(full)) {
    const text = (partOf(node, "arguments")?.children ?? [])
      .map((argument) =>
        values.constants.parts(argument.type === "keyword_argument" ? (argument.children[1] ?? argument) : argument),
      )
      .join(" ");
    const destructive = DESTRUCTIVE.exec(` ${text}`);
    if (destructive !== null) yield found("PY-EXEC-003", destructive[0].trim(), first ?? callee, "run");
  }
  if (OPENS.has(full) || TAKES_PATH.test(full)) {
    const path = values.constant(first ?? values.keyword(node, "file") ?? values.keyword(node, "path"));
    if (path !== null && first !== undefined && SENSITIVE_PATH.test(path))
      yield found("PY-FILE-005", path, first, "open");
  }
  if (/^pandas\.read_\w+$/.test(full) && /^(?:https?|ftp|s3):/i.test(values.constant(first) ?? ""))
    yield found("PY-NET-002");
  switch (full) {
    case "builtins.vars":
      if (given.length === 0) yield found("PY-INTRO-001");
      else if (first !== undefined && isClass(first, values)) yield found("PY-ESC-002", "vars");
      return;
    case "argparse.FileType": {
      const mode = given[0] ?? values.keyword(node, "mode");
      if (mode !== undefined && !/^r?b?$/.test(values.constant(mode) ?? "w")) yield found("PY-FILE-002");
      return;
    }
    case "inspect.signature":
    case "inspect.get_annotations":
      if (values.keyword(node, "eval_str") !== undefined) yield found("PY-DYN-004");
      return;
    case "unittest.main":
    case "unittest.TestProgram": {
      // Both import a module, and tests, by the names they are given.
      const module = given[0] ?? values.keyword(node, "module");
      const names = values.keyword(node, "argv");
      const list = names === undefined ? [] : values.constants.value(names);
      const takesNames = !Array.isArray(list) || list.length > 1 || values.keyword(node, "defaultTest") !== undefined;
      if (takesNames || (module !== undefined && values.constant(module) !== "__main__")) yield found("PY-DYN-003");
      return;
    }
    case "builtins.type":
      if (given.length === 3 || given.some(({ type }) => type.endsWith("splat"))) yield found("PY-ESC-004");
      return;
    case "time.sleep":
    case "asyncio.sleep": {
      const seconds = first === undefined ? null : values.constants.value(first);
      if (typeof seconds === "number" && seconds > MAX_SLEEP_S) yield found("PY-RES-001", `${full}(${seconds})`);
      return;
    }
    case "yaml.load":
    case "yaml.load_all": {
      const loader = given[1] ?? values.keyword(node, "Loader");
      const isSafe = loader !== undefined && values.of(loader).some((one) => /^yaml\.C?(?:Safe|Base)Loader$/.test(one));
      if (!isSafe) yield found("PY-DESER-001");
      return;
    }
    case "numpy.load":
      if (given.length > 2 || values.keyword(node, "allow_pickle") !== undefined) yield found("PY-DESER-001");
      return;
    case "logging.basicConfig":
      if (values.keyword(node, "filename") !== undefined) yield found("PY-FILE-002");
      return;
    case "matplotlib.pyplot.savefig":
      if (values.constant(first) !== null) yield found("PY-FILE-002");
      return;
    case "builtins.bytes":
    case "builtins.bytearray": {
      const size = first === undefined ? null : values.constants.value(first);
      if (typeof size === "number" && size > MAX_BYTES)
        yield found("PY-RES-002", `${full.replace("builtins.", "")}(${size})`);
    }
  }
}

/** Is this a class of the interpreter's, as far as can be seen? Its namespace leads to all others. */
export function isClass(node: PythonNode, values: PythonValues): boolean {
  if (values.of(node).some((full) => full.startsWith("builtins."))) return true;
  if (node.type === "call") {
    const callee = partOf(node, "function");
    return callee !== undefined && values.of(callee).includes("builtins.type") && positionalOf(node).length === 1;
  }
  return node.type === "attribute" && values.nameOf(node) === "__class__";
}

/** Bytes that no machine has. What is less ends at the program's own limit, and says so. */
const MAX_BYTES = 2 ** 44;

/** Binary digits of a whole number that nobody can wait for. */
const MAX_BITS = 2 ** 34;

/** Says whether `a ** b`, `a << b` or `a * b` is larger than any memory, from constants. */
export function isTooLarge(operator: string, a: number | null, b: number | null, length: number | null): boolean {
  if (operator === "**" && a !== null && b !== null) return Math.abs(a) > 1 && Math.log2(Math.abs(a)) * b > MAX_BITS;
  if (operator === "<<" && b !== null) return b > MAX_BITS;
  return operator === "*" && length !== null && b !== null && length * b > MAX_BYTES;
}
