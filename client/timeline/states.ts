/** What a row of a thread can look like, each distinct state once: rows store the numbers of states. */

/** A state's code: its severity in the low bits, so that drawing needs no look-up, and its number above. */
const SEVERITY_BITS = 3;
export const SEVERITY_MASK = (1 << SEVERITY_BITS) - 1;

/** A state stands in one piece, for there may be a million of them, and to look at one is to wait for memory. */
const FIELDS = 5;
const OBJECT = 0;
const OTHER = 1;
const SITE = 2;
/** Whether a wait is timed, or the lock taken last. */
const THIRD = 3;
/** How many locks are held, above the bits of the severity. */
const SHAPE = 4;
const FIRST_CAPACITY = 256;

/** What a stretch is about: no object at all. */
export const NONE = 0;
/** What a stretch is about: more than one object. */
export const SEVERAL = -1;

/** The state of rows of nothing: of a thread that is absent, or that has nothing. */
export const NOTHING = 0;

export class States {
  #fields = new Int32Array(FIRST_CAPACITY * FIELDS);
  #count = 0;
  /** Open addressing: numbers of states plus one. */
  #table = new Int32Array(1024);

  constructor() {
    this.#code(0, 0, 0, 0, 0, 0);
  }

  /** Of a row of activity. */
  activity(severity: number, object: number, other: number, site: number, isTimed: boolean): number {
    return this.#code(severity, object, other, site, isTimed ? 1 : 0, 0);
  }

  /** Of a row of holdings: what of them is shown, how many locks are held, and which was taken last and where. */
  holding(severity: number, object: number, other: number, depth: number, top: number, topSite: number): number {
    return this.#code(severity, object, other, topSite, top, depth);
  }

  /** A state that stands for several, by what they are about. */
  about(object: number, other: number): number {
    return this.#code(NOTHING, object, other, 0, 0, 0);
  }

  object(code: number): number {
    return this.#field(code, OBJECT);
  }

  other(code: number): number {
    return this.#field(code, OTHER);
  }

  /** Where the wait began, or where the lock taken last was taken. */
  site(code: number): number {
    return this.#field(code, SITE);
  }

  isTimed(code: number): boolean {
    return this.#field(code, THIRD) !== 0;
  }

  /** The lock taken last. */
  top(code: number): number {
    return this.#field(code, THIRD);
  }

  /** How many locks are held. */
  depth(code: number): number {
    return this.#field(code, SHAPE) >>> SEVERITY_BITS;
  }

  #field(code: number, field: number): number {
    return this.#fields[(code >>> SEVERITY_BITS) * FIELDS + field]!;
  }

  #code(severity: number, object: number, other: number, site: number, third: number, depth: number): number {
    const shape = (depth << SEVERITY_BITS) | severity;
    const table = this.#table;
    const fields = this.#fields;
    let slot = hash(object, other, site, third, shape) & (table.length - 1);
    for (;;) {
      const number = table[slot]! - 1;
      if (number < 0) break;
      const at = number * FIELDS;
      if (
        fields[at] === object &&
        fields[at + OTHER] === other &&
        fields[at + SITE] === site &&
        fields[at + THIRD] === third &&
        fields[at + SHAPE] === shape
      ) {
        return (number << SEVERITY_BITS) | severity;
      }
      slot = (slot + 1) & (table.length - 1);
    }
    table[slot] = this.#count + 1;
    return (this.#add(object, other, site, third, shape) << SEVERITY_BITS) | severity;
  }

  #add(object: number, other: number, site: number, third: number, shape: number): number {
    const number = this.#count++;
    const at = number * FIELDS;
    if (at === this.#fields.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.#fields);
      this.#fields = larger;
    }
    this.#fields[at] = object;
    this.#fields[at + OTHER] = other;
    this.#fields[at + SITE] = site;
    this.#fields[at + THIRD] = third;
    this.#fields[at + SHAPE] = shape;
    if (this.#count * 2 > this.#table.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2);
    const fields = this.#fields;
    for (let number = 0; number < this.#count; number++) {
      const at = number * FIELDS;
      const mixed = hash(
        fields[at]!,
        fields[at + OTHER]!,
        fields[at + SITE]!,
        fields[at + THIRD]!,
        fields[at + SHAPE]!,
      );
      let slot = mixed & (table.length - 1);
      while (table[slot] !== 0) slot = (slot + 1) & (table.length - 1);
      table[slot] = number + 1;
    }
    this.#table = table;
  }
}

function hash(object: number, other: number, site: number, third: number, shape: number): number {
  let mixed = Math.imul(object, 0x9e3779b1) ^ Math.imul(other, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) ^ Math.imul(site, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39) ^ Math.imul(third, 0x27d4eb2f);
  mixed ^= Math.imul(shape, 0x165667b1);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** What two stretches are about. */
export function both(first: number, second: number): number {
  return first === second || second === NONE ? first : first === NONE ? second : SEVERAL;
}
