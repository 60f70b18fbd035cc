/** The module `node:assert`. */

import assert from "assert/";
import comparisons from "assert/build/internal/util/comparisons.js";

// The package shows its errors by itself, and that leads to itself again.
delete assert.AssertionError.prototype[Symbol.for("nodejs.util.inspect.custom")];
realm.isDeepStrictEqual = comparisons.isDeepStrictEqual;

export default assert;
