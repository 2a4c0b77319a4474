import { checksum, LARGEST_WORD, LONGEST_TEXT } from "./format.js";

/** A payload is not what its type says, although its checksum is right. */
export class DamagedPayload extends Error {}

/** Reads the fields of one payload. */
export class PayloadReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** Bytes of the payload that were not read. */
  get length(): number {
    return this.#end - this.#at;
  }

  /** Reads over the text if it is there, and says whether it was. */
  startsWith(text: string): boolean {
    if (this.length < text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.#bytes[this.#at + i] !== text.charCodeAt(i)) return false;
    this.#at += text.length;
    return true;
  }

  checksum(): number {
    return checksum(this.#bytes, this.#at, this.#end);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new DamagedPayload();
    return this.#bytes[this.#at++] ?? 0;
  }

  varint(): number {
    let value = this.byte();
    if (value < 128) return value;
    value -= 128;
    for (let scale = 128; ; scale *= 128) {
      const next = this.byte();
      if (next < 128) {
        value += next * scale;
        if (value > Number.MAX_SAFE_INTEGER) throw new DamagedPayload();
        return value;
      }
      value += (next - 128) * scale;
    }
  }

  /** All numbers but times and sums: what a record in shared memory has room for. */
  word(): number {
    const value = this.byte();
    return value < 128 ? value : this.#longWord(value);
  }

  #longWord(first: number): number {
    let value = first - 128;
    for (let scale = 128; scale <= LARGEST_WORD; scale *= 128) {
      const next = this.byte();
      value += (next & 127) * scale;
      if (value > LARGEST_WORD) break;
      if (next < 128) return value;
    }
    throw new DamagedPayload();
  }

  /** Cut if it is longer than any name or path: it may be shown in many places. */
  text(): string {
    const length = this.varint();
    const start = this.#at;
    if (length > this.#end - start) throw new DamagedPayload();
    this.#at = start + length;
    if (length <= LONGEST_TEXT) return decoder.decode(this.#bytes.subarray(start, this.#at));
    // What is left of the last character is no character.
    return `${decoder.decode(this.#bytes.subarray(start, start + LONGEST_TEXT)).replace(/\ufffd+$/, "")}…`;
  }
}

const decoder = new TextDecoder();
