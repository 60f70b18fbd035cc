/**
 * Refuses a program whose imports surely fail here, before it runs: those of packages and modules that this engine and
 * its image do not have. An import counts if it runs whenever the program does, and if nothing before it can bring the
 * module, keep its error back or end the program. All others meet the interpreter, whose error says the same.
 */

import type { ProgramInspection } from "../analysis/analyser.js";
import type { ImportedModule, SureImport } from "../analysis/imports.js";
import { quote, Refusal } from "../errors.js";
import { findHint } from "../policy/module-hint.js";
import { importableModules } from "../policy/policy.js";
import type { EngineModules } from "../sandbox/engine.js";
import type { CheckedProgram } from "./check-program.js";
import { nameOfFile } from "./judge-project.js";
import { BUILD, isMissing } from "./missing-modules.js";
import { absolute, type CheckedModule } from "./project-modules.js";
import { homeOf, type ModuleHome } from "./python-library.js";

/** Most packages in each other of a module that is followed. */
const MAX_DEPTH = 50;

/** Most modules, and most suggestions, in one refusal. */
const MAX_MODULES = 10;
const MAX_SUGGESTIONS = 3;

/**
 * What makes a module without a file, changes the search for modules, or ends a program by itself. The words are looked
 * for in the text before the import, so a name for one of these does not hide it.
 */
const IN_DOUBT = new RegExp(
  [
    String.raw`\b(?:modules|meta_path|path_hooks|__import__|importlib|runpy|zipimport|addsitedir)\b`,
    String.raw`\bsys\s*\.\s*path\b`,
    String.raw`\bfrom\s+sys\s+import\b.{0,200}(?:\bpath\b|\*)`,
    String.raw`\b(?:_?exit|quit|abort|exec|eval)\s*\(`,
    String.raw`\bexit\s+as\b|\bSystemExit\b`,
  ].join("|"),
);

/** The name of a file that a program may write, to import it. */
const CODE_FILE = /\.(?:py[cdio]?|so|zip)\b/;

/** A part of the program that runs, and the way in which it names modules. */
interface Part {
  readonly inspection: ProgramInspection;
  readonly home: string;
  /** Absent for the program itself. */
  readonly file?: string;
}

/** An import that fails. */
interface Failing {
  readonly module: string;
  readonly sure: SureImport;
  readonly part: Part;
}

/**
 * Refuses a program that surely imports what is not here.
 *
 * @param engine Undefined if nothing is known of it.
 * @throws {Refusal} `module-missing`, which names all of these modules.
 */
export function assertModulesAreHere(program: CheckedProgram, engine: EngineModules | undefined): void {
  const failing = engine === undefined ? [] : failingImports(program, engine);
  if (engine !== undefined && failing.length > 0) throw refusalOf(failing, program, engine);
}

/**
 * Says what a run of a checked program will be refused for, as a sentence; null if for nothing. Modules that may be
 * among the files of the run do not count.
 */
export async function foreseeMissing(
  program: CheckedProgram,
  knowing: Promise<EngineModules | undefined> | undefined,
): Promise<string | null> {
  // The engine may still be starting, and most programs need no word from it.
  const isPlain = sureImports(program).every(({ module }) => homeOf(module) === "everywhere");
  const engine = isPlain ? undefined : await knowing;
  if (engine === undefined) return null;
  const failing = failingImports(program, engine).filter(({ module }) => homeOf(module) !== "unknown");
  return failing.length === 0 ? null : `A run would be refused: ${refusalOf(failing, program, engine).message}`;
}

function failingImports({ inspection, project }: CheckedProgram, engine: EngineModules): Failing[] {
  if (inspection.report.language !== "python" || engine.kind === "local") return [];
  const byName = new Map(project?.checked.map((checked) => [checked.module?.name, checked]));
  const waiting: Part[] = [{ inspection, home: "" }];
  const failing = new Map<string, Failing>();
  for (const part of waiting) {
    let doubt: number | undefined;
    for (const { module, sure } of sureImports(part)) {
      const full = absolute(module, part.home) ?? "";
      const top = full.split(".", 1)[0] ?? full;
      const isOwn = project?.isOwn(top) === true;
      if (!isOwn && (module.startsWith(".") || !isMissing(module, engine))) continue;
      doubt ??= firstDoubt(part.inspection);
      if (sure.until > doubt) continue;
      if (isOwn) waiting.push(...takeOwn(full, byName));
      else failing.set(top, failing.get(top) ?? { module, sure, part });
      if (failing.size === MAX_MODULES) return [...failing.values()];
    }
  }
  return [...failing.values()];
}

/** Takes a module of the project, and the packages that it is in, out of those that no import has led to. */
function takeOwn(full: string, left: Map<string | undefined, CheckedModule>): Part[] {
  const found: Part[] = [];
  let name = "";
  for (const part of full.split(".", MAX_DEPTH)) {
    name = name === "" ? part : `${name}.${part}`;
    const own = left.get(name);
    left.delete(name);
    if (own?.module !== undefined) found.push({ ...own, home: own.module.home });
  }
  return found;
}

function sureImports({
  inspection,
  file,
}: Pick<Part, "inspection" | "file">): (ImportedModule & { readonly sure: SureImport })[] {
  const { modules = [] } = inspection.imports ?? {};
  return modules.filter(
    (one): one is ImportedModule & { readonly sure: SureImport } =>
      one.sure !== undefined && !(one.sure.isMain && file !== undefined),
  );
}

/** Offset of the first text that may bring a module, or end the program. Infinite if there is none. */
function firstDoubt({ report: { code }, strings }: ProgramInspection): number {
  const word = code.search(IN_DOUBT);
  const file = strings.find(({ start, end }) => CODE_FILE.test(code.slice(start, end)));
  return Math.min(word < 0 ? Infinity : word, file?.start ?? Infinity);
}

function refusalOf(failing: readonly Failing[], program: CheckedProgram, engine: EngineModules): Refusal {
  const [first] = failing;
  if (first === undefined) throw new TypeError("Cannot refuse a program without a reason");
  const { report } = first.part.inspection;
  const { file } = first.part;
  const { line, column, snippet } = report.placeOf(first.sure.range);
  const tops = failing.map(({ module }) => module.split(".", 1)[0] ?? module);
  const place = `${file === undefined ? "" : `${file} `}line ${line}, column ${column}`;
  const suggestion = suggest(tops, program);
  const sentences = [
    `Cannot import ${quoteNames(tops)}: a program can import what this engine and its image have (${place})`,
    ...placesOf(tops, engine),
    suggestion,
  ];
  return new Refusal("module-missing", `${sentences.join(". ")}.`, {
    stage: "sandbox",
    line,
    column,
    snippet,
    resource: first.module,
    suggestion,
    ...(file === undefined ? {} : { file }),
    retryable: false,
  });
}

/** Says where the modules are: a sentence without its end for those of each place. */
function placesOf(tops: readonly string[], { kind }: EngineModules): string[] {
  const byHome = new Map<ModuleHome, string[]>();
  for (const top of tops) byHome.set(homeOf(top), [...(byHome.get(homeOf(top)) ?? []), top]);
  const image = kind === "container" ? "data-science image" : "data-science image of the Docker engine";
  return [...byHome].map(([home, some]) => {
    const [names, are, them] = [quoteNames(some), some.length === 1 ? "is" : "are", some.length === 1 ? "it" : "them"];
    if (home === "containers") return `${names} ${are} not in the embedded Python: the Docker engine has ${them}`;
    if (home === "data-science") return `${names} ${are} in the ${image} only, which the operator makes with ${BUILD}`;
    if (home === "nowhere") return `No engine has ${names}`;
    return `No image has ${names}, and nothing can be installed`;
  });
}

/** What to write in the place of the modules: sentences without the last end. */
function suggest(tops: readonly string[], { policy, project }: CheckedProgram): string {
  const own = tops.some((top) => homeOf(top) === "unknown" || homeOf(top) === "package")
    ? ", and put a module of your own into `files`"
    : "";
  const hints = tops.map((top) => {
    const file = project === undefined ? null : nameOfFile(top, project);
    return file ?? findHint(top, importableModules(policy));
  });
  const known = new Set(hints.filter((hint) => hint !== undefined));
  return [`Here use the standard library${own}`, ...[...known].slice(0, MAX_SUGGESTIONS)].join(". ");
}

/** Names modules in a sentence. */
function quoteNames(names: readonly string[]): string {
  const quoted = names.map((name) => quote(name, 60));
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}
