/**
 * The uses of paths outside the workspace. They are looked for when the whole program is known, because a function may
 * get its path from a call below it. A function that the program's tests replace uses no path.
 */

import type { CallFinding } from "./calls.js";
import { CallSites } from "./call-sites.js";
import { positionalOf, type PythonNode, type TextOf } from "./node.js";
import { isReported, misusedPath, type PathCall, usedPaths } from "./paths.js";
import { PathTexts } from "./path-texts.js";
import type { PythonValues } from "./values.js";

const PATCHES = /^(?:unittest\.)?mock\.patch$/;
const PATCHES_MEMBER = /^(?:unittest\.)?mock\.patch\.object$/;

export class OutsidePaths {
  readonly #values: PythonValues;
  readonly #sites: CallSites;
  readonly #texts: PathTexts;
  readonly #calls: PathCall[] = [];
  /** Full names of the functions that the program replaces. */
  readonly #patched = new Set<string>();

  constructor(values: PythonValues, textOf: TextOf, code: string) {
    this.#values = values;
    this.#sites = new CallSites(textOf);
    this.#texts = new PathTexts(values, this.#sites, textOf, code);
  }

  visit(node: PythonNode): void {
    this.#sites.visit(node);
  }

  /** Notes a call. */
  call(noted: PathCall): void {
    this.#calls.push(noted);
    const [first, second] = positionalOf(noted.call);
    for (const full of noted.names) {
      if (PATCHES.test(full)) this.#patched.add(this.#values.constant(first) ?? "");
      if (!PATCHES_MEMBER.test(full) || first === undefined) continue;
      for (const owner of this.#values.of(first)) this.#patched.add(`${owner}.${this.#values.constant(second) ?? ""}`);
    }
  }

  /** The findings, after the whole program was visited. */
  *findings(): Iterable<CallFinding> {
    for (const noted of this.#calls) {
      for (const { node, uses } of usedPaths(noted, this.#values)) {
        if (this.#patched.has(uses) || isReported(node, noted, this.#values)) continue;
        const found = this.#texts.ofAll(node).flatMap((text) => misusedPath(text, uses) ?? [])[0];
        for (const rule of found?.rules ?? []) yield { rule, node, verb: "use", resource: found?.path ?? "" };
      }
    }
  }
}
