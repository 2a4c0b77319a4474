/** Buffers of their own, which go to other threads by way of the supervisor: an arena cannot hold a buffer. */
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";
import { isolate } from "./isolate.js";
import { adopted, cellOf, defineKind, join } from "./shared.js";
import { publish, receiveBuffer, supervisorCell, unpublish } from "./supervision.js";

/** The word of a buffer's cell that names the supervisor which has it; 0 while nobody was told. */
const KEEPER = FIELDS;

/** The cell of a buffer, made when it is first asked for. */
export function bufferCell(buffer: SharedArrayBuffer): number {
  const known = cellOf(buffer);
  if (known !== undefined) return known;
  const at = allocateCell();
  Atomics.store(words, at + KIND, KINDS.buffer);
  join(buffer, at);
  return at;
}

/** Makes sure that other threads can take the buffer. */
export function shareBuffer(at: number, buffer: SharedArrayBuffer): void {
  if (Atomics.load(words, at + KEEPER) !== 0) return;
  // Twice does no harm; a keeper that was never told would let the receiver wait for ever.
  publish(at, buffer);
  Atomics.store(words, at + KEEPER, supervisorCell());
}

function take(at: number): SharedArrayBuffer {
  const buffer = receiveBuffer(at, Atomics.load(words, at + KEEPER));
  join(buffer, at);
  return buffer;
}

defineKind("buffer", "SharedArrayBuffer", () => take(adopted()), {
  beforeSend: (at, wrapper) => shareBuffer(at, wrapper as SharedArrayBuffer),
  destroy: (at) => {
    if (isolate.supervisor?.at === Atomics.load(words, at + KEEPER)) unpublish(at);
  },
});
