/**
 * The policies that every server has. Their names and thresholds are those of the presets of LLM Sandbox. Each blocks
 * and allows the operations that the security guide of LLM Sandbox lists for it.
 */

import { COMMON_MODULES, PURE_MODULES } from "./modules.js";
import { definePolicy, type Policy, severitiesWith } from "./policy.js";
import { RULE_IDS, type RuleId, RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity } from "../analysis/severity.js";
import { parseWords } from "../analysis/word-list.js";

const { SAFE, LOW, MEDIUM, HIGH } = SEVERITY;

/** Modules that some presets restrict, by the risk of their members. */
const PROCESS_MODULES = ["os", "posix", "nt", "subprocess", "pty", "_posixsubprocess", "_winapi"];
const NATIVE_MODULES = ["ctypes", "_ctypes", "cffi", "_cffi_backend", "mmap"];
const INTERPRETER_MODULES = ["_thread", "_imp", "_testcapi", "_xxsubinterpreters", "_interpreters"];
const MEMORY_MODULES = ["gc", ...INTERPRETER_MODULES];

/** Modules that import by a name, or run code from a text. Each of them gives access to `os` again. */
const CODE_MODULES = parseWords("importlib imp runpy pkgutil zipimport code codeop pdb bdb pip ensurepip");

/** Modules that show the inside of the interpreter, and run code for that. */
const INSPECTION_MODULES = parseWords("trace pydoc venv");

/** Modules to restrict together with `os`. */
const HIDDEN_WITH_OS = [...PROCESS_MODULES, ...CODE_MODULES, ...MEMORY_MODULES];

/** Modules that open connections. */
const NETWORK_MODULES = parseWords(`
  socket _socket ssl _ssl socketserver http urllib.request urllib.robotparser urllib3 requests httpx aiohttp ftplib
  smtplib imaplib poplib nntplib telnetlib xmlrpc wsgiref websockets websocket paramiko webbrowser smtpd asyncore
  asynchat
`);

function restricting(severity: Severity, ...groups: readonly (readonly string[])[]): Record<string, Severity> {
  return Object.fromEntries(groups.flat().map((name) => [name, severity]));
}

function all(severity: Severity, ...rules: readonly RuleId[]): Partial<Record<RuleId, Severity>> {
  return Object.fromEntries(rules.map((rule) => [rule, severity]));
}

/** Rules whose findings are SAFE unless a policy changes that. */
const SAFE_RULES = RULE_IDS.filter((id) => RULES[id].severity === SAFE);

/** The default policy. Every rule denies. */
export const STRICT: Policy = definePolicy({
  name: "strict",
  description: "Pure computation only: almost all interaction with the system is blocked",
  threshold: LOW,
  severities: severitiesWith({
    ...all(
      HIGH,
      "PY-DYN-001",
      "PY-DYN-002",
      "PY-DYN-003",
      "PY-FILE-001",
      "PY-DESER-001",
      "PY-NET-001",
      "PY-NET-002",
      "JS-DYN-001",
    ),
    ...all(MEDIUM, "PY-INTRO-001"),
    ...all(LOW, ...SAFE_RULES.filter((id) => id !== "PY-FILE-001")),
  }),
  modules: PURE_MODULES,
  restrictedModules: {},
  patterns: [],
});

/** Every finding denies. Reading and searching files is no finding. */
export const PRODUCTION: Policy = definePolicy({
  name: "production",
  description:
    "Computation and reading: blocks system commands, subprocesses, file writes, deletions, " +
    "network and environment access",
  threshold: LOW,
  severities: severitiesWith({ ...all(SAFE, "PY-FILE-006") }),
  modules: [...PURE_MODULES, ...COMMON_MODULES, "numpy.*", "pandas.*", "matplotlib.*"],
  restrictedModules: {},
  patterns: [],
});

/**
 * For coding agents: a program works in its guest's own throw-away workspace as it would in a project. Files there, the
 * process's own environment and threads are no finding.
 */
export const WORKSPACE: Policy = definePolicy({
  name: "workspace",
  description:
    "For coding agents: work with files in the throw-away workspace, with the standard library and the packages of " +
    "the image; blocks commands, processes, network, native code, code from text, and paths outside the workspace",
  threshold: MEDIUM,
  severities: severitiesWith({
    ...all(
      SAFE,
      "PY-FILE-002",
      "PY-FILE-003",
      "PY-FILE-004",
      "PY-FILE-006",
      "PY-DYN-004",
      "PY-DYN-005",
      "PY-SYS-001",
      "PY-ENV-001",
      "PY-INTRO-002",
      "PY-PROC-001",
      "JS-PROC-002",
      "PY-PROC-004",
      "PY-PROC-005",
    ),
    ...all(LOW, "PY-DESER-001", "PY-ESC-002"),
    ...all(MEDIUM, "PY-FILE-007"),
  }),
  modules: "all",
  restrictedModules: {
    ...restricting(
      HIGH,
      ["subprocess", "pty", "nt", "_posixsubprocess", "_winapi", "multiprocessing", "_multiprocessing", "psutil"],
      NATIVE_MODULES,
      NETWORK_MODULES,
      CODE_MODULES,
      INSPECTION_MODULES,
      INTERPRETER_MODULES,
    ),
    ...restricting(LOW, ["importlib.metadata", "importlib.resources"]),
  },
  workspace: true,
  patterns: [],
});

/** Only HIGH findings deny. All modules are open, except native code and subprocesses. */
export const DEVELOPMENT: Policy = definePolicy({
  name: "development",
  description:
    "Balanced for development: blocks system commands and dangerous deletions; " +
    "allows file operations and network requests, but the sandbox has no network",
  threshold: HIGH,
  severities: severitiesWith({
    ...all(LOW, "PY-FILE-002", "PY-NET-001", "PY-NET-002", "PY-PROC-001", "JS-PROC-002", "PY-ESC-002"),
    ...all(MEDIUM, "PY-FILE-003", "PY-ESC-001", "PY-NET-003", "JS-ESC-001"),
  }),
  modules: "all",
  restrictedModules: { ...restricting(HIGH, NATIVE_MODULES, ["subprocess", "pty", "_posixsubprocess"]) },
  patterns: [],
});

/** The loosest preset. Only HIGH findings deny, and fewer rules are HIGH than under the others. */
export const MINIMAL: Policy = definePolicy({
  name: "minimal",
  description: "Very permissive: blocks commands that delete or format, and native code",
  threshold: HIGH,
  severities: severitiesWith({
    ...all(
      LOW,
      "PY-EXEC-001",
      "PY-EXEC-002",
      "PY-FILE-002",
      "PY-NET-001",
      "PY-NET-002",
      "PY-PROC-001",
      "JS-PROC-002",
      "PY-ESC-002",
      "PY-INTRO-001",
    ),
    ...all(MEDIUM, "PY-FILE-003", "PY-FILE-004", "PY-ESC-001", "PY-NET-003", "PY-PROC-002", "JS-ESC-001"),
  }),
  modules: "all",
  restrictedModules: { ...restricting(HIGH, NATIVE_MODULES) },
  // A caller could not choose `workspace` under it otherwise.
  workspace: true,
  patterns: [],
});

/** MEDIUM findings deny. Code from text only warns. */
export const EDUCATIONAL: Policy = definePolicy({
  name: "educational",
  description: "For teaching: blocks system damage and file deletion; allows eval and exec, with a warning",
  threshold: MEDIUM,
  severities: severitiesWith({
    ...all(
      LOW,
      "PY-DYN-001",
      "PY-DYN-002",
      "JS-DYN-001",
      "PY-FILE-002",
      "PY-NET-001",
      "PY-NET-002",
      "PY-PROC-001",
      "JS-PROC-002",
      "PY-ESC-002",
    ),
    ...all(MEDIUM, "PY-NET-003"),
  }),
  modules: "all",
  restrictedModules: {
    ...restricting(SAFE, ["os.path"]),
    ...restricting(HIGH, HIDDEN_WITH_OS),
    ...restricting(MEDIUM, NATIVE_MODULES),
    ...restricting(LOW, ["socket"]),
  },
  patterns: [],
});

/**
 * MEDIUM findings deny. File changes, HTTP requests and formats such as pickle only warn. Files of the throw-away
 * workspace can be deleted, because a program that tests itself removes what it has made. A path outside denies.
 */
export const DATA_SCIENCE: Policy = definePolicy({
  name: "data_science",
  description:
    "For data analysis: allows processing, visualisation and HTTP requests, but the sandbox has no network; " +
    "blocks system commands, dangerous operations and paths outside the workspace",
  threshold: MEDIUM,
  severities: severitiesWith({
    ...all(
      LOW,
      "PY-DYN-005",
      "PY-FILE-002",
      "PY-FILE-003",
      "PY-FILE-004",
      "PY-NET-002",
      "PY-DESER-001",
      "PY-PROC-001",
      "JS-PROC-002",
      "PY-ESC-002",
    ),
    ...all(MEDIUM, "PY-FILE-007"),
  }),
  modules: "all",
  restrictedModules: {
    ...restricting(HIGH, HIDDEN_WITH_OS),
    ...restricting(SAFE, ["os", "gc"]),
    ...restricting(MEDIUM, NATIVE_MODULES, ["socket"]),
    ...restricting(LOW, ["urllib.request", "requests"]),
  },
  patterns: [],
});

/** MEDIUM findings deny. File writes and HTTP requests only warn. */
export const WEB_SCRAPING: Policy = definePolicy({
  name: "web_scraping",
  description:
    "For reading the web: allows HTTP libraries and parsers, but the sandbox has no network; " +
    "blocks system commands, deletion, native code and raw sockets",
  threshold: MEDIUM,
  severities: severitiesWith({
    ...all(LOW, "PY-FILE-002", "PY-NET-002", "PY-PROC-001", "JS-PROC-002", "PY-ESC-002"),
  }),
  modules: "all",
  restrictedModules: {
    ...restricting(SAFE, ["os.path"]),
    ...restricting(HIGH, HIDDEN_WITH_OS, NATIVE_MODULES),
    ...restricting(MEDIUM, ["socket"]),
    ...restricting(LOW, ["urllib.request", "requests"]),
  },
  patterns: [],
});

/** In order from the strictest to the loosest. */
export const PRESETS: readonly Policy[] = [
  STRICT,
  PRODUCTION,
  WORKSPACE,
  WEB_SCRAPING,
  DATA_SCIENCE,
  EDUCATIONAL,
  DEVELOPMENT,
  MINIMAL,
];
