/** Renders a report as SARIF 2.1.0, the format that code hosts and editors read. */

import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Violation } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { languageOf, RULE_IDS, RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity, severityName } from "../analysis/severity.js";
import { STDIN_NAME } from "./check-files.js";
import { jsonText } from "./check-json.js";
import { SourceLines } from "./check-lines.js";
import { type CheckedFile, type CheckReport, exitStatusOf, isError, type UncheckedFile } from "./check-report.js";

/** The tool that made the log. */
export interface Driver {
  readonly version: string;
  /** Left out if package.json has no homepage. */
  readonly informationUri?: string;
}

type Json = Readonly<Record<string, unknown>>;

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
const ROOT = "%SRCROOT%";

/** Scores by which GitHub sorts: 7 and more is high, 4 and more is medium, less is low. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  [SEVERITY.SAFE]: "0.0",
  [SEVERITY.LOW]: "2.0",
  [SEVERITY.MEDIUM]: "5.0",
  [SEVERITY.HIGH]: "8.0",
};

/** Longest text of a place that the log repeats, in UTF-16 units. The places of violations can contain each other. */
const MAX_SNIPPET_LENGTH = 1_000;

/**
 * Returns the report as a SARIF log.
 *
 * @param cwd The directory that relative paths start from.
 */
export function renderSarif(report: CheckReport, driver: Driver, cwd: string): string {
  const { policy, files, unchecked } = report;
  const rules = rulesOf(report);
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  return jsonText({
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "rlm-mcp", ...driver, rules } },
        columnKind: "utf16CodeUnits",
        newlineSequences: ["\r\n", "\r", "\n"],
        originalUriBaseIds: { [ROOT]: { description: { text: "The directory that the check ran in" } } },
        properties: {
          policy: { name: policy.name, hash: policy.hash, severity_threshold: severityName(policy.threshold) },
        },
        invocations: [
          {
            executionSuccessful: unchecked.length === 0,
            exitCode: exitStatusOf(report),
            toolExecutionNotifications: unchecked.map((file) => notificationOf(file, cwd)),
          },
        ],
        results: files.flatMap((file) => {
          const lines = new SourceLines(file.code, file.language);
          return file.analysis.violations.map((violation) => ({
            ...resultOf(file, lines, violation, policy, cwd),
            ...ruleIndex(indexOf.get(violation.rule)),
          }));
        }),
      },
    ],
  });
}

interface ReportingDescriptor extends Json {
  readonly id: string;
}

/** Returns the rules of every language that was checked, and the operator's patterns. */
function rulesOf({ policy, files }: CheckReport): ReportingDescriptor[] {
  const languages = new Set(files.map(({ language }) => language));
  const own = RULE_IDS.filter((id) => languages.has(languageOf(id))).map((id) => {
    const { category, message, suggestion } = RULES[id];
    return descriptor({ id, category, severity: policy.severities[id], text: message, help: suggestion }, policy);
  });
  const patterns = policy.patterns.map(({ id, severity, description, suggestion }) =>
    descriptor({ id, category: "pattern", severity, text: description, help: suggestion }, policy),
  );
  return [...own, ...patterns];
}

interface Described {
  readonly id: string;
  readonly category: string;
  readonly severity: Severity;
  readonly text: string;
  readonly help: string;
}

function descriptor({ id, category, severity, text, help }: Described, { threshold }: Policy): ReportingDescriptor {
  const level = severity === SEVERITY.SAFE ? "none" : severity >= threshold ? "error" : "warning";
  return {
    id,
    shortDescription: { text: capital(text) },
    fullDescription: { text: `${capital(category)}: ${text}` },
    help: { text: help },
    defaultConfiguration: { level },
    properties: { category, tags: ["security"], "security-severity": SECURITY_SEVERITY[severity] },
  };
}

function resultOf(
  { path: file }: CheckedFile,
  lines: SourceLines,
  violation: Violation,
  policy: Policy,
  cwd: string,
): Json {
  const { rule, line, column, endLine, endColumn, severity, message, suggestion } = violation;
  const text = lines.textOf(violation);
  return {
    ruleId: rule,
    level: isError(violation, policy) ? "error" : "warning",
    message: { text: messageText(`${message}. ${suggestion}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: locationOf(file, cwd),
          region: {
            startLine: line,
            startColumn: column,
            endLine,
            endColumn,
            ...(text.length > MAX_SNIPPET_LENGTH ? {} : { snippet: { text } }),
          },
        },
      },
    ],
    properties: { severity: severityName(severity) },
  };
}

function ruleIndex(index: number | undefined): Json {
  return index === undefined ? {} : { ruleIndex: index };
}

function notificationOf({ path: file, reason }: UncheckedFile, cwd: string): Json {
  return {
    level: "error",
    message: { text: messageText(`Could not check ${JSON.stringify(file)}: ${reason}`) },
    locations: [{ physicalLocation: { artifactLocation: locationOf(file, cwd) } }],
  };
}

/** Returns a relative location for a file below `cwd`, and an absolute one otherwise: SARIF allows no `..`. */
function locationOf(file: string, cwd: string): Json {
  if (file === STDIN_NAME) return { uri: encodeURIComponent(file) };
  const absolute = path.resolve(cwd, file);
  const relative = path.relative(cwd, absolute);
  if (relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative))
    return { uri: pathToFileURL(absolute).href };
  const uri = relative
    .split(path.sep)
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join("/");
  return { uri: uri === "" ? "./" : uri, uriBaseId: ROOT };
}

/**
 * Returns text as a SARIF message shows it. Braces would be placeholders unless they are doubled, and brackets with a
 * parenthesis after them would be a link.
 */
function messageText(text: string): string {
  return text.replace(/[{}]/g, "$&$&").replaceAll("](", "] (");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
