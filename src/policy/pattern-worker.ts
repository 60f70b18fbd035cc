/**
 * The thread that works on patterns. Some take half a second although they match in linear time: a class of Unicode has
 * hundreds of ranges. The thread of the server must answer others meanwhile.
 */

import { parentPort } from "node:worker_threads";
import { answerTo, type PatternOrder } from "./pattern-orders.js";

parentPort?.on("message", (order: PatternOrder) => {
  parentPort?.postMessage(answerTo(order));
});
