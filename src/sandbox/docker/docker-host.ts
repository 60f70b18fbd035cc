/** Reads the spelling of an engine's address, which DOCKER_HOST and contexts share. */

import { quote, SetupError } from "../../errors.js";

/** The address of an engine. A null port means Docker's own: 2375, or 2376 with TLS. */
export type Endpoint =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "http"; readonly host: string; readonly port: number | null; readonly secure: boolean }
  | { readonly kind: "ssh"; readonly host: string; readonly port: number; readonly user: string | null };

const ALLOWED_HOSTS =
  "unix:///path, npipe:////./pipe/name, tcp://host:port, http://host:port, https://host:port " +
  "and ssh://user@host:port are allowed";

/** The named pipe of Docker Desktop on Windows. */
export const WINDOWS_PIPE = "//./pipe/docker_engine";

/** Ports that a scheme implies. */
const STANDARD_PORT = { tcp: null, http: 80, https: 443 } as const;

/**
 * Parses the address of an engine.
 *
 * @throws {SetupError} If Docker's own tools would not accept the spelling.
 */
export function parseDockerHost(spelling: string, platform: NodeJS.Platform = process.platform): Endpoint {
  // A bare host:port means tcp.
  const [, scheme = "", rest = ""] =
    /^([a-z]+):\/\/(.*)$/s.exec(/^[^/]+:\d+$/.test(spelling) ? `tcp://${spelling}` : spelling) ?? [];
  switch (scheme) {
    case "unix":
    case "npipe":
      return parseSocket(spelling, scheme, rest, platform);
    case "tcp":
    case "http":
    case "https":
    case "ssh":
      return parseNetworkHost(spelling, scheme, rest);
    default:
      throw unusable(spelling, ALLOWED_HOSTS);
  }
}

function parseSocket(spelling: string, scheme: "unix" | "npipe", rest: string, platform: NodeJS.Platform): Endpoint {
  const fallback = scheme === "unix" ? "/var/run/docker.sock" : WINDOWS_PIPE;
  const socket = rest === "" ? fallback : rest;
  if (!socket.startsWith("/") || socket.includes("\0"))
    throw unusable(spelling, "the path of a socket must be absolute");
  if (scheme === "npipe" && platform !== "win32") throw unusable(spelling, "named pipes exist on Windows only");
  return { kind: "socket", path: socket };
}

function parseNetworkHost(spelling: string, scheme: "tcp" | "http" | "https" | "ssh", rest: string): Endpoint {
  // Every scheme is read as http. The port is read apart, because URL drops the standard port of a scheme.
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
  return {
    kind: "http",
    host: url.hostname,
    port: port === undefined ? STANDARD_PORT[scheme] : Number(port),
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
