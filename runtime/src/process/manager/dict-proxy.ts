import { SerializationError } from "../../errors.js";
import { adoptRemote, defineProxy, type Remote, remoteOf } from "./remote.js";

/**
 * A dict in a manager, for all its clients, with Map's methods. Keys are primitives, or proxies of the same manager. Values
 * are copies: changing one that was read does not change the dict, `set` does; proxies stay proxies. Entries are in the
 * order of their arrival. Each call is one step for all clients.
 * @see Python's `multiprocessing.managers.DictProxy`, behaviours 143–145.
 */
export class DictProxy<K, V> implements Iterable<[K, V]>, AsyncIterable<[K, V]>, Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** How many keys there are at this moment; blocks for the moment it takes to ask. */
  get size(): number {
    return this.#remote.call("size") as number;
  }

  /** The key's value; undefined if it is not there. Blocks for the moment it takes to ask. */
  get(key: K): V | undefined {
    return this.#remote.call("get", [key]) as V | undefined;
  }

  /** Like `get` without blocking the thread. */
  async getAsync(key: K): Promise<V | undefined> {
    return (await this.#remote.callAsync("get", [key])) as V | undefined;
  }

  /** Whether the key is there. Blocks for the moment it takes to ask. */
  has(key: K): boolean {
    return this.#remote.call("has", [key]) as boolean;
  }

  /** Like `has` without blocking the thread. */
  async hasAsync(key: K): Promise<boolean> {
    return (await this.#remote.callAsync("has", [key])) as boolean;
  }

  /** Sets the key's value. Blocks for the moment it takes to ask. @throws SerializationError the value cannot travel, or the key is of another kind */
  set(key: K, value: V): this {
    this.update([[key, value]]);
    return this;
  }

  /** Like `set` without blocking the thread. */
  async setAsync(key: K, value: V): Promise<this> {
    await this.updateAsync([[key, value]]);
    return this;
  }

  /** Sets all these entries in one step. Blocks for the moment it takes to ask. */
  update(entries: Iterable<readonly [K, V]>): void {
    this.#remote.call("update", [this.#checked(entries)]);
  }

  /** Like `update` without blocking the thread. */
  async updateAsync(entries: Iterable<readonly [K, V]>): Promise<void> {
    await this.#remote.callAsync("update", [this.#checked(entries)]);
  }

  /** The key's value; if it is not there, this one, which is put there in the same step. Blocks for the moment it takes to ask. */
  setDefault(key: K, value: V): V {
    this.#check(key);
    return this.#remote.call("setDefault", [key, value]) as V;
  }

  /** Removes a key. False: it was not there. Blocks for the moment it takes to ask. */
  delete(key: K): boolean {
    return this.#remote.call("delete", [key]) as boolean;
  }

  /** Like `delete` without blocking the thread. */
  async deleteAsync(key: K): Promise<boolean> {
    return (await this.#remote.callAsync("delete", [key])) as boolean;
  }

  /** Removes a key and returns its value; undefined if it was not there. Blocks for the moment it takes to ask. */
  pop(key: K): V | undefined {
    return this.#remote.call("pop", [key]) as V | undefined;
  }

  /** Removes all entries. Blocks for the moment it takes to ask. */
  clear(): void {
    this.#remote.call("clear");
  }

  /** The keys, in the order in which they came. Blocks for the moment it takes to ask. */
  keys(): ArrayIterator<K> {
    return (this.#remote.call("keys") as K[]).values();
  }

  /** The values, in the order in which their keys came. Blocks for the moment it takes to ask. */
  values(): ArrayIterator<V> {
    return (this.#remote.call("values") as V[]).values();
  }

  /** Keys and values. Blocks for the moment it takes to ask. */
  entries(): ArrayIterator<[K, V]> {
    return (this.#remote.call("entries") as [K, V][]).values();
  }

  /** The entries, as they are now: later changes are not seen. Blocks for the moment it takes to ask. */
  [Symbol.iterator](): ArrayIterator<[K, V]> {
    return this.entries();
  }

  /** The entries, as they are at the first step: `for await (const [key, value] of dict)`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<[K, V], void, undefined> {
    yield* (await this.#remote.callAsync("entries")) as [K, V][];
  }

  /** Calls `visit` for each entry. Blocks for the moment it takes to ask. */
  forEach(visit: (value: V, key: K) => void): void {
    for (const [key, value] of this) visit(value, key);
  }

  /** Gives up this proxy. The dict goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #checked(entries: Iterable<readonly [K, V]>): (readonly [K, V])[] {
    const all = [...entries];
    for (const [key] of all) this.#check(key);
    return all;
  }

  #check(key: K): void {
    checkKey(key, this.#remote.client);
  }
}

/** Two copies of an object would be two keys. @throws SerializationError it is neither a primitive nor such a proxy */
export function checkKey(key: unknown, client: object): void {
  const isObject = (typeof key === "object" && key !== null) || typeof key === "function";
  if (!isObject || remoteOf(key)?.client === client) return;
  throw new SerializationError("A key of a manager's dict is a primitive or a proxy of the same manager.");
}

defineProxy(DictProxy, "dict");
