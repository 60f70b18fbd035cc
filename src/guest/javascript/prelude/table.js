/** The table of `console.table`. */

import {
  isArray,
  mapForEach,
  mapGet,
  mapHas,
  mapSet,
  max,
  padEnd,
  builtIns,
  repeat,
  setForEach,
} from "./intrinsics.js";
import { toText } from "./format.js";
import { keysOf } from "./inspect-entries.js";
import { inspect } from "./inspect.js";
import { kindOf } from "./kinds.js";
import { newList, push } from "./lists.js";

/** @import { AnyObject, List } from "./lists.js" */

/** @typedef {{ __proto__: null, index: string, value: unknown }} Row */
/** @typedef {List<string>} Cells One line of the table. A cell that is missing is empty. */

/**
 * @param {object} data
 * @param {unknown} wanted The names of the columns to show, or anything else for all.
 */
export function tableText(data, wanted) {
  const kind = kindOf(data);
  if (kind === "Map" || kind === "Set") return entriesText(data, kind);
  const rows = rowsOf(data);
  /** @type {Cells} */
  const heads = newList();
  push(heads, "(index)");
  const lines = fillCells(rows, heads, wanted);
  return drawTable(heads, lines);
}

/**
 * Shows the entries of a Map or a Set, a line each.
 *
 * @param {object} data
 * @param {"Map" | "Set"} kind
 */
function entriesText(data, kind) {
  /** @type {Cells} */
  const heads = newList();
  push(heads, "(iteration index)");
  if (kind === "Map") push(heads, "Key");
  push(heads, "Values");
  /** @type {List<Cells>} */
  const lines = newList();
  /** @type {(value: unknown, key?: unknown) => void} */
  const addLine = (value, key) => {
    /** @type {Cells} */
    const cells = newList();
    push(cells, `${lines.length}`);
    if (kind === "Map") push(cells, cellText(key));
    push(cells, cellText(value));
    push(lines, cells);
  };
  if (kind === "Map") mapForEach(data, addLine);
  else setForEach(data, (value) => addLine(value));
  return drawTable(heads, lines);
}

/**
 * Shows a value as Node does in a table: an object of more than two keys is not opened.
 *
 * @param {unknown} value
 */
function cellText(value) {
  const isWide = value !== null && typeof value === "object" && !isArray(value) && keysOf(value, false).length > 2;
  return inspect(value, isWide ? -1 : 0);
}

/** @param {object} data */
function rowsOf(data) {
  /** @type {List<Row>} */
  const rows = newList();
  const keys = keysOf(data, false);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === "string")
      push(rows, { __proto__: null, index: key, value: /** @type {AnyObject} */ (data)[key] });
  }
  return rows;
}

/**
 * Returns the cells of each row, and adds the names of the columns to `heads`.
 *
 * @param {List<Row>} rows
 * @param {Cells} heads
 * @param {unknown} wanted
 */
function fillCells(rows, heads, wanted) {
  /** @type {Map<string, number>} */
  const columns = new builtIns.Map();
  /** @type {(name: string) => void} */
  const addColumn = (name) => {
    if (mapHas(columns, name)) return;
    mapSet(columns, name, heads.length);
    push(heads, name);
  };
  const isLimited = isArray(wanted);
  if (isLimited) for (let i = 0; i < wanted.length; i++) addColumn(toText(wanted[i]));
  /** @type {List<Cells>} */
  const lines = newList();
  let hasValues = false;
  for (let i = 0; i < rows.length; i++) {
    const { index, value } = rows[i];
    /** @type {Cells} */
    const cells = newList();
    push(cells, index);
    push(lines, cells);
    if (value === null || typeof value !== "object") {
      hasValues = true;
      continue;
    }
    const keys = keysOf(value, false);
    for (let j = 0; j < keys.length; j++) {
      const key = keys[j];
      if (typeof key !== "string") continue;
      if (!isLimited) addColumn(key);
      const column = mapGet(columns, key);
      if (column !== undefined) cells[column] = cellText(/** @type {AnyObject} */ (value)[key]);
    }
  }
  if (hasValues) addValues(rows, lines, heads);
  return lines;
}

/**
 * Adds a last column for the rows that are no objects.
 *
 * @param {List<Row>} rows
 * @param {List<Cells>} lines
 * @param {Cells} heads
 */
function addValues(rows, lines, heads) {
  for (let i = 0; i < rows.length; i++) {
    const { value } = rows[i];
    if (value === null || typeof value !== "object") lines[i][heads.length] = cellText(value);
  }
  push(heads, "Values");
}

/**
 * @param {Cells} heads
 * @param {List<Cells>} lines
 */
function drawTable(heads, lines) {
  /** @type {List<number>} */
  const widths = newList();
  for (let column = 0; column < heads.length; column++) {
    let width = heads[column].length;
    for (let i = 0; i < lines.length; i++) width = max(width, (lines[i][column] ?? "").length);
    push(widths, width + 2);
  }
  let text = `${drawRule(widths, "\u250c", "\u252c", "\u2510")}\n${drawRow(widths, heads)}\n`;
  text += `${drawRule(widths, "\u251c", "\u253c", "\u2524")}\n`;
  for (let i = 0; i < lines.length; i++) text += `${drawRow(widths, lines[i])}\n`;
  return text + drawRule(widths, "\u2514", "\u2534", "\u2518");
}

/**
 * @param {List<number>} widths
 * @param {string} left
 * @param {string} middle
 * @param {string} right
 */
function drawRule(widths, left, middle, right) {
  let text = left;
  for (let i = 0; i < widths.length; i++)
    text += repeat("\u2500", widths[i]) + (i < widths.length - 1 ? middle : right);
  return text;
}

/**
 * @param {List<number>} widths
 * @param {Cells} cells
 */
function drawRow(widths, cells) {
  let text = "\u2502";
  for (let i = 0; i < widths.length; i++) text += `${padEnd(` ${cells[i] ?? ""}`, widths[i], " ")}\u2502`;
  return text;
}
