/**
 * Verifies the host keys of SSH servers by the user's known_hosts file, as `ssh` does.
 *
 * The SSH library accepts any key unless it gets a verifier. Not supported: patterns of names, and certificate
 * authorities.
 */

import { createHmac } from "node:crypto";
import { homedir } from "node:os";
import path from "node:path";
import { readSettingsFile } from "./settings-file.js";

/** A public host key: its type, such as `ssh-ed25519`, and its bytes on the wire. */
export interface HostKey {
  readonly type: string;
  readonly bytes: Buffer;
}

/**
 * Returns the options by which the SSH library accepts the known keys of a host and no others.
 *
 * @throws {SetupError} If known_hosts exists and cannot be read.
 */
export async function knownHostOptions(host: string, port: number): Promise<object> {
  const bytes = await readSettingsFile(path.join(homedir(), ".ssh", "known_hosts"));
  const keys = knownHostKeys(bytes?.toString("utf8") ?? "", host, port);
  const types = [
    ...new Set(keys.flatMap(({ type }) => (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]))),
  ];
  return {
    hostVerifier: (key: Buffer): boolean => keys.some((known) => known.bytes.equals(key)),
    ...(types.length > 0 ? { algorithms: { serverHostKey: types } } : {}),
  };
}

/** Returns the keys of a host in the text of a known_hosts file. Names may be plain or hashed. */
export function knownHostKeys(text: string, host: string, port: number): HostKey[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return text.split("\n").flatMap((line) => {
    const [names = "", type, key] = line.trim().split(/\s+/);
    if (type === undefined || key === undefined || /^[#@]/.test(names)) return [];
    return isNamed(name, names) ? [{ type, bytes: Buffer.from(key, "base64") }] : [];
  });
}

function isNamed(name: string, names: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(names) ?? [];
  if (salt === undefined || hash === undefined) return names.split(",").includes(name);
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}
