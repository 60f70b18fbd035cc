/** `match` in a session whose programs have `globals` and `locals`: it works, and reads nothing that it may not. */

import { expect, it } from "vitest";
import { type EngineUnderTest, forEachEngine } from "../support/engines.js";
import { safeBuiltins } from "../support/guest-policies.js";

const FENCE = {
  ...safeBuiltins(["dataclasses", "contextlib", "textwrap"]),
  opened: ["globals", "locals", "__import__", "open"],
};

async function run(engine: EngineUnderTest, code: string, inputs = {}) {
  await using sandbox = await engine.open();
  return await sandbox.run(
    { ...engine.job({ code, inputs, fence: FENCE, keep: true }), keep: true },
    AbortSignal.timeout(9_000),
  );
}

const POINT = `from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int
`;

const WORKING: readonly (readonly [name: string, code: string, printed: string])[] = [
  ["a class with places", "match P(1, 2):\n    case P(a, b): print(a, b)\nprint(a + b)", "1 2\n3\n"],
  ["a class with names", "match P(1, 2):\n    case P(x=a, y=2): print(a)", "1\n"],
  ["builtin classes", "match [1, 'a', 2.5]:\n    case [int(n), str(s), float() as f]: print(n, s, f)", "1 a 2.5\n"],
  [
    "a condition",
    `for p in P(1, 2), P(3, 3):
    match p:
        case P(a, b) if a == b: print('same', a)
        case P(a, b): print(a, b)`,
    "1 2\nsame 3\n",
  ],
  ["a condition that binds", "match P(1, 2):\n    case P(a, b) if (s := a + b) > 2: print(s)\nprint(s)", "3\n3\n"],
  ["no case", "match P(1, 2):\n    case P(3, 3): print('no')\nprint('after')", "after\n"],
  [
    "the rest of a mapping and of a list",
    `match {'p': P(1, 2), 'q': 3, 'r': [1, 2, 3]}:
    case {'p': P(a, _), 'r': [1, *more], **rest}: print(a, more, rest)`,
    "1 [2, 3] {'q': 3}\n",
  ],
  ["alternatives", "match P(1, 2):\n    case P(3, a) | P(1, a): print(a)", "2\n"],
  [
    "break, continue and else",
    `for p in [P(1, 1), P(2, 2), P(3, 3)]:
    match p:
        case P(1, _): continue
        case P(2, _): break
        case _: print('never')
else: print('never')
print(p.x)`,
    "2\n",
  ],
  [
    "one in another",
    "match P(1, P(2, 3)):\n    case P(a, inner):\n        match inner:\n            case P(b, c): print(a, b, c)",
    "1 2 3\n",
  ],
  ["its own locals", "match P(1, 2):\n    case P(a, b): print('a' in locals(), 'b' in globals())", "True True\n"],
  [
    "in try and with",
    `import contextlib
try:
    with contextlib.nullcontext():
        match P(1, 2):
            case P(a, b) if a / 0: pass
except ZeroDivisionError as e: print(e)`,
    "division by zero\n",
  ],
  [
    "in a function, in a lambda's argument and in a method",
    `class C:
    def m(self, v):
        match v:
            case P(a, b): return a
def f(v):
    match v:
        case P(a, b): return b
print(C().m(P(1, 2)), f(P(1, 2)))`,
    "1 2\n",
  ],
  [
    "values and texts alone",
    "class C:\n    match 3:\n        case 3 | 4: a = 1\n        case _: a = 2\nprint(C.a)",
    "1\n",
  ],
];

/** They try to exchange the class of a pattern between its check and its use. */
const GETS = `class PM(type):
    def __getattr__(cls, name): return (inputs['g'],)
    def __instancecheck__(cls, v): return True
class P(metaclass=PM): pass
import textwrap
got = []
`;
const HOSTILE: readonly (readonly [name: string, code: string])[] = [
  [
    "by the check of another class",
    `class QM(type):
    def __instancecheck__(cls, v):
        for k in list(globals()):
            if k.startswith(("_class", "_match", "_subject")): globals()[k] = P
        return False
class Q(metaclass=QM): __match_args__ = ("a",)
class Q2: __match_args__ = ("a",)
match textwrap.dedent:
    case Q(x): got.append(x)
    case Q2(x): got.append(x)
    case P(x): got.append(x)`,
  ],
  [
    "by a name that the program sets",
    `class Q: __match_args__ = ("a",)
for n in range(9):
    for w in ("_class", "_match", "_subject"): globals()[f"{w}{n}\\u2060"] = P; globals()[f"{w}\\u2060"] = P
match textwrap.dedent:
    case Q(x): got.append(x)
    case P(x): got.append(x)`,
  ],
  [
    "by a mapping of names",
    `match {"f": textwrap.dedent}:
    case {"f": P(x)}: got.append(x)`,
  ],
];

forEachEngine("A session with `globals` matches outside functions", (engine) => {
  it.each(WORKING)("%s", async (_, code, printed) => {
    expect(await run(engine, POINT + code)).toMatchObject({ error: null, ending: "ok", stdout: { text: printed } });
  });

  it("with the program's own lines in the traceback", async () => {
    const ran = await run(engine, `${POINT}\nmatch P(1, 2):\n    case P(a, b) if a / 0: pass`);
    expect(ran).toMatchObject({ error: { type: "ZeroDivisionError", line: 8, column: 21 } });
  });

  it("except in the body of a class, which the error says", async () => {
    const ran = await run(engine, `${POINT}class C:\n    match P(1, 2):\n        case P(a, b): pass`);
    expect(ran).toMatchObject({ error: { type: "SyntaxError", line: 8 } });
    expect(ran.error?.message).toMatch(/body of a class here: put the match into a function/);
  });

  it.each(HOSTILE)("and reads no guarded attribute, %s", async (_, code) => {
    const ran = await run(engine, `${GETS}${code}\nprint("GOT", got)`, { g: "__globals__" });
    expect(ran.stdout.text).not.toContain("{");
    expect(ran.error?.message ?? "").toMatch(/cannot be reached|takes no arguments/);
  });
});
