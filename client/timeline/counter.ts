/**
 * A number that changes, such as how many messages are in a queue, in columns of numbers, block after block. The least
 * and the most of each group make a question about any stretch of time cost the same, however often it changed.
 */

const BLOCK_BITS = 12;
const BLOCK = 1 << BLOCK_BITS;
const GROUP_BITS = 5;
const GROUP = 1 << GROUP_BITS;
const FIRST_CAPACITY = 64;

class Block {
  times: Float64Array<ArrayBuffer>;
  values: Uint32Array<ArrayBuffer>;
  readonly least = new Uint32Array(BLOCK >> GROUP_BITS);
  readonly most = new Uint32Array(BLOCK >> GROUP_BITS);
  low = Number.POSITIVE_INFINITY;
  high = 0;

  constructor(capacity: number) {
    this.times = new Float64Array(capacity);
    this.values = new Uint32Array(capacity);
  }

  grow(): void {
    const { times, values } = this;
    this.times = new Float64Array(Math.min(BLOCK, times.length * 4));
    this.values = new Uint32Array(this.times.length);
    this.times.set(times);
    this.values.set(values);
  }
}

/** The least and the most that it was in a stretch of time, and where the next one is to be looked for. */
export interface Extent {
  low: number;
  high: number;
  /** Of a change that is not after the next moment that is asked about; -1 if none is known. */
  index: number;
}

export class Counter {
  readonly #blocks: Block[] = [];
  #count = 0;
  #last = 0;
  #most = 0;
  /** The thread that changed it last, and when; 0 for none. */
  changedBy = 0;
  /** All threads that ever changed it, and the last of them. */
  readonly users = new Set<number>();
  usedBy = 0;
  changedAt = -1;

  /** What it is now. */
  get last(): number {
    return this.#last;
  }

  /** The most it ever was. */
  get most(): number {
    return this.#most;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** From this moment on, which is not before the last one. Before the first it was 0. */
  set(time: number, value: number): void {
    if (this.#count > 0 && value === this.#last) return;
    const at = this.#count & (BLOCK - 1);
    if (at === 0) this.#blocks.push(new Block(this.#count === 0 ? FIRST_CAPACITY : BLOCK));
    const block = this.#blocks.at(-1)!;
    if (at === block.times.length) block.grow();
    block.times[at] = time;
    block.values[at] = value;
    const group = at >> GROUP_BITS;
    const isFirst = (at & (GROUP - 1)) === 0;
    if (isFirst || value < block.least[group]!) block.least[group] = value;
    if (isFirst || value > block.most[group]!) block.most[group] = value;
    if (value < block.low) block.low = value;
    if (value > block.high) block.high = value;
    if (value > this.#most) this.#most = value;
    this.#last = value;
    this.#count++;
  }

  /** What it was at a moment. */
  at(time: number): number {
    const index = this.#indexAt(time);
    return index < 0 ? 0 : this.#valueOf(index);
  }

  /** The number of the last change that is not after a moment; -1 before the first. Looked for from one on that is not. */
  #indexAt(time: number, known = -1): number {
    let low = known;
    let step = 1;
    while (low + step < this.#count && this.#timeOf(low + step) <= time) {
      low += step;
      step *= 2;
    }
    let high = Math.min(this.#count, low + step);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#timeOf(middle) <= time) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The least and the most between two moments, the first of which is before the other. */
  within(from: number, to: number, into: Extent): void {
    const first = this.#indexAt(from, into.index);
    const value = first < 0 ? 0 : this.#valueOf(first);
    into.low = value;
    into.high = value;
    into.index = this.#indexAt(to - 1, first);
    const end = into.index + 1;
    for (let index = first + 1; index < end; ) {
      const block = this.#blocks[index >> BLOCK_BITS]!;
      const at = index & (BLOCK - 1);
      if (at === 0 && index + BLOCK <= end) {
        widen(into, block.low, block.high);
        index += BLOCK;
      } else if ((at & (GROUP - 1)) === 0 && index + GROUP <= end) {
        widen(into, block.least[at >> GROUP_BITS]!, block.most[at >> GROUP_BITS]!);
        index += GROUP;
      } else {
        widen(into, block.values[at]!, block.values[at]!);
        index++;
      }
    }
  }

  #timeOf(index: number): number {
    return this.#blocks[index >> BLOCK_BITS]!.times[index & (BLOCK - 1)]!;
  }

  #valueOf(index: number): number {
    return this.#blocks[index >> BLOCK_BITS]!.values[index & (BLOCK - 1)]!;
  }
}

function widen(extent: Extent, low: number, high: number): void {
  if (low < extent.low) extent.low = low;
  if (high > extent.high) extent.high = high;
}
