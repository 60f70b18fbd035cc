/** Writes the generated tables in docs/ from the code. With --check it only tells whether they are up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { flagOf } from "../dist/config.js";
import { SETTINGS } from "../dist/settings.js";
import { importableModules, withheldModules } from "../dist/policy/policy.js";
import { PRESETS } from "../dist/policy/presets.js";
import { languageOf, RULE_IDS, RULES } from "../dist/analysis/rule-catalogue.js";
import { severityName } from "../dist/analysis/severity.js";
import { cell, code, table } from "./markdown.mjs";
import { toolSections } from "./tool-tables.mjs";

const settings = () =>
  table(
    ["environment", "command line", "default", ""],
    SETTINGS.map((setting) => [
      code(setting.env),
      code(flagOf(setting)),
      setting.fallback === "" ? "" : code(setting.fallback),
      cell(`${setting.reason}. Must be ${setting.allowed}`),
    ]),
  );

const presets = () =>
  table(
    ["preset", "denies from", "builtins", "`open`", "modules", "for"],
    PRESETS.map((preset) => {
      const modules = importableModules(preset);
      const listed =
        modules === "all" ? `all but ${withheldModules(preset).length} withheld` : `${modules.length} listed`;
      return [
        code(preset.name),
        severityName(preset.threshold),
        preset.builtins,
        preset.reads ? "in the sandbox" : "none",
        listed,
        cell(preset.description),
      ];
    }),
  );

/** A rule's severity under a preset, in bold where it denies. */
const severity = (preset, rule) => {
  if (rule === "PY-IMPORT-001") return "by module";
  const value = preset.severities[rule];
  const name = value === 0 ? "" : severityName(value);
  return RULES[rule].category === "syntax" || value >= preset.threshold ? `**${name}**` : name.toLowerCase();
};

const rules = (language) =>
  table(
    ["rule", "category", "found when", ...PRESETS.map(({ name }) => code(name))],
    RULE_IDS.filter((id) => languageOf(id) === language).map((id) => [
      code(id),
      RULES[id].category,
      cell(RULES[id].message),
      ...PRESETS.map((preset) => severity(preset, id)),
    ]),
  );

const modules = () =>
  PRESETS.map((preset) => {
    const listed = importableModules(preset);
    const restricted = Object.entries(preset.restrictedModules);
    const groups = [...new Set(restricted.map(([, value]) => value))].sort((a, b) => b - a);
    const lines = groups.map(
      (value) =>
        `${severityName(value)}: ${restricted
          .filter(([, one]) => one === value)
          .map(([name]) => code(name))
          .sort()
          .join(" ")}`,
    );
    const first =
      listed === "all"
        ? "Any module but those restricted from its threshold on."
        : `Importable: ${[...listed].sort().map(code).join(" ")}`;
    return [`**${preset.name}.** ${first}`, ...lines.map((line) => `Restricted, ${line}`)].join("\n\n");
  }).join("\n\n");

const DOCUMENTS = {
  "../docs/settings.md": { settings },
  "../docs/policy.md": {
    presets,
    "python-rules": () => rules("python"),
    "javascript-rules": () => rules("javascript"),
    "typescript-rules": () => rules("typescript"),
    "java-rules": () => rules("java"),
    modules,
  },
  "../docs/tools.md": await toolSections(),
};

let isStale = false;
for (const [name, sections] of Object.entries(DOCUMENTS)) {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const before = readFileSync(file, "utf8");
  let after = before;
  for (const [section, make] of Object.entries(sections)) {
    const between = new RegExp(`(<!-- ${section}: .*? -->\\n)[\\s\\S]*?(<!-- /${section} -->)`);
    if (!between.test(after)) throw new Error(`${name} has no section ${section}`);
    after = after.replace(between, (_, start, end) => `${start}\n${make()}\n\n${end}`);
  }
  if (after === before) continue;
  isStale = true;
  if (process.argv.includes("--check"))
    console.error(`Cannot accept ${name.slice(3)}: its tables are not the code's, run node scripts/update-docs.mjs`);
  else writeFileSync(file, after);
}
if (process.argv.includes("--check") && isStale) process.exit(1);
