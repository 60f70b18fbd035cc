/**
 * The ids that the server makes, each kind in one function of this file.
 *
 * Each kind has a type of its own, so a plain string does not compile where an id is wanted. An id that a caller sends
 * is a string until the server has found the session or verdict with that id.
 */

import { randomBytes, randomUUID } from "node:crypto";

declare const kind: unique symbol;

type Id<Kind extends string> = string & { readonly [kind]: Kind };

/** Handle of a session: `s_` and 22 characters of base64url. */
export type SessionId = Id<"session">;

/** Names one run in the log and in its result: `r_` and a random UUID. */
export type RunId = Id<"run">;

/** Proves that this server checked a program: `v1.` and a MAC in base64url (policy/verdict.ts). */
export type VerdictId = Id<"verdict">;

/** 128 random bits: a caller cannot guess the session of another caller. */
const SESSION_ID_BYTES = 16;

export function newSessionId(): SessionId {
  return `s_${randomBytes(SESSION_ID_BYTES).toString("base64url")}` as SessionId;
}

export function newRunId(): RunId {
  return `r_${randomUUID()}` as RunId;
}

/** Returns the id that carries a verdict's MAC. */
export function verdictIdOf(mac: Buffer): VerdictId {
  return `v1.${mac.toString("base64url")}` as VerdictId;
}
