/**
 * A refusal before the run says where a module is. So each engine and image has what the server believes, and nothing
 * that the server says no image has.
 */

import { expect, it } from "vitest";
import { LIBRARY_NAMES } from "../../src/analysis/library-names.js";
import { homeOf, type ModuleHome } from "../../src/run/python-library.js";
import { forEachDataScience, forEachEngine } from "../support/engines.js";
import { allBuiltins } from "../support/guest-policies.js";
import { sharedGuest } from "../support/shared-guest.js";

const IMPORT_ALL = `
import warnings
warnings.simplefilter("ignore")
missing = []
for name in names:
    try:
        __import__(name)
    except ModuleNotFoundError:
        missing.append(name)
    except ImportError:
        pass
missing
`;

/** The top modules beside the library. The library's own tests are left out: a project has a module of this name. */
const LIST_PACKAGES = `
import pkgutil, sys
found = {one.name for one in pkgutil.iter_modules()} - set(sys.stdlib_module_names)
sorted(name for name in found if name[0] != "_" and name not in ("test", "sitecustomize", "xxlimited", "xxlimited_35"))
`;

/** Names that the server knows, without the inner ones, which nobody imports. */
const named = (home: ModuleHome): string[] =>
  [...LIBRARY_NAMES, "turtledemo"].filter((name) => homeOf(name) === home && !name.startsWith("_"));

const listed = (result: string | null | undefined): string[] =>
  [...(result ?? "").matchAll(/'(\w+)'/g)].map(([, name = ""]) => name);

forEachEngine("The modules that a program finds", (engine) => {
  const run = sharedGuest(engine);
  const missing = async (names: string[]): Promise<string[]> =>
    listed((await run({ code: IMPORT_ALL, inputs: { names }, fence: allBuiltins(), timeoutMs: 20_000 })).result);

  it("are those of the library that the server believes to be there", async () => {
    if (engine.name === "local") return;
    const containers = named("containers");
    expect(await missing(named("everywhere"))).toEqual([]);
    expect(await missing(containers)).toEqual(engine.name === "wasm" ? containers : []);
    const none = named("nowhere").filter((name) => name !== "ctypes" && name !== "mmap");
    expect(await missing(none)).toEqual(none);
  }, 60_000);
});

await forEachDataScience("The packages that a program finds", (engine) => {
  const run = sharedGuest(engine);

  it("are those that the server believes to be in the image, and all of them", async () => {
    const { result } = await run({ code: LIST_PACKAGES, fence: allBuiltins() });
    const found = listed(result);
    expect(found).toContain("numpy");
    expect(found.filter((name) => homeOf(name) !== "data-science")).toEqual([]);
  }, 60_000);
});
