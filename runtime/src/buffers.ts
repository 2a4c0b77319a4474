/** Buffers of their own, which go to other threads by way of the supervisor: an arena cannot hold a buffer. */
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";
import { isolate } from "./isolate.js";
import { adopted, cellOf, defineKind, join } from "./shared.js";
import { bufferToCome, publish, receiveBuffer, supervisorLine, unpublish } from "./supervision.js";

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
  Atomics.store(words, at + KEEPER, supervisorLine().at);
}

/** Waits for the buffers of cells that have not arrived, where a thread that needs one cannot fetch it. */
export async function buffersArrived(cells: readonly number[]): Promise<void> {
  for (const at of cells) {
    const buffer = isolate.kinds.get(Atomics.load(words, at + KIND))?.buffer?.(at);
    if (buffer !== undefined && isolate.wrappers.get(buffer)?.deref() === undefined) await bufferToCome(buffer);
  }
}

function take(at: number): SharedArrayBuffer {
  const buffer = receiveBuffer(at, Atomics.load(words, at + KEEPER));
  join(buffer, at);
  return buffer;
}

defineKind("buffer", "SharedArrayBuffer", () => take(adopted()), {
  buffer: (at) => at,
  beforeSend: (at, wrapper) => shareBuffer(at, wrapper as SharedArrayBuffer),
  destroy: (at) => {
    if (isolate.supervisor?.at === Atomics.load(words, at + KEEPER)) unpublish(at);
  },
});
