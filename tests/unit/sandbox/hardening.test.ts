import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.js";
import { NODE_FLAGS } from "../../../src/sandbox/node-flags.js";
import { containerOptions, heartbeatOptions, hostConfig } from "../../../src/sandbox/docker/hardening.js";

const { config } = readConfig([], {});

/** The whole configuration, so that a change that loosens the container changes this test too. */
const RUNC = {
  Runtime: "runc",
  NetworkMode: "none",
  ReadonlyRootfs: true,
  CapDrop: ["ALL"],
  CapAdd: ["SETUID", "SETGID", "SETPCAP", "KILL"],
  SecurityOpt: ["no-new-privileges:true"],
  Privileged: false,
  Memory: 402_653_184,
  MemorySwap: 402_653_184,
  NanoCpus: 1_000_000_000,
  PidsLimit: 52,
  OomScoreAdj: 500,
  IpcMode: "none",
  CgroupnsMode: "private",
  LogConfig: { Type: "none", Config: {} },
  Tmpfs: {
    "/tmp": "rw,noexec,nosuid,nodev,size=16m,mode=1777",
    "/workspace": "rw,noexec,nosuid,nodev,size=24m,mode=1777",
  },
  Ulimits: [
    { Name: "core", Soft: 0, Hard: 0 },
    { Name: "nofile", Soft: 256, Hard: 256 },
    { Name: "msgqueue", Soft: 0, Hard: 0 },
    { Name: "fsize", Soft: 16_777_216, Hard: 16_777_216 },
  ],
  Binds: [],
  Mounts: [],
  Devices: [],
  GroupAdd: [],
  AutoRemove: false,
  RestartPolicy: { Name: "no" },
};

describe("hostConfig()", () => {
  it("is exactly this under runc", () => {
    expect(hostConfig(config, "runc")).toStrictEqual(RUNC);
  });

  it("is the same under gVisor, except for the limits of processes", () => {
    expect(hostConfig(config, "runsc")).toStrictEqual({
      ...RUNC,
      Runtime: "runsc",
      PidsLimit: 512,
      Ulimits: [...RUNC.Ulimits, { Name: "nproc", Soft: 52, Hard: 52 }],
    });
  });

  it("takes the limits of memory, processor and processes from the settings, and allows no swap", () => {
    const other = readConfig([], { RLM_MEMORY_LIMIT: "1g", RLM_CPU_LIMIT: "0.5", RLM_PIDS_LIMIT: "20" }).config;
    expect(hostConfig(other, "runc")).toMatchObject({
      Memory: 2 ** 30,
      MemorySwap: 2 ** 30,
      NanoCpus: 500_000_000,
      PidsLimit: 22,
    });
  });

  it("gives a container room for the largest program that the operator allows", () => {
    const raised = readConfig([], { RLM_MAX_EXEC_MEMORY_MB: "1024" }).config;
    expect(hostConfig(raised, "runc")).toMatchObject({ Memory: 1_152 * 2 ** 20, MemorySwap: 1_152 * 2 ** 20 });
    const both = readConfig([], { RLM_MAX_EXEC_MEMORY_MB: "1024", RLM_MEMORY_LIMIT: "2g" }).config;
    expect(hostConfig(both, "runc").Memory).toBe(2 ** 31);
  });

  it("is loosened by no setting", () => {
    const loosest = readConfig([], {
      RLM_MEMORY_LIMIT: "2g",
      RLM_CPU_LIMIT: "4",
      RLM_PIDS_LIMIT: "200",
      RLM_DANGEROUSLY_ALLOW_LOCAL: "true",
    }).config;
    const limits = { Memory: 0, MemorySwap: 0, NanoCpus: 0, PidsLimit: 0 };
    expect({ ...hostConfig(loosest, "runc"), ...limits }).toEqual({ ...RUNC, ...limits });
  });
});

const SERVER = "11111111-1111-4111-8111-111111111111";
const GUEST = {
  config,
  runtime: "runc",
  imageId: "sha256:of-the-image",
  language: "python",
  server: SERVER,
  user: 20_007,
  number: 3,
} as const;

/** Everything that is not in the HostConfig. */
const OPTIONS = {
  name: `rlm-mcp-guest.${SERVER}.3`,
  Image: "sha256:of-the-image",
  Cmd: ["20007", "python"],
  User: "0:0",
  Env: [
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "LANG=C.UTF-8",
    "HOME=/tmp",
    "OPENBLAS_NUM_THREADS=1",
    "OMP_NUM_THREADS=1",
    "MPLBACKEND=Agg",
    "MPLCONFIGDIR=/tmp/matplotlib",
  ],
  WorkingDir: "/workspace",
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: true,
  StdinOnce: true,
  Tty: false,
  NetworkDisabled: true,
  StopTimeout: 0,
  Labels: { "rlm-mcp.sandbox": "python", "rlm-mcp.server": SERVER },
  HostConfig: RUNC,
};

describe("containerOptions()", () => {
  it("is exactly this for Python under runc", () => {
    expect(containerOptions(GUEST)).toStrictEqual(OPTIONS);
  });

  it("differs for JavaScript in the command and the label only", () => {
    const node = ["/usr/local/bin/node", ...NODE_FLAGS, "/opt/rlm/javascript/runner.mjs"];
    expect(containerOptions({ ...GUEST, language: "javascript" })).toStrictEqual({
      ...OPTIONS,
      Cmd: ["20007", "javascript", ...node],
      Labels: { ...OPTIONS.Labels, "rlm-mcp.sandbox": "javascript" },
    });
  });

  it("differs under gVisor in the HostConfig only", () => {
    expect(containerOptions({ ...GUEST, runtime: "runsc" })).toStrictEqual({
      ...OPTIONS,
      HostConfig: hostConfig(config, "runsc"),
    });
  });

  it("takes user, image, server and number from its arguments, and nothing else from the settings", () => {
    const loosest = readConfig([], { RLM_DANGEROUSLY_ALLOW_LOCAL: "true", RLM_PIDS_LIMIT: "200" }).config;
    const other = { user: 24_095, imageId: "sha256:other", server: SERVER.replaceAll("1", "2"), number: 4 };
    expect(containerOptions({ ...GUEST, ...other, config: loosest })).toStrictEqual({
      ...OPTIONS,
      name: `rlm-mcp-guest.${other.server}.4`,
      Image: "sha256:other",
      Cmd: ["24095", "python"],
      Labels: { ...OPTIONS.Labels, "rlm-mcp.server": other.server },
      HostConfig: hostConfig(loosest, "runc"),
    });
  });
});

describe("the flags of Node", () => {
  it("are exactly these", () => {
    expect(NODE_FLAGS).toStrictEqual([
      "--max-old-space-size=6144",
      "--disallow-code-generation-from-strings",
      "--no-addons",
      "--no-deprecation",
      "--no-warnings",
    ]);
  });
});

describe("heartbeatOptions()", () => {
  it("is exactly this: a container without rights, should somebody start it", () => {
    const name = `rlm-mcp-heartbeat.${SERVER}.1800000000000`;
    expect(heartbeatOptions("sha256:of-the-image", SERVER, name)).toStrictEqual({
      name,
      Image: "sha256:of-the-image",
      Entrypoint: ["/bin/true"],
      Cmd: [],
      User: "65534:65534",
      NetworkDisabled: true,
      Labels: { "rlm-mcp.heartbeat": "true", "rlm-mcp.server": SERVER },
      HostConfig: {
        NetworkMode: "none",
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        LogConfig: { Type: "none", Config: {} },
      },
    });
  });
});
