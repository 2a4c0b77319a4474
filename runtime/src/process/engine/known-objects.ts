/** The objects of a server that a thread has proxies of, or has taken something of that it has not given back. */

/** What a thread has of an object. */
interface Kept {
  /** Whether it has nothing of it that is to be given back. */
  readonly isIdle: boolean;
}

interface Entry<O> {
  readonly object: O;
  readonly name: string;
  proxies: number;
}

export class KnownObjects<O extends Kept> {
  readonly #entries = new Map<number, Entry<O>>();
  readonly #numbers = new Map<string, number>();
  readonly #forgotten: (object: O) => void;

  /** `forgotten` hears of those that are not known any more. */
  constructor(forgotten: (object: O) => void) {
    this.#forgotten = forgotten;
  }

  /** @returns undefined if there is none of that number */
  get(number: number): O | undefined {
    return this.#entries.get(number)?.object;
  }

  numberOf(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  has(number: number): boolean {
    return this.#entries.has(number);
  }

  add(number: number, name: string, object: O): void {
    this.#numbers.set(name, number);
    this.#entries.set(number, { object, name, proxies: 0 });
  }

  /** There is one more proxy of it. */
  hold(number: number): void {
    const entry = this.#entries.get(number);
    if (entry !== undefined) entry.proxies++;
  }

  /** There is one less; with the last one it is forgotten, unless something of it is to be given back. */
  drop(number: number): void {
    const entry = this.#entries.get(number);
    if (entry === undefined || --entry.proxies > 0 || !entry.object.isIdle) return;
    this.#entries.delete(number);
    this.#numbers.delete(entry.name);
    this.#forgotten(entry.object);
  }

  *[Symbol.iterator](): Generator<O, void, undefined> {
    for (const { object } of this.#entries.values()) yield object;
  }
}
