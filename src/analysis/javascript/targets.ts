/**
 * The globals, members and modules that rules are about, by full name. The full name of a module is `node:` and its
 * name. The rules that depend on arguments are in calls.ts.
 */

import type { JavaScriptRuleId } from "./rules.js";
import { namesByRule, parseWords, parseWordSet } from "../word-list.js";

/** Globals of which every use is a finding. */
const GLOBALS: Readonly<Partial<Record<JavaScriptRuleId, string>>> = {
  "JS-IMPORT-001": "require importScripts",
  "JS-DYN-001": "eval Function ShadowRealm execScript",
  "JS-NET-001": "fetch XMLHttpRequest WebSocket WebSocketStream EventSource WebTransport RTCPeerConnection",
  "JS-PROC-001": "Worker SharedWorker",
  "JS-NATIVE-001": "WebAssembly",
  "JS-HOST-001":
    "process Deno Bun window self document navigator localStorage sessionStorage indexedDB __dirname __filename",
};

/** Members by rule and owner. */
const MEMBERS: Readonly<Partial<Record<JavaScriptRuleId, Readonly<Record<string, string>>>>> = {
  "JS-IMPORT-001": {
    module: "require",
    "module.constructor": "_load",
    process: "mainModule getBuiltinModule",
    "node:module": "createRequire _load register",
  },
  "JS-EXEC-001": {
    process: "binding _linkedBinding",
    Deno: "run Command",
    Bun: "spawn spawnSync $",
    "node:std": "popen",
    "node:os": "exec",
  },
  "JS-DYN-001": {
    "node:std": "evalScript loadScript",
    "node:module": "_compile runMain",
  },
  "JS-FILE-001": {
    "node:fs": `
      readFile read readv createReadStream ReadStream open openAsBlob opendir readdir readlink realpath stat lstat
      fstat statfs access exists watch watchFile glob readJson readJSON pathExists`,
    Deno: "readTextFile readFile open openSync readDir readLink realPath stat lstat watchFs",
    Bun: "file",
    "node:std": "loadFile open",
    process: "openStdin",
  },
  "JS-FILE-002": {
    "node:fs": `
      writeFile write writev appendFile createWriteStream WriteStream mkdir mkdtemp rename copyFile cp link symlink
      chmod lchmod fchmod chown lchown fchown utimes lutimes futimes truncate ftruncate copy move outputFile
      outputJson writeJson writeJSON ensureDir ensureFile mkdirp mkdirs`,
    Deno: `
      writeTextFile writeFile create mkdir rename copyFile link symlink chmod chown truncate utime makeTempDir
      makeTempFile`,
    Bun: "write",
  },
  "JS-FILE-003": {
    "node:fs": "unlink rm rmdir remove emptyDir emptydir rimraf",
    Deno: "remove",
  },
  "JS-NET-001": {
    navigator: "sendBeacon connection geolocation",
    Deno: "connect connectTls listen listenTls listenDatagram resolveDns serve startTls",
    Bun: "serve connect listen fetch udpSocket",
  },
  "JS-SYS-001": {
    process: `
      arch memoryUsage cpuUsage resourceUsage release config title pid ppid getuid geteuid getgid getegid getgroups
      cwd argv0 execPath execArgv features report constrainedMemory availableMemory`,
    navigator: `
      userAgent userAgentData platform appVersion appName vendor hardwareConcurrency deviceMemory language languages
      oscpu product plugins`,
    Deno: `
      hostname osRelease osUptime build version systemMemoryInfo loadavg networkInterfaces uid gid cwd execPath pid
      ppid mainModule memoryUsage`,
    Bun: "version revision main nanoseconds",
  },
  "JS-ENV-001": {
    process: "env loadEnvFile",
    Deno: "env",
    Bun: "env",
    "import.meta": "env",
    "node:std": "getenv setenv",
  },
  "JS-PROC-001": {
    process: `
      exit kill abort chdir setuid setgid seteuid setegid setgroups initgroups umask reallyExit _kill _debugProcess
      _debugEnd disconnect setUncaughtExceptionCaptureCallback setSourceMapsEnabled`,
    Deno: "exit kill chdir addSignalListener",
    Bun: "exit",
    "node:std": "exit",
    window: "open close",
  },
  "JS-PROC-002": {
    process: "stdin",
  },
  "JS-DESER-001": {
    "node:node-serialize": "unserialize",
    "node:serialize-to-js": "deserialize",
    "node:funcster": "deepDeserialize",
    "node:cryo": "parse",
    "node:v8": "deserialize Deserializer DefaultDeserializer",
    "node:js-yaml": "load loadAll",
    "node:yamljs": "parse load",
    "node:bson": "deserialize",
    "node:php-unserialize": "unserialize",
  },
  "JS-NATIVE-001": {
    process: "dlopen",
    Deno: "dlopen UnsafePointer UnsafePointerView UnsafeFnPointer UnsafeCallback",
  },
};

/** Modules of which every use is a finding, by name without `node:`. */
const MODULES: Readonly<Partial<Record<JavaScriptRuleId, string>>> = {
  "JS-EXEC-001": `
    child_process execa shelljs cross-spawn node-pty zx node-cmd sudo-prompt child-process-promise
    @npmcli/promise-spawn`,
  "JS-DYN-001": "vm vm2 isolated-vm repl inspector",
  "JS-FILE-003": "rimraf del trash",
  "JS-NET-001": `
    http https http2 net tls dgram dns axios node-fetch got request request-promise superagent needle undici ws ssh2
    ftp basic-ftp nodemailer socket.io socket.io-client isomorphic-fetch cross-fetch ky phin bent express puppeteer
    playwright`,
  "JS-SYS-001": "os systeminformation node-os-utils diskusage",
  "JS-ENV-001": "dotenv",
  "JS-PROC-001": "cluster worker_threads",
  "JS-NATIVE-001": "ffi ffi-napi ref-napi node-ffi koffi bindings node-gyp-build nan node-addon-api bun:ffi wasi",
};

/** Other names of the same module. */
const SAME_MODULE: Readonly<Record<string, string>> = {
  "fs/promises": "fs",
  "graceful-fs": "fs",
  "fs-extra": "fs",
  "original-fs": "fs",
  "dns/promises": "dns",
  "inspector/promises": "inspector",
  "qjs:std": "std",
  "qjs:os": "os",
};

/**
 * Modules that every guest has, by name without `node:`. They work on values alone: none reads a file, knows the system
 * or makes code from text. A test holds that the guests have these.
 */
export const GUEST_MODULES: ReadonlySet<string> = parseWordSet(`
  assert assert/strict buffer events path path/posix perf_hooks process querystring readline readline/promises timers
  timers/promises url util util/types
`);

/**
 * The members of `process` that a program has under every policy: its streams, its arguments, its status, and values
 * that are the same on every machine. A test holds that the guests have these, and refuse the others by name.
 */
export const PROCESS_VIEW: ReadonlySet<string> = parseWordSet(`
  argv emitWarning exitCode hrtime nextTick off on once platform stderr stdin stdout uptime version versions
`);

/**
 * Modules that a guest has under a policy that gives a workspace, by name without `node:`. They reach the guest's own
 * throw-away files and no more. A test holds that the guests have these.
 */
export const WORKSPACE_MODULES: ReadonlySet<string> = parseWordSet(`
  crypto fs fs/promises os test
`);

/** Modules of Node that have no name without `node:`. */
const PREFIXED: ReadonlySet<string> = new Set(["test"]);

/** Rules about what a program does in its own workspace, and the values that they are about there. */
const WORKSPACE_USES: Readonly<Partial<Record<JavaScriptRuleId, RegExp>>> = {
  "JS-FILE-001": /^node:fs\./,
  "JS-FILE-002": /^node:fs\./,
  "JS-FILE-003": /^node:fs\./,
  "JS-SYS-001": /^(?:node:os|process)(?:\.|$)/,
  "JS-ENV-001": /^process\.env$/,
  "JS-PROC-001": /^process\.(?:exit|chdir)$/,
  "JS-PROC-002": /^process\.stdin$/,
  "JS-HOST-001": /^(?:process(?:\.[^.]+)?|__dirname|__filename)$/,
};

/** Modules that the shell of Node defines as globals, and others that models expect as globals. */
export const FREE_MODULES: ReadonlySet<string> = parseWordSet("fs child_process axios shelljs");

const RULES_BY_NAME: ReadonlyMap<string, JavaScriptRuleId> = new Map(
  (Object.entries(MEMBERS) as [JavaScriptRuleId, Readonly<Record<string, string>>][]).flatMap(([rule, owners]) =>
    Object.entries(owners).flatMap(([owner, names]) =>
      parseWords(names).map((name): [string, JavaScriptRuleId] => [`${owner}.${name}`, rule]),
    ),
  ),
);
const RULES_BY_GLOBAL: ReadonlyMap<string, JavaScriptRuleId> = new Map(namesByRule(GLOBALS));
const RULES_BY_MODULE: ReadonlyMap<string, JavaScriptRuleId> = new Map(namesByRule(MODULES));

/** Globals that have a rule, or members with a rule. */
export const RULED_ROOTS: ReadonlySet<string> = new Set([...RULES_BY_GLOBAL.keys(), "module"]);

/** Names of the global object. */
export const GLOBAL_OBJECTS: ReadonlySet<string> = parseWordSet("globalThis window self global frames");

/**
 * Globals that every guest has. A program hides one of them only with a declaration that surely takes effect. Names
 * that harmless programs often use for other things are left out.
 */
export const REAL_GLOBALS: ReadonlySet<string> = parseWordSet(`
  eval Function globalThis global Object Reflect Array String Number Promise Proxy Symbol Error RegExp Map Set Date
  JSON Math setTimeout setInterval atob constructor __proto__ toString valueOf hasOwnProperty
`);

/** The rule about a global of which every use is a finding. */
export function ruleOfGlobal(name: string): JavaScriptRuleId | null {
  return RULES_BY_GLOBAL.get(name) ?? null;
}

/** Is it a member of the part of `process` that every program has, or a member of one? */
function isInView(member: string): boolean {
  return member.includes(".") || member === "constructor" || PROCESS_VIEW.has(member);
}

/** The rule about the value with this full name. */
export function ruleOf(full: string): JavaScriptRuleId | null {
  const exact = RULES_BY_NAME.get(full) ?? RULES_BY_GLOBAL.get(full);
  if (exact !== undefined) return exact;
  if (full.startsWith("process.")) return isInView(full.slice("process.".length)) ? null : "JS-HOST-001";
  if (!full.startsWith("node:")) return null;
  const plain = full.replace(/(?:Sync)$/, "").replace(/^node:fs\.promises\./, "node:fs.");
  return RULES_BY_NAME.get(plain) ?? ruleOfModule(full.slice("node:".length));
}

/** The rule about a module or its members, by a name without `node:`. */
export function ruleOfModule(name: string): JavaScriptRuleId | null {
  if (name.endsWith(".node")) return "JS-NATIVE-001";
  for (let at = name; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const rule = RULES_BY_MODULE.get(at) ?? RULES_BY_MODULE.get(at.split("/", 1)[0] ?? at);
    if (rule !== undefined) return rule;
  }
  return null;
}

/** Does every guest have the module that a program imports by this name? */
export function isGuestModule(name: string): boolean {
  return GUEST_MODULES.has(name.replace(/^node:/, ""));
}

/** Does a guest have the module that a program imports by this name, if its policy gives a workspace? */
export function isWorkspaceModule(name: string): boolean {
  return WORKSPACE_MODULES.has(name.replace(/^node:/, "")) && !PREFIXED.has(name);
}

/** Is the value with this full name, which the rule is about, a part of a program's own workspace? */
export function isWorkspaceUse(rule: JavaScriptRuleId, full: string): boolean {
  return WORKSPACE_USES[rule]?.test(full) === true;
}

/** Full name of a module, for the name that a program imports. */
export function moduleNamed(name: string): string {
  const bare = name.replace(/^node:/, "");
  if (bare === "process") return bare;
  return `node:${Object.hasOwn(SAME_MODULE, bare) ? (SAME_MODULE[bare] ?? bare) : bare}`;
}
