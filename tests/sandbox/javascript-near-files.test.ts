/** The error that ends a JavaScript program for a file that is not there says what there is, on every engine. */

import { describe, expect, it } from "vitest";
import type { GuestFile } from "../../src/sandbox/engine.js";
import { forEachEngine } from "../support/engines.js";
import { sharedGuest } from "../support/shared-guest.js";

const file = (name: string): GuestFile => ({ name, path: `proj/${name}`, bytes: Buffer.from("x") });
const FILES = ["data.csv", "src/Sales 2024.csv", "caf\u00e9.txt"].map(file);

forEachEngine("In JavaScript, without a file", (engine) => {
  const run = sharedGuest(engine);

  describe("the error of the program leads on from", () => {
    it.each([
      ["readFileSync('Data.csv')", "did you mean 'data.csv'?"],
      ["readFileSync('./DATA.csv')", "did you mean 'data.csv'?"],
      ["statSync('data/data.csv')", "did you mean 'data.csv'?"],
      ["readFileSync('Sales%202024.csv')", "did you mean 'src/Sales 2024.csv'?"],
      ["readFileSync('cafe\\u0301.txt')", "did you mean 'caf\u00e9.txt'?"],
      ["readdirSync('nope')", "the files are 'data.csv', 'src/Sales 2024.csv', 'caf\u00e9.txt'"],
      ["writeFileSync('out/a.txt', '')", "its directory is not there; make it with mkdirSync, or name the file in the"],
    ])("%s", async (call, advice) => {
      const ran = await run({ language: "javascript", code: `require('fs').${call}`, fence: "open", files: FILES });
      expect(ran.error?.message).toMatch(/^ENOENT: no such file or directory, \w+ '/);
      expect(ran.error?.message).toContain(`': ${advice}`);
    });

    it("a call without files", async () => {
      const ran = await run({ language: "javascript", code: "require('fs').readFileSync('a.csv')", fence: "open" });
      expect(ran.error?.message).toMatch(/: this call has no files; name them in its argument `files`$/);
    });

    it("many long names, of which it tells ten, each cut", async () => {
      const many = Array.from({ length: 300 }, (_, count) => file(`${"n".repeat(150)}${count}`));
      const code = "require('fs').readFileSync('x')";
      const ran = await run({ language: "javascript", code, fence: "open", files: many });
      expect(ran.error?.message).toMatch(/the files are (?:'n{100}\.\.\.'(?:, )?){10} and 290 more$/);
    });
  });

  it("a program that catches the error finds the words of Node", async () => {
    const code = "try { require('fs').readFileSync('Data.csv') } catch (e) { console.log(e.message) }";
    const ran = await run({ language: "javascript", code, fence: "open", files: FILES });
    expect(ran.stdout.text).toBe("ENOENT: no such file or directory, open 'Data.csv'\n");
  });
});
