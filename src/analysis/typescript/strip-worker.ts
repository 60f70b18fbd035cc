/** The thread that removes the types of programs: see type-remover.ts. */

import { parentPort } from "node:worker_threads";
import { removeTypes } from "./type-remover.js";

parentPort?.on("message", (source: string) => {
  parentPort?.postMessage(removeTypes(source));
});
