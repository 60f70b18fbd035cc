/**
 * The fixed limits. They hold for every caller, engine and policy; no setting loosens one. Sizes are bytes of UTF-8
 * unless the name says otherwise.
 */

/** Longest program. Document 003: 10 KB. */
export const MAX_EXEC_CODE_SIZE = 10_240;

/** Longest run in milliseconds, the sandbox's start-up not counted. Document 003: 5 s. */
export const MAX_EXEC_TIMEOUT_MS = 5_000;

/** Most memory a program may ask for, in MiB, on top of its interpreter. Document 003: 256 MB. */
export const MAX_EXEC_MEMORY_MB = 256;

/** Least memory a program may ask for, in MiB; below it interpreters fail in ways that look like ours. */
export const MIN_EXEC_MEMORY_MB = 16;

/** Largest `inputs`, as JSON: a `context` of megabytes fits, and the message that carries it. */
export const MAX_INPUTS_SIZE = 4_194_304;

/** Most files of one call, and most bytes of them all; those of directories that it names are counted. */
export const MAX_FILES = 1_000;
export const MAX_FILES_SIZE = 8_388_608;

/** How many directories down from a directory that a call names its files are looked for. */
export const MAX_FILES_DEPTH = 32;

/** A program that has printed more than this, both streams together, is stopped with `output_limit`. */
export const MAX_OUTPUT_SIZE = 1_048_576;

/**
 * What is kept of each stream: this many bytes from its start and from its end. Both streams, doubled as text and as
 * structured content, stay well under the 1 MB at which Claude Desktop refuses a tool result.
 */
export const KEPT_OUTPUT_HEAD = 16_384;
export const KEPT_OUTPUT_TAIL = 49_152;

/** Longest `result`, error message and traceback; the rest is cut with an ellipsis. */
export const MAX_RESULT_SIZE = 16_384;

/** How long after its limit a program may still be winding down before its guest is destroyed, in milliseconds. */
export const KILL_GRACE_MS = 300;

/** Longest path a caller may name, in UTF-16 units; Linux itself stops at 4 096 bytes. */
export const MAX_PATH_LENGTH = 4_096;

/** Session interpreters alive at once in a server, each in a sandbox of its own. */
export const MAX_INTERPRETERS = 16;
