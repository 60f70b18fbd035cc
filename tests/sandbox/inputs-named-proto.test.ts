/** An input of any name arrives, on every engine and in both languages. */

import { describe, expect, it } from "vitest";
import type { Json } from "../../src/sandbox/engine.js";
import { forEachEngine } from "../support/engines.js";

const LONG = "x".repeat(5_000);
const INPUTS = JSON.parse(
  `{"__proto__": {"a": 1}, "rows": [{"__proto__": {"b": 2}}], "constructor": 3, "toString": 4}`,
) as Record<string, Json>;

forEachEngine("An input named __proto__ arrives", (engine) => {
  describe.each(["strict", "open"] as const)("under the fence %s", (fence) => {
    it("in Python", async () => {
      const code = "print(inputs, __proto__, rows[0]['__proto__'])";
      const { stdout } = await engine.run({ code, inputs: INPUTS, fence });
      expect(stdout.text).toBe(
        "{'__proto__': {'a': 1}, 'rows': [{'__proto__': {'b': 2}}], 'constructor': 3, 'toString': 4}" +
          " {'a': 1} {'b': 2}\n",
      );
    });

    it("in JavaScript", async () => {
      const code = [
        "console.log(Object.keys(inputs).join(), JSON.stringify(inputs))",
        "console.log(Object.getOwnPropertyDescriptor(inputs, '__proto__').value.a, __proto__.a)",
        "console.log(Object.getPrototypeOf(inputs) === Object.prototype, ({}).a, ({}).b)",
      ].join("\n");
      const { stdout } = await engine.run({ code, language: "javascript", inputs: INPUTS, fence });
      expect(stdout.text).toBe(
        `__proto__,rows,constructor,toString ${JSON.stringify(INPUTS)}\n1 1\ntrue undefined undefined\n`,
      );
    });

    it("as a long text", async () => {
      const inputs = JSON.parse(`{"__proto__": "${LONG}"}`) as Record<string, Json>;
      const python = await engine.run({ code: "len(inputs['__proto__']), len(__proto__)", inputs, fence });
      expect(python.result).toBe("(5000, 5000)");
      const code = "[__proto__.length, Object.values(inputs)[0].length]";
      const javascript = await engine.run({ code, language: "javascript", inputs, fence });
      expect(javascript.result).toBe("[ 5000, 5000 ]");
    });
  });
});
