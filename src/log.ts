/** The operator's log: JSON lines on stderr, because stdout carries the protocol. */

import { pino, type Logger } from "pino";

export type Log = Logger;

export function createLog(level: string): Log {
  return pino({ name: "rlm-mcp", level, base: null }, pino.destination({ dest: 2, sync: true }));
}
