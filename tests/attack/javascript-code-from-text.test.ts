/** JavaScript programs that find the maker of functions by a name of run time, where a policy denies code from text. */

import { describe, expect, it } from "vitest";
import { fencedRunner, forEachEngine } from "../support/engines.js";

const INPUTS = { name: "constructor" };

const PROGRAMS: Readonly<Record<string, string>> = {
  "an asynchronous generator": `(async function* () {})()[inputs.name][inputs.name]("yield 'MADE'")`,
  "a function": `const make = (() => {})[inputs.name]; make("return 'MADE'")()`,
  "a class": `const Make = (class {})[inputs.name]; new Make("return 'MADE'")()`,
  "the members of a prototype": `
const all = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(async () => {}));
await all[inputs.name].value("return 'MADE'")()`,
};

forEachEngine("A JavaScript program", (engine) => {
  describe.each(["strict", "workspace"])("under %s", (policy) => {
    it.each(Object.entries(PROGRAMS))("makes no code from a text by %s", async (_, code) => {
      await using runner = await fencedRunner(engine.name, policy);
      const { ending } = await runner.run({ code, language: "javascript", inputs: INPUTS });
      const said = JSON.stringify(ending);
      expect(said).toMatch(/EvalError|policy-denied/);
      expect(said).not.toMatch(/MADE'"|Function: anonymous/);
    });
  });
});
