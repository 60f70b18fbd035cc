/**
 * How a server marks its containers, and how another server on the same engine recognizes them.
 *
 * A container is ours if its labels and its name say so together. One alone is not enough: an image that was made of a
 * guest gives its labels to containers of the user, and other tools may use a similar name.
 */

import type Docker from "dockerode";
import { RUNNABLE_LANGUAGES, type RunnableLanguage } from "../../language.js";

/** The labels of containers: the server that made it, and either the language of a guest or the sign of a heartbeat. */
export const LABEL = {
  server: "rlm-mcp.server",
  sandbox: "rlm-mcp.sandbox",
  heartbeat: "rlm-mcp.heartbeat",
} as const;

const SERVER = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const GUEST_NAME = new RegExp(`^/?rlm-mcp-guest\\.(${SERVER})\\.\\d{1,15}$`);
const HEARTBEAT_NAME = new RegExp(`^/?rlm-mcp-heartbeat\\.(${SERVER})\\.(\\d{1,15})$`);

/** The container of a guest or of a heartbeat, of this server or of another one. */
export interface OwnContainer {
  readonly id: string;
  /** The id of the server that made it. */
  readonly server: string;
  /** The time of a heartbeat, by the engine's clock, in milliseconds since 1970. Null for a guest. */
  readonly beatAt: number | null;
}

/** Returns the labels of a guest's container. */
export function guestLabels(server: string, language: RunnableLanguage): Record<string, string> {
  return { [LABEL.sandbox]: language, [LABEL.server]: server };
}

/** Returns the name of a guest's container. `number` is another one for each container of the server. */
export function guestName(server: string, number: number): string {
  return `rlm-mcp-guest.${server}.${number}`;
}

/** Returns the labels of a heartbeat's container. */
export function heartbeatLabels(server: string): Record<string, string> {
  return { [LABEL.heartbeat]: "true", [LABEL.server]: server };
}

/** Returns the name of a heartbeat's container after a beat at `time`, in milliseconds since 1970. */
export function heartbeatName(server: string, time: number): string {
  return `rlm-mcp-heartbeat.${server}.${Math.floor(time)}`;
}

/** Returns what a container is to us; null if it is not ours, or if its labels and its name do not fit together. */
export function recognize(container: Docker.ContainerInfo): OwnContainer | null {
  // An engine may leave out what is empty, or say null.
  const {
    Id: id,
    Names: names,
    Labels: labels,
  } = container as { readonly [Key in keyof Docker.ContainerInfo]?: Docker.ContainerInfo[Key] | null };
  const server = labels?.[LABEL.server];
  if (typeof id !== "string" || server === undefined || !names) return null;
  const match = (pattern: RegExp): RegExpExecArray | null =>
    names.map((name) => pattern.exec(name)).find((found) => found?.[1] === server) ?? null;
  const beat = match(HEARTBEAT_NAME);
  if (beat !== null && labels?.[LABEL.heartbeat] === "true") return { id, server, beatAt: Number(beat[2]) };
  const isGuest = RUNNABLE_LANGUAGES.some((language) => language === labels?.[LABEL.sandbox]);
  return isGuest && match(GUEST_NAME) !== null ? { id, server, beatAt: null } : null;
}
