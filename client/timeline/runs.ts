import { RUN_WORDS } from "../shared/frame.js";

/** Writes the runs of many rows into one buffer, so that all of them can be handed over at once. */
export class RunWriter {
  #words = new Int32Array(1 << 14);
  #length = 0;
  #row = 0;
  readonly #rows: number[] = [];

  beginRow(): void {
    this.#row = this.#length;
    this.#rows.push(this.#length);
  }

  /** From this column on; nothing is written if it is the same as before. */
  run(column: number, most: number, worst: number, object: number, other: number): void {
    const words = this.#words;
    const before = this.#length - RUN_WORDS;
    if (
      before >= this.#row &&
      words[before + 1] === most &&
      words[before + 2] === worst &&
      words[before + 3] === object &&
      words[before + 4] === other
    ) {
      return;
    }
    const at = this.#length;
    if (at + RUN_WORDS > words.length) this.#grow();
    this.#words[at] = column;
    this.#words[at + 1] = most;
    this.#words[at + 2] = worst;
    this.#words[at + 3] = object;
    this.#words[at + 4] = other;
    this.#length = at + RUN_WORDS;
  }

  /** All rows since the last time, on one buffer. */
  take(): Int32Array<ArrayBuffer>[] {
    const { buffer } = this.#words.slice(0, this.#length);
    const ends = [...this.#rows.slice(1), this.#length];
    const rows = this.#rows.map((start, i) => new Int32Array(buffer, start * 4, ends[i]! - start));
    this.#length = 0;
    this.#rows.length = 0;
    return rows;
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
