/** Bounds on the work of an analysis, which grow with the program: the analysis is linear for programs of any size. */

/** Length of the programs that the bounds were measured with, in UTF-16 units. */
const MEASURED_LENGTH = 10_240;

/**
 * Returns the bound for this program.
 *
 * @param bound The bound for a program of at most 10 KB.
 */
export function boundFor(code: string, bound: number): number {
  return Math.ceil(bound * Math.max(1, code.length / MEASURED_LENGTH));
}
