/**
 * Reads the settings and the few variables of others that matter here. This file is the only reader of process.env.
 *
 * A setting comes from the command line, otherwise from the environment, otherwise from its default (settings.ts). An
 * unknown name or a bad value stops the start. An empty variable counts as not set, unless its
 * setting may be empty.
 */

import { homedir } from "node:os";
import path from "node:path";
import { quote, SetupError } from "./errors.js";
import { type Config, SETTING_BY_KEY, SETTING_KEYS, SETTINGS } from "./settings.js";

/** Returns the command-line form of a setting: `RLM_DOCKER_IMAGE` is `--docker-image`. */
export function flagOf(setting: { readonly env: string }): string {
  return `--${setting.env.slice("RLM_".length).toLowerCase().replaceAll("_", "-")}`;
}

/** The settings, and the rest of a command line. */
export interface ParsedArguments {
  readonly config: Config;
  /** The arguments that are neither a setting nor its value, in order. */
  readonly rest: readonly string[];
}

/**
 * Reads the settings, and takes those on the command line out of `args`.
 *
 * @throws {SetupError} Names every bad setting and its allowed values.
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv = process.env): ParsedArguments {
  const problems: string[] = [];
  const { flags, roots, rest } = takeFlags(args, problems);
  problems.push(...findUnknownSettings(env));
  const values: MutableConfig = {};
  for (const key of SETTING_KEYS) problems.push(...readSetting(key, values, flags, env));
  if (problems.length > 0 || !isComplete(values)) throw new SetupError(problems.join("\n"));
  const config = { ...values, allowedRoots: [...values.allowedRoots, ...roots] };
  assertConsistent(config);
  return { config, rest };
}

type MutableConfig = { -readonly [Key in keyof Config]?: Config[Key] };

function isComplete(values: MutableConfig): values is Config {
  return SETTING_KEYS.every((key) => values[key] !== undefined);
}

function findUnknownSettings(env: NodeJS.ProcessEnv): string[] {
  const known = SETTINGS.map((setting) => setting.env);
  return Object.keys(env)
    .filter((name) => name.startsWith("RLM_") && !known.includes(name))
    .map((name) => `Cannot use ${name}: it is not a setting, the settings are ${known.join(", ")}`);
}

/** Puts a setting among the values. Returns the problem with it, if there is one. */
function readSetting<Key extends keyof Config>(
  key: Key,
  values: Pick<MutableConfig, Key>,
  flags: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
): string[] {
  const setting = SETTING_BY_KEY[key];
  const flag = flags.get(setting.env);
  const variable = env[setting.env];
  const isSet = variable !== undefined && (variable !== "" || setting.mayBeEmpty === true);
  const text = flag ?? (isSet ? variable : setting.fallback);
  const value = setting.parse(text);
  if (value !== undefined) {
    values[key] = value;
    return [];
  }
  const name = flag === undefined ? setting.env : flagOf(setting);
  return [`Cannot use ${name}=${quote(text)}: it must be ${setting.allowed}`];
}

/** @throws {SetupError} For settings that contradict each other. */
function assertConsistent({ executionMode, dangerouslyAllowLocal, requireGvisor, dockerRuntime }: Config): void {
  if (executionMode === "local" && !dangerouslyAllowLocal)
    throw new SetupError(
      "Cannot use RLM_EXECUTION_MODE=local: it runs programs with no isolation, so it also needs " +
        "RLM_DANGEROUSLY_ALLOW_LOCAL=true",
    );
  if (requireGvisor && (executionMode === "wasm" || executionMode === "local"))
    throw new SetupError(
      `Cannot use RLM_REQUIRE_GVISOR=true with RLM_EXECUTION_MODE=${executionMode}: gVisor needs docker or auto`,
    );
  if (requireGvisor && dockerRuntime === "runc")
    throw new SetupError(
      "Cannot use RLM_REQUIRE_GVISOR=true with RLM_DOCKER_RUNTIME=runc: set the runtime to auto or runsc",
    );
}

interface Flags {
  /** Values by the name of the setting's variable. */
  readonly flags: ReadonlyMap<string, string>;
  /** Directories of `--allow-root`, absolute. They are never joined: a name may have the separator in it. */
  readonly roots: readonly string[];
  readonly rest: readonly string[];
}

/** Takes `--name value` and `--name=value` of known settings out of the arguments. */
function takeFlags(args: readonly string[], problems: string[]): Flags {
  const envByFlag = new Map(SETTINGS.map((setting) => [flagOf(setting), setting.env]));
  const flags = new Map<string, string>();
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
    const env = envByFlag.get(name);
    if (env === undefined && name !== "--allow-root") {
      rest.push(arg);
      continue;
    }
    const value = equals < 0 ? args[++at] : arg.slice(equals + 1);
    if (value === undefined) problems.push(`Cannot use ${name}: it needs a value`);
    else if (env !== undefined) flags.set(env, value);
    // A variable in a client's configuration that is not set becomes empty text. As a path, that would be the directory
    // that the client starts the server in.
    else if (value === "") problems.push(`Cannot use ${name}="": it must be a directory, it is empty`);
    else roots.push(path.resolve(value));
  }
  // One root on the command line replaces all roots of the environment.
  if (roots.length > 0 && !flags.has("RLM_ALLOWED_ROOTS")) flags.set("RLM_ALLOWED_ROOTS", "");
  return { flags, roots, rest };
}

/** The variables by which Docker's own tools find the engine. A variable that is not set, or is empty, has no field. */
export interface HostEnvironment {
  readonly dockerHost?: string;
  readonly dockerContext?: string;
  readonly dockerTlsVerify?: boolean;
  readonly dockerCertPath?: string;
  /** DOCKER_CONFIG, or `~/.docker`. */
  readonly dockerConfigDir: string;
  /** XDG_RUNTIME_DIR: rootless engines listen there. */
  readonly runtimeDir?: string;
  /** SSH_AUTH_SOCK. */
  readonly sshAgent?: string;
  readonly home: string;
}

/** Reads the variables that belong to Docker and to the desktop. */
export function readHostEnvironment(env: NodeJS.ProcessEnv = process.env): HostEnvironment {
  const home = homedir();
  const read = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  return {
    ...optional("dockerHost", read("DOCKER_HOST")),
    ...optional("dockerContext", read("DOCKER_CONTEXT")),
    // Docker's own tools take any value for yes.
    ...optional("dockerTlsVerify", read("DOCKER_TLS_VERIFY") === undefined ? undefined : true),
    ...optional("dockerCertPath", read("DOCKER_CERT_PATH")),
    dockerConfigDir: read("DOCKER_CONFIG") ?? path.join(home, ".docker"),
    ...optional("runtimeDir", read("XDG_RUNTIME_DIR")),
    ...optional("sshAgent", read("SSH_AUTH_SOCK")),
    home,
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

/** Returns the environment of a child process: only the variables that the loader needs, so that no secret is in it. */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = ["PATH", "SystemRoot", "TEMP", "TMP", "TMPDIR"];
  return Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Tells whether to print in colours: on a terminal, unless NO_COLOR is set. FORCE_COLOR overrides both. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}
