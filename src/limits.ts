/**
 * The limits. They hold for every caller, engine and policy. Sizes are bytes of UTF-8 unless the name says otherwise.
 * The limits on code, time and memory were asked for (docs/origins.md). An operator can raise these three; no setting
 * loosens another one.
 */

/** The limits on one program that an operator can raise. */
export interface ExecLimits {
  readonly codeSize: number;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

/** Longest program: 10 KB. */
export const MAX_EXEC_CODE_SIZE = 10_240;

/** Longest run, in milliseconds. The start of the sandbox does not count. */
export const MAX_EXEC_TIMEOUT_MS = 5_000;

/** Most memory that a program may ask for, in MiB. Its interpreter does not count. */
export const MAX_EXEC_MEMORY_MB = 256;

/** The limits of a server that does not raise them. */
export const EXEC_LIMITS: ExecLimits = {
  codeSize: MAX_EXEC_CODE_SIZE,
  timeoutMs: MAX_EXEC_TIMEOUT_MS,
  memoryMb: MAX_EXEC_MEMORY_MB,
};

/** The most that an operator can raise them to: 1 MiB, five minutes, 4 GiB. */
export const LARGEST_EXEC_LIMITS: ExecLimits = { codeSize: 1_048_576, timeoutMs: 300_000, memoryMb: 4_096 };

/** Memory of a container for what runs beside the program, in MiB: its supervisor, its files, its pipes. */
export const MEMORY_BESIDE_MB = 128;

/** Least memory that a program may ask for, in MiB. With less, an interpreter fails as if the server had failed. */
export const MIN_EXEC_MEMORY_MB = 16;

/** Largest `inputs`, as JSON. A `context` of megabytes fits, and so does the message that carries it. */
export const MAX_INPUTS_SIZE = 4_194_304;

/** Largest `stdin`: the text that a program reads as its standard input. */
export const MAX_STDIN_SIZE = 1_048_576;

/** Most input files of one call, and most bytes of them together. Files of directories that it names count. */
export const MAX_FILES = 1_000;
export const MAX_FILES_SIZE = 8_388_608;

/** Longest reading of the input files of one call, in milliseconds. A network disk may be slow. */
export const MAX_FILES_MS = 5_000;

/** Most levels of directories below a directory that a call names. */
export const MAX_FILES_DEPTH = 32;

/** A program that has printed more than this on both streams together is stopped with `output_limit`. */
export const MAX_OUTPUT_SIZE = 1_048_576;

/**
 * Bytes that are kept of each stream, from its start and from its end. Both streams, twice in a result as text and as
 * structured content, stay under 1 MB. Claude Desktop refuses a larger result.
 */
export const KEPT_OUTPUT_HEAD = 16_384;
export const KEPT_OUTPUT_TAIL = 49_152;

/** Longest `result`, error message and traceback. The rest is cut off. */
export const MAX_RESULT_SIZE = 16_384;

/**
 * Time from the time limit of a program until its guest is destroyed, in milliseconds. The program may end until then.
 */
export const KILL_GRACE_MS = 300;

/** Longest path that a caller may send, in UTF-16 units. Linux itself has a limit of 4 096 bytes. */
export const MAX_PATH_LENGTH = 4_096;

/** Most session interpreters at once in a server. Each has its own sandbox. */
export const MAX_INTERPRETERS = 16;
