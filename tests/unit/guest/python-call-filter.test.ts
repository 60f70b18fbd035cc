/**
 * The filter of system calls, for both processors. It is built by the guest's own code, and followed step by step as a
 * kernel would: a test machine has one processor only.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { describeUnless } from "../../support/skips.js";

const GUEST = path.resolve(import.meta.dirname, "../../../src/guest/python");

/** Debian's linux-libc-dev. 64-bit ARM has the kernel's generic table. */
const HEADERS = {
  x86_64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
  aarch64: "/usr/include/asm-generic/unistd.h",
} as const;
type Machine = keyof typeof HEADERS;
const MACHINES: readonly Machine[] = ["x86_64", "aarch64"];

/** Calls that are younger than Linux 6.1, so that the headers of Debian 12 do not have them. */
const YOUNG = ["statmount", "listmount", "open_tree_attr"];

interface Described {
  readonly absent: Readonly<Record<string, readonly [number, number | null]>>;
  readonly refused: Readonly<Record<string, readonly [number, number | null]>>;
  readonly checked: Readonly<Record<string, readonly [number, number | null]>>;
  readonly steps: Readonly<Record<Machine, readonly (readonly [number, number, number, number])[]>>;
  readonly audits: Readonly<Record<Machine, number>>;
}

const PROGRAM = `
import json, struct, sys
sys.path.insert(0, ${JSON.stringify(GUEST)})
from supervisor.system_calls import ABSENT, ARCHITECTURES, CHECKED, REFUSED, build_filter
json.dump({
    "absent": ABSENT, "refused": REFUSED, "checked": {name: call[0] for name, call in CHECKED.items()},
    "steps": {machine: list(struct.iter_unpack("=HBBI", build_filter(machine))) for machine in ARCHITECTURES},
    "audits": {machine: audit for machine, (audit, _) in ARCHITECTURES.items()},
}, sys.stdout)
`;

function describeFilter(): Described | null {
  try {
    return JSON.parse(execFileSync("python3", ["-B", "-c", PROGRAM], { encoding: "utf8", stdio: "pipe" })) as Described;
  } catch {
    return null;
  }
}

const ALLOWED = 0x7fff0000;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [0x00050001, 0x00050026, 0x00050061];
const KILLED = 0x80000000;
/** The call succeeds, and the kernel does nothing. */
const DONE = 0x00050000;

/** Follows a filter (classic BPF) for one call, and returns the kernel's decision. */
function decide(
  steps: Described["steps"][Machine],
  audit: number,
  number: number,
  args: readonly number[] = [],
): number {
  let value = 0;
  for (let at = 0, count = 0; count < 10_000; count++) {
    const [code = -1, ifTrue = 0, ifFalse = 0, operand = 0] = steps[at] ?? [];
    at++;
    if (code === 0x20) value = operand === 0 ? number : operand === 4 ? audit : (args[(operand - 16) / 8] ?? 0) >>> 0;
    else if (code === 0x15) at += value === operand ? ifTrue : ifFalse;
    else if (code === 0x35) at += value >= operand ? ifTrue : ifFalse;
    else if (code === 0x45) at += (value & operand) !== 0 ? ifTrue : ifFalse;
    else if (code === 0x54) value = (value & operand) >>> 0;
    else if (code === 0x05) at += operand;
    else if (code === 0x06) return operand;
    else throw new Error(`The kernel does not take the step ${code}`);
  }
  throw new Error("The filter does not end");
}

const filter = describeFilter();
const missing = filter === null ? "there is no python3 that can read the guest's files" : null;
const all = { ...filter?.absent, ...filter?.refused, ...filter?.checked };

describeUnless(missing, "the filter of system calls", () => {
  if (filter === null) return;
  describe.each(MACHINES)("on %s", (machine) => {
    const column = MACHINES.indexOf(machine);
    const steps = filter.steps[machine];
    const call = (name: string, ...args: readonly number[]): number =>
      decide(steps, filter.audits[machine], all[name]?.[column] ?? -1, args);

    it("refuses every call of its tables, and no other call", () => {
      const expected = new Map<number, number>();
      for (const [name, error] of [
        ...Object.keys(filter.absent).map((name) => [name, ENOSYS] as const),
        ...Object.keys(filter.refused).map((name) => [name, EPERM] as const),
      ]) {
        const number = all[name]?.[column];
        if (number !== null && number !== undefined) expected.set(number, error);
      }
      const checked = new Set(Object.values(filter.checked).map((numbers) => numbers[column]));
      for (let number = 0; number < 600; number++) {
        if (checked.has(number)) continue;
        expect(decide(steps, filter.audits[machine], number), `call ${number}`).toBe(expected.get(number) ?? ALLOWED);
      }
    });

    it("has another number for each call", () => {
      const numbers = Object.values(all).flatMap((one) => one[column] ?? []);
      expect(new Set(numbers).size).toBe(numbers.length);
    });

    it("kills a call of another processor, and knows no call of x32", () => {
      const [other] = MACHINES.filter((one) => one !== machine);
      for (const audit of [filter.audits[other ?? machine], 0x40000003, 0x40000028, 0])
        expect(decide(steps, audit, 0)).toBe(KILLED);
      expect(decide(steps, filter.audits[machine], 0x40000000)).toBe(ENOSYS);
      expect(decide(steps, filter.audits[machine], 0xffffffff)).toBe(ENOSYS);
    });

    it.each<[string, readonly number[], number]>([
      ["kill", [1, 18], EPERM],
      ["kill", [1, 15], ALLOWED],
      ["tkill", [1, 18], EPERM],
      ["tgkill", [1, 1, 18], EPERM],
      ["tgkill", [18, 18, 9], ALLOWED],
      ["prlimit64", [1], EPERM],
      ["prlimit64", [0], ALLOWED],
      ["setpriority", [0, 0], ALLOWED],
      ["setpriority", [0, 1], EPERM],
      ["setpriority", [1, 0], EPERM],
      ["fcntl", [5, 10], EPERM],
      ["fcntl", [10, 3], ALLOWED],
      ["prctl", [1], EPERM],
      ["prctl", [15], ALLOWED],
      ["socket", [1], ALLOWED],
      ["socket", [2], ALLOWED],
      ["socket", [10], ALLOWED],
      ["socket", [16], EAFNOSUPPORT],
      ["socket", [0], EAFNOSUPPORT],
      ["socket", [40], EAFNOSUPPORT],
      ["socketpair", [1], ALLOWED],
      ["socketpair", [2], EAFNOSUPPORT],
      ["clone", [0x01200011], ALLOWED],
      ["clone", [0x003d0f00], ALLOWED],
      ["clone", [18], EPERM],
      ["clone", [0x10000011], EPERM],
      ["clone", [0x00020011], EPERM],
      ["clone", [0x40000011], EPERM],
      ["clone", [0x02000011], EPERM],
      // 64-bit ARM has no mknod.
      ["mknod", [0, 0o060666], machine === "x86_64" ? EPERM : ALLOWED],
      ["mknod", [0, 0o020666], machine === "x86_64" ? EPERM : ALLOWED],
      ["mknod", [0, 0o010666], ALLOWED],
      ["mknod", [0o060000, 0o666], ALLOWED],
      ["mknodat", [-100, 0, 0o060666], EPERM],
      ["mknodat", [-100, 0, 0o020666], EPERM],
      ["mknodat", [-100, 0, 0o010666], ALLOWED],
      ["mknodat", [-100, 0, 0o100666], ALLOWED],
      ["mknodat", [0o020000, 0o060000, 0o140666], ALLOWED],
      ["sync", [], DONE],
      ["syncfs", [3], DONE],
    ])("decides on %s with the arguments %j", (name, args, decision) => {
      expect(call(name, ...args)).toBe(decision);
    });

    describeUnless(
      existsSync(HEADERS[machine]) ? null : "linux-libc-dev is not installed",
      "beside the headers",
      () => {
        it("has the numbers of Debian's headers", () => {
          const text = readFileSync(HEADERS[machine], "utf8");
          const defined = new Map(
            [...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)].map(([, name, number]) => [
              name,
              Number(number),
            ]),
          );
          expect(defined.size).toBeGreaterThan(280);
          const unknown: string[] = [];
          for (const [name, numbers] of Object.entries(all)) {
            const number = defined.get(name);
            if (number === undefined && numbers[column] !== null) unknown.push(name);
            else expect(numbers[column] ?? undefined, name).toBe(number);
          }
          expect(YOUNG).toEqual(expect.arrayContaining(unknown));
        });
      },
    );
  });
});
