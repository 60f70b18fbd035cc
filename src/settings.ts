/**
 * Every setting: its name, default, bounds and reason. `--help` and docs/settings.md are made from this table.
 * config.ts reads the values.
 */

import path from "node:path";
import { quote } from "./errors.js";
import { type ExecLimits, MEMORY_BESIDE_MB } from "./limits.js";
import { raised, type Setting } from "./setting.js";
import {
  directories,
  fileNames,
  filePath,
  flag,
  imageName,
  MIB,
  number,
  oneOf,
  onlyFalse,
  policyName,
  policyNames,
  size,
  wholeNumber,
} from "./setting-parsers.js";

/** The setting that chooses the engine. */
export type ExecutionMode = "auto" | "docker" | "wasm" | "local";
/** The setting that chooses the runtime of containers. */
export type RuntimeChoice = "auto" | "runsc" | "runc";

/** The values of all settings. */
export interface Config {
  readonly executionMode: ExecutionMode;
  readonly dockerRuntime: RuntimeChoice;
  readonly requireGvisor: boolean;
  readonly dockerImage: string;
  readonly networkEnabled: false;
  readonly maxExecCodeSize: number;
  readonly maxExecTimeoutMs: number;
  readonly maxExecMemoryMb: number;
  readonly memoryLimitBytes: number;
  readonly cpuLimit: number;
  readonly pidsLimit: number;
  readonly dangerouslyAllowLocal: boolean;
  readonly poolWarm: number;
  readonly poolMax: number;
  readonly poolIdleSeconds: number;
  /** Absolute paths on the host. */
  readonly allowedRoots: readonly string[];
  readonly restrictedNames: readonly string[];
  readonly policy: string;
  readonly policyAllowed: readonly string[];
  readonly policyAsk: readonly string[];
  /** Absolute path, or empty. */
  readonly policyFile: string;
  readonly sessionReplBuiltins: boolean;
  readonly sessionIdleSeconds: number;
  readonly sessionMaxCalls: number;
  readonly sessionMaxRunSeconds: number;
  readonly sessionMaxOutputBytes: number;
  readonly rateLimitPerMinute: number;
  readonly logLevel: string;
}

/** In the order of the documents. A parser that returns another type than its field in Config does not compile. */
export const SETTING_BY_KEY: { readonly [Key in keyof Config]: Setting<Config[Key]> } = {
  executionMode: {
    env: "RLM_EXECUTION_MODE",
    fallback: "auto",
    allowed: "auto, docker, wasm or local",
    reason:
      "The engine that runs programs. `auto`: Docker if an engine answers and has the image, otherwise the embedded " +
      "WebAssembly engine",
    parse: oneOf("auto", "docker", "wasm", "local"),
  },
  dockerRuntime: {
    env: "RLM_DOCKER_RUNTIME",
    fallback: "auto",
    allowed: "auto, runsc or runc",
    reason:
      "The container runtime. `auto`: gVisor (runsc) if the engine lists it and a test container answers, otherwise " +
      "runc with a warning",
    parse: oneOf("auto", "runsc", "runc"),
  },
  requireGvisor: {
    env: "RLM_REQUIRE_GVISOR",
    fallback: "false",
    allowed: "true or false",
    reason: "`true`: no program runs without gVisor",
    parse: flag,
  },
  dockerImage: {
    env: "RLM_DOCKER_IMAGE",
    fallback: "auto",
    allowed: "auto, or the name or id of an image that `rlm-mcp image build` made",
    reason: "The image of the Docker sandboxes. `auto`: the richest of those that `rlm-mcp image build` makes",
    parse: imageName,
  },
  networkEnabled: {
    env: "RLM_NETWORK_ENABLED",
    fallback: "false",
    allowed: "false: no engine of this version gives a program a network",
    reason: "Programs have no network",
    parse: onlyFalse,
  },
  maxExecCodeSize: raised("RLM_MAX_EXEC_CODE_SIZE", "codeSize", "bytes", "Longest program"),
  maxExecTimeoutMs: raised("RLM_MAX_EXEC_TIMEOUT_MS", "timeoutMs", "milliseconds", "Longest run"),
  maxExecMemoryMb: raised(
    "RLM_MAX_EXEC_MEMORY_MB",
    "memoryMb",
    "MiB",
    "Most memory of a program; of JavaScript on the embedded engine at most 2048",
  ),
  memoryLimitBytes: {
    env: "RLM_MEMORY_LIMIT",
    fallback: "384m",
    allowed: "a size from 128m to 2g, such as 384m",
    reason:
      "Memory of one container, without swap. It holds the program and the supervisor beside it, so it is at least " +
      `\`RLM_MAX_EXEC_MEMORY_MB\` and ${MEMORY_BESIDE_MB} MiB if that setting is raised`,
    parse: size(128 * MIB, 2048 * MIB),
  },
  cpuLimit: {
    env: "RLM_CPU_LIMIT",
    fallback: "1.0",
    allowed: "a number from 0.1 to 4.0",
    reason: "Processors of one container",
    parse: number(0.1, 4),
  },
  pidsLimit: {
    env: "RLM_PIDS_LIMIT",
    fallback: "50",
    allowed: "a whole number from 10 to 200",
    reason: "Processes and threads of one program",
    parse: wholeNumber(10, 200),
  },
  dangerouslyAllowLocal: {
    env: "RLM_DANGEROUSLY_ALLOW_LOCAL",
    fallback: "false",
    allowed: "true or false",
    reason:
      "`true`, together with `RLM_EXECUTION_MODE=local`: programs run as processes of your own user, with no isolation",
    parse: flag,
  },
  poolWarm: {
    env: "RLM_POOL_WARM",
    fallback: "2",
    allowed: "a whole number from 0 to 16",
    reason:
      "Sandboxes of each language that are started before a call needs them. For JavaScript this begins with its " +
      "first call",
    parse: wholeNumber(0, 16),
  },
  poolMax: {
    env: "RLM_POOL_MAX",
    fallback: "4",
    allowed: "a whole number from 1 to 64",
    reason: "Most sandboxes of each language at the same time; a further call waits",
    parse: wholeNumber(1, 64),
  },
  poolIdleSeconds: {
    env: "RLM_POOL_IDLE_SECONDS",
    fallback: "300",
    allowed: "a whole number from 1 to 86400",
    reason: "After this many seconds without a call, all waiting sandboxes but one are closed",
    parse: wholeNumber(1, 86_400),
  },
  allowedRoots: {
    env: "RLM_ALLOWED_ROOTS",
    fallback: "",
    allowed: `absolute directories, separated by ${quote(path.delimiter)}`,
    reason:
      "Host directories that are open to every session, in addition to the client's own roots. If this is empty and " +
      "the client names no roots, the working directory is open, unless it is `/` or a home directory. " +
      "`--allow-root DIR` opens one directory and may be given several times",
    parse: directories,
  },
  restrictedNames: {
    env: "RLM_RESTRICTED_NAMES",
    fallback: "",
    allowed:
      "names separated by commas, in which `*` stands for any characters; none may be empty, only `*`, or have a " +
      "slash in it",
    reason:
      "Files and directories that no call may read, in addition to names that usually hold keys and passwords " +
      "(`.env*`, `.ssh`, `*.pem` and others). A backup or copy of such a file counts too. Example: `*.sqlite,payroll*`",
    parse: fileNames,
  },
  policy: {
    env: "RLM_POLICY",
    fallback: "strict",
    allowed: "the name of a policy",
    reason:
      "The policy for calls that name none: a preset (strict, production, workspace, web_scraping, data_science, " +
      "educational, development, minimal) or a policy of `RLM_POLICY_FILE`",
    parse: policyName,
  },
  policyAllowed: {
    env: "RLM_POLICY_ALLOWED",
    fallback: "",
    allowed: "names of policies, separated by commas",
    reason:
      "Further policies that a call may choose. A call may always choose a policy that is at least as strict as " +
      "`RLM_POLICY` or as one of these",
    parse: policyNames,
  },
  policyAsk: {
    env: "RLM_POLICY_ASK",
    fallback: "workspace",
    allowed: "names of policies, separated by commas, or empty",
    reason:
      "Policies that the person at the client may be asked to allow for a session, if the client can ask. The " +
      "question comes when a program is refused that one of these would let run. Empty: nobody is asked",
    parse: policyNames,
    mayBeEmpty: true,
  },
  policyFile: {
    env: "RLM_POLICY_FILE",
    fallback: "",
    allowed: "the path of a JSON file",
    reason: "A file with policies of your own, see docs/policy.md",
    parse: filePath,
  },
  sessionReplBuiltins: {
    env: "RLM_SESSION_REPL_BUILTINS",
    fallback: "false",
    allowed: "true or false",
    reason:
      "`true`: under a policy with the safe builtins, Python programs in a session interpreter also have `globals`, " +
      "`locals`, `__import__` and `open`, which act inside their sandbox",
    parse: flag,
  },
  sessionIdleSeconds: {
    env: "RLM_SESSION_IDLE_SECONDS",
    fallback: "1800",
    allowed: "a whole number from 0 to 604800",
    reason: "A session ends after this many seconds without a call. 0: it ends only with its connection",
    parse: wholeNumber(0, 604_800),
  },
  sessionMaxCalls: {
    env: "RLM_SESSION_MAX_CALLS",
    fallback: "100",
    allowed: "a whole number from 0 to 1000000",
    reason: "Programs that a session may run; refused and failed ones count too. 0: no limit",
    parse: wholeNumber(0, 1_000_000),
  },
  sessionMaxRunSeconds: {
    env: "RLM_SESSION_MAX_RUN_SECONDS",
    fallback: "300",
    allowed: "a whole number from 0 to 1000000",
    reason: "Seconds that all programs of a session together may run. 0: no limit",
    parse: wholeNumber(0, 1_000_000),
  },
  sessionMaxOutputBytes: {
    env: "RLM_SESSION_MAX_OUTPUT_BYTES",
    fallback: "10485760",
    allowed: "a whole number from 0 to 1099511627776",
    reason: "Bytes that all programs of a session together may print; bytes that are cut off count too. 0: no limit",
    parse: wholeNumber(0, 1_099_511_627_776),
  },
  rateLimitPerMinute: {
    env: "RLM_RATE_LIMIT_PER_MINUTE",
    fallback: "60",
    allowed: "a whole number from 0 to 100000",
    reason: "Tool calls per minute, of one session and of all sessions of one user together. 0: no limit",
    parse: wholeNumber(0, 100_000),
  },
  logLevel: {
    env: "RLM_LOG_LEVEL",
    fallback: "info",
    allowed: "debug, info, warn, error or silent",
    reason: "Least severity of the messages that are logged, as JSON lines on stderr",
    parse: oneOf("debug", "info", "warn", "error", "silent"),
  },
};

/** The keys of the table, in its order. */
export const SETTING_KEYS: readonly (keyof Config)[] = Object.keys(SETTING_BY_KEY).filter(
  (key): key is keyof Config => key in SETTING_BY_KEY,
);

/** The settings as a list, in the same order. */
export const SETTINGS: readonly (Setting<unknown> & { readonly key: keyof Config })[] = SETTING_KEYS.map((key) => ({
  key,
  ...SETTING_BY_KEY[key],
}));

/** Returns the limits on one program that the settings give. */
export function execLimitsOf(config: Config): ExecLimits {
  return { codeSize: config.maxExecCodeSize, timeoutMs: config.maxExecTimeoutMs, memoryMb: config.maxExecMemoryMb };
}
