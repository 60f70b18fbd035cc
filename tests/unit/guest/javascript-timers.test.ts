/** Many timers of a JavaScript program, in both realms. */

import { describe, expect, it } from "vitest";
import { REALMS } from "./javascript-realms.js";

/** Work by the square of these numbers takes QuickJS a quarter of a minute on an idle machine. */
const TIMEOUT_MS = 8_000;

const MANY: Readonly<Record<string, string>> = {
  "timeouts at once": "for (let i = 0; i < 20000; i++) setTimeout(() => n++, 1);",
  "timeouts, the latest first": "for (let i = 20000; i > 0; i--) setTimeout(() => n++, i / 100);",
  immediates: "for (let i = 0; i < 20000; i++) setImmediate(() => n++);",
  "cleared timeouts, the youngest first":
    "const all = []; for (let i = 0; i < 20000; i++) all.push(setTimeout(() => 0, 1e6));" +
    "for (const one of all.reverse()) { clearTimeout(one); n++; }",
  "cleared timeouts that do not wait for each other":
    "for (let i = 0; i < 20000; i++) { clearTimeout(setTimeout(() => 0, 1e6)); n++; }",
  "cleared immediates":
    "const all = []; for (let i = 0; i < 20000; i++) all.push(setImmediate(() => 0));" +
    "for (const one of all) { clearImmediate(one); n++; }",
};

describe.each(REALMS)("A program in %s", (_, run) => {
  it.each(Object.entries(MANY))("has twenty thousand %s", async (_name, code) => {
    const { stdout, error } = await run(
      `let n = 0; ${code} setTimeout(() => setImmediate(() => console.log(n)), 250)`,
      { timeoutMs: TIMEOUT_MS },
    );
    expect([error, stdout]).toEqual([null, "20000\n"]);
  });

  it("runs timers by their time and then by their age, without those that it cleared or set again", async () => {
    const { stdout, error } = await run(`
      const waits = Array.from({ length: 400 }, (_, i) => (i * 37) % 23 + 1);
      const ran = [], left = [];
      const all = waits.map((wait, i) => setTimeout(() => ran.push(i), wait));
      all.forEach((one, i) => { if (i % 3 === 0) clearTimeout(one); else if (i % 3 === 1) one.refresh(); });
      const expected = waits.map((wait, i) => ({ i, wait, age: i % 3 === 1 ? 400 + i : i }))
        .filter(({ i }) => i % 3 !== 0).sort((a, b) => a.wait - b.wait || a.age - b.age).map(({ i }) => i);
      setTimeout(() => console.log(ran.length, String(ran) === String(expected)), 60);`);
    expect([error, stdout]).toEqual([null, "266 true\n"]);
  });

  it("has an interval that clears itself, and a timeout that a timeout sets", async () => {
    const { stdout } = await run(`
      let n = 0;
      const later = () => setTimeout(() => setTimeout(() => console.log("inner"), 1), 1);
      const every = setInterval(() => {
        console.log("tick", ++n);
        if (n === 3) { clearInterval(every); later(); }
      }, 1);`);
    expect(stdout).toBe("tick 1\ntick 2\ntick 3\ninner\n");
  });
});
