/**
 * The frames between the host and a guest's supervisor, over any byte stream.
 *
 *   frame = type (1 byte) + length (4 bytes, big endian) + payload
 *
 * Host to guest: one `job`, then one `file` for each long text and each file of the job; of a guest that is kept,
 * another job later. Guest to host: `ready` once, then `stdout`, `stderr` and one `done` for each job. Every frame
 * after `ready` starts with the 16 bytes of the job's token: the supervisor alone was told them, so a program that
 * finds a way to the channel still cannot speak.
 *
 * What arrives is data from an untrusted place: lengths are bounded before anything is kept, and a frame that breaks
 * the rules ends the stream.
 */

export const FRAME = {
  ready: 1,
  job: 2,
  file: 3,
  stdout: 4,
  stderr: 5,
  artifact: 6,
  done: 7,
} as const;

export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

export const TOKEN_SIZE = 16;
const HEADER_SIZE = 5;

/**
 * Longest frame a guest may send: output comes in pieces of 64 KiB, and a verdict holds three texts of 16 KiB that JSON
 * may make six times longer.
 */
export const MAX_GUEST_FRAME = 524_288;

/** Returns one frame as bytes. */
export function encodeFrame(type: FrameType, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([frameHeader(type, size), ...parts]);
}

/** Returns what stands before a payload of `size` bytes. */
export function frameHeader(type: FrameType, size: number): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(size, 1);
  return header;
}

/** Cuts a byte stream, however it was split on its way, into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * Returns the frames that `chunk` completes.
   *
   * @throws {RangeError} If a frame is longer than `MAX_GUEST_FRAME`.
   */
  push(chunk: Uint8Array): Frame[] {
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (this.#pending.length - at >= HEADER_SIZE) {
      const length = this.#pending.readUInt32BE(at + 1);
      if (length > MAX_GUEST_FRAME) throw new RangeError(`A frame of ${length} bytes is too long`);
      const end = at + HEADER_SIZE + length;
      if (this.#pending.length < end) break;
      frames.push({ type: this.#pending.readUInt8(at), payload: this.#pending.subarray(at + HEADER_SIZE, end) });
      at = end;
    }
    this.#pending = this.#pending.subarray(at);
    return frames;
  }
}
