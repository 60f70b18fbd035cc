/**
 * The frames between the server and a guest's supervisor, over any byte stream.
 *
 *   frame = type (1 byte) + length (4 bytes, big endian) + payload
 *
 * The server sends one `job`, then one `file` for each long text, for stdin and for each file of the job. It sends
 * another job later to a guest that was kept. The guest sends `ready` once, then `stdout`, `stderr` and one `done` for
 * each job. Every frame after `ready` starts with the token of the job. Only the supervisor knows the token, so a
 * program that reaches the channel still cannot send a valid frame.
 *
 * All bytes from a guest are untrusted: a length is bounded before its bytes are kept, and a frame that breaks the
 * rules ends the stream.
 */

/** The types of frames. The supervisor in src/guest/python has the same numbers. */
export const FRAME = {
  ready: 1,
  job: 2,
  file: 3,
  stdout: 4,
  stderr: 5,
  done: 7,
} as const;

/** The number that stands for a type of frame. */
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

/** A frame as it arrived. Its type may be any byte. */
export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** Length of a job's token, in bytes. */
export const TOKEN_SIZE = 16;
const HEADER_SIZE = 5;

/**
 * Longest payload that a guest may send, in bytes. Output comes in pieces of 64 KiB. A verdict holds three texts of
 * 16 KiB each, which JSON may make six times longer.
 */
export const MAX_GUEST_FRAME = 524_288;

/** Returns one frame, with the payload made of `parts`. */
export function encodeFrame(type: FrameType, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([frameHeader(type, size), ...parts]);
}

/** Returns the type and the length that precede a payload of `size` bytes. */
export function frameHeader(type: FrameType, size: number): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(size, 1);
  return header;
}

/** Cuts a byte stream into frames. The chunks may end anywhere. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * Returns the frames that `chunk` completes.
   *
   * @throws {RangeError} If a payload is longer than `MAX_GUEST_FRAME`.
   */
  push(chunk: Uint8Array): Frame[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (this.#pending.length - at >= HEADER_SIZE) {
      const length = this.#pending.readUInt32BE(at + 1);
      if (length > MAX_GUEST_FRAME) throw new RangeError(`The frame is too long: it has ${length} bytes`);
      const end = at + HEADER_SIZE + length;
      if (this.#pending.length < end) break;
      frames.push({ type: this.#pending.readUInt8(at), payload: this.#pending.subarray(at + HEADER_SIZE, end) });
      at = end;
    }
    this.#pending = this.#pending.subarray(at);
    return frames;
  }
}
