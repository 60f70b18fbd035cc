/** The options of `util.inspect` that change what is shown. */

import { floor, max } from "./intrinsics.js";

/** @import { Inspection } from "./inspect-layout.js" */
/** @import { AnyObject } from "./lists.js" */

/**
 * @param {Inspection} inspection
 * @param {AnyObject} options Those of a program.
 */
export function setOptions(inspection, options) {
  const { depth, compact, breakLength, maxArrayLength, sorted } = options;
  if (depth === null) inspection.depth = Infinity;
  else if (typeof depth === "number") inspection.depth = depth;
  if (compact === false || compact === 0) inspection.compact = 0;
  if (typeof breakLength === "number") inspection.breakLength = breakLength;
  if (maxArrayLength === null) inspection.maxArrayLength = Infinity;
  else if (typeof maxArrayLength === "number") inspection.maxArrayLength = max(0, floor(maxArrayLength));
  inspection.sorted = sorted === true;
}
