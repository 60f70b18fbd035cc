/** What the package `assert` takes from `util`. */

const util = realm.load("util");
export default util;
export const { inspect, types, inherits, isDeepStrictEqual } = util;
