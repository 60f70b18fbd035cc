/**
 * The whole configuration of a guest's container, as pure functions of the settings. To audit the boundary of the
 * container, read this file.
 *
 * Not here: user namespaces, and AppArmor or SELinux profiles. They belong to the configuration of the engine. The
 * engine's default seccomp profile applies.
 */

import type Docker from "dockerode";
import type { Config } from "../../settings.js";
import type { RunnableLanguage } from "../../language.js";
import { EXEC_LIMITS, MAX_FILES_SIZE, MEMORY_BESIDE_MB } from "../../limits.js";
import { MIB } from "../../setting-parsers.js";
import { WORKSPACE } from "../engine.js";
import { NODE_FLAGS } from "../node-flags.js";
import { guestLabels, guestName, heartbeatLabels } from "./ownership.js";

/**
 * The user that a container starts as. Its first process gives root up before the guest is ready: the program becomes a
 * user of this guest alone, and the supervisor becomes nobody (src/guest/python/supervisor/privileges.py). No program
 * runs before that, and nothing in a waiting or running container is root.
 */
const START_USER = "0:0";

/**
 * What the first process needs to give root up: another user and group, an empty bounding set, and signals to the
 * program, which is another user's. It keeps KILL alone; the program keeps none.
 */
const START_CAPABILITIES = ["SETUID", "SETGID", "SETPCAP", "KILL"];

/** Processes of the supervisor: itself and, during its start, one helper. */
const SUPERVISOR_PIDS = 2;

/**
 * Process limit of a container under gVisor. It counts gVisor's own threads on the host: with a limit of 50, a program
 * that forks would end the whole sandbox.
 */
const GVISOR_PIDS = 512;

/** An OCI runtime: `runsc` is gVisor, `runc` shares the kernel of the host. */
export type Runtime = "runsc" | "runc";

/** The engine knows `CgroupnsMode`, and the client's types do not. */
type HostConfig = Docker.HostConfig & { readonly CgroupnsMode: "private" };

/** Returns the HostConfig of a guest's container. Only memory, processor and process limits depend on the settings. */
export function hostConfig(config: Config, runtime: Runtime): HostConfig {
  const isGvisor = runtime === "runsc";
  const isRaised = config.maxExecMemoryMb > EXEC_LIMITS.memoryMb;
  const memory = Math.max(config.memoryLimitBytes, isRaised ? (config.maxExecMemoryMb + MEMORY_BESIDE_MB) * MIB : 0);
  return {
    Runtime: runtime,
    NetworkMode: "none",
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    CapAdd: START_CAPABILITIES,
    SecurityOpt: ["no-new-privileges:true"],
    Privileged: false,
    Memory: memory,
    // Equal to the memory: no swap.
    MemorySwap: memory,
    NanoCpus: Math.round(config.cpuLimit * 1e9),
    PidsLimit: isGvisor ? GVISOR_PIDS : config.pidsLimit + SUPERVISOR_PIDS,
    OomScoreAdj: 500,
    IpcMode: "none",
    CgroupnsMode: "private",
    // No limit applies to Docker's default log: a print loop wrote 2.3 GB to the disk of the host in 10 s.
    LogConfig: { Type: "none", Config: {} },
    // A program can write here only, and the kernel executes no file from here.
    Tmpfs: {
      "/tmp": "rw,noexec,nosuid,nodev,size=16m,mode=1777",
      // Room for the largest input files, and 16 MiB for the files that a program makes.
      [WORKSPACE]: `rw,noexec,nosuid,nodev,size=${(MAX_FILES_SIZE + 16_777_216) / 1_048_576}m,mode=1777`,
    },
    Ulimits: [
      { Name: "core", Soft: 0, Hard: 0 },
      { Name: "nofile", Soft: 256, Hard: 256 },
      // /dev/mqueue stays writable even without IPC. A limit of 0 bytes allows no queue.
      { Name: "msgqueue", Soft: 0, Hard: 0 },
      { Name: "fsize", Soft: 16_777_216, Hard: 16_777_216 },
      // gVisor counts inside the sandbox. Under runc the kernel would count the user's processes on the whole host.
      ...(isGvisor
        ? [{ Name: "nproc", Soft: config.pidsLimit + SUPERVISOR_PIDS, Hard: config.pidsLimit + SUPERVISOR_PIDS }]
        : []),
    ],
    Binds: [],
    Mounts: [],
    Devices: [],
    GroupAdd: [],
    // The server removes the container. An engine that removed it would also remove the reason why it ended.
    AutoRemove: false,
    RestartPolicy: { Name: "no" },
  };
}

/** The command of the supervisor for JavaScript, inside the image. */
const NODE_COMMAND = ["/usr/local/bin/node", ...NODE_FLAGS, "/opt/rlm/javascript/runner.mjs"];

/** Returns the options that create a guest's container. */
export function containerOptions(guest: {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly imageId: string;
  readonly language: RunnableLanguage;
  /** The id of this server. */
  readonly server: string;
  /** The user that the program becomes. */
  readonly user: number;
  /** The number of the container. It is never used again. */
  readonly number: number;
}): Docker.ContainerCreateOptions {
  const { config, runtime, imageId, language, server, user, number } = guest;
  return {
    name: guestName(server, number),
    Image: imageId,
    // The entry point of the image is the supervisor.
    Cmd: [String(user), ...(language === "python" ? ["python"] : ["javascript", ...NODE_COMMAND])],
    User: START_USER,
    Env: [
      "PATH=/usr/local/bin:/usr/bin:/bin",
      "LANG=C.UTF-8",
      "HOME=/tmp",
      "OPENBLAS_NUM_THREADS=1",
      "OMP_NUM_THREADS=1",
      "MPLBACKEND=Agg",
      "MPLCONFIGDIR=/tmp/matplotlib",
    ],
    WorkingDir: WORKSPACE,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // The guest's stdin ends with the server's connection, so the crash of a server ends its guests.
    StdinOnce: true,
    Tty: false,
    NetworkDisabled: true,
    StopTimeout: 0,
    Labels: guestLabels(server, language),
    HostConfig: hostConfig(config, runtime),
  };
}

/** Returns the options that create the container of a heartbeat (heartbeat.ts). It is never started. */
export function heartbeatOptions(imageId: string, server: string, name: string): Docker.ContainerCreateOptions {
  return {
    name,
    Image: imageId,
    // Should a person start it, it ends at once.
    Entrypoint: ["/bin/true"],
    Cmd: [],
    User: "65534:65534",
    NetworkDisabled: true,
    Labels: heartbeatLabels(server),
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      LogConfig: { Type: "none", Config: {} },
    },
  };
}
