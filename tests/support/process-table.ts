/** Looks at other processes, by /proc; on Linux only. */

import { readFileSync, readdirSync } from "node:fs";

const TICK_MS = 10;

interface Process {
  readonly parent: number;
  readonly state: string;
  readonly cpuMs: number;
}

function look(pid: number): Process | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      state: fields[0] ?? "",
      parent: Number(fields[1]),
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    };
  } catch {
    return null;
  }
}

/** A process that has ended and waits to be collected is not alive. */
export function isAlive(pid: number): boolean {
  const found = look(pid);
  return found !== null && found.state !== "Z" && found.state !== "X";
}

/** Returns the living children of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => look(child)?.parent === pid && isAlive(child));
}

/** Returns the processor time of a process and all its threads. */
export function cpuMs(pid: number): number {
  return look(pid)?.cpuMs ?? Number.NaN;
}
