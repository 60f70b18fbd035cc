/** The functions of `console`. */

import { floor, mapDelete, mapGet, mapHas, mapSet, builtIns, slice } from "./intrinsics.js";
import { nowMs, writeText } from "./callbacks.js";
import { format, toText } from "./format.js";
import { publicInspect } from "./inspect.js";
import { joinWith, splitAt } from "./lists.js";
import { framesText, readStack } from "./stack.js";
import { tableText } from "./table.js";

const STDOUT = 1;
const STDERR = 2;
/** Groups are indented no further than this. */
const MAX_GROUP_INDENT = 200;

let groupIndent = "";
/**
 * Counts by their label.
 *
 * @type {Map<string, number>}
 */
const counts = new Map();
/**
 * Start times of clocks by their label.
 *
 * @type {Map<string, number>}
 */
const clocks = new Map();

export function endGroups() {
  groupIndent = "";
}

/**
 * @param {number} stream
 * @param {string} text
 */
function printText(stream, text) {
  if (groupIndent !== "") text = groupIndent + joinWith(splitAt(text, "\n"), `\n${groupIndent}`);
  writeText(stream, `${text}\n`);
}

/** @param {unknown[]} args */
function openGroup(args) {
  if (args.length > 0) printText(STDOUT, format(args));
  if (groupIndent.length < MAX_GROUP_INDENT) groupIndent += "  ";
}

/** @param {unknown} label */
function labelOf(label) {
  return label === undefined ? "default" : toText(label);
}

/**
 * @param {string} label
 * @param {number} startedAt
 */
function clockText(label, startedAt) {
  const elapsed = nowMs() - startedAt;
  return elapsed >= 1000 ? `${label}: ${floor(elapsed) / 1000}s` : `${label}: ${floor(elapsed * 1000) / 1000}ms`;
}

// Methods, because a function would be a constructor and have a prototype for a program to write to.
export const consoleMethods = {
  /** @param {unknown[]} args */
  log(...args) {
    printText(STDOUT, format(args));
  },
  /** @param {unknown[]} args */
  info(...args) {
    printText(STDOUT, format(args));
  },
  /** @param {unknown[]} args */
  debug(...args) {
    printText(STDOUT, format(args));
  },
  /** @param {unknown[]} args */
  warn(...args) {
    printText(STDERR, format(args));
  },
  /** @param {unknown[]} args */
  error(...args) {
    printText(STDERR, format(args));
  },
  /** @param {unknown[]} args */
  trace(...args) {
    const { frames } = readStack(new builtIns.Error());
    printText(STDERR, (args.length === 0 ? "Trace" : `Trace: ${format(args)}`) + framesText(frames));
  },
  /**
   * @param {unknown} value
   * @param {unknown} options
   */
  dir(value, options) {
    printText(STDOUT, publicInspect(value, options));
  },
  /** @param {unknown[]} args */
  dirxml(...args) {
    printText(STDOUT, format(args));
  },
  /**
   * @param {unknown} condition
   * @param {unknown[]} args
   */
  assert(condition, ...args) {
    if (condition) return;
    if (args.length === 0) printText(STDERR, "Assertion failed");
    else printText(STDERR, `Assertion failed${typeof args[0] === "string" ? ": " : " "}${format(args)}`);
  },
  /** @param {unknown[]} args */
  group(...args) {
    openGroup(args);
  },
  /** @param {unknown[]} args */
  groupCollapsed(...args) {
    openGroup(args);
  },
  groupEnd() {
    groupIndent = slice(groupIndent, 2);
  },
  /** @param {unknown} label */
  count(label) {
    const name = labelOf(label);
    const count = (mapGet(counts, name) ?? 0) + 1;
    mapSet(counts, name, count);
    printText(STDOUT, `${name}: ${count}`);
  },
  /** @param {unknown} label */
  countReset(label) {
    mapDelete(counts, labelOf(label));
  },
  /** @param {unknown} label */
  time(label) {
    const name = labelOf(label);
    if (!mapHas(clocks, name)) mapSet(clocks, name, nowMs());
  },
  /**
   * @param {unknown} label
   * @param {unknown[]} args
   */
  timeLog(label, ...args) {
    const name = labelOf(label);
    const startedAt = mapGet(clocks, name);
    if (startedAt === undefined) return;
    const text = clockText(name, startedAt);
    printText(STDOUT, args.length === 0 ? text : `${text} ${format(args)}`);
  },
  /** @param {unknown} label */
  timeEnd(label) {
    const name = labelOf(label);
    const startedAt = mapGet(clocks, name);
    if (startedAt === undefined) return;
    printText(STDOUT, clockText(name, startedAt));
    mapDelete(clocks, name);
  },
  /**
   * @param {unknown} data
   * @param {unknown} columns
   */
  table(data, columns) {
    printText(STDOUT, data === null || typeof data !== "object" ? format([data]) : tableText(data, columns));
  },
};
