/** The packages of the data-science image behind the fence: they start no program, and run no text that leads on. */

import { expect, it } from "vitest";
import * as product from "../support/built-modules.js";
import { forEachDataScience } from "../support/engines.js";
import { presetNamed } from "../support/preset-facts.js";

const STARTING: readonly (readonly [name: string, code: string])[] = [
  [
    "a compiler of C",
    `import sympy
from sympy.utilities.autowrap import autowrap
x = sympy.Symbol("x")
print(autowrap(x**2, backend="cython")(2), "REACHED")`,
  ],
  [
    "the interpreter, for a test of a package",
    `from sympy.testing import runtests
print(runtests.run_in_subprocess_with_hash_randomization("print", (1,)), "REACHED")`,
  ],
  [
    "a module by a package",
    `import faker.utils.loading
run = faker.utils.loading.import_module("subprocess").run
print(run(["/usr/bin/python3", "-c", "1"]), "REACHED")`,
  ],
];

const REACHING: readonly (readonly [name: string, code: string])[] = [
  ["sympify", `sympy.sympify("__import__('os').getpid()")`],
  ["S", `sympy.S("__import__('os')")`],
  ["parse_expr", `sympy.parse_expr("__import__('os').listdir('/')", evaluate=False)`],
  ["simplify", `sympy.simplify("x.__class__")`],
  ["subs", `sympy.Symbol("x").subs("x", "eval('1')")`],
  ["Matrix", `sympy.Matrix([["__import__('os').getpid()"]])`],
  ["lambdify", `sympy.lambdify([], "__import__('os').listdir('/')")()`],
  ["lambdify with a statement", `sympy.lambdify([], "1)\\n    import os\\n    return (os.getpid()")()`],
  ["a formula", `patsy.dmatrix("I(x + __import__('os').getpid())", pd.DataFrame({"x": [1.0, 2.0]}))`],
  ["a formula of a model", `smf.ols("y ~ I(x + len(open('a').read()))", pd.DataFrame({"x": [1.0, 2], "y": [1.0, 2]}))`],
];

const FORMULAS = `
import numpy as np, pandas as pd, patsy, sympy, statsmodels.formula.api as smf
from sympy import S, Rational, lambdify, parse_expr, sin, solve, symbols, sympify
x, y = symbols("x y")
assert sympify("x**2 + 2*x + 1").factor() == (x + 1)**2
assert S("1/3") == Rational(1, 3)
assert str(parse_expr("sin(x) + x*y", evaluate=False)) == "x*y + sin(x)"
assert lambdify([x, y], x**2 + sin(y), "numpy")(2.0, 0.0) == 4
assert lambdify(x, "x + 1")(2) == 3
assert lambdify([x], [x, x**2], "math", cse=True)(3) == [3, 9]
assert solve("x**2 - 4") == [-2, 2]
table = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [1.0, 2, 4, 5], "g": list("abab")})
assert smf.ols("y ~ np.log(x) + C(g, Treatment('b'))", table).fit().params.size == 3
assert patsy.dmatrix("bs(x, df=4) + I(x**2)", table).shape == (4, 6)
print("FINE")
`;

await forEachDataScience("Under the policy", (engine) => {
  for (const name of ["workspace", "data_science"]) {
    const { policySet, presets, guestPolicy } = product;
    const set = new policySet.PolicySet([...presets.PRESETS], "strict");
    const fence = guestPolicy.deriveGuestPolicy(presetNamed(name) ?? presets.STRICT, set);
    const run = (code: string) => engine.run({ code, fence, timeoutMs: 15_000 });

    it(`${name} a package starts no program`, { timeout: 60_000 }, async () => {
      for (const [what, code] of STARTING) {
        const ran = await run(code);
        expect(ran.stdout.text, what).not.toContain("REACHED");
        expect(`${ran.error?.message}${ran.stderr.text}${ran.error?.traceback}`, what).toMatch(/does not allow it/);
      }
    });

    it(`${name} no text of a formula leads on`, { timeout: 90_000 }, async () => {
      for (const [what, code] of REACHING) {
        const ran = await run(`import patsy, sympy, pandas as pd, statsmodels.formula.api as smf\n${code}`);
        expect(ran, what).toMatchObject({ ending: "error" });
        expect(ran.error?.message, what).toMatch(
          /Cannot run this text as code: it names .*Write the call in the program/,
        );
      }
    });

    it(`${name} formulas work`, { timeout: 30_000 }, async () => {
      expect(await run(FORMULAS)).toMatchObject({ ending: "ok", error: null, stdout: { text: "FINE\n" } });
    });
  }
});
