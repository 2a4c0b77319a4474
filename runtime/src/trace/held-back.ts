/**
 * Takes of free locks that a thread has not recorded yet: whether one is worth it is known when the lock is given back, or
 * when something else happens meanwhile. Those that are not leave no trace. Readers want a record soon, so it is held back
 * only where the lock was given back at once the last time.
 */

/** As many at a time; further ones are recorded at once. */
const MOST = 16;
/** Nanoseconds from which a lock is held for long. */
const LONG = 50_000;
/** Locks that are told apart by how long they were held; of two that are taken for one, more is recorded. */
const CLASSES = 1024;
/** Pairs of locks that are remembered. */
const MOST_PAIRS = 4096;

/** Writes down that a lock was taken. */
type Write = (at: number, flags: number, site: number, time: number) => void;

export class HeldBack {
  readonly #write: Write;
  readonly #locks = new Int32Array(MOST);
  readonly #flags = new Int32Array(MOST);
  readonly #sites = new Int32Array(MOST);
  readonly #times = new Float64Array(MOST);
  readonly #pairs = new Set<number>();
  /** By class: when it was taken last, and whether it was given back at once the time before. */
  readonly #taken = new Float64Array(CLASSES);
  readonly #isShort = new Uint8Array(CLASSES);
  #count = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** `outer` is another lock that the thread has, 0 for none. False: it is to be recorded at once. */
  take(at: number, flags: number, site: number, time: number, outer: number): boolean {
    const which = classOf(at);
    this.#taken[which] = time;
    const isNew = outer !== 0 && this.#isNew(outer, at);
    if (isNew || this.#isShort[which] === 0 || this.#count === MOST) return false;
    const index = this.#count++;
    this.#locks[index] = at;
    this.#flags[index] = flags;
    this.#sites[index] = site;
    this.#times[index] = time;
    return true;
  }

  /** The lock is given back, and somebody may want it. True: it was held so short that neither is recorded. */
  give(at: number, time: number, isWanted: boolean): boolean {
    const which = classOf(at);
    this.#isShort[which] = time - (this.#taken[which] ?? 0) < LONG ? 1 : 0;
    let index = this.#count - 1;
    while (index >= 0 && this.#locks[index] !== at) index--;
    if (index < 0 || isWanted || time - (this.#times[index] ?? 0) >= LONG) return false;
    this.#count--;
    // Most give back what they took last.
    if (index === this.#count) return true;
    for (const column of [this.#locks, this.#flags, this.#sites, this.#times]) column.copyWithin(index, index + 1);
    return true;
  }

  /** Before anything else is recorded: a thread's records come in their order. */
  flush(): void {
    const count = this.#count;
    this.#count = 0;
    for (let i = 0; i < count; i++) {
      this.#write(this.#locks[i] ?? 0, this.#flags[i] ?? 0, this.#sites[i] ?? 0, this.#times[i] ?? 0);
    }
  }

  /** Whether it was never seen that the second lock is taken while the first is held. */
  #isNew(outer: number, inner: number): boolean {
    // Cells have indices of 32 words, so both fit into the whole numbers that there are.
    const pair = (outer / 32) * 2 ** 26 + inner / 32;
    if (this.#pairs.has(pair) || this.#pairs.size === MOST_PAIRS) return false;
    this.#pairs.add(pair);
    return true;
  }
}

function classOf(at: number): number {
  return (at >> 5) & (CLASSES - 1);
}
