/**
 * One row of a thread: which state it was in since when, for millions of segments. Only ever appended to. Segments
 * stand in columns of numbers, block after block; what was summed up for each group of them makes a question about any
 * stretch of time cost the same, however many segments are in it.
 */
import type { Mixture } from "./mixture.js";
import { both, NONE, NOTHING, SEVERITY_MASK, type States } from "./states.js";

const BLOCK_BITS = 11;
const BLOCK = 1 << BLOCK_BITS;
const GROUP_BITS = 4;
const GROUP = 1 << GROUP_BITS;
const FIRST_CAPACITY = 64;
const SEVERITIES = 8;
const DEEPEST = 255;

type Numbers = Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Times are relative to its base, so that 32 bits do unless little happens. */
class Block {
  readonly base: number;
  starts: Numbers;
  codes: Uint32Array<ArrayBuffer>;
  /** For each group the time that each severity that is summed up had in the block before it. */
  sums: Numbers;
  /** The time that each severity had before the block. */
  readonly before: Float64Array<ArrayBuffer>;
  /** The state that stands for what the segments of each group are about, and how deep they go at least. */
  abouts: Uint32Array<ArrayBuffer>;
  depths: Uint8Array<ArrayBuffer>;
  object = NONE;
  other = NONE;
  depth = DEEPEST;

  constructor(base: number, capacity: number, before: Float64Array<ArrayBuffer>, kinds: number) {
    const groups = capacity >> GROUP_BITS;
    this.base = base;
    this.before = before;
    this.starts = new Uint32Array(capacity);
    this.codes = new Uint32Array(capacity);
    this.sums = new Uint32Array(groups * kinds);
    this.abouts = new Uint32Array(groups);
    this.depths = new Uint8Array(groups).fill(DEEPEST);
  }

  grow(kinds: number): void {
    const capacity = Math.min(BLOCK, this.codes.length * 4);
    const groups = capacity >> GROUP_BITS;
    const isWide = this.starts instanceof Float64Array;
    const sums = groups * kinds;
    this.starts = copied(this.starts, isWide ? new Float64Array(capacity) : new Uint32Array(capacity));
    this.sums = copied(this.sums, isWide ? new Float64Array(sums) : new Uint32Array(sums));
    this.codes = copied(this.codes, new Uint32Array(capacity));
    this.abouts = copied(this.abouts, new Uint32Array(groups));
    this.depths = copied(this.depths, new Uint8Array(groups).fill(DEEPEST));
  }

  widen(): void {
    this.starts = Float64Array.from(this.starts);
    this.sums = Float64Array.from(this.sums);
  }
}

export class Track {
  readonly #states: States;
  /** The severity of the time that no other has. */
  readonly #usual: number;
  /** The severities that are summed up: all others. */
  readonly #kinds: readonly number[];
  readonly #blocks: Block[] = [];
  #last!: Block;
  #count = 0;
  #lastStart = 0;
  #lastCode = NOTHING;
  /** What the segments of the last group are about, as far as they have ended. */
  #object = NONE;
  #other = NONE;
  /** The time that each severity had before the last segment. */
  readonly #totals = new Float64Array(SEVERITIES);
  /** The same before a moment in a segment: where a column ends the next one begins. */
  readonly #before = new Float64Array(SEVERITIES);
  #beforeTime = -1;
  #beforeIndex = -1;
  /** How many segments the last column had. */
  #stride = GROUP;

  constructor(states: States, usual: number, others: readonly number[]) {
    this.#states = states;
    this.#usual = usual;
    this.#kinds = others;
  }

  get length(): number {
    return this.#count;
  }

  /** Of the last segment. */
  get lastStart(): number {
    return this.#lastStart;
  }

  /** Of the last segment. */
  get lastCode(): number {
    return this.#lastCode;
  }

  /** Begins a segment, which ends the one before it. Not earlier than that one's start; it may last no time. */
  append(time: number, code: number, depth: number): void {
    const at = this.#count & (BLOCK - 1);
    const group = at >> GROUP_BITS;
    if (this.#count > 0) this.#close(time);
    if (at === 0) this.#addBlock(time);
    const block = this.#last;
    if (at === block.codes.length) block.grow(this.#kinds.length);
    const start = time - block.base;
    if (start > 0xffff_ffff && block.starts instanceof Uint32Array) block.widen();
    block.starts[at] = start;
    block.codes[at] = code;
    if ((at & (GROUP - 1)) === 0) this.#beginGroup(block, group);
    if (depth < block.depths[group]!) block.depths[group] = depth;
    if (depth < block.depth) block.depth = depth;
    this.#lastStart = time;
    this.#lastCode = code;
    this.#count++;
  }

  /** Infinity for the one after the last. */
  startOf(index: number): number {
    if (index >= this.#count) return Number.POSITIVE_INFINITY;
    const block = this.#blocks[index >> BLOCK_BITS]!;
    return block.base + block.starts[index & (BLOCK - 1)]!;
  }

  codeOf(index: number): number {
    return this.#blocks[index >> BLOCK_BITS]!.codes[index & (BLOCK - 1)]!;
  }

  /** The last segment that begins no later than then; -1 if none does. */
  at(time: number): number {
    let low = -1;
    let high = this.#blocks.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle]!.base <= time) low = middle;
      else high = middle;
    }
    if (low < 0) return -1;
    const first = low << BLOCK_BITS;
    return this.#lastNotAfter(first, Math.min(this.#count, first + BLOCK), time);
  }

  /** The same, looked for from a segment on that begins no later. */
  from(index: number, time: number): number {
    let step = 1;
    let low = index;
    while (low + step < this.#count && this.startOf(low + step) <= time) {
      low += step;
      step *= 2;
    }
    return this.#lastNotAfter(low, Math.min(this.#count, low + step), time);
  }

  /** The last segment before this one with fewer locks held than that; -1 if there is none. */
  lastShallower(index: number, depth: number): number {
    let at = index - 1;
    while (at >= 0) {
      const block = this.#blocks[at >> BLOCK_BITS]!;
      const inBlock = at & (BLOCK - 1);
      // A depth at the limit may be deeper than it says.
      if (inBlock === BLOCK - 1 && block.depth >= depth) at -= BLOCK;
      else if ((at & (GROUP - 1)) === GROUP - 1 && block.depths[inBlock >> GROUP_BITS]! >= depth) at -= GROUP;
      else if (this.#states.depth(block.codes[inBlock]!) < depth) return at;
      else at--;
    }
    return -1;
  }

  /**
   * Adds what is between two moments. The segment `first` has the one, which is before the other. The result is the
   * last segment that begins before the other.
   */
  mix(from: number, to: number, first: number, into: Mixture): number {
    const isDense = this.startOf(first + GROUP) < to;
    const last = isDense ? this.#near(first, to - 1) : this.#mixFew(from, to, first, into);
    if (!isDense) return last;
    this.#addUp(from, to, first, last, into.lengths);
    this.#about(from, to, first, last, into);
    return last;
  }

  /** The same where no more than a few segments are: they are looked at one by one. */
  #mixFew(from: number, to: number, first: number, into: Mixture): number {
    const { lengths } = into;
    const states = this.#states;
    const count = this.#count;
    let start = from;
    for (let index = first; ; ) {
      const { base, starts, codes } = this.#blocks[index >> BLOCK_BITS]!;
      const blockStart = index & ~(BLOCK - 1);
      for (let at = index - blockStart; at < BLOCK; at++, index++) {
        const code = codes[at]!;
        const next = at + 1 < BLOCK && index + 1 < count ? base + starts[at + 1]! : this.startOf(index + 1);
        if (next > start && code !== into.last) into.isAbout(code, states);
        if (next >= to) {
          lengths[code & SEVERITY_MASK]! += to - start;
          return index;
        }
        lengths[code & SEVERITY_MASK]! += next - start;
        start = next;
      }
    }
  }

  /** As `from`; where many columns follow each other, each has about as many segments as the one before. */
  #near(index: number, time: number): number {
    let low = index;
    let high = Math.min(this.#count, index + this.#stride);
    let step = GROUP;
    if (this.startOf(high) <= time) {
      do {
        low = high;
        high = Math.min(this.#count, low + step);
        step *= 2;
      } while (this.startOf(high) <= time);
    } else {
      while (high - step > index && this.startOf(high - step) > time) {
        high -= step;
        step *= 2;
      }
      low = Math.max(index, high - step);
    }
    const found = this.#lastNotAfter(low, high, time);
    this.#stride = Math.max(GROUP, found - index);
    return found;
  }

  #addUp(from: number, to: number, first: number, last: number, lengths: Float64Array): void {
    const before = this.#before;
    if (this.#beforeTime !== from || this.#beforeIndex !== first) this.#sumBefore(from, first);
    let rest = to - from;
    const kinds = this.#kinds;
    for (let i = 0; i < kinds.length; i++) {
      rest += before[kinds[i]!]!;
      lengths[kinds[i]!]! -= before[kinds[i]!]!;
    }
    this.#sumBefore(to, last);
    for (let i = 0; i < kinds.length; i++) {
      rest -= before[kinds[i]!]!;
      lengths[kinds[i]!]! += before[kinds[i]!]!;
    }
    lengths[this.#usual]! += rest;
  }

  /** The time of each severity that is summed up before a moment in a segment. */
  #sumBefore(time: number, index: number): void {
    const { base, starts, codes, sums, before } = this.#blocks[index >> BLOCK_BITS]!;
    const result = this.#before;
    const kinds = this.#kinds;
    const at = index & (BLOCK - 1);
    const group = at >> GROUP_BITS;
    const sum = group * kinds.length;
    for (let i = 0; i < kinds.length; i++) result[kinds[i]!] = before[kinds[i]!]! + sums[sum + i]!;
    let start = starts[group << GROUP_BITS]!;
    for (let i = group << GROUP_BITS; i < at; i++) {
      const end = starts[i + 1]!;
      result[codes[i]! & SEVERITY_MASK]! += end - start;
      start = end;
    }
    result[codes[at]! & SEVERITY_MASK]! += time - base - start;
    this.#beforeTime = time;
    this.#beforeIndex = index;
  }

  /** What the segments of a stretch are about. */
  #about(from: number, to: number, first: number, last: number, into: Mixture): void {
    const states = this.#states;
    let start = from;
    for (let index = first; index <= last && !into.isAboutMany; ) {
      const block = this.#blocks[index >> BLOCK_BITS]!;
      const at = index & (BLOCK - 1);
      if (at === 0 && index > first && index + BLOCK <= last) {
        into.add(block.object, block.other);
        index += BLOCK;
        start = this.startOf(index);
      } else if ((at & (GROUP - 1)) === 0 && index > first && index + GROUP <= last) {
        into.isAbout(block.abouts[at >> GROUP_BITS]!, states);
        index += GROUP;
        start = this.startOf(index);
      } else {
        const end = index === last ? to : this.startOf(index + 1);
        if (end > start) into.isAbout(block.codes[at]!, states);
        start = end;
        index++;
      }
    }
  }

  #lastNotAfter(from: number, before: number, time: number): number {
    let low = from;
    let high = before;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle) <= time) low = middle;
      else high = middle;
    }
    return low;
  }

  #addBlock(time: number): void {
    const capacity = this.#count === 0 ? FIRST_CAPACITY : BLOCK;
    this.#last = new Block(time, capacity, this.#totals.slice(), this.#kinds.length);
    this.#blocks.push(this.#last);
  }

  #beginGroup(block: Block, group: number): void {
    const kinds = this.#kinds;
    const sum = group * kinds.length;
    for (let i = 0; i < kinds.length; i++) block.sums[sum + i] = this.#totals[kinds[i]!]! - block.before[kinds[i]!]!;
  }

  /** The last segment ends. */
  #close(end: number): void {
    const length = end - this.#lastStart;
    const code = this.#lastCode;
    if (length > 0) {
      this.#totals[code & SEVERITY_MASK]! += length;
      this.#object = both(this.#object, this.#states.object(code));
      this.#other = both(this.#other, this.#states.other(code));
    }
    if ((this.#count & (GROUP - 1)) === 0) this.#endGroup();
  }

  #endGroup(): void {
    const block = this.#last;
    block.abouts[((this.#count - 1) & (BLOCK - 1)) >> GROUP_BITS] = this.#states.about(this.#object, this.#other);
    block.object = both(block.object, this.#object);
    block.other = both(block.other, this.#other);
    this.#object = NONE;
    this.#other = NONE;
  }
}

function copied<T extends Numbers | Uint8Array<ArrayBuffer>>(from: T, to: T): T {
  to.set(from);
  return to;
}
