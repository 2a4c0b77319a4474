/** What a row of a thread can look like, each distinct state once: rows store the numbers of states. */

/** A state's code: its severity in the low bits, so that drawing needs no look-up, and its number above. */
const SEVERITY_BITS = 3;
export const SEVERITY_MASK = (1 << SEVERITY_BITS) - 1;

const FIELDS = 4;
const SITE = 0;
const IS_TIMED = 1;
const TOP = 1;
const DEPTH = 2;
const SEVERITY = 3;
const FIRST_CAPACITY = 256;

/** What a stretch is about: no object at all. */
export const NONE = 0;
/** What a stretch is about: more than one object. */
export const SEVERAL = -1;

/** The state of rows of nothing: of a thread that is absent, or that has nothing. */
export const NOTHING = 0;

export class States {
  /** What drawing looks up stands by itself, close together. */
  #objects = new Int32Array(FIRST_CAPACITY);
  #others = new Int32Array(FIRST_CAPACITY);
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

  /** A state that stands for two, by what they are about. */
  about(first: number, second: number): number {
    if (first === second) return first;
    const object = this.object(second);
    const other = this.other(second);
    const firstObject = this.object(first);
    const firstOther = this.other(first);
    if ((object === 0 || object === firstObject) && (other === 0 || other === firstOther)) return first;
    return this.#code(0, both(firstObject, object), both(firstOther, other), 0, 0, 0);
  }

  object(code: number): number {
    return this.#objects[code >>> SEVERITY_BITS]!;
  }

  other(code: number): number {
    return this.#others[code >>> SEVERITY_BITS]!;
  }

  /** Where the wait began, or where the lock taken last was taken. */
  site(code: number): number {
    return this.#field(code, SITE);
  }

  isTimed(code: number): boolean {
    return this.#field(code, IS_TIMED) !== 0;
  }

  /** The lock taken last. */
  top(code: number): number {
    return this.#field(code, TOP);
  }

  /** How many locks are held. */
  depth(code: number): number {
    return this.#field(code, DEPTH);
  }

  #field(code: number, field: number): number {
    return this.#fields[(code >>> SEVERITY_BITS) * FIELDS + field]!;
  }

  #code(severity: number, object: number, other: number, site: number, third: number, depth: number): number {
    let slot = hash(severity, object, other, site, third, depth) & (this.#table.length - 1);
    for (;;) {
      const number = (this.#table[slot] ?? 0) - 1;
      if (number < 0) break;
      const at = number * FIELDS;
      const fields = this.#fields;
      if (
        this.#objects[number] === object &&
        this.#others[number] === other &&
        fields[at + SITE] === site &&
        fields[at + TOP] === third &&
        fields[at + DEPTH] === depth &&
        fields[at + SEVERITY] === severity
      ) {
        return (number << SEVERITY_BITS) | severity;
      }
      slot = (slot + 1) & (this.#table.length - 1);
    }
    const number = this.#count++;
    if (number === this.#objects.length) this.#grow();
    this.#objects[number] = object;
    this.#others[number] = other;
    this.#fields.set([site, third, depth, severity], number * FIELDS);
    this.#table[slot] = number + 1;
    if (this.#count * 2 > this.#table.length) this.#rehash();
    return (number << SEVERITY_BITS) | severity;
  }

  #grow(): void {
    this.#objects = grown(this.#objects);
    this.#others = grown(this.#others);
    this.#fields = grown(this.#fields);
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2);
    for (let number = 0; number < this.#count; number++) {
      const fields = this.#fields.subarray(number * FIELDS, (number + 1) * FIELDS);
      const [site = 0, third = 0, depth = 0, severity = 0] = fields;
      const object = this.#objects[number]!;
      const other = this.#others[number]!;
      let slot = hash(severity, object, other, site, third, depth) & (table.length - 1);
      while (table[slot] !== 0) slot = (slot + 1) & (table.length - 1);
      table[slot] = number + 1;
    }
    this.#table = table;
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function hash(severity: number, object: number, other: number, site: number, third: number, depth: number): number {
  let mixed = Math.imul(object, 0x9e3779b1) ^ Math.imul(other, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) ^ Math.imul(site, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39) ^ Math.imul(third, 0x27d4eb2f);
  mixed ^= Math.imul(depth * 8 + severity, 0x165667b1);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** What two stretches are about. */
export function both(first: number, second: number): number {
  return first === second || second === NONE ? first : first === NONE ? second : SEVERAL;
}
