/** Messages on a stream of bytes: each is its length, four bytes, the least first, and then its bytes. */

import type { Socket } from "node:net";

/** The first byte of a message of a connection: what was sent. */
export const VALUE = 0;
export const BYTES = 1;

/** Bytes of a message at most, so that a peer that lies about a length cannot take all memory. */
export const LONGEST_FRAME = 2 ** 30;
const HEADER_BYTES = 4;

/** The header of a message of that length. */
export function headerOf(length: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, length, true);
  return header;
}

/** The message behind its header: one piece is written faster than two. */
export function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + message.length);
  new DataView(bytes.buffer).setUint32(0, message.length, true);
  bytes.set(message, HEADER_BYTES);
  return bytes;
}

/** Gives `hear` the messages of a socket that was paused, from now on, and calls `left` when it is closed. */
export function serveFrames(socket: Socket, hear: (message: Uint8Array<ArrayBuffer>) => void, left: () => void): void {
  const frames = new FrameReader();
  socket.on("data", (piece) => {
    try {
      frames.push(piece, hear);
    } catch {
      socket.destroy(); // nothing of ours is that long or that short
    }
  });
  socket.on("close", left);
  socket.resume();
}

/** Puts messages together from what arrives. */
export class FrameReader {
  readonly #longest: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #body: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;

  constructor(longest = LONGEST_FRAME) {
    this.#longest = longest;
  }

  /** Calls `deliver` for each message that is complete with this piece. @throws RangeError a message is too long */
  push(piece: Uint8Array, deliver: (message: Uint8Array<ArrayBuffer>) => void): void {
    for (let at = 0; at < piece.length; ) {
      const target = this.#body ?? this.#header;
      const part = piece.subarray(at, at + target.length - this.#filled);
      target.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < target.length) return;
      this.#filled = 0;
      if (this.#body === undefined) this.#begin();
      if (this.#body === target || this.#body?.length === 0) {
        const message = this.#body;
        this.#body = undefined;
        deliver(message);
      }
    }
  }

  /** Whether it is in the midst of a message. */
  get isPartial(): boolean {
    return this.#filled > 0 || this.#body !== undefined;
  }

  #begin(): void {
    const length = new DataView(this.#header.buffer).getUint32(0, true);
    if (length > this.#longest) {
      throw new RangeError(`A message of ${length} bytes is announced; at most ${this.#longest} are taken.`);
    }
    this.#body = new Uint8Array(length);
  }
}
