/** The TypeScript files of a project import each other as its author wrote them, on every engine. */

import { describe, expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";
import { useProjectRunner } from "../support/project-runner.js";

const FILES = {
  "types.ts": "export interface User { name: string; role: Role }\nexport type Role = 'admin' | 'guest';\n",
  "make.ts":
    "import { User, type Role } from './types';\nimport * as all from './types';\n" +
    "export function make(name: string, role: Role = 'guest'): User { return { name, role } }\n" +
    "export const kinds = (): all.Role[] => ['admin'];\n",
  "index.ts": "export * from './types';\nexport { make, kinds as k } from './make';\n",
  "view.tsx": "export const view = <T,>(x: T): string => `<b>${x}</b>`;\n",
  "parts/index.tsx": "export const part: number = 3;\n",
  "esm.mts": "export const esm: string = 'm';\n",
  "common.cts": "const c: number = 4;\nmodule.exports = { c };\n",
  "element.tsx": "export const App = (): unknown => <div>hi</div>;\n",
  "wrong.ts": "export { User, make } from './make';\n",
  "bad.tsx": "interface A { a: 1 }\nexport const b: unknown = eval('1');\n",
  "data.json": '{"n": 5}',
  "src/app/near.ts": "import { far } from '../far';\nexport const near: string = `near ${far}`;\n",
  "src/far.ts": "export const far: string = 'far';\n",
  "side.ts": "export const n: number = 1;\nconsole.log('side');\n",
};

const WORKING: readonly (readonly [what: string, code: string, output: string])[] = [
  [
    "types without the word type, beside values, and of a file that is not there",
    "import { User, Role } from './types';\nimport d, { make } from './make';\nimport { Gone } from './gone';\n" +
      "import { User as U, k } from './index';\nconst u: User = { name: 'a', role: 'admin' as Role };\n" +
      "let g: Gone | d | null = null;\nconst v: U = make('b');\nconsole.log(u.name, g, v.role, k())",
    "a null guest [ 'admin' ]",
  ],
  [
    "all endings, and names without one, and the endings of what TypeScript writes",
    "import { view } from './view';\nimport { view as w } from './view.tsx';\n" +
      "import { view as x } from './view.jsx';\n" +
      "import { part } from './parts';\nimport { part as q } from './parts/index.js';\n" +
      "import { esm } from './esm.mjs';\nimport { esm as e } from './esm.mts';\n" +
      "const { c } = require('./common.cjs'), { c: n } = require('./common.cts');\n" +
      "console.log(view<number>(part) + w(q) + x(esm), e, c + n)",
    "<b>3</b><b>3</b><b>m</b> m 8",
  ],
  [
    "exports of its own and of another file",
    "import { make } from './make';\nexport const a: number = 1, b = 2\nexport interface I { a: 1 }\n" +
      "export function f(): number { return a + b }\nexport default class C { static n = 3 }\nclass D {}\n" +
      "export { D, D as E };\nexport * from './side';\nexport { n as m } from './side';\n" +
      "export * as all from './side';\nconsole.log(f(), C.n, make('x').name)",
    "side\n3 3 x",
  ],
  [
    "the text of a file in a directory",
    "import { near } from './near';\nimport { far } from '../far';\nconsole.log(near, far)",
    "near far far",
  ],
  [
    "a default export of a value, and JSON with the older word",
    "import d from './data.json' assert { type: 'json' };\n" +
      "import e from './data.json' assert {type: \"json\"};\nexport default { d }\n" +
      "console.log(d.n + e.n, 'x assert { type }')",
    "10 x assert { type }",
  ],
];

forEachEngine("the project's own TypeScript files", (engine) => {
  const runner = useProjectRunner(engine.name, "strict");
  const run = async (code: string) => (await runner().run(FILES, { code, language: "typescript" })).ending;

  it.each(WORKING)("a program has %s", async (_, code, output) => {
    expect(await run(code)).toMatchObject({ ending: "ok", stdout: { text: `${output}\n` } });
  });

  it("a JavaScript program imports them and has exports of its own", async () => {
    const code =
      "import { make } from './make.ts';\nexport const a = make('j').name\n" +
      "export default a\nexport { a as b }\nconsole.log(a)";
    expect((await runner().run(FILES, { code, language: "javascript" })).ending).toMatchObject({
      ending: "ok",
      stdout: { text: "j\n" },
    });
  });

  describe("that cannot run say so:", () => {
    it("JSX in a .tsx file", async () => {
      const ending = await run("import { App } from './element';\nconsole.log(App())");
      expect(ending).toMatchObject({ reason: "policy-denied", detail: { file: "element.tsx", line: 1 } });
      expect(JSON.stringify(ending)).toContain("JSX");
    });

    it("code from text in a .tsx file", async () => {
      const ending = await run("import { b } from './bad';\nconsole.log(b)");
      expect(ending).toMatchObject({ detail: { file: "bad.tsx", line: 2, column: 27, rule: "JS-DYN-001" } });
    });

    it("a type that is exported again as a value", async () => {
      const ending = await run("import { User, make } from './wrong';\nconsole.log(make('a'), User)");
      expect(ending).toMatchObject({ error: { message: expect.stringContaining("`export type`") as string } });
    });
  });
});
