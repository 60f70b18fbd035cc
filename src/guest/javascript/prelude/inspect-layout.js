/** The lines and columns in which an inspected value is shown, as Node lays them out. */

import { floor, indexOf, max, min, padEnd, padStart, repeat, round, slice, sqrt } from "./intrinsics.js";
import { joinWith, newList, push, splitAt } from "./lists.js";
import { quote } from "./quote.js";

/** @import { AnyObject, List } from "./lists.js" */

/**
 * The state of one inspection.
 *
 * @typedef {object} Inspection
 * @property {null} __proto__
 * @property {(inspection: Inspection, value: unknown, level: number) => string} formatValue The function of inspect.js,
 *   which the files that inspect.js imports cannot import.
 * @property {List<object>} seen The objects that contain the present one, outermost first.
 * @property {Map<object, number> | null} circular The numbers of objects that contain themselves.
 * @property {number} indentation
 * @property {number} currentDepth
 * @property {number} depth Objects below this level are not opened.
 * @property {number} compact 3, or 0 if each entry gets a line of its own.
 * @property {number} breakLength Lines are no longer than this if they hold more than one entry.
 * @property {number} maxArrayLength
 * @property {boolean} sorted True if the keys are shown in the order of their names.
 * @property {number} size Length of the text of all objects so far.
 * @property {{ __proto__: null, error: Error, stack: string } | null} outer An error whose stack is given.
 */

/**
 * The names of an object's class, and the text around its entries.
 *
 * @typedef {object} Shape
 * @property {string | null} name The name of the constructor, or null without one.
 * @property {string} tag The object's `Symbol.toStringTag`, or "" without one.
 * @property {string} kind The built-in kind, or "" for a plain object.
 * @property {string} base Text before the entries, for instance a stack.
 * @property {string} open
 * @property {string} close
 * @property {FormatEntries | null} formatEntries Null if there are no entries but the properties.
 * @property {boolean} isListLike
 */

/**
 * @callback FormatEntries
 * @param {Inspection} inspection
 * @param {any} value The kind of the value decided about the function, so its type is known there.
 * @param {number} level
 * @param {List<string>} output
 * @returns {void}
 */

export const BREAK_LENGTH = 80;
/** An object whose contents are nested this deep gets lines of its own. */
export const COMPACT = 3;
export const MAX_STRING_LENGTH = 10000;
export const MAX_ARRAY_LENGTH = 100;

/**
 * @param {Inspection} inspection
 * @param {string} value
 */
export function formatString(inspection, value) {
  let text = value;
  let trailer = "";
  if (text.length > MAX_STRING_LENGTH) {
    const rest = text.length - MAX_STRING_LENGTH;
    text = slice(text, 0, MAX_STRING_LENGTH);
    trailer = `... ${rest} more character${rest > 1 ? "s" : ""}`;
  }
  const isLong = text.length > 16 && text.length > BREAK_LENGTH - inspection.indentation - 4;
  const lineEnd = isLong ? indexOf(text, "\n") : -1;
  return (lineEnd >= 0 && lineEnd < text.length - 1 ? quoteLines(inspection, text) : quote(text)) + trailer;
}

/**
 * Shows a long text as the sum of its lines.
 *
 * @param {Inspection} inspection
 * @param {string} text
 */
function quoteLines(inspection, text) {
  const lines = splitAt(text, "\n");
  /** @type {List<string>} */
  const parts = newList();
  for (let i = 0; i < lines.length; i++) {
    const isLast = i === lines.length - 1;
    if (isLast && lines[i] === "") break;
    push(parts, quote(isLast ? lines[i] : `${lines[i]}\n`));
  }
  return joinWith(parts, ` +\n${repeat(" ", inspection.indentation)}`);
}

/**
 * @param {Inspection} inspection
 * @param {Shape} shape
 * @param {List<string>} output The texts of the entries.
 * @param {number} level
 * @param {AnyObject} value
 */
export function layOut(inspection, shape, output, level, value) {
  const { base, open, close } = shape;
  const isCompact = inspection.compact > 0;
  const lines = isCompact && shape.isListLike && output.length > 6 ? inColumns(inspection, output, value) : output;
  const lead = base === "" ? "" : `${base} `;
  if (isCompact && inspection.currentDepth - level < COMPACT && output.length === lines.length) {
    const start = lines.length + inspection.indentation + open.length + base.length + 10;
    let total = lines.length + start;
    let fits = total + lines.length <= inspection.breakLength;
    for (let i = 0; fits && i < lines.length; i++) {
      total += lines[i].length;
      fits = total <= inspection.breakLength;
    }
    if (fits && (base === "" || indexOf(base, "\n") < 0)) {
      const joined = joinWith(lines, ", ");
      if (indexOf(joined, "\n") < 0) return `${lead}${open} ${joined} ${close}`;
    }
  }
  const indent = `\n${repeat(" ", inspection.indentation)}`;
  return `${lead}${open}${indent}  ${joinWith(lines, `,${indent}  `)}${indent}${close}`;
}

/**
 * Puts more than six short entries in columns.
 *
 * @param {Inspection} inspection
 * @param {List<string>} output
 * @param {AnyObject} value
 */
function inColumns(inspection, output, value) {
  const hasRest = output.length > inspection.maxArrayLength;
  const count = hasRest ? output.length - 1 : output.length;
  const columns = columnCount(inspection, output, count);
  if (columns <= 1) return output;
  const widths = columnWidths(output, count, columns);
  let alignRight = true;
  for (let i = 0; alignRight && i < output.length; i++) {
    const type = typeof value[i];
    alignRight = type === "number" || type === "bigint";
  }
  /** @type {List<string>} */
  const rows = newList();
  for (let i = 0; i < count; i += columns) {
    const end = min(i + columns, count);
    let row = "";
    let j = i;
    for (; j < end - 1; j++) row += (alignRight ? padStart : padEnd)(`${output[j]}, `, widths[j - i], " ");
    row += alignRight ? padStart(output[j], widths[j - i] - 2, " ") : output[j];
    push(rows, row);
  }
  if (hasRest) push(rows, output[count]);
  return rows;
}

/**
 * @param {Inspection} inspection
 * @param {List<string>} output
 * @param {number} count
 */
function columnCount(inspection, output, count) {
  let total = 0;
  let longest = 0;
  for (let i = 0; i < count; i++) {
    total += output[i].length + 2;
    longest = max(longest, output[i].length);
  }
  const width = longest + 2;
  if (width * 3 + inspection.indentation >= BREAK_LENGTH || (total / width <= 5 && longest > 6)) return 1;
  const bias = sqrt(width - total / output.length);
  const biased = max(width - 3 - bias, 1);
  return min(
    round(sqrt(2.5 * biased * count) / biased),
    floor((BREAK_LENGTH - inspection.indentation) / width),
    COMPACT * 4,
    15,
  );
}

/**
 * @param {List<string>} output
 * @param {number} count
 * @param {number} columns
 */
function columnWidths(output, count, columns) {
  /** @type {List<number>} */
  const widths = newList();
  for (let i = 0; i < columns; i++) {
    let widest = 0;
    for (let j = i; j < count; j += columns) widest = max(widest, output[j].length);
    push(widths, widest + 2);
  }
  return widths;
}
