/** Programs that recurse without end through the interpreter's own code, after they have taken its limit away. */

import { expect, it } from "vitest";
import { forEachEngine } from "../support/engines.js";

/** Each program calls itself through another part of the interpreter or of its library. */
const SHAPES: readonly (readonly [through: string, code: readonly string[]])[] = [
  ["sorted", ["def f(n):", "    return sorted([n], key=f)", "f(1)"]],
  ["min", ["def f(n):", "    return min([n], key=f)", "f(1)"]],
  ["map", ["def f(n):", "    return list(map(f, [n]))", "f(1)"]],
  ["filter", ["def f(n):", "    return next(filter(f, [n]))", "f(1)"]],
  ["functools.reduce", ["import functools", "def f(a, b):", "    return functools.reduce(f, [a, b])", "f(1, 2)"]],
  ["functools.lru_cache", ["import functools", "@functools.lru_cache", "def f(n):", "    return f(n + 1)", "f(1)"]],
  ["functools.partial", ["import functools", "def f():", "    return functools.partial(f)()", "f()"]],
  ["__repr__", ["class A:", "    def __repr__(self):", "        return '%r' % self", "repr(A())"]],
  ["__str__", ["class A:", "    def __str__(self):", "        return f'{self}'", "str(A())"]],
  ["__eq__", ["class A:", "    def __eq__(self, other):", "        return [A()] == [A()]", "A() == A()"]],
  ["__lt__", ["class A:", "    def __lt__(self, other):", "        return sorted([A(), A()]) == []", "A() < A()"]],
  ["__add__", ["class A:", "    def __add__(self, other):", "        return sum([self], self)", "A() + A()"]],
  ["__hash__", ["class A:", "    def __hash__(self):", "        return hash((self,))", "{A(): 1}"]],
  ["__bool__", ["class A:", "    def __bool__(self):", "        return any([self])", "bool(A())"]],
  ["__iter__", ["class A:", "    def __iter__(self):", "        return iter(tuple(self))", "list(A())"]],
  ["__contains__", ["class A:", "    def __contains__(self, x):", "        return x in self", "1 in A()"]],
  ["__getattr__", ["class A:", "    def __getattr__(self, n):", "        return getattr(self, n)", "A().x"]],
  ["__setattr__", ["class A:", "    def __setattr__(self, n, v):", "        setattr(self, n, v)", "A().x = 1"]],
  ["__call__", ["class A:", "    def __call__(self):", "        return self()", "A()()"]],
  ["__init__", ["class A:", "    def __init__(self):", "        A()", "A()"]],
  ["__new__", ["class A:", "    def __new__(cls):", "        return cls()", "A()"]],
  ["a property", ["class A:", "    @property", "    def x(self):", "        return self.x", "A().x"]],
  [
    "a decorated class",
    ["class M(type):", "    def __call__(cls):", "        return cls()", "class A(metaclass=M):", "    pass", "A()"],
  ],
  ["generators", ["def g():", "    yield from g()", "next(g())"]],
  ["generators in a list", ["def g():", "    yield list(g())", "next(g())"]],
  ["a chain of iterators", ["x = iter([1])", "for _ in range(100_000):", "    x = map(int, x)", "next(x)"]],
  ["coroutines", ["import asyncio", "async def f():", "    await f()", "asyncio.run(f())"]],
  [
    "contextlib",
    ["import contextlib", "@contextlib.contextmanager", "def f():", "    with f():", "        yield", "with f(): pass"],
  ],
  ["re.sub", ["import re", "def f(m):", "    return re.sub('.', f, 'x')", "re.sub('.', f, 'x')"]],
  [
    "json.dumps",
    ["import json", "def f(o):", "    return json.dumps(object(), default=f)", "json.dumps(object(), default=f)"],
  ],
  ["json.loads", ["import json", "def f(o):", "    return json.loads('{}', object_hook=f)", "f({})"]],
  [
    "pickle",
    [
      "import pickle",
      "class A:",
      "    def __reduce__(self):",
      "        return pickle.loads, (pickle.dumps(A()),)",
      "pickle.dumps(A())",
    ],
  ],
  ["a nested list's text", ["x = []", "for _ in range(100_000):", "    x = [x]", "repr(x)"]],
  ["a nested list's comparison", ["x, y = [], []", "for _ in range(100_000):", "    x, y = [x], [y]", "x == y"]],
  ["a nested tuple's hash", ["x = ()", "for _ in range(100_000):", "    x = (x,)", "hash(x)"]],
  [
    "a nested dictionary's pickle",
    ["import pickle", "x = {}", "for _ in range(100_000):", "    x = {1: x}", "pickle.dumps(x)"],
  ],
  [
    "an import",
    [
      "import sys",
      "class F:",
      "    def find_spec(self, name, path, target=None):",
      "        __import__(name + 'x')",
      "sys.meta_path.insert(0, F())",
      "import none",
    ],
  ],
  ["eval", ["def f():", "    return eval('f()')", "f()"]],
  [
    "isinstance",
    [
      "class M(type):",
      "    def __instancecheck__(cls, x):",
      "        return isinstance(x, cls)",
      "class A(metaclass=M):",
      "    pass",
      "isinstance(1, A)",
    ],
  ],
  ["a format", ["class A:", "    def __format__(self, spec):", "        return '{}'.format(self)", "format(A())"]],
  ["print", ["class W:", "    def write(self, t):", "        print(t, file=self)", "print(1, file=W())"]],
  ["a tracer", ["import sys", "def f(*_):", "    sys.settrace(f)", "    return sorted([1], key=lambda n: f())", "f()"]],
  [
    "except and again",
    [
      "def f(n):",
      "    try:",
      "        return sorted([n], key=f)",
      "    except RecursionError:",
      "        return f(n)",
      "f(1)",
    ],
  ],
];

const UNLIMITED = "import sys\nsys.setrecursionlimit(10 ** 9)\n";

forEachEngine(
  "a program without the interpreter's limit that recurses through",
  (engine) => {
    for (const [through, code] of SHAPES)
      it(`${through} soon ends in an error that says why, and the next program runs`, async () => {
        const ran = await engine.run({ code: UNLIMITED + code.join("\n"), fence: "open", timeoutMs: 15_000 });
        expect([ran.ending, ran.exitCode, ran.error?.type]).toEqual(["error", 1, "RecursionError"]);
        expect(ran.error?.message).toMatch(/nested too deeply|recursion depth/);
        expect(await engine.run({ code: "sorted({3, 1, 2})" })).toMatchObject({ ending: "ok", result: "[1, 2, 3]" });
      });
  },
  ["wasm"],
);
