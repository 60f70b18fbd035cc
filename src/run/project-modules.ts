/**
 * The project's own modules: those input files of a call that its program can import. Each is analysed before anything
 * runs, and the guest gets the very text that was analysed. A file that no import statement leads to is not among them.
 */

import { setImmediate } from "node:timers/promises";
import type { Analyser, ProgramInspection } from "../analysis/analyser.js";
import { quote, Refusal } from "../errors.js";
import type { GuestFile, ProjectModule, ScriptModules } from "../sandbox/engine.js";
import { type FoundModule, ProjectFiles } from "./project-files.js";

/** Longest module, and most of all of them together, in bytes. The analysis takes some milliseconds for each 10 KB. */
const MAX_MODULE_SIZE = 262_144;
const MAX_MODULES_SIZE = 1_048_576;

/** Most modules of one program. */
export const MAX_MODULES = 500;

/** A module of the project that was analysed. */
export interface CheckedModule {
  /** As `name` in `GuestFile`. */
  readonly file: string;
  readonly inspection: ProgramInspection;
  /** Full name of a Python module, and of the package in which its relative names count. */
  readonly module?: { readonly name: string; readonly home: string };
  /** True for a module, named as the file names it, that is one of the project's too. */
  readonly isOwn: (module: string) => boolean;
}

/** The modules that a program can import from its input files. */
export interface ProjectModules {
  readonly modules: readonly ProjectModule[];
  /** The files that a JavaScript program can import. Absent if there are none. */
  readonly scripts?: ScriptModules;
  readonly checked: readonly CheckedModule[];
  /** As in `CheckedModule`, for the program itself. */
  readonly isOwn: (module: string) => boolean;
  /** Names of input files that a program may mean by the name of a module that was not found. */
  readonly similar: (module: string) => readonly string[];
}

/** The modules of a program that has no input files. */
export const NO_MODULES: ProjectModules = { modules: [], checked: [], isOwn: () => false, similar: () => [] };

/**
 * Collects and analyses the modules that a Python program reaches.
 *
 * @param start The directory that the program starts in, relative to the workspace.
 * @throws {Refusal} `bad-input` for modules that are too large, too many, or no text.
 */
export async function collectModules(
  analyser: Analyser,
  program: ProgramInspection,
  files: readonly GuestFile[],
  start: string,
): Promise<ProjectModules> {
  if (!files.some(({ path }) => path.endsWith(".py"))) return NO_MODULES;
  const search = new ModuleSearch(analyser, new ProjectFiles(files, start));
  await search.follow(program);
  return search.result();
}

class ModuleSearch {
  readonly #analyser: Analyser;
  readonly #project: ProjectFiles;
  readonly #modules = new Map<string, ProjectModule>();
  readonly #checked: CheckedModule[] = [];
  readonly #texts = new Map<GuestFile, { readonly code: string; readonly inspection: ProgramInspection }>();
  #size = 0;

  constructor(analyser: Analyser, project: ProjectFiles) {
    this.#analyser = analyser;
    this.#project = project;
  }

  result(): ProjectModules {
    return {
      modules: [...this.#modules.values()],
      checked: this.#checked,
      isOwn: (module) => this.#modules.has(module),
      similar: (module) => this.#project.similar(module),
    };
  }

  /** Goes from the program to the modules that it imports, and from those to theirs. */
  async follow(program: ProgramInspection): Promise<void> {
    const waiting = [...this.#importedBy(program, null, "")];
    for (let found = waiting.shift(); found !== undefined; found = waiting.shift()) {
      const { name, file, directory } = found;
      if (this.#modules.has(name)) continue;
      if (this.#modules.size >= MAX_MODULES)
        throw refuse(`the project's modules`, `at most ${MAX_MODULES} modules`, "more");
      const isPackage = directory !== null;
      if (file === null) {
        this.#modules.set(name, { name, path: directory ?? "", code: null, isPackage });
        continue;
      }
      const { code, inspection } = await this.#read(file);
      this.#modules.set(name, { name, path: file.path, code, isPackage });
      const home = isPackage ? name : name.slice(0, Math.max(0, name.lastIndexOf(".")));
      const isOwn = (module: string): boolean => this.#modules.has(absolute(module, home) ?? "");
      this.#checked.push({ file: file.name, inspection, module: { name, home }, isOwn });
      waiting.push(...this.#importedBy(inspection, file, home));
    }
  }

  /** @param home The package in which relative names count. */
  *#importedBy({ imports }: ProgramInspection, file: GuestFile | null, home: string): Iterable<FoundModule> {
    if (imports === undefined) return;
    for (const directory of imports.directories) this.#project.addPlace(directory);
    const seen = new Set<string>();
    for (const { module, names } of imports.modules) {
      const full = absolute(module, home);
      const key = `${module} ${names.join(" ")}`;
      if (full === null || seen.has(key)) continue;
      seen.add(key);
      yield* this.#project.find(full, file);
      // Those that are no modules give the packages on their way once more.
      for (const name of names) yield* this.#project.find(`${full}.${name}`, file);
    }
    if (imports.findsTests) yield* this.#project.tests(imports.directories.flatMap(glob), imports.findsPackages);
  }

  async #read(file: GuestFile): Promise<{ readonly code: string; readonly inspection: ProgramInspection }> {
    const known = this.#texts.get(file);
    if (known !== undefined) return known;
    this.#size += file.bytes.length;
    assertFits(file, this.#size);
    // Other calls may go on between two modules.
    await setImmediate();
    const code = decode(file);
    const read = { code, inspection: this.#analyser.inspect(code, "python") };
    this.#texts.set(file, read);
    return read;
  }
}

/**
 * Refuses a module that is too large by itself or with the others.
 *
 * @param together Bytes of all modules up to this one.
 * @throws {Refusal} `bad-input`.
 */
export function assertFits({ name, bytes: { length } }: GuestFile, together: number): void {
  if (length > MAX_MODULE_SIZE) throw refuse(name, `a module of at most ${MAX_MODULE_SIZE} bytes`, `${length}`);
  if (together > MAX_MODULES_SIZE)
    throw refuse(name, `at most ${MAX_MODULES_SIZE} bytes of modules together`, `${together}`);
}

/**
 * The full name of a module. Null if a relative name leaves the package.
 *
 * @param home The package in which relative names count.
 */
export function absolute(module: string, home: string): string | null {
  const below = module.replace(/^\.+/, "");
  const dots = module.length - below.length;
  if (dots === 0) return module;
  const parts = home === "" ? [] : home.split(".");
  if (dots > parts.length) return null;
  return [...parts.slice(0, parts.length - dots + 1), ...below.split(".").filter(Boolean)].join(".");
}

/**
 * Returns the text of a module.
 *
 * @throws {Refusal} `bad-input` if it is none.
 */
export function decode(file: GuestFile): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file.bytes);
  } catch {
    throw refuse(file.name, "UTF-8 text", "other bytes");
  }
}

/** A pattern with more stars than that would take long to try, and no search for tests needs one. */
function glob(pattern: string): RegExp[] {
  if (!/^[^*]*\*[^*]*(?:\*[^*]*)?$/.test(pattern) || pattern.length > 100) return [];
  const text = pattern.replaceAll(/[^*?\w]/g, String.raw`\$&`);
  return [new RegExp(`^${text.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`)];
}

/** Makes the refusal of a module. */
export function refuse(file: string, required: string, found: string): Refusal {
  return new Refusal(
    "bad-input",
    `Cannot import ${quote(file)} of the project: it must be ${required}, it is ${found}; ` +
      "leave the import out, or put the parts that the program needs into smaller modules",
    { stage: "limits", resource: file, retryable: false },
  );
}
