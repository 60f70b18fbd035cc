/**
 * The interface of every engine. An engine opens sandboxes. A sandbox runs one job, or several that keep its guest, and
 * is closed. This file knows no engine.
 */

import type { RunnableLanguage } from "../language.js";
import type { Outcome } from "../outcome.js";

/** A value that JSON can express. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The directory that holds the files of a job, in a sandbox with a file system of its own. */
export const WORKSPACE = "/workspace";

/** A file for the program. The server has read it from the host before it sends the job. */
export interface GuestFile {
  /** Path relative to its root, with forward slashes. The program finds the file by this name in `files`. */
  readonly name: string;
  /** Path relative to the workspace: the name of the root, a slash, and the path relative to the root. */
  readonly path: string;
  /** The absolute path by which the caller named the file, if it did. `files` finds the file by it too. */
  readonly hostPath?: string;
  readonly bytes: Uint8Array;
}

/** An input that is a long text, in UTF-8. It travels beside the JSON of the job. */
export interface GuestText {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The part of a policy that the guest itself enforces. It is a fence, not the boundary: the sandbox must also hold with
 * `builtins: "all"` and `modules: "all"`.
 */
export interface GuestPolicy {
  readonly builtins: "safe" | "all";
  /**
   * The modules that a program can import, dotted ones by their full name. `numpy.*` stands for a package with all
   * modules below it; the guest adds no fence inside it. "all" stands for every module that is not in `withheld`.
   */
  readonly modules: readonly string[] | "all";
  /** Modules that a program cannot import although `modules` is "all". The modules below them are withheld too. */
  readonly withheld: readonly string[];
  /** Modules below withheld ones that a program can still import. */
  readonly exempt?: readonly string[];
  /** Members that the policy denies, of the modules in a list, by full name. The guest leaves them out. */
  readonly denied?: readonly string[];
  /** Builtins and members of `os`, by full name, that refuse to be called although `builtins` is "all". */
  readonly names?: readonly string[];
  /** True if the program may open files of its sandbox for reading, its input files among them. */
  readonly reads: boolean;
  /** True if functions of the library may write files of the sandbox for a program with the safe builtins. */
  readonly writes?: boolean;
  /** Builtins that the program has although `builtins` is "safe": `globals`, `locals`, `__import__`, `open`. */
  readonly opened?: readonly string[];
  /** True if a JavaScript program may use files of its own: it has `node:fs`, `process` and the like. */
  readonly workspace?: boolean;
  /** False if a JavaScript program may make no code from text. True follows from `builtins` "all" if it is absent. */
  readonly strings?: boolean;
  /** The last words of the guest's ImportError: the policies that allow more. */
  readonly hint: string;
}

/** A file of the project that the program can import. It was analysed with the program. */
export interface ProjectModule {
  /** Dotted. */
  readonly name: string;
  /** Path of its file, or of the directory of a package without one, relative to the workspace. */
  readonly path: string;
  /** The text that was analysed. The guest runs it, whatever its file holds meanwhile. Null for a directory. */
  readonly code: string | null;
  readonly isPackage: boolean;
}

/** A file of the project that a JavaScript program can import. It was analysed with the program. */
export type ScriptModule = {
  /** Relative to the workspace. */
  readonly path: string;
  /** As `name` in `GuestFile`. */
  readonly name: string;
} & (
  | { readonly json: string }
  | {
      readonly code: string;
      /** Text to put before it, and replacements (from, to, text) in order, that make it the body of a function. */
      readonly before: string;
      readonly edits: readonly (readonly [number, number, string])[];
      readonly links: ModuleLinks;
    }
);

/** The paths of the files that the names in import statements mean. */
export interface ModuleLinks {
  readonly [name: string]: string;
}

/** The files of the project that a JavaScript program can import. */
export interface ScriptModules {
  readonly files: readonly ScriptModule[];
  /** Of the program itself. */
  readonly links: ModuleLinks;
}

/** A program and everything that its guest must know to run it. */
export interface Job {
  readonly code: string;
  /** The files of the project that the program can import. */
  readonly modules?: readonly ProjectModule[];
  /** Time limit of the program alone. The guest starts the clock when it has received the whole job. */
  readonly timeoutMs: number;
  /** Memory limit of the program in MiB, on top of its interpreter. */
  readonly memoryMb: number;
  readonly inputs: { readonly [name: string]: Json };
  /** The JSON of `inputs`, if it was made already. */
  readonly inputsJson?: string;
  /** Inputs that are long texts. `inputs` holds null for each of them. */
  readonly texts?: readonly GuestText[];
  /** The standard input of the program, as UTF-8. Left out if the call gives none. */
  readonly stdin?: Uint8Array;
  readonly files: readonly GuestFile[];
  readonly guestPolicy: GuestPolicy;
  /** Facts that the parser found when it checked the program. JavaScript only. */
  readonly javascript?: {
    /** Start and end of the last statement's expression in `code`, in UTF-16 units; null if there is none. */
    readonly lastExpression: readonly [number, number] | null;
    /** True if the program uses `await` at its top level. */
    readonly isAsync: boolean;
    /**
     * How a guest rewrites the program: imports become calls, and top-level names become globals if the guest is kept.
     * `before` lists parts to put before the program: text, or a range of the program. `edits` lists replacements
     * (from, to, text) in order.
     */
    readonly globals?: {
      /** The files of the project that the program can import. */
      readonly modules?: ScriptModules;
      readonly before: readonly (string | readonly [number, number])[];
      readonly edits: readonly (readonly [number, number, string])[];
      readonly hasImports: boolean;
    };
  };
  /** True if the guest compiles the program, reports a syntax error, and runs nothing. */
  readonly compileOnly?: boolean;
  /** The directory that the program starts in, relative to the workspace. A kept guest keeps its directory. */
  readonly directory?: string;
  /**
   * True if the guest stays for another job, with everything that the program has made. `isReady` is then true again
   * after an ending of `ok` or `error`, and after no other ending.
   */
  readonly keep?: boolean;
}

/** How a sandbox separates programs from the host, from strongest to weakest. */
export type IsolationLevel = "gvisor" | "container" | "wasm" | "none";

/** The isolation that a sandbox really has. Results report it. */
export interface Isolation {
  readonly engine: "docker" | "wasm" | "local";
  /** `runsc`, `runc`, `cpython-wasi`, `quickjs-wasm` or `process`. */
  readonly runtime: string;
  readonly level: IsolationLevel;
  readonly network: "none" | "host";
  /** Id of the container image, digest of the embedded image, or null. */
  readonly image: string | null;
}

/** The Python modules of an engine. */
export interface EngineModules {
  readonly kind: "wasm" | "container" | "local";
  /** The packages beside Python's own library; "unknown" for an image or a Python of the operator's own. */
  readonly packages: "none" | "data-science" | "unknown";
}

/** The kind of guest that a caller wants. */
export interface SandboxSpec {
  readonly language: RunnableLanguage;
  /** The memory limit that the guest is made for, in MiB. A job may ask for less. */
  readonly memoryMb: number;
}

/**
 * A guest that is up and waits for a job. It runs one job, or several that keep it, one at a time. `close` destroys it,
 * may be called twice, and never throws.
 */
export interface Sandbox extends AsyncDisposable {
  readonly isolation: Isolation;
  /** Absolute path, inside the sandbox, of the directory that holds the job's files. */
  readonly workspace: string;
  /** False while the guest runs a job, and for ever once it has died or has run a job that does not keep it. */
  readonly isReady: boolean;
  /** The reason why the sandbox ended without a call that ended it, in words of ours. Null or left out if unknown. */
  readonly lossReason?: string | null;
  /**
   * Runs the program to its end. Aborting `signal` stops the program, and the outcome is `cancelled`.
   *
   * @throws {Fault} If the engine failed.
   */
  run(job: Job, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

/** Opens sandboxes of one kind of isolation. */
export interface Engine {
  readonly name: "docker" | "wasm" | "local";
  /**
   * Starts a guest and waits until it is ready.
   *
   * @throws {Fault} If the engine failed, or `signal` was aborted.
   */
  open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
  /** Destroys every guest. May be called twice. */
  close(): Promise<void>;
}
