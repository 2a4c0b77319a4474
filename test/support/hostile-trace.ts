/** Traces that no recorder would write, made of one that it would. */
import { checksum } from "../../runtime/src/trace/format.js";
import type { Random } from "./random.js";

const HEADER = 32;
const CHUNK_HEADER = 12;

/** A record of a file, its header included. */
type Chunk = Uint8Array;

function chunksOf(trace: Uint8Array): Chunk[] {
  const view = new DataView(trace.buffer, trace.byteOffset, trace.length);
  const chunks: Chunk[] = [];
  for (let at = HEADER; at + CHUNK_HEADER <= trace.length; ) {
    const end = at + CHUNK_HEADER + view.getUint32(at + 4, true);
    chunks.push(trace.slice(at, end));
    at = end;
  }
  return chunks;
}

/** A record that reads as one, whatever is in it. */
export function chunkOf(type: number, payload: readonly number[] | Uint8Array): Chunk {
  const bytes = new Uint8Array(CHUNK_HEADER + payload.length);
  bytes.set(payload, CHUNK_HEADER);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, payload.length, true);
  view.setUint32(8, checksum(bytes, CHUNK_HEADER, bytes.length), true);
  return bytes;
}

const ways: readonly ((chunks: Chunk[], random: Random) => void)[] = [
  // Bytes that nobody checks again: the checksum fits.
  (chunks, random) => {
    const at = random.below(chunks.length);
    const chunk = chunks[at]!;
    const payload = chunk.slice(CHUNK_HEADER);
    for (let i = 1 + random.below(4); i > 0 && payload.length > 0; i--) {
      payload[random.below(payload.length)] = random.pick([0, 1, 127, 128, 255, random.below(256)]);
    }
    chunks[at] = chunkOf(chunk[0] ?? 0, payload);
  },
  // A record that ends early, or goes on.
  (chunks, random) => {
    const at = random.below(chunks.length);
    const chunk = chunks[at]!;
    const payload = chunk.slice(CHUNK_HEADER);
    const longer = new Uint8Array(random.below(payload.length * 2 + 1));
    longer.set(payload.subarray(0, longer.length));
    chunks[at] = chunkOf(chunk[0] ?? 0, longer);
  },
  // A record that says it is another.
  (chunks, random) => {
    const at = random.below(chunks.length);
    chunks[at] = chunkOf(random.below(12), chunks[at]!.slice(CHUNK_HEADER));
  },
  // Records in another order, twice, or not at all.
  (chunks, random) => {
    const [taken = new Uint8Array(0)] = chunks.splice(random.below(chunks.length), 1);
    chunks.splice(random.below(chunks.length + 1), 0, taken);
  },
  (chunks, random) => void chunks.splice(random.below(chunks.length + 1), 0, random.pick(chunks)),
  (chunks, random) => void (chunks.length > 1 && chunks.splice(random.below(chunks.length), 1)),
  // Bytes as a disk may damage them.
  (chunks, random) => {
    const chunk = random.pick(chunks);
    if (chunk.length > 0) chunk[random.below(chunk.length)] = random.below(256);
  },
];

/** The trace with a few such changes; the same for the same random numbers. */
export function damaged(trace: Uint8Array, random: Random): Uint8Array {
  const chunks = chunksOf(trace);
  for (let changes = 1 + random.below(4); changes > 0; changes--) random.pick(ways)(chunks, random);
  const whole = Buffer.concat([trace.subarray(0, HEADER), ...chunks]);
  return random.below(4) === 0 ? whole.subarray(0, random.below(whole.length + 1)) : whole;
}
