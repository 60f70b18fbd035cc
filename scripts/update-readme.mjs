/** Writes the README's table of settings from the code; with --check only says whether it is up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { flagOf, SETTINGS } from "../dist/config.js";

const file = fileURLToPath(new URL("../README.md", import.meta.url));
const before = readFileSync(file, "utf8");
const rows = SETTINGS.map(
  (setting) => `| \`${setting.env}\` | \`${flagOf(setting)}\` | ${setting.fallback === "" ? "" : `\`${setting.fallback}\``} | ${setting.reason}. Must be ${setting.allowed.replaceAll("|", "\\|")} |`,
);
const table = ["| environment | command line | default | |", "|---|---|---|---|", ...rows].join("\n");
const after = before.replace(/(<!-- settings: .*? -->\n)[\s\S]*?(<!-- \/settings -->)/, (_, start, end) => `${start}${table}\n${end}`);
if (process.argv.includes("--check")) {
  if (after !== before) {
    console.error("Cannot accept README.md: its table of settings is not the code's, run node scripts/update-readme.mjs");
    process.exit(1);
  }
} else writeFileSync(file, after);
