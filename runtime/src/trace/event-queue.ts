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
/** Thread, kind, flags, object, site, first and second. */
const FIELDS = 7;

/** Takes events in the order of time. */
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
  #times = new Float64Array(FIRST_CAPACITY);
  #fields = new Int32Array(FIRST_CAPACITY * FIELDS);
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
    if (index === this.#times.length) this.#grow();
    if (index === 0 || time < this.#times[index - 1]!) this.#runs.push(index);
    this.#times[index] = time;
    const fields = this.#fields;
    const at = index * FIELDS;
    fields[at] = thread;
    fields[at + 1] = kind;
    fields[at + 2] = flags;
    fields[at + 3] = object;
    fields[at + 4] = site;
    fields[at + 5] = first;
    fields[at + 6] = second;
  }

  /** Hands over events up to a moment: all, or the first so many. The result is how many there were. */
  drain(upTo: number, apply: Apply, most = Number.POSITIVE_INFINITY): number {
    const few = this.#count >> 3;
    const isLong = this.#count > BACKLOG && upTo !== Number.POSITIVE_INFINITY;
    // Each time costs as much as all that waits.
    if (isLong && this.#inVain > IN_VAIN && this.#count - this.#ordered < few) return 0;
    const order = this.#runs.length < 2 ? undefined : this.#merger.inOrder(this.#times, this.#count, this.#runs);
    const fields = this.#fields;
    let done = 0;
    for (; done < this.#count && done < most; done++) {
      const index = order === undefined ? done : order[done]!;
      const time = this.#times[index]!;
      if (time > upTo) break;
      if (time > this.#reached) this.#reached = time;
      const at = index * FIELDS;
      apply(
        this.#reached,
        fields[at]!,
        fields[at + 1]!,
        fields[at + 2]!,
        fields[at + 3]!,
        fields[at + 4]!,
        fields[at + 5]!,
        fields[at + 6]!,
      );
    }
    this.#inVain = isLong && done < few && most > few ? this.#inVain + 1 : 0;
    this.#keep(order, done);
    return done;
  }

  /** Leaves the events from the so-manieth on. */
  #keep(order: Uint32Array | undefined, done: number): void {
    if (done === 0 && order === undefined) return;
    const rest = this.#count - done;
    const times = new Float64Array(rest);
    const fields = new Int32Array(rest * FIELDS);
    for (let i = 0; i < rest; i++) {
      const index = order === undefined ? done + i : order[done + i]!;
      times[i] = this.#times[index]!;
      fields.set(this.#fields.subarray(index * FIELDS, (index + 1) * FIELDS), i * FIELDS);
    }
    this.#times.set(times);
    this.#fields.set(fields);
    this.#count = rest;
    this.#ordered = rest;
    this.#runs = rest === 0 ? [] : [0];
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    this.#times = times;
    const fields = new Int32Array(this.#fields.length * 2);
    fields.set(this.#fields);
    this.#fields = fields;
  }
}

/** Sorts what consists of few rising runs, in memory that is used again. */
class Merger {
  #order = new Uint32Array(FIRST_CAPACITY);
  #other = new Uint32Array(FIRST_CAPACITY);
  /** Where each bucket ends. */
  #ends = new Uint32Array(FIRST_CAPACITY);

  /** The order of times that rise between the starts of runs; of equal ones the earlier comes first. */
  inOrder(times: Float64Array, count: number, runs: readonly number[]): Uint32Array {
    if (this.#order.length < count) {
      this.#order = new Uint32Array(times.length);
      this.#other = new Uint32Array(times.length);
      this.#ends = new Uint32Array(times.length);
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
      if (times[i]! < first) first = times[i]!;
      if (times[i]! > last) last = times[i]!;
    }
    const scale = (count - 1) / Math.max(1, last - first);
    for (let i = 0; i < count; i++) if (++ends[Math.floor((times[i]! - first) * scale)]! > FULL) return false;
    for (let bucket = 0, end = 0; bucket < count; bucket++) {
      const begin = end;
      end += ends[bucket]!;
      ends[bucket] = begin;
    }
    for (let i = 0; i < count; i++) order[ends[Math.floor((times[i]! - first) * scale)]!++] = i;
    for (let i = 1; i < count; i++) {
      const index = order[i]!;
      const time = times[index]!;
      let at = i;
      for (; at > 0 && times[order[at - 1]!]! > time; at--) order[at] = order[at - 1]!;
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
    let leftTime = times[from[left]!]!;
    let rightTime = times[from[right]!]!;
    for (;;) {
      if (leftTime <= rightTime) {
        to[at++] = from[left++]!;
        if (left === middle) break;
        leftTime = times[from[left]!]!;
      } else {
        to[at++] = from[right++]!;
        if (right === end) break;
        rightTime = times[from[right]!]!;
      }
    }
  }
  while (left < middle) to[at++] = from[left++]!;
  while (right < end) to[at++] = from[right++]!;
}
