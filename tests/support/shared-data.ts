/** Programs of others, in ../shared/data beside the repository. They are no part of the package. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const DIRECTORY = path.resolve(import.meta.dirname, "../../../shared/data");

export interface SharedProgram {
  readonly id: string;
  readonly lang?: string;
  readonly category?: string;
  /** The program, or `run`. */
  readonly code?: string;
  /** The program with its checks, which print OK. */
  readonly run?: string;
}

/** The reason to skip tests of shared programs; null if the data is here. */
export const noSharedData: string | null = existsSync(DIRECTORY) ? null : "no shared/data beside the repository";

/** Returns the programs of a file in their order; none if the data is not here. */
export function sharedPrograms(fileName: string): SharedProgram[] {
  if (noSharedData !== null) return [];
  const lines = readFileSync(path.join(DIRECTORY, fileName), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as SharedProgram);
}
