/**
 * What every engine offers. An engine opens sandboxes; a sandbox runs one job and is closed. Nothing here knows how.
 */

import type { RunnableLanguage } from "../language.js";
import type { Outcome } from "../outcome.js";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where the files of a job lie in a sandbox that has a file system of its own. */
export const WORKSPACE = "/workspace";

/** A file for the program, read from the host before the job was sent. */
export interface GuestFile {
  /** Path relative to its root, with forward slashes; what the program finds it by in `files`. */
  readonly name: string;
  /**
   * Where it lies in the sandbox, relative to the workspace: the root's name, a slash, and the path relative to the
   * root.
   */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An input that is a long text, as UTF-8. */
export interface GuestText {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * What a program starts with inside its guest. A fence, not a boundary: the sandbox must hold with `builtins: "all",
 * modules: "all"`.
 */
export interface GuestPolicy {
  readonly builtins: "safe" | "all";
  /**
   * Importable modules, dotted ones by their full name; `numpy.*` is a package with everything below it, given as it
   * is. Or everything but what is withheld.
   */
  readonly modules: readonly string[] | "all";
  /** Modules a program cannot import although `modules` is "all"; what is below them is withheld too. */
  readonly withheld: readonly string[];
  /** Modules below withheld ones that a program can import all the same. */
  readonly exempt?: readonly string[];
  /** The program may read files of its sandbox, and those it was given, by `open`. */
  readonly reads: boolean;
  /** Builtins that the program has although `builtins` is "safe": `globals`, `locals`, `__import__`, `open`. */
  readonly opened?: readonly string[];
  /** Ends the sentence of the guest's ImportError: which policies allow more. */
  readonly hint: string;
}

export interface Job {
  readonly code: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly inputs: { readonly [name: string]: Json };
  /** Inputs that are long texts; null stands for each in `inputs`. */
  readonly texts?: readonly GuestText[];
  readonly files: readonly GuestFile[];
  readonly guestPolicy: GuestPolicy;
  /**
   * JavaScript only: where the last statement's expression lies in `code`, in UTF-16 units, whether the program uses
   * `await` at its top level, and how its text becomes one whose names are globals, for a guest that is kept: parts to
   * put before it (ours, or a range of it) and what to replace in it (from, to, text), in order. Found by the parser
   * that checked the program.
   */
  readonly javascript?: {
    readonly lastExpression: readonly [number, number] | null;
    readonly isAsync: boolean;
    readonly globals?: {
      readonly before: readonly (string | readonly [number, number])[];
      readonly edits: readonly (readonly [number, number, string])[];
    };
  };
  /** Compile and report a syntax error; run nothing. */
  readonly compileOnly?: boolean;
  /** The directory that the program starts in, relative to the workspace; a guest that was kept stays where it is. */
  readonly directory?: string;
  /**
   * The guest stays, with all that the program has made, for another job: `isReady` is true again after an ending of
   * `ok` or `error`, and never after another one.
   */
  readonly keep?: boolean;
}

export type IsolationLevel = "gvisor" | "container" | "wasm" | "none";

/** The isolation a sandbox really has. */
export interface Isolation {
  readonly engine: "docker" | "wasm" | "local";
  /** `runsc`, `runc`, `cpython-wasi`, `quickjs-wasm` or `process`. */
  readonly runtime: string;
  readonly level: IsolationLevel;
  readonly network: "none" | "host";
  /** Id of the container image, digest of the embedded one, or null. */
  readonly image: string | null;
}

export interface SandboxSpec {
  readonly language: RunnableLanguage;
  /** The memory limit that the guest is made for; a job may ask for less. */
  readonly memoryMb: number;
}

/**
 * A guest that is up and waiting. It runs one job, or several that keep it, one at a time; `close` destroys it, may be
 * called twice, and never throws.
 */
export interface Sandbox extends AsyncDisposable {
  readonly isolation: Isolation;
  /** Absolute path, in the sandbox, of the directory under which `files` lie. */
  readonly workspace: string;
  /** False while the guest runs a job, and for ever once it has died or has run a job that does not keep it. */
  readonly isReady: boolean;
  /**
   * Runs the program to its end. Aborting `signal` stops it: the outcome is then `cancelled`.
   *
   * @throws {Fault} If the engine failed.
   */
  run(job: Job, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: "docker" | "wasm" | "local";
  /**
   * Starts a guest and waits until it is ready.
   *
   * @throws {Fault} If the engine failed.
   */
  open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
  /** Destroys every guest. May be called twice. */
  close(): Promise<void>;
}
