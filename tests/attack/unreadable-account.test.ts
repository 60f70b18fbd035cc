/**
 * The supervisor of a real container cannot read a part of the kernel's account of its program. Then the run ends as
 * `killed`: a program whose use is unknown is never one that used nothing and ended well.
 *
 * The supervisor is the product's own. A few lines before it make one file of the account fail, once the program asks
 * for it.
 */

import type Docker from "dockerode";
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Job, Sandbox } from "../../src/sandbox/engine.js";
import { CONFIG, docker, type EngineName, type EngineUnderTest, forEachEngine } from "../support/engines.js";
import * as product from "../support/built-modules.js";

/** A part of the account, by its files. */
const PARTS = {
  memory: ["/statm"],
  time: ["/stat"],
  group: ["/cpu.stat", "/cpuacct.usage"],
  kills: ["/memory.events", "/memory.oom_control"],
} as const;
type Part = keyof typeof PARTS;

/** gVisor shows its guests no control group. */
const partsOf = (engine: EngineUnderTest): Part[] =>
  engine.name === "runsc" ? ["memory", "time"] : ["memory", "time", "group", "kills"];

type Failure = "error" | "empty" | "words" | "unopened";

/** Runs the supervisor with readings that fail. The program says in /tmp/fail how many more readings succeed. */
const WRAPPER = (part: Part, failure: Failure): string => `
import os, runpy
real_open, real_pread, paths, left = os.open, os.pread, {}, []
def is_wanted(path):
    return any(str(path).endswith(end) for end in ${JSON.stringify(PARTS[part])})
def open_file(path, *rest, **more):
    if ${failure === "unopened" ? "True" : "False"} and is_wanted(path):
        raise OSError(13, "Permission denied")
    descriptor = real_open(path, *rest, **more)
    paths[descriptor] = path
    return descriptor
def pread(descriptor, *rest):
    if is_wanted(paths.get(descriptor, "")) and os.path.exists("/tmp/fail"):
        if not left:
            left.append(int(open("/tmp/fail").read() or 0))
        left[0] -= 1
        if left[0] < 0:
            if ${JSON.stringify(failure)} == "error":
                raise OSError(5, "Input/output error")
            return ${failure === "words" ? 'b"no number here, (only) words\\n"' : 'b""'}
    return real_pread(descriptor, *rest)
os.open, os.pread = open_file, pread
runpy.run_path("/opt/rlm/python/supervisor.py", run_name="__main__")
`;

let number = 0;

async function open(engine: EngineUnderTest, part: Part, failure: Failure): Promise<Sandbox> {
  if (docker === null) throw new Error("There is no Docker engine");
  const found = await product.image.inspectImage(docker, CONFIG.dockerImage);
  const options: Docker.ContainerCreateOptions = {
    ...product.hardening.containerOptions({
      config: CONFIG,
      runtime: engine.name as "runc" | "runsc",
      imageId: found?.id ?? "",
      language: "python",
      server: randomUUID(),
      user: 20_000,
      number: number++,
    }),
    Entrypoint: ["/usr/bin/python3", "-I", "-S", "-B", "-c", WRAPPER(part, failure)],
  };
  const isolation = ((await engine.engine()) as { isolation?: Sandbox["isolation"] }).isolation as Sandbox["isolation"];
  const { DockerSandbox } = product.dockerSandbox;
  return DockerSandbox.open(docker, options, isolation, AbortSignal.timeout(20_000), () => undefined);
}

/** A program after which so many readings succeed, and no more. */
const failAfter = (readings: number): string => `
import time
with open("/tmp/fail", "w") as file:
    file.write("${readings}")
time.sleep(0.2)
print("done")
`;
const LOST = { ending: "killed", error: { message: expect.stringContaining("could not be read") } };

forEachEngine(
  "a guest whose account cannot be read",
  (engine) => {
    const job = (code: string, keep: boolean): Job => ({ ...engine.job({ code, fence: "open" }), keep });
    const never = new AbortController().signal;

    for (const part of partsOf(engine))
      for (const failure of ["error", "empty", "words"] as const)
        it(`(${part}: ${failure}) ends the call as killed`, async () => {
          // The runner's own time is read only if the runner is kept.
          await using sandbox = await open(engine, part, failure);
          expect(await sandbox.run(job(failAfter(0), part === "time"), never)).toMatchObject(LOST);
          expect(sandbox.isReady).toBe(false);
        });

    for (const part of partsOf(engine).filter((one) => one === "time" || one === "group"))
      it(`(${part}) between two calls ends the next one as killed, before it runs`, async () => {
        await using sandbox = await open(engine, part, "error");
        expect(await sandbox.run(job(failAfter(1), true), never)).toMatchObject({ ending: "ok" });
        const next = await sandbox.run(job("print('ran')", true), never);
        expect(next).toMatchObject({ ...LOST, stdout: { text: "" } });
        expect(sandbox.isReady).toBe(false);
      });

    it.each(["memory", "time"] as const)("(%s) from the start on is never ready, and says why", async (part) => {
      await expect(open(engine, part, "unopened")).rejects.toMatchObject({
        name: "Fault",
        cause: { message: expect.stringMatching(/Cannot start a guest: \/proc\/\d+\/statm? must be readable/) },
      });
    });

    it("is the only one that ends so: with all readings the same program is ok, and has used something", async () => {
      await using sandbox = await open(engine, "memory", "error");
      const { ending, usage } = await sandbox.run(job(failAfter(1_000), false), never);
      expect(ending).toBe("ok");
      expect(usage.peakMemoryBytes).toBeGreaterThan(1 << 20);
    });
  },
  ["runc", "runsc"] satisfies EngineName[],
);
