/**
 * The rules for imports in src/: they go down only, some packages may be imported in one place only, and some names may
 * be used in one file only.
 */

/** The folders that a folder may import, besides itself and the files at the top of src/. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  paths: [],
  analysis: [],
  policy: ["analysis"],
  mcp: [],
  sandbox: [],
  session: ["paths"],
  run: ["analysis", "paths", "policy", "sandbox", "session"],
  tools: ["analysis", "mcp", "policy", "run", "sandbox", "session"],
  commands: ["analysis", "mcp", "policy", "sandbox", "tools"],
};

/** Of these folders, a folder may import some files only: the policy knows rules and reports, and no language. */
const MAY_IMPORT_FILES: Readonly<Record<string, readonly string[]>> = {
  policy: ["report", "rule", "rule-catalogue", "severity", "word-list"].map((name) => `analysis/${name}.ts`),
};

/** The files that build the object graph. They may import everything, and only commands may import them. */
const GRAPH: readonly string[] = ["application.ts", "cli.ts", "index.ts"];
const MAY_IMPORT_GRAPH: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["application.ts"],
  "index.ts": ["application.ts"],
  commands: ["application.ts"],
};

/** Folders that never import each other, and the only places outside them that may import them. */
const SEPARATE: readonly { readonly folders: readonly string[]; readonly importers: readonly string[] }[] = [
  {
    folders: ["sandbox/docker/", "sandbox/wasm/", "sandbox/local/"],
    importers: ["application.ts", "cli.ts", "index.ts", "sandbox/choose-engine.ts", "commands/"],
  },
  {
    folders: ["analysis/python/", "analysis/javascript/", "analysis/java/"],
    importers: [
      "analysis/analyser.ts",
      "analysis/typescript/",
      "analysis/rule-catalogue.ts",
      "run/keep-declarations.ts",
      "run/realm-names.ts",
    ],
  },
];

/** Packages and built-in modules that only some places may import, so that only these places need an audit. */
const OWNERS: readonly { readonly name: RegExp; readonly owners: readonly string[] }[] = [
  { name: /^@modelcontextprotocol\//, owners: ["mcp/"] },
  { name: /^dockerode(\/|$)/, owners: ["sandbox/docker/"] },
  { name: /^web-tree-sitter(\/|$)/, owners: ["analysis/java/parser.ts", "analysis/python/parser.ts"] },
  { name: /^tree-sitter/, owners: ["analysis/java/parser.ts", "analysis/python/parser.ts"] },
  { name: /^acorn/, owners: ["analysis/javascript/parser.ts"] },
  { name: /quickjs/, owners: ["sandbox/wasm/", "policy/pattern-thread.ts", "policy/pattern-worker.ts"] },
  { name: /^@runno\//, owners: [] },
  { name: /^pino/, owners: ["log.ts"] },
  { name: /^rate-limiter-flexible/, owners: ["session/rate-limit.ts"] },
  { name: /^(node:)?child_process$/, owners: ["sandbox/local/", "sandbox/wasm/", "commands/"] },
  {
    name: /^(node:)?worker_threads$/,
    owners: ["sandbox/wasm/", "policy/pattern-thread.ts", "policy/pattern-worker.ts", "analysis/typescript/"],
  },
  { name: /^@swc\//, owners: ["analysis/typescript/type-remover.ts"] },
  { name: /^(node:)?(vm|cluster|inspector|repl|http2?|https|dgram)$/, owners: ["sandbox/docker/"] },
  // With this module a file could read the environment without writing `process.env`.
  { name: /^(node:)?process$/, owners: [] },
];

/** Names that only one file may use. */
const WORDS: readonly { readonly word: RegExp; readonly owners: readonly string[] }[] = [
  { word: /\bprocess\s*(\??\.\s*env\b|(\?\.)?\[\s*["'`]env)/, owners: ["config.ts"] },
  { word: /\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/, owners: [] },
  { word: /\bconsole\s*(\.|\[)/, owners: ["mcp/stdio.ts"] },
];

/** Returns a sentence for each rule that a file under src/ breaks. */
export function brokenRules(file: string, text: string): string[] {
  const code = withoutComments(text);
  const problems = importsOf(code).flatMap((target) =>
    target.startsWith(".") ? wrongWay(file, target) : wrongOwner(file, target),
  );
  const bare = withoutStrings(code);
  for (const { word, owners } of WORDS) {
    const [said] = word.exec(bare) ?? [];
    if (said !== undefined && !isIn(file, owners)) problems.push(`${file} says ${said}`);
  }
  return problems;
}

/** The targets of static and dynamic imports, of exports from other files, and of `resolve`. Types count too. */
function importsOf(code: string): string[] {
  return [...code.matchAll(/\b(?:from|import|require|resolve)\s*\(?\s*["'`]([^"'`\n]+)["'`]/g)].map(
    ([, target = ""]) => target,
  );
}

function wrongWay(file: string, target: string): string[] {
  const imported = join(file, target);
  const from = folderOf(file);
  const to = folderOf(imported);
  const wrong = [`${file} imports ${imported}`];
  if (imported.startsWith("../")) return wrong;
  const isSeparate = SEPARATE.some(
    ({ folders, importers }) =>
      folders.some((folder) => imported.startsWith(folder) && !file.startsWith(folder)) && !isIn(file, importers),
  );
  if (isSeparate) return wrong;
  if (to === "") {
    const isGraph = GRAPH.includes(imported);
    return isGraph && !(MAY_IMPORT_GRAPH[from === "" ? file : from] ?? []).includes(imported) ? wrong : [];
  }
  if (from === to || GRAPH.includes(file)) return [];
  const isAllowed = (MAY_IMPORT[from] ?? []).includes(to) && (MAY_IMPORT_FILES[from]?.includes(imported) ?? true);
  return isAllowed ? [] : wrong;
}

function wrongOwner(file: string, target: string): string[] {
  return OWNERS.filter(({ name, owners }) => name.test(target) && !isIn(file, owners)).map(
    () => `${file} imports ${target}`,
  );
}

function isIn(file: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place));
}

function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

/** Returns the file that an import names, from src/, as TypeScript spells it. */
function join(file: string, target: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const step of target.replace(/\.js$/, ".ts").split("/")) {
    if (step === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (step !== ".") parts.push(step);
  }
  return parts.join("/");
}

/** Removes comments. A string may contain text that looks like a comment, so one expression finds both. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_all, string: string | undefined) => string ?? "",
  );
}

/** Removes the text of strings. The expressions inside templates stay. */
function withoutStrings(code: string): string {
  return code.replace(/"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, (text) => {
    if (text === '"env"') return text;
    return text.startsWith("`")
      ? `(${[...text.matchAll(/\$\{([^}]*)\}/g)].map(([, computed]) => computed).join(", ")})`
      : '""';
  });
}
