/**
 * Checks the guest's Python (src/guest/python/): its format and lint by ruff, its types by pyright. Needs neither a
 * Python nor a network: both come as npm packages.
 *
 *   node scripts/check-guest-python.mjs [--write]   --write formats the files first
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { joinGuestPython } from "./join-guest-python.mjs";

const require = createRequire(import.meta.url);
const { PositionEncoding, Workspace } = require("@astral-sh/ruff-wasm-nodejs");

const PACKAGE = path.resolve(import.meta.dirname, "..");
const GUEST = path.join(PACKAGE, "src", "guest", "python");

const RUFF = {
  "line-length": 120,
  "target-version": "py311",
  lint: {
    select: ["E", "W", "F", "I", "B", "UP", "C4", "C90", "PIE", "RET", "RUF", "PLR0915"],
    // E402: a fragment may import what another statement has made ready.
    ignore: ["E402"],
    isort: { "known-first-party": ["messages", "program", "supervisor"] },
    mccabe: { "max-complexity": 12 },
    pylint: { "max-statements": 35 },
  },
};

/** Of a joined file only its names count: each is declared, and declared once. */
const RUFF_JOINED = { "target-version": "py311", lint: { select: ["F"] } };

const problems = [...checkFragments(process.argv.includes("--write")), ...(await checkJoined())];
for (const problem of problems) console.error(problem);
const types = spawnSync(process.execPath, [require.resolve("pyright/index.js"), "--project", PACKAGE], {
  stdio: "inherit",
});
process.exit(problems.length > 0 || types.status !== 0 ? 1 : 0);

/** Returns a line for each place that is not as ruff wants it. */
function checkFragments(writes) {
  const ruff = new Workspace(RUFF, PositionEncoding.Utf16);
  const files = readdirSync(GUEST, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".py"));
  return files.sort().flatMap((file) => {
    const place = path.join(GUEST, file);
    const text = readFileSync(place, "utf8").replaceAll("\r\n", "\n");
    const formatted = ruff.format(text);
    if (writes && formatted !== text) writeFileSync(place, formatted);
    const isFormatted = writes || formatted === text;
    const name = path.relative(PACKAGE, place);
    return [
      ...(isFormatted ? [] : [`${name}: not formatted; "npm run check:guest-python -- --write" formats it`]),
      ...lint(ruff, name, writes ? formatted : text),
    ];
  });
}

async function checkJoined() {
  const ruff = new Workspace(RUFF_JOINED, PositionEncoding.Utf16);
  return [...(await joinGuestPython(GUEST))].flatMap(([name, text]) => lint(ruff, `the joined ${name}`, text));
}

function lint(ruff, name, text) {
  return ruff
    .check(text)
    .map(({ code, message, start_location: at }) => `${name}:${at.row}:${at.column} ${code ?? "syntax"} ${message}`);
}
