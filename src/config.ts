/**
 * Every setting: its name, default, bounds and reason. The only reader of process.env. A setting comes from the command
 * line, else from the environment, else from here; an unknown name or a bad value stops the start.
 */

import { homedir } from "node:os";
import path from "node:path";
import { SetupError, quote } from "./errors.js";

export type ExecutionMode = "auto" | "docker" | "wasm" | "local";
export type RuntimeChoice = "auto" | "runsc" | "runc";

export interface Config {
  readonly executionMode: ExecutionMode;
  readonly dockerRuntime: RuntimeChoice;
  readonly requireGvisor: boolean;
  readonly dockerImage: string;
  readonly networkEnabled: false;
  /** Memory of a whole container, in bytes. */
  readonly memoryLimitBytes: number;
  readonly cpuLimit: number;
  readonly pidsLimit: number;
  readonly dangerouslyAllowLocal: boolean;
  readonly poolWarm: number;
  readonly poolMax: number;
  readonly poolIdleSeconds: number;
  /** Absolute host paths; empty means the default ceiling. */
  readonly allowedRoots: readonly string[];
  /** What the operator adds to the names that no call may read; `*` is a wildcard. */
  readonly restrictedNames: readonly string[];
  /** Name of the policy for callers that name none. */
  readonly policy: string;
  /** Names of further policies that callers may choose. */
  readonly policyAllowed: readonly string[];
  /** Absolute path of a file with policies, or empty. */
  readonly policyFile: string;
  /** Session interpreters have `globals`, `locals`, `__import__` and `open`. */
  readonly sessionReplBuiltins: boolean;
  /** These five: 0 means no limit. */
  readonly sessionIdleSeconds: number;
  readonly sessionMaxCalls: number;
  readonly sessionMaxRunSeconds: number;
  readonly sessionMaxOutputBytes: number;
  readonly rateLimitPerMinute: number;
  readonly logLevel: string;
}

interface Setting<Value> {
  readonly env: string;
  readonly key: keyof Config;
  readonly fallback: string;
  /** Ends the sentence "NAME must be ...". */
  readonly allowed: string;
  readonly reason: string;
  /** Returns undefined for a value that is not allowed. */
  readonly parse: (text: string) => Value | undefined;
}

const oneOf =
  <Name extends string>(...names: readonly Name[]) =>
  (text: string): Name | undefined =>
    names.find((name) => name === text);

const flag = (text: string): boolean | undefined =>
  text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : undefined;

const number =
  (min: number, max: number, isWhole: boolean) =>
  (text: string): number | undefined => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max && (!isWhole || Number.isInteger(value)) ? value : undefined;
  };

const policyName = (text: string): string | undefined => (/^[a-z][a-z0-9_-]{0,49}$/.test(text) ? text : undefined);

const MIB = 1_048_576;

/** Parses Docker's spelling of a size: a number and b, k, m or g. */
const size =
  (min: number, max: number) =>
  (text: string): number | undefined => {
    const [, digits, unit] = /^(\d+)([bkmg])$/i.exec(text) ?? [];
    if (digits === undefined || unit === undefined) return undefined;
    const bytes = Number(digits) * 1024 ** "bkmg".indexOf(unit.toLowerCase());
    return bytes >= min && bytes <= max ? bytes : undefined;
  };

/** In the order in which they are documented. */
export const SETTINGS: readonly Setting<unknown>[] = [
  {
    env: "RLM_EXECUTION_MODE",
    key: "executionMode",
    fallback: "auto",
    allowed: "auto, docker, wasm or local",
    reason:
      "Which engine runs programs. `auto`: Docker when an engine answers and has the image, else the embedded WebAssembly engine",
    parse: oneOf("auto", "docker", "wasm", "local"),
  },
  {
    env: "RLM_DOCKER_RUNTIME",
    key: "dockerRuntime",
    fallback: "auto",
    allowed: "auto, runsc or runc",
    reason: "`auto`: gVisor (runsc) when the engine lists it and a probe container answers, else runc and a warning",
    parse: oneOf("auto", "runsc", "runc"),
  },
  {
    env: "RLM_REQUIRE_GVISOR",
    key: "requireGvisor",
    fallback: "false",
    allowed: "true or false",
    reason: "`true`: refuse to start rather than run without gVisor",
    parse: flag,
  },
  {
    env: "RLM_DOCKER_IMAGE",
    key: "dockerImage",
    fallback: "rlm-mcp-runner:core",
    allowed: "the name or id of an image that `rlm-mcp image build` made",
    reason: "The image that guests are made of",
    parse: (text) => (/^[a-z0-9][a-zA-Z0-9._/:@-]{0,254}$/.test(text) ? text : undefined),
  },
  {
    env: "RLM_NETWORK_ENABLED",
    key: "networkEnabled",
    fallback: "false",
    allowed: "false: no engine of this version gives a program a network",
    reason: "Programs have no network",
    parse: (text) => (flag(text) === false ? false : undefined),
  },
  {
    env: "RLM_MEMORY_LIMIT",
    key: "memoryLimitBytes",
    fallback: "384m",
    allowed: "a size from 128m to 2g, such as 384m",
    reason:
      "Memory of a whole container, without swap: the program's own limit (at most 256 MB a call) and the supervisor beside it",
    parse: size(128 * MIB, 2048 * MIB),
  },
  {
    env: "RLM_CPU_LIMIT",
    key: "cpuLimit",
    fallback: "1.0",
    allowed: "a number from 0.1 to 4.0",
    reason: "Processors of a container",
    parse: number(0.1, 4, false),
  },
  {
    env: "RLM_PIDS_LIMIT",
    key: "pidsLimit",
    fallback: "50",
    allowed: "a whole number from 10 to 200",
    reason: "Processes and threads of a program",
    parse: number(10, 200, true),
  },
  {
    env: "RLM_DANGEROUSLY_ALLOW_LOCAL",
    key: "dangerouslyAllowLocal",
    fallback: "false",
    allowed: "true or false",
    reason:
      "`true`, together with `RLM_EXECUTION_MODE=local`: run programs as processes of your own user, with no isolation",
    parse: flag,
  },
  {
    env: "RLM_POOL_WARM",
    key: "poolWarm",
    fallback: "2",
    allowed: "a whole number from 0 to 16",
    reason: "Guests of each language kept up and waiting; JavaScript's are started at its first use",
    parse: number(0, 16, true),
  },
  {
    env: "RLM_POOL_MAX",
    key: "poolMax",
    fallback: "4",
    allowed: "a whole number from 1 to 64",
    reason: "Guests of each language alive at once; a call beyond that waits",
    parse: number(1, 64, true),
  },
  {
    env: "RLM_POOL_IDLE_SECONDS",
    key: "poolIdleSeconds",
    fallback: "300",
    allowed: "a whole number from 1 to 86400",
    reason: "Without a call for this long, all waiting guests but one are let go",
    parse: number(1, 86_400, true),
  },
  {
    env: "RLM_ALLOWED_ROOTS",
    key: "allowedRoots",
    fallback: "",
    allowed: `absolute directories, separated by ${quote(path.delimiter)}`,
    reason:
      "Host directories that are open to every session, beside the client's own roots. Empty: where the client names no roots, the working directory, unless that is `/` or a home directory. `--allow-root DIR` may be given several times",
    parse: (text) => {
      const roots = text.split(path.delimiter).filter((root) => root !== "");
      return roots.every((root) => path.isAbsolute(root) && !root.includes("\0")) ? roots : undefined;
    },
  },
  {
    env: "RLM_RESTRICTED_NAMES",
    key: "restrictedNames",
    fallback: "",
    allowed:
      "names separated by commas, in which `*` stands for any characters; none may be empty, only `*`, or have a slash in it",
    reason:
      "Files and directories that no call may read, beside those that usually hold keys and passwords (`.env*`, `.ssh`, `*.pem` and so on): `*.sqlite,payroll*`",
    parse: (text) => {
      const names = text === "" ? [] : text.split(",").map((name) => name.trim());
      return names.every((name) => /^[^/\\\0]+$/.test(name) && !/^\*+$/.test(name)) ? names : undefined;
    },
  },
  {
    env: "RLM_POLICY",
    key: "policy",
    fallback: "strict",
    allowed: "the name of a policy",
    reason:
      "The policy for callers that name none: a preset (strict, production, web_scraping, data_science, educational, development, minimal) or one of `RLM_POLICY_FILE`",
    parse: policyName,
  },
  {
    env: "RLM_POLICY_ALLOWED",
    key: "policyAllowed",
    fallback: "",
    allowed: "names of policies, separated by commas",
    reason:
      "Further policies that callers may choose. One that is at least as strict as `RLM_POLICY` or one of these always may be chosen",
    parse: (text) => {
      const names = text
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "");
      return names.every((name) => policyName(name) !== undefined) ? names : undefined;
    },
  },
  {
    env: "RLM_POLICY_FILE",
    key: "policyFile",
    fallback: "",
    allowed: "the path of a JSON file",
    reason: "Policies of your own, see docs/policy.md",
    parse: (text) => (text.includes("\0") ? undefined : text === "" ? "" : path.resolve(text)),
  },
  {
    env: "RLM_SESSION_REPL_BUILTINS",
    key: "sessionReplBuiltins",
    fallback: "false",
    allowed: "true or false",
    reason:
      "`true`: under a policy with the safe builtins, Python programs of a session interpreter have `globals`, `locals`, `__import__` and `open` of their own sandbox as well",
    parse: flag,
  },
  {
    env: "RLM_SESSION_IDLE_SECONDS",
    key: "sessionIdleSeconds",
    fallback: "1800",
    allowed: "a whole number from 0 to 604800",
    reason: "A session that no call has used for this long ends. 0: it ends with its connection",
    parse: number(0, 604_800, true),
  },
  {
    env: "RLM_SESSION_MAX_CALLS",
    key: "sessionMaxCalls",
    fallback: "100",
    allowed: "a whole number from 0 to 1000000",
    reason: "Programs that a session may run, refused and failed ones too. 0: no limit",
    parse: number(0, 1_000_000, true),
  },
  {
    env: "RLM_SESSION_MAX_RUN_SECONDS",
    key: "sessionMaxRunSeconds",
    fallback: "300",
    allowed: "a whole number from 0 to 1000000",
    reason: "Seconds that a session's programs may run, all together. 0: no limit",
    parse: number(0, 1_000_000, true),
  },
  {
    env: "RLM_SESSION_MAX_OUTPUT_BYTES",
    key: "sessionMaxOutputBytes",
    fallback: "10485760",
    allowed: "a whole number from 0 to 1099511627776",
    reason: "Bytes that a session's programs may print, all together, what is cut off included. 0: no limit",
    parse: number(0, 1_099_511_627_776, true),
  },
  {
    env: "RLM_RATE_LIMIT_PER_MINUTE",
    key: "rateLimitPerMinute",
    fallback: "60",
    allowed: "a whole number from 0 to 100000",
    reason: "Tool calls a minute, of one session and of all sessions of one user together. 0: no limit",
    parse: number(0, 100_000, true),
  },
  {
    env: "RLM_LOG_LEVEL",
    key: "logLevel",
    fallback: "info",
    allowed: "debug, info, warn, error or silent",
    reason: "What is logged, as JSON lines on stderr",
    parse: oneOf("debug", "info", "warn", "error", "silent"),
  },
];

/** Returns the command-line form of a setting: `RLM_DOCKER_IMAGE` is `--docker-image`. */
export function flagOf(setting: { readonly env: string }): string {
  return `--${setting.env.slice("RLM_".length).toLowerCase().replaceAll("_", "-")}`;
}

export interface ParsedArguments {
  readonly config: Config;
  /** What was neither a setting nor its value, in order. */
  readonly rest: readonly string[];
}

/**
 * Reads the settings, and takes those on the command line out of `args`.
 *
 * @throws {SetupError} That names every bad setting and says what is allowed.
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv = process.env): ParsedArguments {
  const problems: string[] = [];
  const { given, roots, rest } = takeFlags(args, problems);
  const known = new Set(SETTINGS.map((setting) => setting.env));
  for (const name of Object.keys(env).filter((key) => key.startsWith("RLM_") && !known.has(key))) {
    problems.push(`Cannot use ${name}: it is not a setting, the settings are ${[...known].join(", ")}`);
  }
  const values: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const fromFlag = given.get(setting.env);
    const fromEnv = env[setting.env];
    const text = fromFlag ?? (fromEnv === undefined || fromEnv === "" ? setting.fallback : fromEnv);
    const value = setting.parse(text);
    if (value === undefined) {
      const name = fromFlag === undefined ? setting.env : flagOf(setting);
      problems.push(`Cannot use ${name}=${quote(text)}: it must be ${setting.allowed}`);
    }
    values[setting.key] = value;
  }
  if (problems.length > 0) throw new SetupError(problems.join("\n"));
  const settings = values as unknown as Config;
  const config = { ...settings, allowedRoots: [...settings.allowedRoots, ...roots] };
  if (config.executionMode === "local" && !config.dangerouslyAllowLocal) {
    throw new SetupError(
      "Cannot use RLM_EXECUTION_MODE=local: it runs programs with no isolation, so it also needs RLM_DANGEROUSLY_ALLOW_LOCAL=true",
    );
  }
  if (config.requireGvisor && (config.executionMode === "wasm" || config.executionMode === "local")) {
    throw new SetupError(
      `Cannot use RLM_REQUIRE_GVISOR=true with RLM_EXECUTION_MODE=${config.executionMode}: gVisor needs docker or auto`,
    );
  }
  if (config.requireGvisor && config.dockerRuntime === "runc") {
    throw new SetupError(
      "Cannot use RLM_REQUIRE_GVISOR=true with RLM_DOCKER_RUNTIME=runc: set the runtime to auto or runsc",
    );
  }
  return { config, rest };
}

interface Flags {
  /** By the name of the setting's variable. */
  readonly given: ReadonlyMap<string, string>;
  /** Of `--allow-root`, absolute: never joined to one text, for a directory may have the separator in its name. */
  readonly roots: readonly string[];
  readonly rest: readonly string[];
}

/** Takes `--name value` and `--name=value` of known settings out of the arguments. */
function takeFlags(args: readonly string[], problems: string[]): Flags {
  const byFlag = new Map(SETTINGS.map((setting) => [flagOf(setting), setting.env]));
  const given = new Map<string, string>();
  const roots: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      rest.push(...args.slice(at));
      break;
    }
    const equals = arg.indexOf("=");
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const env = byFlag.get(name);
    if (env === undefined && name !== "--allow-root") {
      rest.push(arg);
      continue;
    }
    const value = equals < 0 ? args[++at] : arg.slice(equals + 1);
    if (value === undefined) problems.push(`Cannot use ${name}: it needs a value`);
    else if (env !== undefined) given.set(env, value);
    // A variable that is not set in a client's configuration: it would be the directory that the client happens to
    // start us in.
    else if (value === "") problems.push(`Cannot use ${name}="": it must be a directory, this is empty`);
    else roots.push(path.resolve(value));
  }
  // The command line comes before the environment as a whole.
  if (roots.length > 0 && !given.has("RLM_ALLOWED_ROOTS")) given.set("RLM_ALLOWED_ROOTS", "");
  return { given, roots, rest };
}

/** What Docker's own tools read to find the engine. */
export interface HostEnvironment {
  readonly dockerHost?: string;
  readonly dockerContext?: string;
  readonly dockerTlsVerify?: boolean;
  readonly dockerCertPath?: string;
  /** `~/.docker` unless DOCKER_CONFIG says otherwise. */
  readonly dockerConfigDir: string;
  /** XDG_RUNTIME_DIR, where rootless engines listen. */
  readonly runtimeDir?: string;
  /** SSH_AUTH_SOCK. */
  readonly sshAgent?: string;
  readonly home: string;
}

/** Reads the variables that belong to Docker and the desktop, not to us. */
export function readHostEnvironment(env: NodeJS.ProcessEnv = process.env): HostEnvironment {
  const home = homedir();
  const given = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const verify = given("DOCKER_TLS_VERIFY");
  return {
    ...optional("dockerHost", given("DOCKER_HOST")),
    ...optional("dockerContext", given("DOCKER_CONTEXT")),
    ...optional("dockerTlsVerify", verify === undefined ? undefined : true),
    ...optional("dockerCertPath", given("DOCKER_CERT_PATH")),
    dockerConfigDir: given("DOCKER_CONFIG") ?? path.join(home, ".docker"),
    ...optional("runtimeDir", given("XDG_RUNTIME_DIR")),
    ...optional("sshAgent", given("SSH_AUTH_SOCK")),
    home,
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

/** Returns what a child process of ours may see of the environment: nothing but what the loader needs. */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = ["PATH", "SystemRoot", "TEMP", "TMP", "TMPDIR"];
  return Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Whether to print in colours: on a terminal, unless NO_COLOR is set; FORCE_COLOR comes first, for or against. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}
