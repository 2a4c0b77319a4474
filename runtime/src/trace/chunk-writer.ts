import { BATCH_MARK, CHUNK_HEADER_BYTES, CHUNKS, checksum, FILE_HEADER_BYTES, MAGIC, VERSION } from "./format.js";

const text = new TextEncoder();

/** The header of a trace file. Milliseconds since 1970, and nanoseconds on the host's monotonic clock. */
export function fileHeader(startedAt: number, origin: number, pid: number): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  text.encodeInto(MAGIC, bytes);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, pid, true);
  view.setFloat64(16, startedAt, true);
  view.setFloat64(24, origin, true);
  return bytes;
}

/** What stands before chunks that a process writes at once. */
export function batchOf(process: number, chunks: Uint8Array): Uint8Array {
  const out = new ChunkWriter(64);
  out.begin(CHUNKS.batch);
  for (const mark of text.encode(BATCH_MARK)) out.byte(mark);
  out.varint(process);
  out.varint(chunks.length);
  out.end();
  const head = out.take();
  const bytes = new Uint8Array(head.length + chunks.length);
  bytes.set(head);
  bytes.set(chunks, head.length);
  return bytes;
}

/** Writes chunks, one after the other, into a buffer that grows. */
export class ChunkWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  #chunk = 0;

  /** With room for so many bytes, for now. */
  constructor(size = 1 << 16) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  begin(type: number): void {
    this.reserve(CHUNK_HEADER_BYTES);
    this.#chunk = this.#length;
    this.#view.setUint32(this.#chunk, type, true);
    this.#length += CHUNK_HEADER_BYTES;
  }

  end(): void {
    const start = this.#chunk + CHUNK_HEADER_BYTES;
    this.#view.setUint32(this.#chunk + 4, this.#length - start, true);
    this.#view.setUint32(this.#chunk + 8, checksum(this.#bytes, start, this.#length), true);
  }

  /** Makes room for so many bytes; `byte` and `varint` (at most 8 bytes) do not look. */
  reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    let rest = value;
    // Shifts work on 32 bits only.
    while (rest >= 0x8000_0000) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  text(value: string): void {
    const encoded = text.encode(value);
    this.reserve(8 + encoded.length);
    this.varint(encoded.length);
    this.#bytes.set(encoded, this.#length);
    this.#length += encoded.length;
  }

  /** A chunk of numbers and texts. */
  chunk(type: number, ...fields: readonly (number | string)[]): void {
    this.begin(type);
    for (const field of fields) {
      this.reserve(8);
      if (typeof field === "string") this.text(field);
      else this.varint(field);
    }
    this.end();
  }

  /** Hands over what was written since the last time. The result is valid until the next write. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}
