/**
 * Finds the container engine the way Docker's own tools do: DOCKER_HOST, else the context, else the sockets that
 * engines listen on.
 *
 * Everything the client uses is handed to it here. docker-modem reads DOCKER_* by itself for whatever it is not given,
 * so every field is given. Whoever can talk to the engine is root on its machine: a TLS server is verified unless the
 * operator's settings say otherwise, and an SSH host must be in known_hosts.
 */

import { createHmac } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { connect as connectSocket } from "node:net";
import { homedir, userInfo } from "node:os";
import path from "node:path";

import type Docker from "dockerode";

import type { HostEnvironment } from "../../config.js";
import { sha256 } from "../../digest.js";
import { quote, SetupError } from "../../errors.js";

export type { Docker };

/** What Docker's own tools read. Only config.ts reads the environment itself. */
export type DockerEnvironment = Omit<HostEnvironment, "home">;

export interface Connection {
  readonly docker: Docker;
  /** How the engine was found, for people: `DOCKER_HOST`, `context "desktop-linux"`, `socket /var/run/docker.sock`. */
  readonly foundBy: string;
}

export type Endpoint =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "http"; readonly host: string; readonly port: number | null; readonly secure: boolean }
  | { readonly kind: "ssh"; readonly host: string; readonly port: number; readonly user: string | null };

interface Tls {
  readonly verify: boolean;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const ALLOWED_HOSTS =
  "unix:///path, npipe:////./pipe/name, tcp://host:port, http://host:port, https://host:port and ssh://user@host:port are allowed";

const WINDOWS_PIPE = "//./pipe/docker_engine";

/** A socket that does not answer within this is passed over. */
const SOCKET_TIMEOUT_MS = 1_000;

/**
 * Returns a client for the engine, or null if nothing is configured and none of `defaultSockets` exists. The engine
 * itself is not asked anything yet.
 *
 * @throws {SetupError} If DOCKER_HOST or the context is set to something that cannot be used.
 */
export async function findEngine(environment: DockerEnvironment): Promise<Connection | null> {
  if (environment.dockerHost !== undefined && environment.dockerHost !== "") {
    const endpoint = parseDockerHost(environment.dockerHost);
    return client(environment, "DOCKER_HOST", endpoint, await tlsOfEnvironment(environment, endpoint));
  }
  const context = await contextName(environment);
  if (context !== null) return contextConnection(environment, context);

  const sockets = defaultSockets(environment);
  const path = (await firstThat(sockets, answers)) ?? (await firstThat(sockets, exists));
  return path === null ? null : client(environment, `socket ${path}`, { kind: "socket", path }, null);
}

/** Returns the sockets that are tried, in this order, when nothing is configured. */
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

/**
 * Reads the spelling that DOCKER_HOST and contexts use.
 *
 * @throws {SetupError} If the spelling is not one of Docker's.
 */
export function parseDockerHost(spelling: string, platform: NodeJS.Platform = process.platform): Endpoint {
  // A bare host:port means tcp.
  const [, scheme = "", rest = ""] =
    /^([a-z]+):\/\/(.*)$/s.exec(/^[^/]+:\d+$/.test(spelling) ? `tcp://${spelling}` : spelling) ?? [];
  if (scheme === "unix" || scheme === "npipe") {
    const fallback = scheme === "unix" ? "/var/run/docker.sock" : WINDOWS_PIPE;
    const socket = rest === "" ? fallback : rest;
    if (!socket.startsWith("/") || socket.includes("\0")) throw unusable(spelling, "the path of a socket is absolute");
    if (scheme === "npipe" && platform !== "win32") throw unusable(spelling, "named pipes exist on Windows only");
    return { kind: "socket", path: socket };
  }
  if (!["tcp", "http", "https", "ssh"].includes(scheme)) throw unusable(spelling, ALLOWED_HOSTS);

  // Read as http whatever the scheme; the port apart, because URL drops the scheme's own.
  const url = tryUrl(`http://${rest}`);
  if (url === null || url.hostname === "") throw unusable(spelling, ALLOWED_HOSTS);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw unusable(spelling, "a path after the host is not allowed");
  if (url.password !== "") throw unusable(spelling, "a password is not allowed");
  const port = /:(\d+)\/?$/.exec(rest)?.[1];

  if (scheme === "ssh") {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const user = url.username === "" ? null : decodeURIComponent(url.username);
    return { kind: "ssh", host, port: Number(port ?? 22), user };
  }
  if (url.username !== "") throw unusable(spelling, "a user name is allowed for ssh only");
  const standard = { tcp: null, http: 80, https: 443 }[scheme as "tcp" | "http" | "https"];
  return {
    kind: "http",
    host: url.hostname,
    port: port === undefined ? standard : Number(port),
    secure: scheme === "https",
  };
}

function tryUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function unusable(spelling: string, requirement: string): SetupError {
  return new SetupError(`Cannot use Docker host ${quote(spelling)}: ${requirement}`);
}

async function contextName(environment: DockerEnvironment): Promise<string | null> {
  const named = environment.dockerContext;
  if (named !== undefined && named !== "") return named === "default" ? null : named;
  const file = path.join(environment.dockerConfigDir, "config.json");
  const current = field(await readJson(file), "currentContext");
  return typeof current === "string" && current !== "" && current !== "default" ? current : null;
}

async function contextConnection(environment: DockerEnvironment, name: string): Promise<Connection> {
  const id = sha256(name);
  const contexts = path.join(environment.dockerConfigDir, "contexts");
  const meta = await readJson(path.join(contexts, "meta", id, "meta.json"));
  if (meta === null) {
    throw new SetupError(
      `Cannot use Docker context ${quote(name)}: it does not exist; "docker context ls" lists those that do`,
    );
  }
  const endpoint = field(field(meta, "Endpoints"), "docker");
  const host = field(endpoint, "Host");
  if (typeof host !== "string" || host === "") {
    throw new SetupError(`Cannot use Docker context ${quote(name)}: it has no endpoint for Docker`);
  }
  const parsed = parseDockerHost(host);
  const files = await readTls(path.join(contexts, "tls", id, "docker"));
  const verify = field(endpoint, "SkipTLSVerify") !== true;
  const usesTls =
    parsed.kind === "http" && (parsed.secure || Object.keys(files).length > 0 || (!verify && parsed.port === 2376));
  return client(environment, `context ${quote(name)}`, parsed, usesTls ? { verify, ...files } : null);
}

async function tlsOfEnvironment(environment: DockerEnvironment, endpoint: Endpoint): Promise<Tls | null> {
  if (endpoint.kind !== "http") return null;
  const verify = environment.dockerTlsVerify === true;
  const named = environment.dockerCertPath;
  if (named === undefined && !verify) return endpoint.secure ? { verify: true } : null;
  const files = await readTls(named ?? environment.dockerConfigDir);
  if (named !== undefined && files.ca === undefined && files.cert === undefined) {
    throw new SetupError(
      `Cannot use DOCKER_CERT_PATH ${quote(named)}: ca.pem, cert.pem and key.pem are required in it`,
    );
  }
  // As Docker's client does: certificates without DOCKER_TLS_VERIFY encrypt, and trust any server.
  return { verify: verify || endpoint.secure, ...files };
}

async function readTls(directory: string): Promise<Omit<Tls, "verify">> {
  const files: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const name of ["ca", "cert", "key"] as const) {
    const bytes = await readFile(path.join(directory, `${name}.pem`)).catch(absentAs(null));
    if (bytes !== null) files[name] = bytes;
  }
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw new SetupError(`Cannot use the certificates in ${quote(directory)}: cert.pem and key.pem go together`);
  }
  return files;
}

async function client(
  environment: DockerEnvironment,
  foundBy: string,
  endpoint: Endpoint,
  tls: Tls | null,
): Promise<Connection> {
  const options = { ...NOTHING, ...(await optionsFor(environment, endpoint, tls)) };
  try {
    // Loaded here: a server that uses no Docker starts without it.
    const { default: Client } = await import("dockerode");
    return { docker: new Client(options as Docker.DockerOptions), foundBy };
  } catch (error) {
    // docker-modem reads DOCKER_HOST and DOCKER_CERT_PATH once more, before it looks at what it was given.
    throw new SetupError(`Cannot use ${foundBy}: ${error instanceof Error ? error.message : "it is unusable"}`, {
      cause: error,
    });
  }
}

/** What docker-modem would otherwise fill in from the environment. */
const NOTHING = {
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

async function optionsFor(
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
        sshOptions: { agent: environment.sshAgent, ...(await knownHostOptions(endpoint)) },
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

/** ssh2 accepts any host key unless told otherwise; `ssh` itself would not. */
async function knownHostOptions(endpoint: { readonly host: string; readonly port: number }): Promise<object> {
  const file = path.join(homedir(), ".ssh", "known_hosts");
  const keys = knownHostKeys(await readFile(file, "utf8").catch(absentAs("")), endpoint.host, endpoint.port);
  const types = [
    ...new Set(keys.flatMap(({ type }) => (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]))),
  ];
  return {
    hostVerifier: (key: Buffer): boolean => keys.some(({ bytes }) => bytes.equals(key)),
    ...(types.length > 0 ? { algorithms: { serverHostKey: types } } : {}),
  };
}

/** Returns the keys that a known_hosts file holds for a host: plain and hashed names; no patterns, no authorities. */
export function knownHostKeys(text: string, host: string, port: number): { type: string; bytes: Buffer }[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return text.split("\n").flatMap((line) => {
    const [names = "", type, key] = line.trim().split(/\s+/);
    if (type === undefined || key === undefined || /^[#@]/.test(names)) return [];
    const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(names) ?? [];
    const isFor =
      salt !== undefined && hash !== undefined
        ? createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash
        : names.split(",").includes(name);
    return isFor ? [{ type, bytes: Buffer.from(key, "base64") }] : [];
  });
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(absentAs(null));
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SetupError(`Cannot read Docker's file ${quote(file)}: it must be JSON`, { cause: error });
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function absentAs<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return value;
    throw new SetupError(
      `Cannot read ${quote(error.path ?? "a file of Docker's settings")}: ${error.code ?? "unreadable"}`,
      { cause: error },
    );
  };
}

async function firstThat(paths: readonly string[], test: (path: string) => Promise<boolean>): Promise<string | null> {
  for (const candidate of paths) if (await test(candidate)) return candidate;
  return null;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** A socket file may be left over from an engine that is gone, or belong to another user. */
function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ path: file, timeout: SOCKET_TIMEOUT_MS });
    const settle = (does: boolean): void => {
      socket.destroy();
      resolve(does);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
