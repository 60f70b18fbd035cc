/** The files of a project that a JavaScript program imports: JavaScript, TypeScript and JSON. */

import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Analyser, ProgramInspection } from "../analysis/analyser.js";
import type { GuestFile, ModuleLinks, ScriptModule } from "../sandbox/engine.js";
import {
  assertFits,
  decode,
  MAX_MODULES,
  type CheckedModule,
  NO_MODULES,
  type ProjectModules,
  refuse,
} from "./project-modules.js";

/** Endings that the name of a module may leave out, in the order in which they are tried. */
const SCRIPTS = [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"];
const ENDINGS = ["", ...SCRIPTS, ".json", ...SCRIPTS.map((ending) => `/index${ending}`)];

/** TypeScript names a file by the ending that it has after its types were removed. */
const WRITTEN_FOR: readonly (readonly [written: string, endings: readonly string[]])[] = [
  [".js", [".ts", ".tsx"]],
  [".mjs", [".mts"]],
  [".cjs", [".cts"]],
  [".jsx", [".tsx"]],
];

const RELATIVE = /^\.\.?\//;

/** Most imports of a program, and most directories, for which the program's own directory is looked for. */
const MAX_NAMES = 50;
const MAX_DIRECTORIES = 200;

const TYPED = /\.(?:[mc]?ts|tsx)$/;

/** Collects and analyses the files that a program reaches. Throws as `collectModules` does. */
export async function collectScripts(
  analyser: Analyser,
  program: ProgramInspection,
  files: readonly GuestFile[],
  start: string,
): Promise<ProjectModules> {
  const names = (program.imports?.modules ?? []).map(({ module }) => module);
  if (names.length === 0) return NO_MODULES;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const scripts = new Map<string, ScriptModule>();
  const checked: CheckedModule[] = [];
  const find = (name: string, directory: string): GuestFile | null => findFile(byPath, name, directory);
  const linksOf = ({ imports }: ProgramInspection, directory: string): ModuleLinks => {
    const found = (imports?.modules ?? []).map(({ module }) => ({ module, file: find(module, directory) }));
    return Object.fromEntries(found.flatMap(({ module, file }) => (file === null ? [] : [[module, file.path]])));
  };
  const home = homeOf(names, byPath, start);
  const links = linksOf(program, home);
  const waiting = Object.values(links);
  let size = 0;
  for (const place of waiting) {
    const file = byPath.get(place);
    if (file === undefined || scripts.has(place)) continue;
    if (scripts.size >= MAX_MODULES) throw refuse("the project's modules", `at most ${MAX_MODULES} modules`, "more");
    size += file.bytes.length;
    assertFits(file, size);
    const text = decode(file);
    const directory = path.posix.dirname(file.path);
    if (file.path.endsWith(".json")) {
      scripts.set(file.path, { path: file.path, name: file.name, json: text });
      continue;
    }
    const inspection = await inspectFile(analyser, file, text);
    checked.push({ file: file.name, inspection, isOwn: (module) => find(module, directory) !== null });
    const { asModule, code = text } = inspection;
    const own = linksOf(inspection, directory);
    if (asModule !== undefined) {
      const { before, edits } = asModule;
      scripts.set(file.path, { path: file.path, name: file.name, code, links: own, before, edits });
    }
    waiting.push(...Object.values(own));
  }
  return {
    modules: [],
    scripts: { files: [...scripts.values()], links },
    checked,
    isOwn: (module) => find(module, home) !== null,
    similar: () => [],
  };
}

/**
 * The directory in which the names of a program's imports count: the one it starts in, or else the only one in which
 * all of them are. A program may be the text of a file such as `src/main.ts`.
 */
function homeOf(names: readonly string[], files: ReadonlyMap<string, GuestFile>, start: string): string {
  const hasAll = (directory: string): boolean => names.every((name) => findFile(files, name, directory) !== null);
  if (names.length > MAX_NAMES || hasAll(start)) return start;
  const directories = new Set([...files.keys()].map((file) => path.posix.dirname(file)));
  if (directories.size > MAX_DIRECTORIES) return start;
  const [home = start, ...others] = [...directories].filter(hasAll);
  return others.length === 0 ? home : start;
}

/** @throws {Refusal} `bad-input` for a file that would be another program inside a function of a script. */
async function inspectFile(analyser: Analyser, file: GuestFile, text: string): Promise<ProgramInspection> {
  // Other calls may go on between two files.
  await setImmediate();
  const inspection = await analyser.read(text, TYPED.test(file.path) ? "typescript" : "javascript", "file");
  const { asModule, syntaxError } = inspection;
  if (syntaxError === null && (asModule === undefined || asModule.isAsync))
    throw refuse(file.name, "a module without await at its top level and without HTML-like comments", "another");
  return inspection;
}

function findFile(files: ReadonlyMap<string, GuestFile>, name: string, directory: string): GuestFile | null {
  if (!RELATIVE.test(name)) return null;
  const place = path.posix.join(directory, name);
  for (const ending of ENDINGS) {
    const file = files.get(place + ending);
    if (file !== undefined && ENDINGS.some((known) => known !== "" && file.path.endsWith(known))) return file;
  }
  const [written = "", endings = []] = WRITTEN_FOR.find(([ending]) => name.endsWith(ending)) ?? [];
  const typed = endings.flatMap((ending) => files.get(place.slice(0, -written.length) + ending) ?? []);
  return typed[0] ?? null;
}
