/** The entry for programs that embed the package: the same parts that the command uses. */

export { createApplication, type Application, VERSION } from "./application.js";
export { callerWithoutClient } from "./caller.js";
export { readConfig } from "./config.js";
export { Fault, Refusal, SetupError } from "./errors.js";
export * from "./limits.js";
export type { Ending, Outcome } from "./outcome.js";
export { type Config, SETTINGS } from "./settings.js";
