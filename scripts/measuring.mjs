/** What the scripts that measure share: the built server with a real MCP client, the machine, and small helpers. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import os from "node:os";
import path from "node:path";

/** The variables that a server needs to start and to find Docker and its image as it does for a person. */
const GIVEN = [
  "PATH",
  "HOME",
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "DOCKER_TLS_VERIFY",
  "DOCKER_CERT_PATH",
  "XDG_RUNTIME_DIR",
  "RLM_DOCKER_IMAGE",
];

/** More calls than one session is given. */
const UNLIMITED = {
  RLM_SESSION_MAX_CALLS: "0",
  RLM_SESSION_MAX_RUN_SECONDS: "0",
  RLM_SESSION_MAX_OUTPUT_BYTES: "0",
  RLM_RATE_LIMIT_PER_MINUTE: "0",
};

/**
 * Starts a server and connects a client to it over stdio.
 *
 * @param engine `wasm`, or the runtime of Docker.
 * @param settings Further environment variables of the server.
 */
export async function connectServer(name, engine, settings = {}) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [path.resolve(import.meta.dirname, "..", "dist", "cli.js")],
    env: {
      ...Object.fromEntries(
        GIVEN.filter((one) => process.env[one] !== undefined).map((one) => [one, process.env[one]]),
      ),
      RLM_LOG_LEVEL: "error",
      ...UNLIMITED,
      ...(engine === "wasm"
        ? { RLM_EXECUTION_MODE: "wasm" }
        : { RLM_EXECUTION_MODE: "docker", RLM_DOCKER_RUNTIME: engine }),
      ...settings,
    },
    stderr: "inherit",
  });
  const client = new Client({ name, version: "1" });
  await client.connect(transport);
  return {
    client,
    processId: transport.pid,
    /** Runs a program. Returns the whole result. */
    async exec(args, options) {
      const answer = await client.callTool({ name: "rlm_exec_run", arguments: args }, undefined, options);
      return answer.structuredContent;
    },
  };
}

/** Prints the machine and the command, which belong to every figure. */
export function printSurroundings(command) {
  const [{ model }] = os.cpus();
  console.log(
    `machine: ${os.cpus().length} x ${model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ` +
      `${os.type()} ${os.release()}, Node ${process.version}`,
  );
  console.log(`command: ${command}`);
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function quantile(numbers, at) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))];
}
