/**
 * Finds the certificates for an engine that is reached over TCP.
 *
 * A client that can talk to the engine is root on its machine, so a TLS server is verified unless the operator's
 * settings say otherwise.
 */

import path from "node:path";
import type { HostEnvironment } from "../../config.js";
import { quote, SetupError } from "../../errors.js";
import type { Endpoint } from "./docker-host.js";
import { readSettingsFile } from "./settings-file.js";

/** How a TLS connection is made. Certificates and keys are PEM files. */
export interface Tls extends TlsFiles {
  /** False if any server is trusted. */
  readonly verify: boolean;
}

/** The PEM files of a directory. `cert` and `key` are both there, or neither is. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** The settings in the environment that decide about TLS. */
export type TlsSettings = Pick<HostEnvironment, "dockerTlsVerify" | "dockerCertPath" | "dockerConfigDir">;

/**
 * Returns how DOCKER_TLS_VERIFY and DOCKER_CERT_PATH secure an endpoint, or null if it has no TLS.
 *
 * @throws {SetupError} If they name certificates that are missing or cannot be read.
 */
export async function tlsOfEnvironment(settings: TlsSettings, endpoint: Endpoint): Promise<Tls | null> {
  if (endpoint.kind !== "http") return null;
  const verify = settings.dockerTlsVerify === true;
  const directory = settings.dockerCertPath;
  if (directory === undefined && !verify) return endpoint.secure ? { verify: true } : null;
  const files = await readTlsFiles(directory ?? settings.dockerConfigDir);
  if (directory !== undefined && files.ca === undefined && files.cert === undefined) {
    throw new SetupError(
      `Cannot use DOCKER_CERT_PATH ${quote(directory)}: ca.pem, cert.pem and key.pem are required in it`,
    );
  }
  // As in Docker's own client, certificates without DOCKER_TLS_VERIFY encrypt the connection and trust any server.
  return { verify: verify || endpoint.secure, ...files };
}

/**
 * Reads `ca.pem`, `cert.pem` and `key.pem` of a directory. Missing ones are left out.
 *
 * @throws {SetupError} If one cannot be read, or if a certificate has no key or a key no certificate.
 */
export async function readTlsFiles(directory: string): Promise<TlsFiles> {
  const files: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const name of ["ca", "cert", "key"] as const) {
    const bytes = await readSettingsFile(path.join(directory, `${name}.pem`));
    if (bytes !== null) files[name] = bytes;
  }
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw new SetupError(`Cannot use the certificates in ${quote(directory)}: cert.pem and key.pem must both be there`);
  }
  return files;
}
