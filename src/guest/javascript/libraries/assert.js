/** The module `node:assert`. */

import assert from "assert/";
import comparisons from "assert/build/internal/util/comparisons.js";

realm.isDeepStrictEqual = comparisons.isDeepStrictEqual;

export default assert;
