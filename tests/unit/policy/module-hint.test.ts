/** What a program is told that imports a denied module. */

import { describe, expect, it } from "vitest";
import { findHint, moduleHint } from "../../../src/policy/module-hint.js";
import { importableModules, withheldModules } from "../../../src/policy/policy.js";
import { PRESETS } from "../../../src/policy/presets.js";

const GENERAL = "Use another module, or write the code that you need into the program";

describe("moduleHint() says for", () => {
  it.each<[string, readonly string[] | "all", RegExp]>([
    ["os", [], /`files` argument/],
    ["os.path", [], /^Split and join paths as strings; name the files/],
    ["os.fork", [], /`files` argument/],
    ["requests", "all", /no network/],
    ["requests.sessions", ["math"], /no network/],
    ["urllib.request", ["urllib", "math"], /no network/],
    ["numpy", ["math"], /^Use math, statistics/],
    ["numpy.linalg", ["math"], /^Use math, statistics/],
    ["numpy.linalg", "all", /^Use math, statistics/],
    ["subprocess", [], /no other programs/],
    ["threading", [], /one after the other/],
    ["sys", [], /SystemExit/],
    [".helpers", ["math"], /leave out the dots/],
    ["..", "all", /leave out the dots/],
    ["tabulate", [], /^Print with widths/],
    ["torch.nn", "all", /use sklearn$/],
    ["torch.nn", ["math"], /^Use another module/],
    ["sqlalchemy", "all", /^Use sqlite3$/],
    ["sqlalchemy", ["math"], /^Use another module/],
    ["feedparser", [], /no network/],
    ["nothing", "all", /^Use another module, or write the code/],
    ["numpyx", "all", /^Use another module, or write the code/],
  ])("%s, where %j can be imported", (module, importable, says) => {
    expect(moduleHint(module, importable)).toMatch(says);
  });

  it.each<[string, readonly string[]]>([
    ["nothing", ["math", "json"]],
    ["constructor", ["math", "json"]],
    ["__proto__.x", ["math", "json"]],
    ["nothing.", ["math", "json"]],
    ["numpy.linalg", ["numpy", "math"]],
    ["urllib.robotparser", ["urllib", "math"]],
  ])("%s nothing special, and no list: %j", (module, importable) => {
    expect(moduleHint(module, importable)).toBe(GENERAL);
  });

  it("every module that a preset withholds something to do instead, but for the inner ones of the interpreter", () => {
    const withheld = PRESETS.flatMap((preset) => withheldModules(preset).map((module) => [preset, module] as const));
    const dead = withheld.filter(([preset, module]) => findHint(module, importableModules(preset)) === undefined);
    const inner = /^_|^urllib\.robotparser$/;
    expect(dead.map(([, module]) => module).filter((module) => !inner.test(module))).toEqual([]);
  });

  it.each(
    (
      "queue pickle marshal shelve dill yaml types inspect importlib builtins unittest pytest doctest argparse " +
      "getpass logging pandas scipy sympy"
    ).split(" "),
  )("%s something else to use", (module) => {
    const hint = moduleHint(module, ["math"]);
    expect(hint).toMatch(/^(?:Use|Write) .{4}/);
    expect(hint).not.toBe(GENERAL);
  });
});
