/**
 * The policies that are there without being configured. Thresholds are those of LLM Sandbox's presets of the same
 * names; what each blocks and allows is what its security guide says of them.
 */

import { COMMON_MODULES, PURE_MODULES } from "./modules.js";
import { definePolicy, type Policy, severitiesWith } from "./policy.js";
import { RULE_IDS, type RuleId, RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity } from "../analysis/severity.js";

const { SAFE, LOW, MEDIUM, HIGH } = SEVERITY;

/**
 * Modules that some preset restricts; all but the first group are reached by names that have rules of their own as
 * well.
 */
const PROCESS_MODULES = ["os", "posix", "nt", "subprocess", "pty", "_posixsubprocess", "_winapi"];
const NATIVE_MODULES = ["ctypes", "_ctypes", "cffi", "_cffi_backend", "mmap"];
const MEMORY_MODULES = ["gc", "_thread", "_imp", "_testcapi", "_xxsubinterpreters", "_interpreters"];

/** What no preset that hides `os` can leave open, for each of these hands `os` out again or runs code of its own. */
const HIDDEN_WITH_OS = [
  ...PROCESS_MODULES,
  "importlib",
  "imp",
  "runpy",
  "pkgutil",
  "zipimport",
  "code",
  "codeop",
  "pdb",
  "bdb",
  "pip",
  "ensurepip",
  ...MEMORY_MODULES,
];

function restricting(severity: Severity, ...groups: readonly (readonly string[])[]): Record<string, Severity> {
  return Object.fromEntries(groups.flat().map((name) => [name, severity]));
}

function all(severity: Severity, ...rules: readonly RuleId[]): Partial<Record<RuleId, Severity>> {
  return Object.fromEntries(rules.map((rule) => [rule, severity]));
}

/** Rules that are no concern elsewhere are one under `strict`. */
const UNCONCERNED = RULE_IDS.filter((id) => RULES[id].severity === SAFE);

/** Every rule denies. */
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
    ...all(LOW, ...UNCONCERNED.filter((id) => id !== "PY-FILE-001")),
  }),
  modules: PURE_MODULES,
  restrictedModules: {},
  patterns: [],
});

export const PRODUCTION: Policy = definePolicy({
  name: "production",
  description:
    "Computation and reading: system commands, subprocesses, file writes, deletion, network and environment access are blocked",
  threshold: LOW,
  severities: severitiesWith({ ...all(SAFE, "PY-FILE-006") }),
  modules: [...PURE_MODULES, ...COMMON_MODULES, "numpy.*", "pandas.*", "matplotlib.*"],
  restrictedModules: {},
  patterns: [],
});

export const DEVELOPMENT: Policy = definePolicy({
  name: "development",
  description:
    "Balanced for development: system commands and dangerous deletions are blocked; file operations and network requests are not, though the sandbox has no network",
  threshold: HIGH,
  severities: severitiesWith({
    ...all(LOW, "PY-FILE-002", "PY-NET-001", "PY-NET-002", "PY-PROC-001", "PY-ESC-002"),
    ...all(MEDIUM, "PY-FILE-003", "PY-ESC-001", "PY-NET-003", "JS-ESC-001"),
  }),
  modules: "all",
  restrictedModules: { ...restricting(HIGH, NATIVE_MODULES, ["subprocess", "pty", "_posixsubprocess"]) },
  patterns: [],
});

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
      "PY-ESC-002",
      "PY-INTRO-001",
    ),
    ...all(MEDIUM, "PY-FILE-003", "PY-FILE-004", "PY-ESC-001", "PY-NET-003", "PY-PROC-002", "JS-ESC-001"),
  }),
  modules: "all",
  restrictedModules: { ...restricting(HIGH, NATIVE_MODULES) },
  patterns: [],
});

export const EDUCATIONAL: Policy = definePolicy({
  name: "educational",
  description: "For teaching: system damage and file deletion are blocked; eval and exec are warned about and work",
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
      "PY-ESC-002",
    ),
    ...all(MEDIUM, "PY-NET-003"),
  }),
  modules: "all",
  restrictedModules: {
    ...restricting(HIGH, HIDDEN_WITH_OS),
    ...restricting(MEDIUM, NATIVE_MODULES),
    ...restricting(LOW, ["socket"]),
  },
  patterns: [],
});

export const DATA_SCIENCE: Policy = definePolicy({
  name: "data_science",
  description:
    "For data analysis: processing, visualisation and HTTP requests are allowed, though the sandbox has no network; system commands and dangerous operations are blocked",
  threshold: MEDIUM,
  severities: severitiesWith({
    ...all(LOW, "PY-FILE-002", "PY-NET-002", "PY-DESER-001", "PY-PROC-001", "PY-ESC-002"),
  }),
  modules: "all",
  restrictedModules: {
    ...restricting(HIGH, HIDDEN_WITH_OS),
    ...restricting(MEDIUM, NATIVE_MODULES, ["socket"]),
    ...restricting(LOW, ["urllib.request", "requests"]),
  },
  patterns: [],
});

export const WEB_SCRAPING: Policy = definePolicy({
  name: "web_scraping",
  description:
    "For reading the web: HTTP libraries and parsers are allowed, though the sandbox has no network; system commands, deletion, native code and raw sockets are blocked",
  threshold: MEDIUM,
  severities: severitiesWith({
    ...all(LOW, "PY-FILE-002", "PY-NET-002", "PY-PROC-001", "PY-ESC-002"),
  }),
  modules: "all",
  restrictedModules: {
    ...restricting(HIGH, HIDDEN_WITH_OS, NATIVE_MODULES),
    ...restricting(MEDIUM, ["socket"]),
    ...restricting(LOW, ["urllib.request", "requests"]),
  },
  patterns: [],
});

/** From the one that allows least to the one that allows most. */
export const PRESETS: readonly Policy[] = [
  STRICT,
  PRODUCTION,
  WEB_SCRAPING,
  DATA_SCIENCE,
  EDUCATIONAL,
  DEVELOPMENT,
  MINIMAL,
];
