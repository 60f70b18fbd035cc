/**
 * The stack of C calls of the embedded Python: a part of its memory that the image gives it.
 *
 * The binary has a stack of 512 KiB. Ordinary programs need more, such as a recursion through `sorted` or `lru_cache`,
 * or an `if` with 400 branches. Below its own stack the binary has the end of its memory, which traps. Below this one
 * are other data. So the code of the binary compares its stack pointer with a limit, and traps (stack-check.ts).
 */

/** The stack is looked at in blocks of this many bytes. */
const BLOCK = 65_536;

/**
 * Below this many blocks of zeros nothing was written. Each call writes to its own frame, and no frame of the binary is
 * nearly as large.
 */
const ZERO_BLOCKS = 16;

const ZEROS = Buffer.alloc(BLOCK);

/** The addresses of a stack, which grows down. */
export interface StackRange {
  /** Of the first byte. */
  readonly stackStart: number;
  /** After the last byte. */
  readonly stackPointer: number;
}

/**
 * Returns the lowest address that the stack pointer may have. A function that calls no other uses up to 4 128 bytes
 * below the stack pointer and leaves it where it is. So the lowest block is for these.
 */
export function stackLimit({ stackStart }: StackRange): number {
  return stackStart + BLOCK;
}

/** Fills the used part of a stack with zeros. The unused part takes no memory of the host. */
export function wipeStack(memory: Uint8Array, { stackStart, stackPointer }: StackRange): void {
  let zeros = 0;
  for (let at = stackPointer - BLOCK; at >= stackStart && zeros < ZERO_BLOCKS; at -= BLOCK) {
    if (isZero(memory, at)) zeros++;
    else {
      memory.fill(0, at, at + BLOCK);
      zeros = 0;
    }
  }
}

function isZero(memory: Uint8Array, at: number): boolean {
  return ZEROS.compare(memory, at, at + BLOCK) === 0;
}
