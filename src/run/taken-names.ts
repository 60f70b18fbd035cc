/** The names of variables that a program has already, so that no input can have them. */

import type { RunnableLanguage } from "../language.js";

/** The variables that every program has. */
const OURS = ["files", "inputs", "stdin"];

/**
 * Variables of a Python module that the interpreter or its library looks at, and global names of JavaScript that a
 * program cannot do without or that cannot be changed.
 */
const OF_LANGUAGE: Readonly<Record<RunnableLanguage, readonly string[]>> = {
  python: [
    ..."__name__ __builtins__ __file__ __doc__ __package__ __spec__ __loader__ __path__ __annotations__".split(" "),
    ..."__import__ __build_class__ __debug__ __dict__ __class__".split(" "),
  ],
  javascript: [
    ..."console globalThis undefined NaN Infinity eval arguments".split(" "),
    ..."Object Array Function Promise Symbol JSON Math Date String Number Boolean BigInt Error Map Set RegExp".split(
      " ",
    ),
  ],
};

/** Returns the names that no input of a program in this language can have. */
export function takenNames(language: RunnableLanguage): readonly string[] {
  return [...OURS, ...OF_LANGUAGE[language]];
}
