/** The parts that all steps of making the image share: their input, and how a failure is reported. */

import { SetupError } from "../errors.js";
import type { Docker } from "../sandbox/docker/connection.js";
import type { RunnerImage } from "../sandbox/docker/image.js";
import type { ImageOptions } from "./image-options.js";

/** The environment of the command. */
export interface ImageDeps {
  readonly docker: Docker;
  /** Prints one line. */
  readonly write: (line: string) => void;
  /** Directory of Dockerfile.runner. */
  readonly packageRoot: string;
  /** Directory of the guest files: `python/`, `javascript/`. */
  readonly guestDir: string;
  /** Name of the image that the server uses. */
  readonly defaultImage: string;
}

/** The input of every step. */
export interface Work extends ImageDeps {
  readonly options: ImageOptions;
  /** A temporary directory, which is removed at the end. */
  readonly staging: string;
  /** The engine's architecture, as Docker spells it. */
  readonly architecture: string;
  /** Aborted when the operator interrupts the command. */
  readonly signal: AbortSignal;
}

/** A base image, with the name that it is reported by. */
export type Base = RunnerImage & { readonly name: string };

/**
 * Runs one step.
 *
 * @param cannot Begins the message of a failure: `Cannot build the image`.
 * @param advice Ends the message: what the operator can do.
 * @throws {SetupError} If the step fails.
 */
export async function runStep<Value>(cannot: string, advice: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SetupError) throw cause;
    throw new SetupError(`${cannot}: ${messageOf(cause)}; ${advice}`, { cause });
  }
}

/** Returns the message of an error of the engine or of a program. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(", ");
  // docker-modem puts the HTTP status before the engine's own message.
  return error instanceof Error ? error.message.trim().replace(/^\(HTTP code \d+\) [a-z ]+ - /, "") : String(error);
}
