/** Names that no input can have, because a program has them already. */

import { describe, expect, it } from "vitest";
import { takenNames } from "../../../src/run/taken-names.js";

describe("no input can be named", () => {
  it.each(["python", "javascript"] as const)("as a variable that every program has, in %s", (language) => {
    expect(takenNames(language)).toEqual(expect.arrayContaining(["files", "inputs", "stdin"]));
    // They are names, each by itself.
    expect(takenNames(language).every((name) => /^\w+$/.test(name))).toBe(true);
    expect(new Set(takenNames(language)).size).toBe(takenNames(language).length);
  });

  it("as a variable at which the Python interpreter looks", () => {
    for (const name of ["__name__", "__builtins__", "__spec__", "__annotations__", "__import__", "__class__"])
      expect(takenNames("python")).toContain(name);
    expect(takenNames("python")).not.toContain("console");
  });

  it("as a global of JavaScript that cannot be set, or that programs need", () => {
    for (const name of ["globalThis", "undefined", "NaN", "console", "Object", "Promise", "Map", "RegExp"])
      expect(takenNames("javascript")).toContain(name);
    expect(takenNames("javascript")).not.toContain("__name__");
  });
});
