/** One setting as data, and the settings of the limits that an operator can raise. */

import { EXEC_LIMITS, type ExecLimits, LARGEST_EXEC_LIMITS } from "./limits.js";
import { type Parser, wholeNumber } from "./setting-parsers.js";

/** One setting: the facts for its reader and the parser of its value. */
export interface Setting<Value> {
  /** Name of the environment variable; `RLM_POOL_MAX` is `--pool-max` on the command line. */
  readonly env: string;
  /** The default, as text. */
  readonly fallback: string;
  /** Ends the sentence "NAME must be ...". */
  readonly allowed: string;
  readonly reason: string;
  readonly parse: Parser<Value>;
  /** True if an empty variable is a value. Any other setting that is empty has its default. */
  readonly mayBeEmpty?: true;
}

/** Returns the setting of a limit that an operator can raise. Calls that name no limit of their own get this one. */
export function raised(env: string, key: keyof ExecLimits, unit: string, reason: string): Setting<number> {
  const [least, most] = [EXEC_LIMITS[key], LARGEST_EXEC_LIMITS[key]];
  return {
    env,
    fallback: String(least),
    allowed: `a whole number of ${unit} from ${least} to ${most}`,
    reason: `${reason}, in ${unit}`,
    parse: wholeNumber(least, most),
  };
}
