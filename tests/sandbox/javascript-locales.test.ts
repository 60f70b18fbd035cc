/** What depends on a locale is right on each engine, or the embedded engine says that it cannot and that Docker can. */

import { describe, expect, it } from "vitest";
import { forEachEngine, type Ran } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

/** Programs with the same value everywhere: they ask for nothing but American English and UTC. */
const EVERYWHERE: readonly (readonly [code: string, result: string])[] = [
  [
    "[1234567.891, -0, 999.9996, 1e21, 0.0005].map((x) => x.toLocaleString()).join('|')",
    "1,234,567.891|-0|1,000|1,000,000,000,000,000,000,000|0.001",
  ],
  ["(1234.5).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })", "1,234.50"],
  ["12345678901234567890n.toLocaleString()", "12,345,678,901,234,567,890"],
  ["new Date(0).toLocaleString() + new Date(1e12).toLocaleDateString('en-US')", "1/1/1970, 12:00:00 AM9/9/2001"],
  ["new Date(45e6).toLocaleTimeString() + new Date(NaN).toLocaleString()", "12:30:00 PMInvalid Date"],
  ["new Date(0).toLocaleString('en-US', { timeZone: 'UTC' })", "1/1/1970, 12:00:00 AM"],
  ["[1234.5, null, new Date(0)].toLocaleString()", "1,234.5,,1/1/1970, 12:00:00 AM"],
  [
    "['b', 'A', '\\u00e9', 'a', 'e', 'B', '_', '1', 'Z', 'f'].sort((a, b) => a.localeCompare(b)).join('')",
    "_1aAbBe\u00e9fZ",
  ],
  ["'Straße'.toLocaleUpperCase() + 'ABC'.toLocaleLowerCase('en')", "STRASSEabc"],
];

/** Programs that need the locales, the time zones or the expressions of Node, and what they give there. */
const NODE_ONLY: readonly (readonly [code: string, result: string, instead: RegExp])[] = [
  ["(1234.5).toLocaleString('de-DE')", "1.234,5", /toFixed/],
  ["(0.256).toLocaleString('en-US', { style: 'percent' })", "26%", /toFixed/],
  ["[1234.5].toLocaleString('de-DE')", "1.234,5", /toFixed/],
  ["new Date(0).toLocaleDateString('en-GB')", "01/01/1970", /toISOString/],
  ["new Date(0).toLocaleString('en-US', { timeZone: 'Asia/Tokyo' })", "1/1/1970, 9:00:00 AM", /toISOString/],
  ["'a10'.localeCompare('a9', undefined, { numeric: true })", "1", /localeCompare/],
  ["'\\u00e4'.localeCompare('z', 'sv')", "1", /localeCompare/],
  ["'\\u0431'.localeCompare('\\u0410')", "1", /letters outside Latin/],
  ["'I'.toLocaleLowerCase('tr')", "\u0131", /toLowerCase/],
  ["new Intl.NumberFormat('de').format(1.5)", "1,5", /padStart/],
];
const NEW_PATTERNS: readonly (readonly [code: string, result: string, instead: RegExp])[] = [
  ["/(?i:a)b/.test('Ab')", "true", /modifiers.*flag/],
  ["new RegExp('(?i:a)b').test('Ab')", "true", /modifiers.*flag/],
  ["/(?<y>a)|(?<y>b)/.exec('b').groups.y", "b", /one name.*own name/],
  ["/[\\w--[a-z]]/v.test('a')", "false", /flags like v.*flag u/],
  ["/[\\w--[a-z]]/v.test('A')", "true", /flags like v.*flag u/],
  ["/[[a-z]--[aeiou]]/v.test('b')", "true", /flags like v.*flag u/],
  ["/[\\w&&[a-z]]/gv.test('A')", "false", /flags like v.*flag u/],
  ["/^\\p{L}$/v.test('é')", "true", /flags like v.*flag u/],
  ["new RegExp('[[a-z]]', 'v').test('b')", "true", /flags like v.*flag u/],
  ["RegExp('^[[a-z]--b]$', 'iv').test('B')", "false", /flags like v.*flag u/],
  ["'b1'.replace(/[[a-z]]/v, 'x')", "x1", /flags like v.*flag u/],
  ["'ab'.match(new RegExp(/[ab]/, 'v'))[0]", "a", /flags like v.*flag u/],
  ["[...'ab'.matchAll(/[[a-z]]/vg)].length", "2", /flags like v.*flag u/],
];

forEachEngine("Locales in JavaScript:", (engine) => {
  const runProgram = sharedGuest(engine);
  const run = (code: string): Promise<Ran> => runProgram({ language: "javascript", code: `\`\${${code}}\`` });

  it.each(EVERYWHERE)("%s", async (code, result) => {
    const ran = await run(`[${code}]`);
    expect({ error: ran.error, result: ran.result }).toEqual({ error: null, result: `'${result}'` });
  });

  const isEmbedded = engine.name === "wasm";
  describe(isEmbedded ? "is refused with a way on:" : "works:", () => {
    // The local engine has the Node of the host, which may be older than that of the image.
    it.each([...NODE_ONLY, ...(engine.name === "local" ? [] : NEW_PATTERNS)])("%s", async (code, result, instead) => {
      const { error, result: found } = await run(code);
      if (!isEmbedded) return expect({ error, found }).toEqual({ error: null, found: `'${result}'` });
      expect(error?.message).toMatch(/has no .*the Docker engine has them/);
      expect(error?.message).toMatch(instead);
    });
  });
});
