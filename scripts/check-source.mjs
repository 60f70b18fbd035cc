/**
 * The gate for the shape of the source: no import cycle, short lines, files and functions, docstrings on exports.
 * `node scripts/check-source.mjs` prints every finding and exits with 1 if there is one. The directions of imports are
 * held by tests/unit/architecture.test.ts.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { functionsOf, importCycles, longLines, undocumentedExports } from "./source-measures.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const MOST_COLUMNS = 120;
const MOST_FILE_LINES = 300;
const MOST_FUNCTION_LINES = 50;
const MOST_LONG_FUNCTIONS = 3;

/** Source files that may have more than 300 lines, each with its reason. */
const TABLES = {};

/** Functions that may have more than 50 lines, as `file name`, each with its reason. At most three. */
const LONG_FUNCTIONS = {};

/** Folders whose exports all have docstrings. */
const DOCUMENTED = ["sandbox", "run", "session", "paths", "tools", "policy"].map((folder) => `src/${folder}/`);

const files = new Map(
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "src", "tests", "scripts"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => /\.(ts|js|mjs|py|sh)$/.test(file) && !file.startsWith("tests/fixtures/"))
    .map((file) => [file, readFileSync(path.join(ROOT, file), "utf8")]),
);
const sources = new Map([...files].filter(([file]) => file.startsWith("src/")));

const findings = [...cycles(), ...lines(), ...fileSizes(), ...functionSizes(), ...docstrings()];
for (const finding of findings) console.log(finding);
console.log(`${files.size} files checked, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;

function cycles() {
  const scripts = new Map([...sources].filter(([file]) => file.endsWith(".ts")));
  return importCycles(scripts).map((knot) => `Import cycle: ${knot.join(", ")}`);
}

function lines() {
  return [...files].flatMap(([file, text]) =>
    longLines(text, MOST_COLUMNS).map(
      ({ line, length }) => `${file}:${line}: the line may have ${MOST_COLUMNS} characters, it has ${length}`,
    ),
  );
}

function fileSizes() {
  return [...sources].flatMap(([file, text]) => {
    const count = text.split("\n").length - 1;
    if (count <= MOST_FILE_LINES) return file in TABLES ? [`${file}: it is short now, take it out of TABLES`] : [];
    return file in TABLES ? [] : [`${file}: a file may have ${MOST_FILE_LINES} lines, it has ${count}`];
  });
}

function functionSizes() {
  const long = [...sources]
    .filter(([file]) => /\.(ts|js|mjs|py)$/.test(file) && !file.endsWith(".d.ts"))
    .flatMap(([file, text]) => functionsOf(file, text).map((one) => ({ file, ...one })))
    .filter(({ lines: count }) => count > MOST_FUNCTION_LINES);
  const isNamed = ({ file, name }) => `${file} ${name}` in LONG_FUNCTIONS;
  const stale = Object.keys(LONG_FUNCTIONS).filter((key) => !long.some(({ file, name }) => `${file} ${name}` === key));
  return [
    ...long
      .filter((one) => !isNamed(one))
      .map(({ file, line, name, lines: count }) => {
        return `${file}:${line}: a function may have ${MOST_FUNCTION_LINES} lines, ${name} has ${count}`;
      }),
    ...stale.map((key) => `${key}: it is short now, take it out of LONG_FUNCTIONS`),
    ...(Object.keys(LONG_FUNCTIONS).length > MOST_LONG_FUNCTIONS
      ? [`LONG_FUNCTIONS may name ${MOST_LONG_FUNCTIONS} functions`]
      : []),
  ];
}

function docstrings() {
  return [...sources]
    .filter(([file]) => file.endsWith(".ts") && DOCUMENTED.some((folder) => file.startsWith(folder)))
    .flatMap(([file, text]) =>
      undocumentedExports(file, text).map(({ name, line }) => `${file}:${line}: ${name} needs a docstring`),
    );
}
