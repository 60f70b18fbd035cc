/** Renders a report as text, in the form of a compiler's messages. */

import type { Violation } from "../policy/judge.js";
import { severityName } from "../analysis/severity.js";
import { SourceLines } from "./check-lines.js";
import { type CheckedFile, type CheckReport, isError } from "./check-report.js";
import { underline, visible } from "./check-terminal.js";

type Paint = (text: string) => string;

interface Palette {
  readonly place: Paint;
  readonly error: Paint;
  readonly warning: Paint;
  readonly help: Paint;
}

const INDENT = "    ";

const plain: Paint = (text) => text;
const PLAIN: Palette = { place: plain, error: plain, warning: plain, help: plain };

const bold =
  (colour: string): Paint =>
  (text) =>
    `\u001b[1${colour}m${text}\u001b[0m`;
const COLOURS: Palette = { place: bold(""), error: bold(";31"), warning: bold(";33"), help: bold(";36") };

/** Returns the report as text. Its colours are escape sequences of a terminal. */
export function renderText(report: CheckReport, useColour: boolean): string {
  const palette = useColour ? COLOURS : PLAIN;
  const violations = report.files.flatMap((file) => {
    const lines = new SourceLines(file.code, file.language);
    return file.analysis.violations.map((violation) =>
      renderViolation(file, lines, violation, isError(violation, report.policy), palette),
    );
  });
  const unchecked = report.unchecked.map(
    ({ path, reason }) => `${palette.place(`${visible(path)}:`)} ${palette.error("could not check")}: ${reason}\n`,
  );
  return [...violations, ...unchecked, `${summarize(report)}\n`].join("\n");
}

function renderViolation(
  { path }: CheckedFile,
  lines: SourceLines,
  violation: Violation,
  denies: boolean,
  palette: Palette,
): string {
  const { line, column, endLine, endColumn, rule, severity, message, suggestion } = violation;
  const paint = denies ? palette.error : palette.warning;
  const source = lines.line(line);
  const [shown, carets] = underline(source, column - 1, endLine === line ? endColumn - 1 : source.length);
  return [
    [
      palette.place(`${visible(path)}:${line}:${column}:`),
      paint(`${denies ? "error" : "warning"}[${visible(rule)}]`),
      severityName(severity),
      visible(message),
    ].join(" "),
    `${INDENT}${shown}`,
    `${INDENT}${carets.replace(/\^+/, paint)}`,
    `${INDENT}${palette.help("help:")} ${visible(suggestion)}`,
    "",
  ].join("\n");
}

function summarize({ policy, files, unchecked }: CheckReport): string {
  const denied = files.filter(({ analysis }) => analysis.verdict === "deny").length;
  const warnings = files
    .flatMap(({ analysis }) => analysis.violations)
    .filter((violation) => !isError(violation, policy)).length;
  const parts = [`${denied} denied`, `${files.length - denied} allowed`];
  if (warnings > 0) parts.push(count(warnings, "warning"));
  if (unchecked.length > 0) parts.push(`${unchecked.length} not checked`);
  const total = count(files.length + unchecked.length, "file");
  return `${total}: ${parts.join(", ")} under policy "${visible(policy.name)}"`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
