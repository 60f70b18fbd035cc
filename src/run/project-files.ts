/** Finds the Python modules among the input files of a call, as an interpreter would find them in the project. */

import { LIBRARY_NAMES } from "../analysis/library-names.js";
import type { GuestFile } from "../sandbox/engine.js";

/** Directories of a project that hold its modules, if they are not beside the working directory. */
const SOURCE_DIRECTORIES = ["src", "lib"];

/** Most directories in which modules are looked for. */
const MAX_PLACES = 256;

/** Files that a search for tests imports. */
const TEST_FILE = /(?:^|\/)(?:test[^/]*|[^/]*_test|conftest)\.py$/;

/** Modules of the guest itself. */
const GUEST_NAMES: ReadonlySet<string> = new Set(["__main__", "program", "supervisor", "embedded"]);

const IDENTIFIER = /^[^\W\d]\w*$/u;

/** A module of the project. A package without a file of its own has no file. */
export interface FoundModule {
  /** Dotted. */
  readonly name: string;
  readonly file: GuestFile | null;
  /** The directory of a package, relative to the workspace. Null for a module that is no package. */
  readonly directory: string | null;
}

/** The Python files among the input files of a call. */
export class ProjectFiles {
  readonly #files: ReadonlyMap<string, GuestFile>;
  /** Directories with a Python file in them or below them. */
  readonly #directories = new Set<string>();
  /** Directories in which modules are looked for, in their order. */
  readonly #places: string[];

  /** @param start The directory that the program starts in, relative to the workspace. */
  constructor(files: readonly GuestFile[], start: string) {
    this.#files = new Map(files.filter(({ path }) => path.endsWith(".py")).map((file) => [file.path, file]));
    for (const path of this.#files.keys()) {
      for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
        this.#directories.add(path.slice(0, at));
    }
    const roots = new Set([start, ...[...this.#files.keys()].map((path) => path.split("/", 1)[0] ?? "")]);
    this.#places = [...roots].flatMap((root) => [root, ...SOURCE_DIRECTORIES.map((name) => `${root}/${name}`)]);
  }

  /** Adds a directory in which modules are looked for. The program names it, relative to the one it starts in. */
  addPlace(written: string): void {
    const parts = [this.#places[0] ?? "", ...written.replace(/^\/workspace\/[^/]+/, "").split("/")];
    const place: string[] = [];
    for (const part of parts) {
      if (part === "..") place.pop();
      else if (part !== "" && part !== ".") place.push(part);
    }
    const directory = place.join("/");
    const isNew = this.#directories.has(directory) && !this.#places.includes(directory);
    if (isNew && this.#places.length < MAX_PLACES) this.#places.push(directory);
  }

  /** True if an import of this name means a module of the library, whatever files there are. */
  static isTaken(name: string): boolean {
    const top = name.split(".", 1)[0] ?? "";
    return LIBRARY_NAMES.has(top) || GUEST_NAMES.has(top);
  }

  /**
   * Returns the module of that name with the packages that it is in, outermost first. Empty if it is none of the
   * project's. The last ones may be missing.
   *
   * @param importer The file that imports it, whose directory is searched last.
   */
  find(name: string, importer: GuestFile | null): readonly FoundModule[] {
    if (ProjectFiles.isTaken(name)) return [];
    const parts = name.split(".");
    const top = parts[0] ?? "";
    const places = importer === null ? this.#places : [...this.#places, this.#homeOf(importer.path)];
    const tops = places.map((place) => this.#at(place, top, top)).filter((found) => found !== null);
    let module = tops.find(({ file }) => file !== null) ?? tops[0] ?? null;
    const found: FoundModule[] = [];
    for (let depth = 1; module !== null; depth++) {
      found.push(module);
      const part = parts[depth];
      module =
        part === undefined || module.directory === null
          ? null
          : this.#at(module.directory, part, parts.slice(0, depth + 1).join("."));
    }
    return found;
  }

  /**
   * The modules that a search for tests imports, each under the names that it may have there.
   *
   * @param withPackages True if it imports every package on its way.
   */
  tests(patterns: readonly RegExp[], withPackages: boolean): readonly FoundModule[] {
    const found: FoundModule[] = [];
    for (const [path, file] of this.#files) {
      const base = path.slice(path.lastIndexOf("/") + 1);
      const isPackage = withPackages && base === "__init__.py";
      if (!isPackage && !TEST_FILE.test(path) && !patterns.some((pattern) => pattern.test(base))) continue;
      for (const place of new Set([...this.#places, this.#homeOf(path)])) {
        if (!path.startsWith(`${place}/`)) continue;
        const parts = path.slice(place.length + 1, isPackage ? -"/__init__.py".length : -".py".length).split("/");
        const name = parts.join(".");
        if (!parts.every((part) => IDENTIFIER.test(part)) || ProjectFiles.isTaken(name)) continue;
        found.push(...this.find(name, file));
      }
    }
    return found;
  }

  /** Names of files that a program may mean by the name of a module that was not found. */
  similar(name: string): readonly string[] {
    const end = `/${name.replaceAll(".", "/")}`;
    return [...this.#files.values()]
      .filter(({ path }) => path.endsWith(`${end}.py`) || path.endsWith(`${end}/__init__.py`))
      .map((file) => file.name);
  }

  /** The directory from which the name of a file's module counts: the first above it that is no package. */
  #homeOf(path: string): string {
    let directory = path.slice(0, path.lastIndexOf("/"));
    while (this.#files.has(`${directory}/__init__.py`) && directory.includes("/"))
      directory = directory.slice(0, directory.lastIndexOf("/"));
    return directory;
  }

  #at(directory: string, part: string, name: string): FoundModule | null {
    const place = `${directory}/${part}`;
    const init = this.#files.get(`${place}/__init__.py`);
    if (init !== undefined) return { name, file: init, directory: place };
    const file = this.#files.get(`${place}.py`);
    if (file !== undefined) return { name, file, directory: null };
    return this.#directories.has(place) ? { name, file: null, directory: place } : null;
  }
}
