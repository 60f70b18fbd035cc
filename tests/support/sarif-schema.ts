/** Says what is wrong with a SARIF log, by the schema that the standard's authors publish. */

import ajvFormats from "ajv-formats";
import ajvDraft04 from "ajv-draft-04";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const schema = JSON.parse(
  readFileSync(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8"),
) as object;

const ajv = new ajvDraft04.default({ allErrors: true, strict: false, unicodeRegExp: false });
ajvFormats.default(ajv);
const isValid = ajv.compile(schema);

/** Returns a sentence for each thing that is wrong; none for a valid log. */
export function sarifProblems(log: unknown): string[] {
  return isValid(log) ? [] : (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
