import path from "node:path";
import { describe, expect, it } from "vitest";
import { childEnvironment, flagOf, readConfig, readHostEnvironment } from "../../src/config.js";
import { SetupError } from "../../src/errors.js";
import { type Config, SETTINGS } from "../../src/settings.js";

const MIB = 1_048_576;

function sentences(args: readonly string[], env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(args, env);
  } catch (error) {
    if (error instanceof SetupError) return error.message.split("\n");
    throw error;
  }
  throw new Error("Expected the settings to be refused");
}

describe("readConfig()", () => {
  it("gives the documented defaults when nothing is set", () => {
    expect(readConfig([], {})).toEqual({
      config: {
        executionMode: "auto",
        dockerRuntime: "auto",
        requireGvisor: false,
        dockerImage: "auto",
        networkEnabled: false,
        maxExecCodeSize: 10_240,
        maxExecTimeoutMs: 5_000,
        maxExecMemoryMb: 256,
        memoryLimitBytes: 384 * MIB,
        cpuLimit: 1,
        pidsLimit: 50,
        dangerouslyAllowLocal: false,
        poolWarm: 2,
        poolMax: 4,
        poolIdleSeconds: 300,
        policy: "strict",
        policyAllowed: [],
        policyAsk: ["workspace"],
        policyFile: "",
        sessionReplBuiltins: false,
        allowedRoots: [],
        restrictedNames: [],
        sessionIdleSeconds: 1_800,
        sessionMaxCalls: 100,
        sessionMaxRunSeconds: 300,
        sessionMaxOutputBytes: 10 * MIB,
        rateLimitPerMinute: 60,
        logLevel: "info",
      },
      rest: [],
    });
  });

  it("takes an empty RLM_POLICY_ASK for no policy, from the environment and from the command line", () => {
    expect(readConfig([], { RLM_POLICY_ASK: "" }).config.policyAsk).toEqual([]);
    expect(readConfig(["--policy-ask", ""], {}).config.policyAsk).toEqual([]);
    expect(readConfig(["--policy-ask="], { RLM_POLICY_ASK: "workspace" }).config.policyAsk).toEqual([]);
  });

  it("takes an empty variable for one that is not set", () => {
    expect(readConfig([], { RLM_EXECUTION_MODE: "", RLM_POOL_MAX: "" }).config).toEqual(readConfig([], {}).config);
  });

  it("ignores variables of other programs", () => {
    expect(readConfig([], { PATH: "/bin", DOCKER_HOST: "x", XRLM_MODE: "x", RLM: "x" }).config).toEqual(
      readConfig([], {}).config,
    );
  });

  const roots = [path.resolve("/srv/a"), path.resolve("/srv/b")];
  interface Given {
    readonly env: string;
    readonly value: string;
    readonly key: keyof Config;
    readonly becomes: unknown;
  }
  const given: readonly Given[] = [
    { env: "RLM_EXECUTION_MODE", value: "wasm", key: "executionMode", becomes: "wasm" },
    { env: "RLM_EXECUTION_MODE", value: "docker", key: "executionMode", becomes: "docker" },
    { env: "RLM_DOCKER_RUNTIME", value: "runsc", key: "dockerRuntime", becomes: "runsc" },
    { env: "RLM_DOCKER_RUNTIME", value: "runc", key: "dockerRuntime", becomes: "runc" },
    { env: "RLM_REQUIRE_GVISOR", value: "true", key: "requireGvisor", becomes: true },
    { env: "RLM_REQUIRE_GVISOR", value: "1", key: "requireGvisor", becomes: true },
    { env: "RLM_REQUIRE_GVISOR", value: "0", key: "requireGvisor", becomes: false },
    {
      env: "RLM_DOCKER_IMAGE",
      value: "registry.example:5000/team/rlm@sha256:0123",
      key: "dockerImage",
      becomes: "registry.example:5000/team/rlm@sha256:0123",
    },
    { env: "RLM_NETWORK_ENABLED", value: "false", key: "networkEnabled", becomes: false },
    { env: "RLM_MAX_EXEC_CODE_SIZE", value: "1048576", key: "maxExecCodeSize", becomes: 1_048_576 },
    { env: "RLM_MAX_EXEC_TIMEOUT_MS", value: "300000", key: "maxExecTimeoutMs", becomes: 300_000 },
    { env: "RLM_MAX_EXEC_MEMORY_MB", value: "4096", key: "maxExecMemoryMb", becomes: 4_096 },
    { env: "RLM_MEMORY_LIMIT", value: "128m", key: "memoryLimitBytes", becomes: 128 * MIB },
    { env: "RLM_MEMORY_LIMIT", value: "2G", key: "memoryLimitBytes", becomes: 2048 * MIB },
    { env: "RLM_MEMORY_LIMIT", value: "524288k", key: "memoryLimitBytes", becomes: 512 * MIB },
    { env: "RLM_MEMORY_LIMIT", value: "134217728b", key: "memoryLimitBytes", becomes: 128 * MIB },
    { env: "RLM_CPU_LIMIT", value: "0.1", key: "cpuLimit", becomes: 0.1 },
    { env: "RLM_CPU_LIMIT", value: "4", key: "cpuLimit", becomes: 4 },
    { env: "RLM_PIDS_LIMIT", value: "10", key: "pidsLimit", becomes: 10 },
    { env: "RLM_PIDS_LIMIT", value: "200", key: "pidsLimit", becomes: 200 },
    { env: "RLM_DANGEROUSLY_ALLOW_LOCAL", value: "true", key: "dangerouslyAllowLocal", becomes: true },
    { env: "RLM_POOL_WARM", value: "0", key: "poolWarm", becomes: 0 },
    { env: "RLM_POOL_MAX", value: "64", key: "poolMax", becomes: 64 },
    { env: "RLM_POOL_IDLE_SECONDS", value: "86400", key: "poolIdleSeconds", becomes: 86_400 },
    { env: "RLM_POLICY", value: "data_science", key: "policy", becomes: "data_science" },
    { env: "RLM_POLICY_ALLOWED", value: "production, my-own", key: "policyAllowed", becomes: ["production", "my-own"] },
    { env: "RLM_POLICY_ASK", value: "production,my-own", key: "policyAsk", becomes: ["production", "my-own"] },
    { env: "RLM_POLICY_FILE", value: "/etc/rlm/policies.json", key: "policyFile", becomes: "/etc/rlm/policies.json" },
    { env: "RLM_SESSION_REPL_BUILTINS", value: "true", key: "sessionReplBuiltins", becomes: true },
    { env: "RLM_ALLOWED_ROOTS", value: roots.join(path.delimiter), key: "allowedRoots", becomes: roots },
    {
      env: "RLM_RESTRICTED_NAMES",
      value: "*.sqlite, payroll*",
      key: "restrictedNames",
      becomes: ["*.sqlite", "payroll*"],
    },
    { env: "RLM_SESSION_IDLE_SECONDS", value: "0", key: "sessionIdleSeconds", becomes: 0 },
    { env: "RLM_SESSION_IDLE_SECONDS", value: "604800", key: "sessionIdleSeconds", becomes: 604_800 },
    { env: "RLM_SESSION_MAX_CALLS", value: "0", key: "sessionMaxCalls", becomes: 0 },
    { env: "RLM_SESSION_MAX_CALLS", value: "1000000", key: "sessionMaxCalls", becomes: 1_000_000 },
    { env: "RLM_SESSION_MAX_RUN_SECONDS", value: "30", key: "sessionMaxRunSeconds", becomes: 30 },
    {
      env: "RLM_SESSION_MAX_OUTPUT_BYTES",
      value: "1099511627776",
      key: "sessionMaxOutputBytes",
      becomes: 1_099_511_627_776,
    },
    { env: "RLM_RATE_LIMIT_PER_MINUTE", value: "100000", key: "rateLimitPerMinute", becomes: 100_000 },
    { env: "RLM_LOG_LEVEL", value: "silent", key: "logLevel", becomes: "silent" },
  ];

  it.each(given)("reads $env=$value from the environment and from the command line", ({ env, value, key, becomes }) => {
    expect(readConfig([], { [env]: value }).config[key]).toEqual(becomes);
    const flag = flagOf({ env });
    expect(readConfig([flag, value], {}).config[key]).toEqual(becomes);
    expect(readConfig([`${flag}=${value}`], {}).config[key]).toEqual(becomes);
  });

  it("has a value for every setting", () => {
    expect(new Set(given.map(({ env }) => env))).toEqual(new Set(SETTINGS.map(({ env }) => env)));
  });

  it("takes the command line before the environment", () => {
    expect(readConfig(["--pool-max", "9"], { RLM_POOL_MAX: "8" }).config.poolMax).toBe(9);
    expect(readConfig(["--pool-max", "9"], { RLM_POOL_MAX: "nonsense" }).config.poolMax).toBe(9);
  });

  it("takes the last of a flag given twice", () => {
    expect(readConfig(["--pool-max", "9", "--pool-max=10"], {}).config.poolMax).toBe(10);
  });

  it("collects --allow-root, relative to where it was started, in place of the environment's", () => {
    const { config } = readConfig(["--allow-root", "one", "--allow-root=/srv/two"], {
      RLM_ALLOWED_ROOTS: path.resolve("/srv/three"),
    });
    expect(config.allowedRoots).toEqual([path.resolve("one"), path.resolve("/srv/two")]);
  });

  it("takes --allow-root as one directory, even with a separator in its name", () => {
    const odd = path.resolve(`/srv/a${path.delimiter}b`);
    expect(readConfig(["--allow-root", odd, "--allow-root", "one"], {}).config.allowedRoots).toEqual([
      odd,
      path.resolve("one"),
    ]);
  });

  it("adds --allow-root to --allowed-roots, in either order", () => {
    const [a = "", b = ""] = roots;
    for (const args of [
      ["--allowed-roots", a, "--allow-root", b],
      ["--allow-root", b, "--allowed-roots", a],
    ]) {
      expect(readConfig(args, { RLM_ALLOWED_ROOTS: "nonsense" }).config.allowedRoots).toEqual([a, b]);
    }
  });

  it.each([[["--allow-root", ""]], [["--allow-root="]], [["--allow-root", "/srv/a", "--allow-root", ""]]])(
    "refuses %j, which is a variable that the client did not set",
    (args) => {
      expect(sentences(args, { RLM_ALLOWED_ROOTS: "/srv/b" })).toEqual([
        'Cannot use --allow-root="": it must be a directory, it is empty',
      ]);
    },
  );

  it("returns the arguments that are not settings, in order", () => {
    expect(readConfig(["run", "--pool-max", "9", "a.py", "--json", "--timeout=5"], {}).rest).toEqual([
      "run",
      "a.py",
      "--json",
      "--timeout=5",
    ]);
  });

  it("takes no setting after --", () => {
    const { config, rest } = readConfig(["run", "--", "--pool-max", "9"], {});
    expect(config.poolMax).toBe(4);
    expect(rest).toEqual(["run", "--", "--pool-max", "9"]);
  });

  const bad: readonly (readonly [env: string, values: readonly string[], must: string])[] = [
    ["RLM_EXECUTION_MODE", ["podman", "Docker", " wasm"], "auto, docker, wasm or local"],
    ["RLM_DOCKER_RUNTIME", ["gvisor"], "auto, runsc or runc"],
    ["RLM_REQUIRE_GVISOR", ["yes", "TRUE", "2"], "true or false"],
    [
      "RLM_DOCKER_IMAGE",
      ["-v", "a b", "a;b", "UPPER", "x".repeat(256)],
      "auto, or the name or id of an image that `rlm-mcp image build` made",
    ],
    ["RLM_NETWORK_ENABLED", ["true", "1", "no"], "false: no engine of this version gives a program a network"],
    ["RLM_MAX_EXEC_CODE_SIZE", ["10239", "1048577", "1m"], "a whole number of bytes from 10240 to 1048576"],
    ["RLM_MAX_EXEC_TIMEOUT_MS", ["4999", "300001", "5s"], "a whole number of milliseconds from 5000 to 300000"],
    ["RLM_MAX_EXEC_MEMORY_MB", ["255", "4097", "1g"], "a whole number of MiB from 256 to 4096"],
    [
      "RLM_MEMORY_LIMIT",
      ["384", "127m", "2049m", "3g", "1.5g", "-1g", "m", "1t", "0x10m", "1e3m"],
      "a size from 128m to 2g, such as 384m",
    ],
    ["RLM_CPU_LIMIT", ["0", "0.09", "4.1", "NaN", "-1", "1e1", "1,5", "Infinity"], "a number from 0.1 to 4.0"],
    ["RLM_PIDS_LIMIT", ["9", "201", "10.5", "ten"], "a whole number from 10 to 200"],
    ["RLM_DANGEROUSLY_ALLOW_LOCAL", ["yes"], "true or false"],
    ["RLM_POOL_WARM", ["-1", "17", "1.5"], "a whole number from 0 to 16"],
    ["RLM_POOL_MAX", ["0", "65"], "a whole number from 1 to 64"],
    ["RLM_POOL_IDLE_SECONDS", ["0", "86401", "5m"], "a whole number from 1 to 86400"],
    ["RLM_POLICY", ["Strict", "../strict", "a b"], "the name of a policy"],
    ["RLM_POLICY_ALLOWED", ["strict;production", "Strict"], "names of policies, separated by commas"],
    ["RLM_POLICY_ASK", ["strict;production", "Strict"], "names of policies, separated by commas, or empty"],
    ["RLM_POLICY_FILE", ["a\0b"], "the path of a JSON file"],
    ["RLM_SESSION_REPL_BUILTINS", ["yes", "TRUE"], "true or false"],
    [
      "RLM_ALLOWED_ROOTS",
      ["relative", `${path.resolve("/srv")}${path.delimiter}relative`, "/a\0b"],
      `absolute directories, separated by ${JSON.stringify(path.delimiter)}`,
    ],
    [
      "RLM_RESTRICTED_NAMES",
      ["a/b", "a\\b", "*", "a,**", "a,", ",", " "],
      "names separated by commas, in which `*` stands for any characters; none may be empty, only `*`, or have a " +
        "slash in it",
    ],
    ["RLM_SESSION_IDLE_SECONDS", ["-1", "604801", "30m"], "a whole number from 0 to 604800"],
    ["RLM_SESSION_MAX_CALLS", ["-1", "1000001", "1.5", "none"], "a whole number from 0 to 1000000"],
    ["RLM_SESSION_MAX_RUN_SECONDS", ["-1", "1000001", "0.5"], "a whole number from 0 to 1000000"],
    ["RLM_SESSION_MAX_OUTPUT_BYTES", ["-1", "1099511627777", "10m"], "a whole number from 0 to 1099511627776"],
    ["RLM_RATE_LIMIT_PER_MINUTE", ["-1", "100001", "Infinity"], "a whole number from 0 to 100000"],
    ["RLM_LOG_LEVEL", ["trace", "INFO"], "debug, info, warn, error or silent"],
  ];

  it.each(bad.flatMap(([env, values, must]) => values.map((value) => ({ env, value, must }))))(
    "refuses $env=$value with what is allowed",
    ({ env, value, must }) => {
      const shown = JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}...` : value);
      expect(sentences([], { [env]: value })).toEqual([`Cannot use ${env}=${shown}: it must be ${must}`]);
      expect(sentences([flagOf({ env }), value], {})).toEqual([
        `Cannot use ${flagOf({ env })}=${shown}: it must be ${must}`,
      ]);
    },
  );

  it("has a bad value for every setting", () => {
    expect(new Set(bad.map(([env]) => env))).toEqual(new Set(SETTINGS.map(({ env }) => env)));
  });

  it("refuses an unknown RLM_ name and lists the known ones", () => {
    const names = SETTINGS.map(({ env }) => env).join(", ");
    expect(sentences([], { RLM_EXECUTION_MOD: "wasm" })).toEqual([
      `Cannot use RLM_EXECUTION_MOD: it is not a setting, the settings are ${names}`,
    ]);
    expect(sentences([], { RLM_EMPTY: "" })).toHaveLength(1);
  });

  it("names every problem at once", () => {
    expect(sentences(["--cpu-limit", "9", "--pool-max"], { RLM_X: "1", RLM_LOG_LEVEL: "loud" })).toEqual([
      "Cannot use --pool-max: it needs a value",
      expect.stringContaining("Cannot use RLM_X: "),
      expect.stringContaining('Cannot use --cpu-limit="9": '),
      expect.stringContaining('Cannot use RLM_LOG_LEVEL="loud": '),
    ]);
  });

  it.each([
    [{ RLM_EXECUTION_MODE: "local" }, "it also needs RLM_DANGEROUSLY_ALLOW_LOCAL=true"],
    [{ RLM_EXECUTION_MODE: "wasm", RLM_REQUIRE_GVISOR: "true" }, "gVisor needs docker or auto"],
    [
      { RLM_EXECUTION_MODE: "local", RLM_DANGEROUSLY_ALLOW_LOCAL: "true", RLM_REQUIRE_GVISOR: "true" },
      "gVisor needs docker or auto",
    ],
    [{ RLM_DOCKER_RUNTIME: "runc", RLM_REQUIRE_GVISOR: "true" }, "set the runtime to auto or runsc"],
  ])("refuses %j, which contradict each other", (env, says) => {
    expect(sentences([], env)).toEqual([expect.stringContaining(says)]);
  });

  it("uses the unsafe engine only with both of its settings", () => {
    expect(
      readConfig([], { RLM_EXECUTION_MODE: "local", RLM_DANGEROUSLY_ALLOW_LOCAL: "true" }).config.executionMode,
    ).toBe("local");
    expect(readConfig([], { RLM_DANGEROUSLY_ALLOW_LOCAL: "true" }).config.executionMode).toBe("auto");
  });
});

describe("SETTINGS", () => {
  it.each(SETTINGS.map((setting) => [setting.env, setting] as const))(
    "%s has a default that it allows itself, and a reason",
    (_env, setting) => {
      expect(setting.parse(setting.fallback)).toBeDefined();
      expect(setting.reason).toMatch(/\w+ \w+/);
    },
  );
});

describe("readHostEnvironment()", () => {
  it("reads Docker's variables, and ignores empty ones", () => {
    const all = {
      DOCKER_HOST: "tcp://h:1",
      DOCKER_CONTEXT: "c",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: "/certs",
      DOCKER_CONFIG: "/config",
      XDG_RUNTIME_DIR: "/run/user/1",
      SSH_AUTH_SOCK: "/agent",
    };
    expect(readHostEnvironment(all)).toMatchObject({
      dockerHost: "tcp://h:1",
      dockerContext: "c",
      dockerTlsVerify: true,
      dockerCertPath: "/certs",
      dockerConfigDir: "/config",
      runtimeDir: "/run/user/1",
      sshAgent: "/agent",
    });
    const none = readHostEnvironment(Object.fromEntries(Object.keys(all).map((name) => [name, ""])));
    expect(Object.keys(none).sort()).toEqual(["dockerConfigDir", "home"]);
    expect(none.dockerConfigDir).toBe(path.join(none.home, ".docker"));
  });
});

describe("childEnvironment()", () => {
  it("has no variable that may be a secret", () => {
    expect(
      childEnvironment({
        PATH: "/bin",
        TMPDIR: "/t",
        API_KEY: "secret",
        HOME: "/h",
        NODE_OPTIONS: "--x",
        RLM_LOG_LEVEL: "info",
        DOCKER_HOST: "x",
      }),
    ).toEqual({
      PATH: "/bin",
      TMPDIR: "/t",
    });
  });
});
