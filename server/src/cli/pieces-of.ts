import { closeSync, openSync, readSync } from "node:fs";

const PIECE = 1 << 20;

/**
 * The bytes of a file of any size: a long recording has more than a buffer can hold. Each piece is valid until the next.
 * @throws Error of `node:fs` when it cannot be read
 */
export function* piecesOf(file: string): Generator<Uint8Array> {
  const descriptor = openSync(file, "r");
  try {
    const piece = new Uint8Array(PIECE);
    for (;;) {
      const count = readSync(descriptor, piece);
      if (count === 0) return;
      yield piece.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}
