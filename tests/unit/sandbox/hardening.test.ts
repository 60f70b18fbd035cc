import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.js";
import { hostConfig } from "../../../src/sandbox/docker/hardening.js";

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
    expect(hostConfig(config, "runc")).toEqual(RUNC);
  });

  it("is the same under gVisor, except for the limits of processes", () => {
    expect(hostConfig(config, "runsc")).toEqual({
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
