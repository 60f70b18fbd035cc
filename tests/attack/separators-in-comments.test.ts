/**
 * A comment of one line can end at U+2028 or U+2029, as well as at a line feed. A new line follows. If it begins with
 * `-->`, it is a comment too. An engine that goes on in the old line would run code there that nobody has checked.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FencedRunner, fencedRunner, forEachEngine } from "../support/engines.js";

const LINE = "\u2028";
const PARAGRAPH = "\u2029";
/** Runs if the line before it goes on. */
const HIDDEN = "--> console.log('HIDDEN')\n";
const RETURNS = `function f() { return //${LINE} console.log('HIDDEN')\n} f()`;

const PROGRAMS: Readonly<Record<string, string>> = {
  "after a comment": `let x = 5; x //${LINE}${HIDDEN}`,
  "after a comment that ends at a paragraph": `let x = 5; x //${PARAGRAPH}${HIDDEN}`,
  "after an HTML-like comment": `let x = 5; x <!-- ${LINE}${HIDDEN}`,
  "after a closing HTML-like comment": `let x = 5; x\n--> //${LINE}${HIDDEN}`,
  "after several comments": `let x = 5; x // a${LINE}// b${PARAGRAPH}/* c */ // d${LINE}${HIDDEN}`,
  "in a function": `function f() { let x = 5; x //${LINE}${HIDDEN}} f()`,
  "in a function of a program that awaits": `await 0; f(); function f() { let x = 5; x //${LINE}${HIDDEN}}`,
  "in the value of a program that awaits": `let x = 5; await 0; (x //${LINE}${HIDDEN})`,
  "in a class": `class A { static { let x = 5; x //${LINE}${HIDDEN}} }`,
  "beside an import": `import { inspect //${LINE}\n } from "util"; ${RETURNS}`,
  "beside an export": `export //${LINE} const x = 5; ${RETURNS}`,
  "beside the name of a built-in": `let Map = 5; Map //${LINE}${HIDDEN}`,
  "after return": RETURNS,
};

forEachEngine("A program with a separator in a comment", (engine) => {
  let runner: FencedRunner;
  beforeAll(async () => void (runner = await fencedRunner(engine.name)));
  afterAll(() => runner[Symbol.asyncDispose]());

  describe.each([
    ["fresh", false],
    ["of a session", true],
  ])("that is %s", (_, keep) => {
    it.each(Object.entries(PROGRAMS))("runs nothing that looks like a comment %s", async (_name, code) => {
      const { ending } = await runner.run({ code, language: "javascript", keep });
      expect(ending).toMatchObject({ ending: "ok", stdout: { text: "" } });
    });
  });

  it.each([
    ["fresh", false],
    ["of a session", true],
  ])("and that is %s is told the right place of an error", async (_, keep) => {
    const [there, usual] = [LINE, " "].map((end) => `let x = 5 //${end}\nx.a.b`);
    const [found, expected] = await Promise.all(
      [there, usual].map((code) => runner.run({ code: String(code), language: "javascript", keep })),
    );
    const place = (ran: typeof found) => {
      const error = ran !== undefined && "error" in ran.ending ? ran.ending.error : null;
      return [error?.type, error?.line, error?.column];
    };
    expect(place(found)).toEqual(place(expected));
    expect(place(found).slice(0, 2)).toEqual(["TypeError", 2]);
  });
});
