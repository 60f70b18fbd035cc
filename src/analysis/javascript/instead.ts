/** Says what works in the place of a module or a member that a program does not get. */

import { isBuiltin } from "node:module";
import { quote } from "../../errors.js";
import { isPath } from "./requests.js";
import { DATA_ADVICE, JAVASCRIPT_RULES, type JavaScriptRuleId } from "./rules.js";
import { PROCESS_VIEW, ruleOf, ruleOfModule } from "./targets.js";
import { parseWords } from "../word-list.js";

const STREAMS =
  "Work on arrays, on strings or with async generators; under the policy workspace node:fs has createReadStream and " +
  "createWriteStream, and node:readline reads their lines";
const THREADS = "A program has one thread: use promises and timers, or run each part in a call of its own";
const COMMANDS =
  "Nothing runs commands here: do the work in the program itself; under the policy workspace node:fs lists, copies, " +
  `moves and removes files; ${DATA_ADVICE}`;
const TESTS = "Use node:assert; under the policy workspace also node:test, with describe and mock";
const FILES =
  "Name the file in the `files` argument, and read its text from `files[name]`; print what you would write. " +
  "Under the policy workspace use node:fs";

/** Modules and packages, without `node:`, and what works in their place. */
const INSTEAD: ReadonlyMap<string, string> = new Map(
  (
    [
      ["stream stream/promises stream/web stream/consumers through2 split2", STREAMS],
      ["string_decoder iconv-lite", "Use new TextDecoder(), whose method decode takes { stream: true }"],
      ["async_hooks", "Pass the value as an argument, or keep it in a Map"],
      ["punycode", "Use new URL, which converts the host name"],
      ["diagnostics_channel eventemitter3 mitt", "Use node:events"],
      [
        "import.meta",
        "Name files in the `files` argument and read `files`; under the policy workspace use __dirname, __filename " +
          "or a path relative to the current directory",
      ],
      ["worker_threads cluster", THREADS],
      [
        "zlib pako fflate archiver adm-zip jszip tar",
        'Run that part in Python (`language`: "python"): it has gzip and zlib, under the policy workspace also ' +
          "zipfile and tarfile",
      ],
      ["v8", "Use structuredClone to copy a value, and JSON.stringify to write it"],
      ["module", "Use import and require themselves: a program has both"],
      ["tty", "Print with console.log: there is no terminal, and process.stdout.isTTY is undefined"],
      ["console", "Use the global console"],
      ["sys", "Use node:util"],
      ["constants", "Under the policy workspace use the constants of node:fs and node:os"],
      ["domain", "Use try and catch, and the event error"],
      ["test/reporters", "Use node:test alone: it prints its report by itself"],
      ["sqlite sqlite3 better-sqlite3", "Run that part in Python under the policy workspace: it has sqlite3"],
      ["fs fs/promises", FILES],
      [
        "crypto",
        "Use the global crypto: crypto.subtle.digest, crypto.randomUUID and crypto.getRandomValues. Under the policy " +
          "workspace use node:crypto, which has MD5 and HMAC too",
      ],
      [
        "os",
        "Write \\n for os.EOL, and pass what you need to know in `inputs`. Under the policy workspace use node:os",
      ],
      [
        "test",
        "Use node:assert, and call the functions of the tests yourself. Under the policy workspace use node:test",
      ],
      ["jest @jest/globals vitest mocha chai sinon ava tap tape jasmine expect", TESTS],
      ["uuid nanoid", "Use crypto.randomUUID()"],
      ["fs-extra graceful-fs mkdirp glob fast-glob globby", FILES],
      ["url-parse whatwg-url", "Use the globals URL and URLSearchParams"],
      ["qs", "Use URLSearchParams or node:querystring"],
      ["yargs commander minimist", "Use parseArgs of node:util"],
      ["js-yaml yaml", "Use JSON.parse, or write the functions for the part of the format that you need"],
      ["crypto-js", "Use crypto.subtle.digest; under the policy workspace node:crypto"],
      ["dotenv", JAVASCRIPT_RULES["JS-ENV-001"].suggestion],
    ] as const
  ).flatMap(([names, advice]) => parseWords(names).map((name) => [name, advice] as const)),
);

/** Members of `process`, and what works in their place. */
const INSTEAD_OF_MEMBER: ReadonlyMap<string, string> = new Map([
  ["cwd", "Name files in the `files` argument: their names are relative to the root"],
  ...parseWords("memoryUsage cpuUsage resourceUsage").map(
    (name) => [name, "Measure time with performance.now(); the result of the call says what the run used"] as const,
  ),
]);

/** Says what to do instead of importing a module. Undefined for a module of Node that no rule is about. */
export function adviceOn(module: string): string | undefined {
  if (isPath(module))
    return `Name the file ${quote(module)} in the \`files\` argument of the call that runs the program`;
  const bare = module.replace(/^node:/, "");
  const instead = INSTEAD.get(bare);
  if (instead !== undefined) return instead;
  const rule = ruleOfModule(bare);
  if (rule === "JS-EXEC-001") return COMMANDS;
  if (rule !== null) return JAVASCRIPT_RULES[rule].suggestion;
  if (isBuiltin(bare) || bare !== module) return undefined;
  return (
    `${quote(module)} is not here, and nothing can be installed: write the functions that you need, or name its file ` +
    "in the `files` argument and import it as ./name.js"
  );
}

/** Says what to do instead of using the value of this full name. Undefined if the suggestion of its rule says it. */
export function adviceOnValue(rule: JavaScriptRuleId, full: string): string | undefined {
  if (/^process(?:\.|$)/.test(full)) return adviceOnProcess(rule, full);
  const module = /^node:([^.]+)/.exec(full)?.[1];
  return module === undefined || rule.startsWith("JS-FILE") ? undefined : adviceOn(module);
}

/** Names the members that a program has, if it asks for `process` as a whole or for a member that no rule is about. */
function adviceOnProcess(rule: JavaScriptRuleId, full: string): string | undefined {
  const instead = INSTEAD_OF_MEMBER.get(full.slice("process.".length));
  if (instead !== undefined || rule !== "JS-HOST-001") return instead;
  const members = [...PROCESS_VIEW].sort().map((name) => `process.${name}`);
  return `Use one of these by its name: ${members.join(", ")}; ${DATA_ADVICE}`;
}

/** Says what to do instead of a member of `process`, for the finding about `process` itself. */
export function adviceOnMember(name: string): string | undefined {
  const full = `process.${name}`;
  const rule = ruleOf(full);
  return rule === null ? undefined : (adviceOnProcess(rule, full) ?? JAVASCRIPT_RULES[rule].suggestion);
}
