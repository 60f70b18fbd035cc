/**
 * Finds the container engine as Docker's own tools do: by DOCKER_HOST, else by the context, else by the sockets on
 * which engines listen.
 *
 * docker-modem reads DOCKER_* from the environment for each option that it does not get. So this file gives it every
 * option.
 */

import { access } from "node:fs/promises";
import { Agent } from "node:https";
import { connect as connectSocket } from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import type Docker from "dockerode";
import type { HostEnvironment } from "../../config.js";
import { quote, SetupError } from "../../errors.js";
import { currentContext, readContext } from "./docker-context.js";
import { type Endpoint, parseDockerHost, WINDOWS_PIPE } from "./docker-host.js";
import { type Tls, tlsOfEnvironment } from "./docker-tls.js";
import { knownHostOptions } from "./known-hosts.js";

export type { Docker };

/** The settings of Docker's own tools. */
export type DockerEnvironment = Omit<HostEnvironment, "home">;

/** A client for the engine. */
export interface Connection {
  readonly docker: Docker;
  /** How the engine was found, for people: `DOCKER_HOST`, `context "desktop-linux"`, `socket /var/run/docker.sock`. */
  readonly foundBy: string;
}

/** A socket that does not answer within this time is passed over, in milliseconds. */
const SOCKET_TIMEOUT_MS = 1_000;

/**
 * Returns a client for the engine, or null if no setting names one and none of `defaultSockets` exists. It sends no
 * request to the engine.
 *
 * @throws {SetupError} If DOCKER_HOST or the context cannot be used.
 */
export async function findEngine(environment: DockerEnvironment): Promise<Connection | null> {
  if (environment.dockerHost !== undefined && environment.dockerHost !== "") {
    const endpoint = parseDockerHost(environment.dockerHost);
    return connect(environment, "DOCKER_HOST", endpoint, await tlsOfEnvironment(environment, endpoint));
  }
  const context = await currentContext(environment);
  if (context !== null) {
    const { endpoint, tls } = await readContext(environment.dockerConfigDir, context);
    return connect(environment, `context ${quote(context)}`, endpoint, tls);
  }
  const sockets = defaultSockets(environment);
  const socket = (await findFirst(sockets, answers)) ?? (await findFirst(sockets, exists));
  return socket === null ? null : connect(environment, `socket ${socket}`, { kind: "socket", path: socket }, null);
}

/** Returns the sockets that `findEngine` tries, in this order, if no setting names an engine. */
export function defaultSockets(environment: DockerEnvironment, platform: NodeJS.Platform = process.platform): string[] {
  if (platform === "win32") return [WINDOWS_PIPE];
  const runtimeDir = environment.runtimeDir;
  return [
    "/var/run/docker.sock",
    ...(runtimeDir === undefined ? [] : [path.join(runtimeDir, "docker.sock")]),
    path.join(environment.dockerConfigDir, "run/docker.sock"),
    ...(runtimeDir === undefined ? [] : [path.join(runtimeDir, "podman/podman.sock")]),
    "/run/podman/podman.sock",
  ];
}

async function connect(
  environment: DockerEnvironment,
  foundBy: string,
  endpoint: Endpoint,
  tls: Tls | null,
): Promise<Connection> {
  const options = { ...NO_OPTIONS, ...(await clientOptions(environment, endpoint, tls)) };
  try {
    // Loaded here, so that a server without Docker starts faster.
    const { default: Client } = await import("dockerode");
    return { docker: new Client(options as Docker.DockerOptions), foundBy };
  } catch (error) {
    // docker-modem reads DOCKER_HOST and DOCKER_CERT_PATH by itself before it looks at its options.
    throw new SetupError(`Cannot use ${foundBy}: ${error instanceof Error ? error.message : "it is unusable"}`, {
      cause: error,
    });
  }
}

/** The options that docker-modem would otherwise read from the environment. */
const NO_OPTIONS = {
  socketPath: undefined,
  host: undefined,
  port: undefined,
  username: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
  pathPrefix: "/",
  protocol: "http",
};

async function clientOptions(
  environment: DockerEnvironment,
  endpoint: Endpoint,
  tls: Tls | null,
): Promise<Record<string, unknown>> {
  switch (endpoint.kind) {
    case "socket":
      return { socketPath: endpoint.path };
    case "ssh":
      return {
        protocol: "ssh",
        host: endpoint.host,
        port: endpoint.port,
        username: endpoint.user ?? userInfo().username,
        sshOptions: { agent: environment.sshAgent, ...(await knownHostOptions(endpoint.host, endpoint.port)) },
      };
    case "http": {
      const protocol = tls !== null ? "https" : "http";
      const port = endpoint.port ?? (tls === null ? 2375 : 2376);
      const options = { protocol, host: `${protocol}://${endpoint.host}`, port };
      if (tls === null) return options;
      const { verify, ...files } = tls;
      return { ...options, ...files, ...(verify ? {} : { agent: new Agent({ ...files, rejectUnauthorized: false }) }) };
    }
  }
}

async function findFirst(paths: readonly string[], test: (path: string) => Promise<boolean>): Promise<string | null> {
  for (const candidate of paths) if (await test(candidate)) return candidate;
  return null;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Tells whether a process listens on a socket. Its file can outlive the engine, or belong to another user. */
function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ path: file, timeout: SOCKET_TIMEOUT_MS });
    const settle = (isAnswered: boolean): void => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
