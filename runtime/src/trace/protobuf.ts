const encoder = new TextEncoder();

/**
 * Writes messages in the encoding of protocol buffers, as much of it as traces take. Whoever nests a message writes it
 * between `begin` and `end`.
 */
export class Protobuf {
  #bytes = new Uint8Array(1 << 12);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Hands over a copy of what was written since the last time. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** A whole number from 0 to 2^53, or a boolean as 0 or 1. */
  number(field: number, value: number): void {
    this.#reserve(20);
    this.#varint(field * 8);
    this.#varint(value);
  }

  /** A 64-bit number that may be beyond 2^53. */
  big(field: number, value: bigint): void {
    this.#reserve(20);
    this.#varint(field * 8);
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
    this.#bytes[this.#length++] = Number(rest);
  }

  /** Eight bytes, whatever the value from 0 to 2^53. */
  fixed64(field: number, value: number): void {
    this.#reserve(18);
    this.#varint(field * 8 + 1);
    const view = new DataView(this.#bytes.buffer);
    view.setUint32(this.#length, value % 2 ** 32, true);
    view.setUint32(this.#length + 4, Math.floor(value / 2 ** 32), true);
    this.#length += 8;
  }

  text(field: number, value: string): void {
    // A character takes at most three bytes.
    this.#reserve(20 + value.length * 3);
    this.#varint(field * 8 + 2);
    const bytes = encoder.encode(value);
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A message that was written elsewhere. */
  message(field: number, bytes: Uint8Array): void {
    this.#reserve(20 + bytes.length);
    this.#varint(field * 8 + 2);
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Begins a message in a field. The result is for `end`. */
  begin(field: number): number {
    this.#reserve(8);
    this.#varint(field * 8 + 2);
    // Room for the length of a short message, as most are.
    return ++this.#length;
  }

  end(start: number): void {
    const length = this.#length - start;
    if (length < 128) {
      this.#bytes[start - 1] = length;
      return;
    }
    const more = Math.floor(Math.log2(length) / 7);
    this.#reserve(more);
    this.#bytes.copyWithin(start + more, start, this.#length);
    this.#length = start - 1;
    this.#varint(length);
    this.#length += length;
  }

  #varint(value: number): void {
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

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
