/**
 * Measures what the README says about speed, through a real MCP client over stdio, and prints the machine and the
 * command with the figures.
 *
 *   npm run bench -- [--engines runc,runsc,wasm] [--calls 200]
 *
 * Docker engines are found as the server finds them (DOCKER_HOST, ...), and need the image.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { childEnvironment, readConfig, readHostEnvironment } from "../dist/config.js";
import { findEngine } from "../dist/sandbox/docker/connection.js";
import { hostConfig } from "../dist/sandbox/docker/hardening.js";
import { imagesOf } from "../dist/sandbox/docker/image.js";
import { WasmEngine } from "../dist/sandbox/wasm/wasm-engine.js";
import { connectServer, printSurroundings, quantile, sleep } from "./measuring.mjs";

/** The user of the containers that are compared with: nobody and nogroup of Debian. */
const GUEST_USER = "65534:65534";

const ROOT = path.resolve(import.meta.dirname, "..");
const PROGRAM = "print(sum(range(100)))";
/** Of a text as people have them: quotes, characters of two bytes, line ends. */
const CONTEXT_LINE = 'The quick "brown" fox, caf\u00e9 on the left, jumps over 0123456789 lazy dogs.\n';
const { values } = parseArgs({
  options: { engines: { type: "string", default: "runc,runsc,wasm" }, calls: { type: "string", default: "200" } },
});
const calls = Number(values.calls);
const { config } = readConfig([], {});
/** The image of the plain containers, or undefined if there is none to compare with. */
const image = imagesOf(process.env.RLM_DOCKER_IMAGE ?? config.dockerImage).find(
  (name) => spawnSync("docker", ["image", "inspect", name], { stdio: "ignore" }).status === 0,
);
/** Between two calls of the latency test: long enough that a guest is waiting again. */
const PAUSE_MS = { runc: 250, runsc: 600, wasm: 5 };

printSurroundings(`npm run bench -- --engines ${values.engines} --calls ${calls}`);
for (const engine of values.engines.split(","))
  console.log(
    `\n${engine}\n${(await measure(engine)).map(([name, value]) => `  ${name.padEnd(46)} ${value}`).join("\n")}`,
  );
process.exit(0);

async function measure(engine) {
  const rows = [];
  const started = performance.now();
  const client = await connect(engine);
  await client.listTools();
  rows.push(["tools/list answered after the start", ms(performance.now() - started)]);
  await client.run();
  rows.push(["first result after the start", ms(performance.now() - started)]);
  await sleep(2_000);

  const cold = [];
  const warm = [];
  let coldCalls = 0;
  for (let call = 0; call < calls; call++) {
    const before = performance.now();
    const result = await client.run();
    warm.push(performance.now() - before);
    if (result.timings.boot_ms > 0) coldCalls++;
    await sleep(PAUSE_MS[engine]);
    // Beside each call one of the plain way; for the embedded engine that is a container under runc.
    if (image !== undefined) cold.push(dockerRun(engine === "wasm" ? "runc" : engine));
  }
  rows.push([
    `a call with a warm guest, ${calls} calls, p50 / p99`,
    `${ms(quantile(warm, 0.5))} / ${ms(quantile(warm, 0.99))}` +
      (coldCalls > 0 ? ` (${coldCalls} found no warm guest)` : ""),
  ]);
  if (cold.length > 0) {
    rows.push([
      `docker run --rm, same flags, ${cold.length} runs, p50 / p99`,
      `${ms(quantile(cold, 0.5))} / ${ms(quantile(cold, 0.99))}`,
    ]);
    rows.push(["times faster than docker run, p50", (quantile(cold, 0.5) / quantile(warm, 0.5)).toFixed(0)]);
  }
  rows.push(
    ...(await kept(client)),
    ...(await large(client, engine, "python")),
    ...(await large(client, engine, "javascript")),
  );
  rows.push(["server's resident memory", `${Math.round(client.residentBytes() / 2 ** 20)} MB`]);

  if (engine === "wasm") {
    rows.push(["calls a second through one connection", (await rate(2_000, 4, () => client.run())).toFixed(0)]);
    rows.push(["single-use runs a second at the engine", (await engineRate()).toFixed(0)]);
  } else {
    const total = engine === "runc" ? 40 : 16;
    const [ours, bare] = [[], []];
    for (let round = 0; round < 3; round++) {
      ours.push(await rate(total, 2 * config.poolMax, () => client.run()));
      await sleep(3_000);
      bare.push(await bareRate(engine, total));
      await sleep(3_000);
    }
    rows.push(["calls a second when the pool is outrun, 3 rounds", ours.map((one) => one.toFixed(1)).join(", ")]);
    rows.push(["the engine's own create-start-remove, 3 rounds", bare.map((one) => one.toFixed(1)).join(", ")]);
    rows.push([
      "share of the engine's own rate, medians",
      `${Math.round((100 * quantile(ours, 0.5)) / quantile(bare, 0.5))} %`,
    ]);
  }
  await client.close();
  return rows;
}

/** Calls to a session interpreter. */
async function kept(client) {
  const times = [];
  for (let call = 0; call < calls; call++) {
    const before = performance.now();
    const result = await client.exec({ code: "x = 1\nx", interpreter: "session" });
    times.push(performance.now() - before);
    if (result.result !== "1") throw new Error(JSON.stringify(result));
    await sleep(PAUSE_MS.wasm);
  }
  return [
    [
      `a call to a session interpreter, ${calls} calls, p50 / p99`,
      `${ms(quantile(times, 0.5))} / ${ms(quantile(times, 0.99))}`,
    ],
  ];
}

/** What 1 MiB of `context` costs over an empty call, each beside the other. */
async function large(client, engine, language) {
  const context = CONTEXT_LINE.repeat(Math.ceil(2 ** 20 / Buffer.byteLength(CONTEXT_LINE)));
  const [empty, full] = [[], []];
  const pairs = Math.ceil(calls / 5);
  for (let pair = 0; pair < pairs; pair++) {
    for (const [inputs, times] of [
      [{}, empty],
      [{ context }, full],
    ]) {
      await sleep(Math.max(60, PAUSE_MS[engine]));
      const before = performance.now();
      const result = await client.exec({
        code: language === "python" ? "len(inputs)" : "Object.keys(inputs).length",
        language,
        inputs,
      });
      times.push(performance.now() - before);
      if (result.result !== String(Object.keys(inputs).length)) throw new Error(JSON.stringify(result));
    }
  }
  return [
    [
      `1 MiB of context over an empty call, ${language}, ${pairs} pairs, p50`,
      ms(quantile(full, 0.5) - quantile(empty, 0.5)),
    ],
  ];
}

async function connect(engine) {
  const { client, processId, exec } = await connectServer("bench", engine);
  return {
    listTools: () => client.listTools(),
    close: () => client.close(),
    exec,
    run: async () => {
      const result = await exec({ code: PROGRAM });
      if (result.stdout !== "4950\n") throw new Error(JSON.stringify(result));
      return result;
    },
    residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, "utf8"))[1]) * 1024,
  };
}

/** The plain way: Docker's own command with the flags of our containers. */
function dockerRun(runtime) {
  const host = hostConfig(config, runtime);
  const flags = [
    `--runtime=${host.Runtime}`,
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges:true",
    `--memory=${host.Memory}`,
    `--memory-swap=${host.MemorySwap}`,
    `--cpus=${host.NanoCpus / 1e9}`,
    `--pids-limit=${host.PidsLimit}`,
    `--ipc=${host.IpcMode}`,
    `--cgroupns=${host.CgroupnsMode}`,
    "--log-driver=none",
    `--user=${GUEST_USER}`,
    ...Object.entries(host.Tmpfs).map(([at, options]) => `--tmpfs=${at}:${options}`),
    ...host.Ulimits.map(({ Name, Soft, Hard }) => `--ulimit=${Name}=${Soft}:${Hard}`),
  ];
  const before = performance.now();
  const { status, stdout, stderr } = spawnSync(
    "docker",
    ["run", "--rm", ...flags, "--entrypoint=/usr/bin/python3", image, "-I", "-S", "-c", PROGRAM],
    { encoding: "utf8", timeout: 30_000 },
  );
  if (stdout !== "4950\n") throw new Error(`docker run failed (${status}): ${stderr}`);
  return performance.now() - before;
}

/**
 * What the engine can do at all: the same container, created, started, run to its end and removed, as many at once as
 * the pool may have.
 */
async function bareRate(runtime, total) {
  const { docker } = await findEngine(readHostEnvironment());
  return rate(total, config.poolMax, async () => {
    const container = await docker.createContainer({
      Image: image,
      Entrypoint: ["/usr/bin/python3", "-I", "-S", "-c", PROGRAM],
      User: GUEST_USER,
      NetworkDisabled: true,
      HostConfig: hostConfig(config, runtime),
    });
    await container.start();
    await container.wait();
    await container.remove({ force: true });
  });
}

async function engineRate() {
  const engine = new WasmEngine({
    embeddedDirectory: path.join(ROOT, "dist", "embedded"),
    preludeFile: path.join(ROOT, "dist", "guest", "javascript", "prelude.js"),
    environment: childEnvironment(),
    onStderr: (text) => process.stderr.write(text),
  });
  const job = {
    code: PROGRAM,
    timeoutMs: 5_000,
    memoryMb: 256,
    inputs: {},
    files: [],
    guestPolicy: { builtins: "safe", modules: [], withheld: [], reads: false, hint: "" },
  };
  const once = async () => {
    const sandbox = await engine.open({ language: "python", memoryMb: 256 }, new AbortController().signal);
    const outcome = await sandbox.run(job, new AbortController().signal);
    if (outcome.stdout.text !== "4950\n") throw new Error(JSON.stringify(outcome));
    await sandbox.close();
  };
  await rate(200, 4, once);
  const result = await rate(3_000, 4, once);
  await engine.close();
  return result;
}

/** Runs `work` `total` times, `width` at once; returns runs a second. */
async function rate(total, width, work) {
  let left = total;
  const before = performance.now();
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return total / ((performance.now() - before) / 1_000);
}

function ms(value) {
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}
