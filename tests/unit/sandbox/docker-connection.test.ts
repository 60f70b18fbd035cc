import { createHash, createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SetupError } from "../../../src/errors.js";
import { defaultSockets, findEngine } from "../../../src/sandbox/docker/connection.js";
import { parseDockerHost } from "../../../src/sandbox/docker/docker-host.js";
import { knownHostKeys } from "../../../src/sandbox/docker/known-hosts.js";

const HERE = "linux";

let dir: string;
let servers: Server[];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "rlm-connection-"));
  servers = [];
});

afterEach(() => {
  for (const server of servers) server.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The fields of docker-modem that decide which engine gets the requests. */
interface Modem {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly protocol: string;
  readonly username?: string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly agent?: { readonly options: { readonly rejectUnauthorized?: boolean } };
  readonly sshOptions: { readonly agent?: string; readonly hostVerifier?: (key: Buffer) => boolean };
}

async function find(settings: Partial<Parameters<typeof findEngine>[0]>): Promise<{ foundBy: string; modem: Modem }> {
  const connection = await findEngine({ dockerConfigDir: dir, ...settings });
  if (connection === null) throw new Error("no engine was found");
  return { foundBy: connection.foundBy, modem: connection.docker.modem as unknown as Modem };
}

function writeContext(name: string, docker: object, tls: Readonly<Record<string, string>> = {}): void {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = path.join(dir, "contexts/meta", id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(path.join(meta, "meta.json"), JSON.stringify({ Name: name, Endpoints: { docker } }));
  for (const [file, text] of Object.entries(tls)) {
    mkdirSync(path.join(dir, "contexts/tls", id, "docker"), { recursive: true });
    writeFileSync(path.join(dir, "contexts/tls", id, "docker", file), text);
  }
}

function listen(file: string): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  return new Promise((resolve) => servers.push(createServer().listen(file, resolve)));
}

describe("parseDockerHost() reads", () => {
  it.each([
    ["unix:///run/x.sock", { kind: "socket", path: "/run/x.sock" }],
    ["unix://", { kind: "socket", path: "/var/run/docker.sock" }],
    ["tcp://box:2375", { kind: "http", host: "box", port: 2375, secure: false }],
    ["tcp://box", { kind: "http", host: "box", port: null, secure: false }],
    ["box:1234", { kind: "http", host: "box", port: 1234, secure: false }],
    ["tcp://[::1]:2375", { kind: "http", host: "[::1]", port: 2375, secure: false }],
    ["tcp://box:80/", { kind: "http", host: "box", port: 80, secure: false }],
    ["http://box", { kind: "http", host: "box", port: 80, secure: false }],
    ["https://box", { kind: "http", host: "box", port: 443, secure: true }],
    ["ssh://me@box", { kind: "ssh", host: "box", port: 22, user: "me" }],
    ["ssh://box:2222", { kind: "ssh", host: "box", port: 2222, user: null }],
  ])("%s", (spelling, endpoint) => {
    expect(parseDockerHost(spelling, HERE)).toEqual(endpoint);
  });

  it("npipe on Windows", () => {
    expect(parseDockerHost("npipe:////./pipe/other", "win32")).toEqual({ kind: "socket", path: "//./pipe/other" });
  });
});

describe("parseDockerHost() refuses", () => {
  it.each([
    ["ftp://box", /unix:\/\/\/path.*ssh:\/\/user@host:port are allowed/],
    ["docker", /are allowed/],
    ["/var/run/docker.sock", /are allowed/],
    ["TCP://box:2375", /are allowed/],
    ["tcp://", /are allowed/],
    ["tcp://box:99999", /are allowed/],
    ["fd://", /are allowed/],
    ["unix://run/docker.sock", /absolute/],
    ["unix:///run/\0x", /absolute/],
    ["npipe:////./pipe/docker_engine", /Windows only/],
    ["tcp://box:2375/prefix", /path after the host/],
    ["ssh://me@box/run/docker.sock", /path after the host/],
    ["ssh://me:secret@box", /password/],
    ["tcp://me@box:2375", /ssh only/],
  ])("%j", (spelling, message) => {
    expect(() => parseDockerHost(spelling, HERE)).toThrow(SetupError);
    expect(() => parseDockerHost(spelling, HERE)).toThrow(message);
  });
});

describe("findEngine() with DOCKER_HOST", () => {
  it("uses a socket, and ignores the context", async () => {
    writeContext("other", { Host: "tcp://elsewhere:2375" });
    const { foundBy, modem } = await find({ dockerHost: "unix:///run/x.sock", dockerContext: "other" });
    expect(foundBy).toBe("DOCKER_HOST");
    expect(modem).toMatchObject({ socketPath: "/run/x.sock", protocol: "http" });
    expect(modem.host).toBeUndefined();
  });

  it("reaches tcp without TLS settings unencrypted, on Docker's port", async () => {
    const { modem } = await find({ dockerHost: "tcp://box" });
    expect(modem).toMatchObject({ host: "http://box", port: 2375, protocol: "http" });
    expect(modem.ca).toBeUndefined();
  });

  it("verifies the server under DOCKER_TLS_VERIFY, with the certificates of the config directory", async () => {
    for (const name of ["ca", "cert", "key"]) writeFileSync(path.join(dir, `${name}.pem`), name);
    const { modem } = await find({ dockerHost: "tcp://box", dockerTlsVerify: true });
    expect(modem).toMatchObject({ host: "https://box", port: 2376, protocol: "https" });
    expect([modem.ca, modem.cert, modem.key].map(String)).toEqual(["ca", "cert", "key"]);
    expect(modem.agent).toBeUndefined();
  });

  it("trusts any server if there are certificates and no DOCKER_TLS_VERIFY, as Docker does", async () => {
    for (const name of ["ca", "cert", "key"]) writeFileSync(path.join(dir, `${name}.pem`), name);
    const { modem } = await find({ dockerHost: "tcp://box:2376", dockerCertPath: dir });
    expect(modem.protocol).toBe("https");
    expect(modem.agent?.options.rejectUnauthorized).toBe(false);
  });

  it("always verifies the server of an https address", async () => {
    const { modem } = await find({ dockerHost: "https://box" });
    expect(modem).toMatchObject({ host: "https://box", port: 443, protocol: "https" });
    expect(modem.agent).toBeUndefined();
  });

  it("refuses a certificate directory without certificates", async () => {
    await expect(find({ dockerHost: "tcp://box", dockerCertPath: path.join(dir, "none") })).rejects.toThrow(
      /Cannot use DOCKER_CERT_PATH .*ca\.pem/,
    );
  });

  it("refuses a certificate without its key", async () => {
    writeFileSync(path.join(dir, "cert.pem"), "cert");
    await expect(find({ dockerHost: "tcp://box", dockerCertPath: dir })).rejects.toThrow(/must both be there/);
  });

  it("reaches ssh through the agent and accepts no host key that is not known", async () => {
    const { modem } = await find({ dockerHost: "ssh://me@box.invalid:2222", sshAgent: "/run/agent" });
    expect(modem).toMatchObject({ host: "box.invalid", port: 2222, protocol: "ssh", username: "me" });
    expect(modem.sshOptions.agent).toBe("/run/agent");
    expect(modem.sshOptions.hostVerifier?.(Buffer.from("any key"))).toBe(false);
  });
});

describe("findEngine() with a context", () => {
  it("uses the context that DOCKER_CONTEXT names", async () => {
    writeContext("desktop", { Host: "unix:///run/desktop.sock" });
    const { foundBy, modem } = await find({ dockerContext: "desktop" });
    expect(foundBy).toBe('context "desktop"');
    expect(modem.socketPath).toBe("/run/desktop.sock");
  });

  it("uses the current context of config.json, with its certificates", async () => {
    writeFileSync(path.join(dir, "config.json"), JSON.stringify({ currentContext: "lab" }));
    writeContext("lab", { Host: "tcp://lab:2376" }, { "ca.pem": "ca", "cert.pem": "cert", "key.pem": "key" });
    const { foundBy, modem } = await find({});
    expect(foundBy).toBe('context "lab"');
    expect(modem).toMatchObject({ host: "https://lab", port: 2376, protocol: "https" });
    expect(String(modem.key)).toBe("key");
    expect(modem.agent).toBeUndefined();
  });

  it("trusts any server if the context skips verification", async () => {
    writeContext("lab", { Host: "tcp://lab:2376", SkipTLSVerify: true }, { "ca.pem": "ca" });
    const { modem } = await find({ dockerContext: "lab" });
    expect(modem.agent?.options.rejectUnauthorized).toBe(false);
  });

  it.each([
    ["that does not exist", "gone", null, /"gone": it does not exist/],
    ["without an endpoint", "empty", {}, /no endpoint for Docker/],
    ["with a host that is none", "bad", { Host: "ftp://x" }, /Cannot use Docker host "ftp:\/\/x"/],
  ])("refuses a context %s", async (_, name, docker, message) => {
    if (docker !== null) writeContext(name, docker);
    await expect(find({ dockerContext: name })).rejects.toThrow(message);
    await expect(find({ dockerContext: name })).rejects.toBeInstanceOf(SetupError);
  });

  it("refuses a config.json that is not JSON", async () => {
    writeFileSync(path.join(dir, "config.json"), "{");
    await expect(find({})).rejects.toThrow(/must be JSON/);
  });
});

describe("findEngine() with nothing set", () => {
  it("tries Docker's sockets before Podman's", () => {
    expect(defaultSockets({ dockerConfigDir: "/home/me/.docker", runtimeDir: "/run/user/7" }, HERE)).toEqual([
      "/var/run/docker.sock",
      "/run/user/7/docker.sock",
      "/home/me/.docker/run/docker.sock",
      "/run/user/7/podman/podman.sock",
      "/run/podman/podman.sock",
    ]);
    expect(defaultSockets({ dockerConfigDir: "x" }, "win32")).toEqual(["//./pipe/docker_engine"]);
  });

  it.each([[{}], [{ dockerContext: "default" }], [{ dockerHost: "", dockerContext: "" }]])(
    "prefers a socket that answers to a dead one: %j",
    async (settings) => {
      const dead = path.join(dir, "docker.sock");
      writeFileSync(dead, "");
      const alive = path.join(dir, "podman/podman.sock");
      await listen(alive);
      const { foundBy, modem } = await find({ ...settings, runtimeDir: dir });
      // A machine with a system-wide engine of its own answers first.
      expect([alive, "/var/run/docker.sock"]).toContain(modem.socketPath);
      expect(foundBy).toBe(`socket ${modem.socketPath}`);
    },
  );
});

describe("knownHostKeys() finds the key", () => {
  const key = Buffer.from("the key").toString("base64");
  const salt = Buffer.from("salt").toString("base64");
  const hash = createHmac("sha1", Buffer.from("salt")).update("box").digest("base64");

  it.each([
    [`box ssh-ed25519 ${key}`, 22, 1],
    [`other,box ssh-ed25519 ${key} comment`, 22, 1],
    [`[box]:2222 ssh-ed25519 ${key}`, 2222, 1],
    [`|1|${salt}|${hash} ssh-ed25519 ${key}`, 22, 1],
    [`box ssh-ed25519 ${key}`, 2222, 0],
    [`boxes ssh-ed25519 ${key}`, 22, 0],
    [`# box ssh-ed25519 ${key}`, 22, 0],
    [`@revoked box ssh-ed25519 ${key}`, 22, 0],
    [`|1|${salt}|${key} ssh-ed25519 ${key}`, 22, 0],
    ["", 22, 0],
  ])("in %j for port %i: %i", (line, port, count) => {
    expect(knownHostKeys(`${line}\n`, "box", port)).toHaveLength(count);
  });
});
