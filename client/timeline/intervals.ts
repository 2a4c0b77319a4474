/**
 * What may overlap: intervals in the order of their beginnings, in columns. Which of them hold a moment is found by the
 * latest end of each group, without looking at all that went before.
 */

const GROUP_BITS = 5;
const GROUP = 1 << GROUP_BITS;

export interface Interval {
  readonly from: number;
  /** Infinity while it lasts. */
  readonly to: number;
  /** Of a state of activity. */
  readonly code: number;
  /** Who ended it; 0 for nobody that is known. */
  readonly by: number;
}

export class Intervals {
  #from = new Float64Array(GROUP);
  #to = new Float64Array(GROUP);
  #codes = new Uint32Array(GROUP);
  #by = new Uint32Array(GROUP);
  #latest = new Float64Array(1);
  #count = 0;

  get length(): number {
    return this.#count;
  }

  /** Not earlier than the one before. The result is its number. */
  begin(time: number, code: number): number {
    if (this.#count === this.#from.length) this.#grow();
    const index = this.#count++;
    this.#from[index] = time;
    this.#to[index] = Number.POSITIVE_INFINITY;
    this.#codes[index] = code;
    this.#latest[index >> GROUP_BITS] = Number.POSITIVE_INFINITY;
    return index;
  }

  end(index: number, time: number, by = 0): void {
    this.#to[index] = time;
    this.#by[index] = by;
    const group = index >> GROUP_BITS;
    const first = group << GROUP_BITS;
    this.#latest[group] = Math.max(...this.#to.subarray(first, Math.min(this.#count, first + GROUP)));
  }

  get(index: number): Interval {
    return { from: this.#from[index]!, to: this.#to[index]!, code: this.#codes[index]!, by: this.#by[index]! };
  }

  /** Those that have begun and not ended at a moment, in the order of their beginnings. */
  at(time: number): readonly Interval[] {
    const found: Interval[] = [];
    let index = this.#firstAfter(time) - 1;
    while (index >= 0) {
      if ((index & (GROUP - 1)) === GROUP - 1 && this.#latest[index >> GROUP_BITS]! <= time) index -= GROUP;
      else {
        if (this.#to[index]! > time) found.push(this.get(index));
        index--;
      }
    }
    return found.reverse();
  }

  /** Those that end between two moments, in any order: of more than so many that begin there as well, every so-manieth. */
  endingIn(from: number, to: number, most: number): readonly Interval[] {
    const first = this.#firstAfter(from);
    const last = this.#firstAfter(to);
    const found = [...this.at(from)];
    for (let index = first; index < last; index += Math.max(1, Math.ceil((last - first) / most))) {
      found.push(this.get(index));
    }
    return found.filter((each) => each.to < to);
  }

  #firstAfter(time: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#from[middle]! > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #grow(): void {
    const capacity = this.#from.length * 2;
    const from = new Float64Array(capacity);
    const to = new Float64Array(capacity);
    const codes = new Uint32Array(capacity);
    const by = new Uint32Array(capacity);
    const latest = new Float64Array(capacity >> GROUP_BITS);
    from.set(this.#from);
    to.set(this.#to);
    codes.set(this.#codes);
    by.set(this.#by);
    latest.set(this.#latest);
    this.#from = from;
    this.#to = to;
    this.#codes = codes;
    this.#by = by;
    this.#latest = latest;
  }
}
