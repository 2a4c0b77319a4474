/** The objects of a manager's server by their numbers, and how many proxies of each there are. */
import { StateError } from "../../errors.js";
import type { Served } from "./served.js";

interface Entry {
  readonly served: Served;
  /** Proxies of clients. */
  proxies: number;
  /** Proxies on their way from one client to another; less than none while their arrival is heard of first. */
  pins: number;
  /** It stays until the server ends. */
  readonly isNamed: boolean;
}

interface Named {
  readonly served: Served;
  /** The word by which it was made; classes of the program have their own. */
  readonly kind: string;
}

export class ServedObjects {
  readonly #entries = new Map<number, Entry>();
  /** Also of objects that only other objects here know: they may get proxies again. */
  readonly #ids = new WeakMap<Served, number>();
  readonly #named = new Map<string, Named>();
  readonly #names = new WeakMap<Served, string>();
  #made = 0;

  /** How many objects there are that clients can reach by themselves. */
  get size(): number {
    return this.#entries.size;
  }

  /** @throws StateError nobody has a proxy of it any more */
  get(id: number): Served {
    const entry = this.#entries.get(id);
    if (entry === undefined)
      throw new StateError("The manager has no such object any more: all its proxies were closed.");
    return entry.served;
  }

  /** The object of that name, made now if there is none. @throws StateError it is of another kind */
  named(name: string, kind: string, make: () => Served): Served {
    const known = this.#named.get(name);
    if (known === undefined) {
      const served = make();
      this.#named.set(name, { served, kind });
      this.#names.set(served, name);
      this.#entries.set(this.#idOf(served), { served, proxies: 0, pins: 0, isNamed: true });
      return served;
    }
    if (known.kind === kind) return known.served;
    throw new StateError(`The manager's "${name}" is a ${known.kind}, and no ${kind}.`);
  }

  /** Undefined: it has none. */
  nameOf(served: Served): string | undefined {
    return this.#names.get(served);
  }

  /** The object has one proxy more; its number. */
  addProxy(served: Served): number {
    const id = this.#idOf(served);
    this.#entryOf(id, served).proxies++;
    return id;
  }

  /** A proxy of the object leaves for another client, which claims it; its number. */
  addPin(served: Served): number {
    const id = this.#idOf(served);
    this.#entryOf(id, served).pins++;
    return id;
  }

  /** False: it is gone. */
  claim(id: number): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    entry.proxies++;
    return true;
  }

  dropProxies(id: number, count: number): void {
    this.#change(id, -count, 0);
  }

  pin(id: number, by: 1 | -1): void {
    this.#change(id, 0, by);
  }

  /** Made now, where only other objects here knew the object. */
  #entryOf(id: number, served: Served): Entry {
    const entry = this.#entries.get(id) ?? { served, proxies: 0, pins: 0, isNamed: false };
    this.#entries.set(id, entry);
    return entry;
  }

  #idOf(served: Served): number {
    const known = this.#ids.get(served);
    if (known !== undefined) return known;
    this.#ids.set(served, ++this.#made);
    return this.#made;
  }

  #change(id: number, proxies: number, pins: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.proxies += proxies;
    entry.pins += pins;
    if (entry.proxies <= 0 && entry.pins <= 0 && !entry.isNamed) this.#entries.delete(id);
  }
}
