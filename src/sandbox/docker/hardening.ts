/**
 * The whole HostConfig of a guest's container, as one pure function of the settings. Whoever audits the container's
 * boundary reads this file.
 *
 * Not here: user namespaces and AppArmor or SELinux profiles, which belong to the engine's own configuration; the
 * engine's default seccomp profile applies.
 */

import type Docker from "dockerode";
import type { Config } from "../../config.js";
import { MAX_FILES_SIZE } from "../../limits.js";
import { WORKSPACE } from "../engine.js";

/** All names that we put on containers. */
export const LABEL = { sandbox: "rlm-mcp.sandbox", server: "rlm-mcp.server" } as const;

/** Unprivileged on every Debian: nobody and nogroup. */
export const GUEST_USER = "65534:65534";

/** The supervisor itself and, during its start, one helper. */
const SUPERVISOR_PIDS = 2;

/**
 * Under gVisor the container's limit counts the sandbox's own host threads; at 50 a program that forks kills the
 * sandbox.
 */
const GVISOR_PIDS = 512;

export type Runtime = "runsc" | "runc";

/** A field that the engine knows and the client's types do not. */
type HostConfig = Docker.HostConfig & { readonly CgroupnsMode: "private" };

export function hostConfig(config: Config, runtime: Runtime): HostConfig {
  const isGvisor = runtime === "runsc";
  return {
    Runtime: runtime,
    NetworkMode: "none",
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    Privileged: false,
    Memory: config.memoryLimitBytes,
    // Equal to the memory: no swap.
    MemorySwap: config.memoryLimitBytes,
    NanoCpus: Math.round(config.cpuLimit * 1e9),
    PidsLimit: isGvisor ? GVISOR_PIDS : config.pidsLimit + SUPERVISOR_PIDS,
    OomScoreAdj: 500,
    IpcMode: "none",
    CgroupnsMode: "private",
    // Docker's default log lies outside every limit: a print loop wrote 2.3 GB to the host in 10 s.
    LogConfig: { Type: "none", Config: {} },
    // The only places a program can write, and nothing in them can be executed.
    Tmpfs: {
      "/tmp": "rw,noexec,nosuid,nodev,size=16m,mode=1777",
      // What a program is given, and 16 MiB of what it makes.
      [WORKSPACE]: `rw,noexec,nosuid,nodev,size=${(MAX_FILES_SIZE + 16_777_216) / 1_048_576}m,mode=1777`,
    },
    Ulimits: [
      { Name: "core", Soft: 0, Hard: 0 },
      { Name: "nofile", Soft: 256, Hard: 256 },
      // /dev/mqueue stays writable even without IPC; no bytes, no queues.
      { Name: "msgqueue", Soft: 0, Hard: 0 },
      { Name: "fsize", Soft: 16_777_216, Hard: 16_777_216 },
      // Per sandbox under gVisor; under runc it would count the user's processes on the whole host.
      ...(isGvisor
        ? [{ Name: "nproc", Soft: config.pidsLimit + SUPERVISOR_PIDS, Hard: config.pidsLimit + SUPERVISOR_PIDS }]
        : []),
    ],
    Binds: [],
    Mounts: [],
    Devices: [],
    GroupAdd: [],
    // Removed by us: an engine that removes by itself takes the verdict (out of memory?) with it.
    AutoRemove: false,
    RestartPolicy: { Name: "no" },
  };
}
