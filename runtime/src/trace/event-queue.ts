/**
 * Puts the events of all threads in one order. Those of a thread come in order, those of different threads in turns;
 * the recorder says now and then up to which moment all have come.
 */

const FIRST_CAPACITY = 1 << 12;
/** More than recorders leave waiting, and how often that may be put in order for next to nothing. */
const BACKLOG = 1 << 16;
const IN_VAIN = 64;
/** So few runs are merged at less cost than their events are distributed by time. */
const FEW_RUNS = 8;
/** Events in one bucket, at most. */
const FULL = 32;
/**
 * An event stands in one piece of 32 bytes, for to gather them in another order is to wait for memory: its time, a 64-bit float,
 * then thread, kind above eight bits of flags, object, site, first and second.
 */
const WORDS = 8;
const DOUBLES = WORDS / 2;
const FLAG_BITS = 8;
const FLAGS_MASK = (1 << FLAG_BITS) - 1;

/** Takes events in the order of time. Of flags there are eight, and of kinds 2^24. */
export type Apply = (
  time: number,
  thread: number,
  kind: number,
  flags: number,
  object: number,
  site: number,
  first: number,
  second: number,
) => void;

export class EventQueue {
  #capacity = FIRST_CAPACITY;
  #words = new Int32Array(FIRST_CAPACITY * WORDS);
  /** On the same memory: of each event its time. */
  #times = new Float64Array(this.#words.buffer);
  #count = 0;
  /** Where the times begin anew: between two of these they rise. */
  #runs: number[] = [];
  readonly #merger = new Merger();
  /** How many there were when they were put in order last, and how often in a row nearly all of them stayed. */
  #ordered = 0;
  #inVain = 0;
  /** The last moment handed over. Who comes later with less is taken as of then. */
  #reached = 0;

  get length(): number {
    return this.#count;
  }

  add(
    time: number,
    thread: number,
    kind: number,
    flags: number,
    object: number,
    site: number,
    first: number,
    second: number,
  ): void {
    const index = this.#count++;
    if (index === this.#capacity) this.#grow();
    if (index === 0 || time < this.#times[(index - 1) * DOUBLES]!) this.#runs.push(index);
    this.#times[index * DOUBLES] = time;
    const words = this.#words;
    const at = index * WORDS + 2;
    words[at] = thread;
    words[at + 1] = (kind << FLAG_BITS) | (flags & FLAGS_MASK);
    words[at + 2] = object;
    words[at + 3] = site;
    words[at + 4] = first;
    words[at + 5] = second;
  }

  /** Hands over events up to a moment: all, or the first so many. The result is how many there were. */
  drain(upTo: number, apply: Apply, most = Number.POSITIVE_INFINITY): number {
    const few = this.#count >> 3;
    const isLong = this.#count > BACKLOG && upTo !== Number.POSITIVE_INFINITY;
    // Each time costs as much as all that waits.
    if (isLong && this.#inVain > IN_VAIN && this.#count - this.#ordered < few) return 0;
    const order = this.#runs.length < 2 ? undefined : this.#merger.inOrder(this.#times, this.#count, this.#runs);
    const times = this.#times;
    const words = this.#words;
    const end = Math.min(this.#count, most);
    let reached = this.#reached;
    let done = 0;
    for (; done < end; done++) {
      const index = order === undefined ? done : order[done]!;
      const time = times[index * DOUBLES]!;
      if (time > upTo) break;
      if (time > reached) reached = time;
      const at = index * WORDS + 2;
      const what = words[at + 1]!;
      apply(
        reached,
        words[at]!,
        what >>> FLAG_BITS,
        what & FLAGS_MASK,
        words[at + 2]!,
        words[at + 3]!,
        words[at + 4]!,
        words[at + 5]!,
      );
    }
    this.#reached = reached;
    this.#inVain = isLong && done < few && most > few ? this.#inVain + 1 : 0;
    this.#keep(order, done);
    return done;
  }

  /** Leaves the events from the so-manieth on. */
  #keep(order: Uint32Array | undefined, done: number): void {
    if (done === 0 && order === undefined) return;
    const rest = this.#count - done;
    if (order === undefined) this.#words.copyWithin(0, done * WORDS, this.#count * WORDS);
    else {
      const kept = new Int32Array(rest * WORDS);
      for (let i = 0; i < rest; i++) {
        const from = order[done + i]! * WORDS;
        for (let word = 0; word < WORDS; word++) kept[i * WORDS + word] = this.#words[from + word]!;
      }
      this.#words.set(kept);
    }
    this.#count = rest;
    this.#ordered = rest;
    this.#runs = rest === 0 ? [] : [0];
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
    this.#times = new Float64Array(words.buffer);
    this.#capacity *= 2;
  }
}

/** Sorts what consists of few rising runs, in memory that is used again. */
class Merger {
  #order = new Uint32Array(FIRST_CAPACITY);
  #other = new Uint32Array(FIRST_CAPACITY);
  /** Where each bucket ends. */
  #ends = new Uint32Array(FIRST_CAPACITY);

  /**
   * The order of events whose times, each the first of `DOUBLES` numbers, rise between the starts of runs; of equal ones the
   * earlier comes first.
   */
  inOrder(times: Float64Array, count: number, runs: readonly number[]): Uint32Array {
    if (this.#order.length < count) {
      const capacity = times.length / DOUBLES;
      this.#order = new Uint32Array(capacity);
      this.#other = new Uint32Array(capacity);
      this.#ends = new Uint32Array(capacity);
    }
    if (runs.length > FEW_RUNS && this.#distribute(times, count)) return this.#order;
    return this.#merge(times, count, runs);
  }

  /**
   * Events come about evenly, so each falls near its place by its time alone. False: these do not, and so much as one
   * bucket holds too many to be sorted by insertion.
   */
  #distribute(times: Float64Array, count: number): boolean {
    const order = this.#order;
    const ends = this.#ends.fill(0, 0, count);
    let [first, last] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < count; i++) {
      if (times[i * DOUBLES]! < first) first = times[i * DOUBLES]!;
      if (times[i * DOUBLES]! > last) last = times[i * DOUBLES]!;
    }
    const scale = (count - 1) / Math.max(1, last - first);
    for (let i = 0; i < count; i++) if (++ends[Math.floor((times[i * DOUBLES]! - first) * scale)]! > FULL) return false;
    for (let bucket = 0, end = 0; bucket < count; bucket++) {
      const begin = end;
      end += ends[bucket]!;
      ends[bucket] = begin;
    }
    for (let i = 0; i < count; i++) order[ends[Math.floor((times[i * DOUBLES]! - first) * scale)]!++] = i;
    for (let i = 1; i < count; i++) {
      const index = order[i]!;
      const time = times[index * DOUBLES]!;
      let at = i;
      for (; at > 0 && times[order[at - 1]! * DOUBLES]! > time; at--) order[at] = order[at - 1]!;
      order[at] = index;
    }
    return true;
  }

  #merge(times: Float64Array, count: number, runs: readonly number[]): Uint32Array {
    for (let i = 0; i < count; i++) this.#order[i] = i;
    let bounds = [...runs, count];
    while (bounds.length > 2) {
      const merged = [0];
      for (let run = 0; run < bounds.length - 1; run += 2) {
        const middle = bounds[run + 1]!;
        const end = bounds[run + 2] ?? middle;
        merge(times, this.#order, bounds[run]!, middle, end, this.#other);
        merged.push(end);
      }
      const sorted = this.#other;
      this.#other = this.#order;
      this.#order = sorted;
      bounds = merged;
    }
    return this.#order;
  }
}

function merge(
  times: Float64Array,
  from: Uint32Array,
  start: number,
  middle: number,
  end: number,
  to: Uint32Array,
): void {
  let at = start;
  let left = start;
  let right = middle;
  if (left < middle && right < end) {
    let leftTime = times[from[left]! * DOUBLES]!;
    let rightTime = times[from[right]! * DOUBLES]!;
    for (;;) {
      if (leftTime <= rightTime) {
        to[at++] = from[left++]!;
        if (left === middle) break;
        leftTime = times[from[left]! * DOUBLES]!;
      } else {
        to[at++] = from[right++]!;
        if (right === end) break;
        rightTime = times[from[right]! * DOUBLES]!;
      }
    }
  }
  while (left < middle) to[at++] = from[left++]!;
  while (right < end) to[at++] = from[right++]!;
}
