/**
 * One row of a thread: which state it was in since when, for millions of segments. Only ever appended to. Segments
 * stand in columns of numbers, block after block; what was summed up for each group of them makes a question about any
 * stretch of time cost the same, however many segments are in it.
 */
import { both, type Mixture, NONE, SEVERAL } from "./mixture.js";
import { SEVERITY_MASK, type States } from "./states.js";

const BLOCK_BITS = 10;
const BLOCK = 1 << BLOCK_BITS;
const GROUP_BITS = 4;
const GROUP = 1 << GROUP_BITS;
const FIRST_CAPACITY = 64;
const DEEPEST = 255;

type Numbers = Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Times are relative to its base, so that 32 bits do unless little happens. */
class Block {
  readonly base: number;
  starts: Numbers;
  codes: Uint32Array<ArrayBuffer>;
  /** For each group the time that each severity but 0 had in the block before it. */
  sums: Numbers;
  /** The time that each severity but 0 had before the block. */
  readonly before: Float64Array<ArrayBuffer>;
  /** What the segments of each group are about, and how deep they go at least. */
  objects: Int32Array<ArrayBuffer>;
  others: Int32Array<ArrayBuffer>;
  depths: Uint8Array<ArrayBuffer>;
  object = NONE;
  other = NONE;
  depth = DEEPEST;

  constructor(base: number, capacity: number, before: Float64Array<ArrayBuffer>) {
    this.base = base;
    this.before = before;
    this.starts = new Uint32Array(capacity);
    this.codes = new Uint32Array(capacity);
    this.sums = new Uint32Array((capacity >> GROUP_BITS) * before.length);
    this.objects = new Int32Array(capacity >> GROUP_BITS);
    this.others = new Int32Array(capacity >> GROUP_BITS);
    this.depths = new Uint8Array(capacity >> GROUP_BITS).fill(DEEPEST);
  }

  grow(): void {
    const capacity = Math.min(BLOCK, this.codes.length * 4);
    const groups = capacity >> GROUP_BITS;
    const isWide = this.starts instanceof Float64Array;
    const sums = groups * this.before.length;
    this.starts = copied(this.starts, isWide ? new Float64Array(capacity) : new Uint32Array(capacity));
    this.sums = copied(this.sums, isWide ? new Float64Array(sums) : new Uint32Array(sums));
    this.codes = copied(this.codes, new Uint32Array(capacity));
    this.objects = copied(this.objects, new Int32Array(groups));
    this.others = copied(this.others, new Int32Array(groups));
    this.depths = copied(this.depths, new Uint8Array(groups).fill(DEEPEST));
  }

  widen(): void {
    this.starts = Float64Array.from(this.starts);
    this.sums = Float64Array.from(this.sums);
  }
}

export class Track {
  readonly #states: States;
  /** How many severities there are, without 0. */
  readonly #kinds: number;
  readonly #blocks: Block[] = [];
  #last!: Block;
  #count = 0;
  #lastStart = 0;
  #lastCode = 0;
  /** The time that each severity but 0 had before the last segment. */
  readonly #totals: Float64Array<ArrayBuffer>;

  constructor(states: States, highestSeverity: number) {
    this.#states = states;
    this.#kinds = highestSeverity;
    this.#totals = new Float64Array(highestSeverity);
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
  append(time: number, code: number): void {
    const at = this.#count & (BLOCK - 1);
    if (this.#count > 0) this.#close(this.#count - 1, time);
    if (at === 0) this.#addBlock(time);
    const block = this.#last;
    if (at === block.codes.length) block.grow();
    const start = time - block.base;
    if (start > 0xffff_ffff && block.starts instanceof Uint32Array) block.widen();
    block.starts[at] = start;
    block.codes[at] = code;
    if ((at & (GROUP - 1)) === 0) this.#sumUp(block, at >> GROUP_BITS);
    const depth = Math.min(DEEPEST, this.#states.depth(code));
    const group = at >> GROUP_BITS;
    if (depth < (block.depths[group] ?? 0)) block.depths[group] = depth;
    if (depth < block.depth) block.depth = depth;
    this.#lastStart = time;
    this.#lastCode = code;
    this.#count++;
  }

  startOf(index: number): number {
    const block = this.#blocks[index >> BLOCK_BITS];
    return block === undefined ? Number.POSITIVE_INFINITY : block.base + (block.starts[index & (BLOCK - 1)] ?? 0);
  }

  codeOf(index: number): number {
    return this.#blocks[index >> BLOCK_BITS]?.codes[index & (BLOCK - 1)] ?? 0;
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
   * Adds what is between two moments, both not before the first segment: `first` has the one, and `last` is the last
   * segment that begins before the other.
   */
  mix(from: number, to: number, first: number, last: number, into: Mixture): void {
    if (last - first <= GROUP) this.#addUp(from, to, first, last, into.lengths);
    else {
      const lengths = into.lengths;
      let rest = to - from;
      for (let severity = 1; severity <= this.#kinds; severity++) rest += lengths[severity]!;
      this.#addBefore(to, last, 1, lengths);
      this.#addBefore(from, first, -1, lengths);
      for (let severity = 1; severity <= this.#kinds; severity++) rest -= lengths[severity]!;
      lengths[0]! += rest;
    }
    this.#about(from, to, first, last, into);
  }

  #addUp(from: number, to: number, first: number, last: number, lengths: Float64Array): void {
    let start = from;
    for (let index = first; index <= last; index++) {
      const end = index === last ? to : this.startOf(index + 1);
      lengths[this.codeOf(index) & SEVERITY_MASK]! += end - start;
      start = end;
    }
  }

  /** Adds the time of each severity but 0 before a moment in a segment. */
  #addBefore(time: number, index: number, sign: number, lengths: Float64Array): void {
    const block = this.#blocks[index >> BLOCK_BITS]!;
    const at = index & (BLOCK - 1);
    const group = at >> GROUP_BITS;
    const sums = group * this.#kinds;
    const none = lengths[0]!;
    for (let kind = 0; kind < this.#kinds; kind++) {
      lengths[kind + 1]! += sign * (block.before[kind]! + block.sums[sums + kind]!);
    }
    let start = block.starts[group << GROUP_BITS]!;
    for (let i = group << GROUP_BITS; i < at; i++) {
      const end = block.starts[i + 1]!;
      lengths[block.codes[i]! & SEVERITY_MASK]! += sign * (end - start);
      start = end;
    }
    lengths[block.codes[at]! & SEVERITY_MASK]! += sign * (time - block.base - start);
    lengths[0] = none;
  }

  /** What the segments of a stretch are about, where they all are about the same. */
  #about(from: number, to: number, first: number, last: number, into: Mixture): void {
    let { object, other } = into;
    let start = from;
    for (let index = first; index <= last && (object !== SEVERAL || other !== SEVERAL); ) {
      const block = this.#blocks[index >> BLOCK_BITS]!;
      const at = index & (BLOCK - 1);
      if (at === 0 && index > first && index + BLOCK <= last) {
        object = both(object, block.object);
        other = both(other, block.other);
        index += BLOCK;
        start = this.startOf(index);
      } else if ((at & (GROUP - 1)) === 0 && index > first && index + GROUP <= last) {
        object = both(object, block.objects[at >> GROUP_BITS]!);
        other = both(other, block.others[at >> GROUP_BITS]!);
        index += GROUP;
        start = this.startOf(index);
      } else {
        const end = index === last ? to : this.startOf(index + 1);
        if (end > start) {
          const code = block.codes[at]!;
          object = both(object, this.#states.object(code));
          other = both(other, this.#states.other(code));
        }
        start = end;
        index++;
      }
    }
    into.object = object;
    into.other = other;
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
    this.#last = new Block(time, capacity, this.#totals.slice());
    this.#blocks.push(this.#last);
  }

  #sumUp(block: Block, group: number): void {
    for (let kind = 0; kind < this.#kinds; kind++) {
      block.sums[group * this.#kinds + kind] = this.#totals[kind]! - block.before[kind]!;
    }
  }

  /** The segment is the last one, and ends. */
  #close(index: number, end: number): void {
    const length = end - this.#lastStart;
    if (length <= 0) return;
    const code = this.#lastCode;
    const severity = code & SEVERITY_MASK;
    if (severity > 0) this.#totals[severity - 1]! += length;
    const object = this.#states.object(code);
    const other = this.#states.other(code);
    if (object === NONE && other === NONE) return;
    const block = this.#last;
    const group = (index & (BLOCK - 1)) >> GROUP_BITS;
    block.objects[group] = both(block.objects[group]!, object);
    block.others[group] = both(block.others[group]!, other);
    block.object = both(block.object, object);
    block.other = both(block.other, other);
  }
}

function copied<T extends Numbers | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(from: T, to: T): T {
  to.set(from);
  return to;
}
