/**
 * The rules that depend on the arguments of a call: which files it opens and how, which member a text names, how long
 * it sleeps, how much memory it needs.
 */

import { argumentsOf, fieldOf, type JavaNode } from "./node.js";
import type { JavaRuleId } from "./rules.js";
import { ruleOf, ruleOfClassName } from "./targets.js";
import type { JavaValues } from "./values.js";

export interface CallFinding {
  readonly rule: JavaRuleId;
  /** The part of the call that the finding is about. Absent for the whole call. */
  readonly node?: JavaNode;
  readonly resource: string;
}

/** Longest sleep that is accepted. It is the time that a program may run. */
const MAX_SLEEP_S = 5;

/** Most memory of a program. */
const MAX_BYTES = 268_435_456;

const UNIT_S: Readonly<Record<string, number>> = {
  NANOSECONDS: 1e-9,
  MICROSECONDS: 1e-6,
  MILLISECONDS: 1e-3,
  SECONDS: 1,
  MINUTES: 60,
  HOURS: 3_600,
  DAYS: 86_400,
  ofNanos: 1e-9,
  ofMillis: 1e-3,
  ofSeconds: 1,
  ofMinutes: 60,
  ofHours: 3_600,
  ofDays: 86_400,
};

const ELEMENT_BYTES: Readonly<Record<string, number>> = { byte: 1, boolean: 1, char: 2, short: 2, int: 4, float: 4 };

/** Constructors that write to a file if their argument is a file or a name, and not a stream. */
const WRITERS: ReadonlySet<string> = new Set([
  "java.io.PrintWriter.new",
  "java.io.PrintStream.new",
  "java.util.Formatter.new",
]);

/**
 * System properties that describe the machine and its user. Others, such as `line.separator`, describe the text format.
 */
const SYSTEM_PROPERTY =
  /^(?:os|user|java|sun|jdk|jna|http|https|ftp|socks\w*|net)\.(?!io\.tmpdir$|version$|specification\.version$)/i;

/** Methods that find a member by its name: of the class that they are called on, or of their first argument. */
const GETS_MEMBER = /^java\.lang\.Class\.get(?:Declared)?(?:Method|Field)$/;
const FINDS_MEMBER = /^java\.lang\.invoke\.MethodHandles\.Lookup\.(?:find\w+|bind)$/;
const FINDS_CLASS =
  /^java\.lang\.(?:Class\.forName|ClassLoader\.(?:loadClass|findClass)|invoke\.MethodHandles\.Lookup\.findClass)$/;

/**
 * Findings about one call.
 *
 * @param key Full name of the called method. The name of a constructor ends in `new`.
 * @param owner The value that the method is called on.
 */
export function* callFindings(
  key: string,
  owner: string,
  given: readonly JavaNode[],
  values: JavaValues,
): Iterable<CallFinding> {
  const [first, second] = given;
  const { constants } = values;
  if (
    key === "java.util.Scanner.new" &&
    first !== undefined &&
    includesAny(values.of(first), "java.io.File()", "java.nio.file.Path()")
  ) {
    yield { rule: "JAVA-FILE-001", resource: "java.util.Scanner" };
  } else if (
    WRITERS.has(key) &&
    first !== undefined &&
    (constants.text(first) !== null || includesAny(values.of(first), "java.io.File()", "java.lang.String()"))
  ) {
    // A text is the name of the file.
    yield { rule: "JAVA-FILE-002", resource: key.slice(0, -4) };
  } else if (key === "java.io.RandomAccessFile.new") {
    const mode = constants.text(second);
    yield { rule: "JAVA-FILE-001", resource: "java.io.RandomAccessFile" };
    if (mode !== "r") yield { rule: "JAVA-FILE-002", resource: "java.io.RandomAccessFile" };
  } else if (/^java\.nio\.(?:channels\.(?:Asynchronous)?FileChannel\.open|file\.Files\.newByteChannel)$/.test(key)) {
    const isRead = given.slice(1).every(({ text }) => /(?:^|\W)READ$/.test(text));
    yield { rule: isRead ? "JAVA-FILE-001" : "JAVA-FILE-002", resource: key };
  } else if (
    key === "java.lang.System.getProperty" ||
    key === "java.lang.Integer.getInteger" ||
    key === "java.lang.Boolean.getBoolean"
  ) {
    const name = constants.text(first);
    // An unknown name may be that of any property.
    if (first !== undefined && (name === null || SYSTEM_PROPERTY.test(name)))
      yield { rule: "JAVA-SYS-001", resource: name === null ? shortOf(key) : `${shortOf(key)}("${name}")` };
  } else if (key === "org.yaml.snakeyaml.Yaml.new") {
    if (!given.some((one) => /\bSafeConstructor\b/.test(one.text)))
      yield { rule: "JAVA-DESER-001", resource: "org.yaml.snakeyaml.Yaml" };
  } else if (FINDS_CLASS.test(key)) yield* findNamed(first, constants.text(first), null);
  else if (GETS_MEMBER.test(key))
    yield* findNamed(first, owner.startsWith("@") ? owner.slice(1) : null, constants.text(first));
  else if (FINDS_MEMBER.test(key)) {
    const classes = first === undefined ? [] : values.of(first);
    for (const one of classes) yield* findNamed(second, one.replace(/^@|\(\)$/g, ""), constants.text(second));
  } else yield* findResourceUse(key, given, values);
}

/** A member that a text names falls under the same rule as one that the program writes out. */
function* findNamed(node: JavaNode | undefined, owner: string | null, member: string | null): Iterable<CallFinding> {
  if (node === undefined || owner === null) return;
  const full = member === null ? owner : `${owner}.${member}`;
  const rule = member === null ? ruleOfClassName(owner) : ruleOf(full);
  if (rule !== null && rule !== "JAVA-REFL-001") yield { rule, node, resource: shortOf(full) };
}

/** Long sleeps and large collections. */
function* findResourceUse(key: string, given: readonly JavaNode[], values: JavaValues): Iterable<CallFinding> {
  const [first] = given;
  const count = values.constants.number(first);
  const seconds = sleepSecondsOf(key, first, count, values);
  if (seconds !== null && seconds > MAX_SLEEP_S)
    yield { rule: "JAVA-RES-001", resource: `${shortOf(key)}(${first?.text ?? ""})` };
  const bytes = /^java\.nio\.ByteBuffer\.allocate(?:Direct)?$/.test(key)
    ? 1
    : /^java\.util\.(?:ArrayList|HashMap|HashSet)\.new$/.test(key)
      ? 4
      : 0;
  if (count !== null && count * bytes > MAX_BYTES)
    yield { rule: "JAVA-RES-002", resource: `${key.replace(/\.new$/, "")}(${first?.text ?? ""})` };
}

/** How long a call sleeps; null if it does not sleep or the time is not known. */
function sleepSecondsOf(
  key: string,
  first: JavaNode | undefined,
  count: number | null,
  values: JavaValues,
): number | null {
  if (key === "java.lang.Thread.sleep") {
    const unit = first?.type === "method_invocation" ? UNIT_S[fieldOf(first, "name")?.text ?? ""] : undefined;
    if (first === undefined || unit === undefined) return count === null ? null : count / 1_000;
    const amount = values.constants.number(argumentsOf(first)[0]);
    return amount === null ? null : amount * unit;
  }
  if (key === "java.util.concurrent.locks.LockSupport.parkNanos") return count === null ? null : count / 1e9;
  const unit = /^java\.util\.concurrent\.TimeUnit\.(\w+)\.sleep$/.exec(key)?.[1];
  return unit === undefined || count === null ? null : count * (UNIT_S[unit] ?? 0);
}

/** `"a".repeat(2_000_000_000)`. The object may be any text. */
export function isHugeText(
  name: string,
  object: JavaNode | undefined,
  given: readonly JavaNode[],
  values: JavaValues,
): boolean {
  const count = name === "repeat" ? values.constants.number(given[0]) : null;
  const length = count === null ? null : (values.constants.text(object)?.length ?? 1);
  return count !== null && length !== null && count * length > MAX_BYTES;
}

/** `new long[1_000_000][1_000]`. */
export function isHugeArray(node: JavaNode, values: JavaValues): boolean {
  const counts = node.children
    .filter(({ type }) => type === "dimensions_expr")
    .map(({ children }) => values.constants.number(children.at(-1)));
  const known = counts.filter((count) => count !== null);
  const size = ELEMENT_BYTES[fieldOf(node, "type")?.text ?? ""] ?? 8;
  return known.length > 0 && known.reduce((product, count) => product * Math.max(1, count), size) > MAX_BYTES;
}

/** The name that a program would write: classes of java.lang have no package. */
export function shortOf(full: string): string {
  return full.replace(/^java\.lang\.(?=[A-Z])/, "").replace(/\.new$/, "");
}

function includesAny(values: readonly string[], ...wanted: readonly string[]): boolean {
  return wanted.some((one) => values.includes(one));
}
