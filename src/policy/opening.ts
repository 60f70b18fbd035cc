/**
 * Says in words what one policy opens beyond another, for the person who is asked to allow it. All words are of this
 * product: neither a program nor the description of a policy has a part in them.
 */

import type { RuleId } from "../analysis/rule-catalogue.js";
import type { Policy } from "./policy.js";
import { importsNoMore, matchesNoLess } from "./strictness.js";

interface Topic {
  readonly rules: readonly RuleId[];
  readonly words: string;
  /** The words if programs run without a sandbox. Absent: the same. */
  readonly bareWords?: string;
}

/** What programs may do with files. Several of them are joined in one sentence. */
const FILES: readonly Topic[] = [
  { words: "read", rules: ["PY-FILE-001", "PY-FILE-006", "JS-FILE-001"] },
  { words: "delete", rules: ["PY-FILE-003", "PY-FILE-004", "JS-FILE-003"] },
  { words: "write", rules: ["PY-FILE-002", "JS-FILE-002"] },
];

/**
 * The other rules about Python and JavaScript. Each text continues "programs may". Left out are the rules about
 * modules, about syntax, and about resources: the limits of a run hold under every policy.
 */
const TOPICS: readonly Topic[] = [
  {
    words: "run commands and other programs, as far as their sandbox has some",
    bareWords: "run commands and other programs of this machine",
    rules: ["PY-EXEC-001", "PY-EXEC-002", "PY-EXEC-003", "JS-EXEC-001"],
  },
  {
    words: "run code that they make from text, which no check can read before it runs",
    rules: ["PY-DYN-001", "PY-DYN-002", "PY-DYN-003", "JS-DYN-001", "JS-ESC-001"],
  },
  { words: "load native code, which no check can read", rules: ["PY-NATIVE-001", "JS-NATIVE-001"] },
  {
    words: "start, signal and end other processes of their own",
    rules: ["PY-PROC-002", "PY-PROC-003", "JS-PROC-001"],
  },
  {
    words: "try to use a network, which their sandbox does not have",
    bareWords: "use the network of this machine",
    rules: ["PY-NET-001", "PY-NET-002", "PY-NET-003", "JS-NET-001"],
  },
  { words: "open files of the system that they run in", rules: ["PY-FILE-005", "PY-FILE-007", "JS-FILE-004"] },
  {
    words: "use the environment, names, threads and settings of their own process",
    rules: [
      "PY-SYS-001",
      "PY-ENV-001",
      "PY-INTRO-001",
      "PY-PROC-001",
      "PY-PROC-004",
      "PY-PROC-005",
      "JS-PROC-002",
      "JS-SYS-001",
      "JS-ENV-001",
    ],
  },
  {
    words: "look into the interpreter that runs them",
    rules: ["PY-ESC-001", "PY-ESC-003", "JS-ESC-002", "JS-HOST-001"],
  },
  {
    words: "analyse their own code and objects, and find tests by name",
    rules: ["PY-DYN-004", "PY-DYN-005", "PY-INTRO-002", "PY-ESC-002", "PY-ESC-004"],
  },
  {
    words: "read data formats such as pickle, in which code can be hidden",
    rules: ["PY-DESER-001", "JS-DESER-001"],
  },
];

/** Rules that do not count for the own workspace of a JavaScript program, if a policy gives it. */
const WORKSPACE_RULES: ReadonlySet<RuleId> = new Set([
  "JS-FILE-001",
  "JS-FILE-002",
  "JS-FILE-003",
  "JS-SYS-001",
  "JS-ENV-001",
]);

function allows(policy: Policy, rule: RuleId): boolean {
  return policy.severities[rule] < policy.threshold || (policy.workspace === true && WORKSPACE_RULES.has(rule));
}

/**
 * Says what `policy` lets programs do that `base` does not. Each text continues the words "programs may".
 *
 * @param isIsolated False if programs run without a sandbox, on the machine itself.
 */
export function describeOpening(base: Policy, policy: Policy, isIsolated: boolean): readonly string[] {
  const opens = ({ rules }: Topic): boolean => rules.some((rule) => !allows(base, rule) && allows(policy, rule));
  const verbs = FILES.filter(opens).map(({ words }) => words);
  const last = verbs.at(-1) ?? "";
  const joined = verbs.length > 1 ? `${verbs.slice(0, -1).join(", ")} and ${last}` : last;
  const place = isIsolated ? "in their own throw-away workspace" : "on this machine";
  const topics = TOPICS.filter(opens).map(({ words, bareWords = words }) => (isIsolated ? words : bareWords));
  const imports = policy.modules === "all" ? "import nearly all modules that are installed" : "import more modules";
  return [
    ...(verbs.length === 0 ? [] : [`${joined} files ${place}`]),
    ...topics,
    ...(importsNoMore(policy, base) ? [] : [imports]),
    ...(matchesNoLess(policy, base) ? [] : ["do what patterns of the operator refuse"]),
  ];
}
