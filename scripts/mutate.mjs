/**
 * Makes small changes to the code, one at a time, and counts those that the tests beside the code do not notice. Prints
 * them, a score for each folder and a total. Fails if a folder has less than 90 %. It takes some hours, so it is not
 * part of the gate.
 *
 * Some folders only: `npm run mutate -- policy paths`.
 */
import { Stryker } from "@stryker-mutator/core";

const FOLDERS = ["policy", "paths", "session", "run", "sandbox"];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((folder) => !FOLDERS.includes(folder));
if (unknown.length > 0) {
  console.error(`Cannot mutate ${unknown.join(", ")}: a folder must be one of ${FOLDERS.join(", ")}`);
  process.exit(2);
}

const rows = [];
for (const folder of wanted.length > 0 ? wanted : FOLDERS) {
  // Read by vitest.mutate.config.ts, in another process.
  process.env.MUTATE_FOLDER = folder;
  const stryker = new Stryker({ mutate: [`src/${folder}/*.ts`] });
  const states = (await stryker.runMutationTest()).map(({ status }) => status);
  const count = (...kinds) => states.filter((state) => kinds.includes(state)).length;
  rows.push({ folder, noticed: count("Killed", "Timeout"), missed: count("Survived", "NoCoverage") });
}
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
for (const { folder, noticed, missed } of [
  ...rows,
  { folder: "total", noticed: sum("noticed"), missed: sum("missed") },
])
  console.log(`${folder.padEnd(8)} ${((100 * noticed) / (noticed + missed)).toFixed(1)} %  (${missed} not noticed)`);
