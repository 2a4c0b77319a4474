import { adoptRemote, defineProxy, type Remote } from "./remote.js";

/**
 * A list in a manager, for all its clients, with Array's methods. Elements are copies: changing one that was read does not
 * change the list, `set` does; proxies stay proxies. Each call is one step for all clients. What takes a function looks at
 * a copy made in one step.
 * @see Python's `multiprocessing.managers.ListProxy`, behaviours 143–145.
 */
export class ListProxy<T> implements Iterable<T>, AsyncIterable<T>, Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** How many elements there are at this moment; blocks for the moment it takes to ask. */
  get length(): number {
    return this.#remote.call("length") as number;
  }

  /** Like `length` without blocking the thread. */
  async lengthAsync(): Promise<number> {
    return (await this.#remote.callAsync("length")) as number;
  }

  /** The element there, from the end if negative; undefined if there is none. Blocks for the moment it takes to ask. */
  at(index: number): T | undefined {
    return this.#remote.call("at", [index]) as T | undefined;
  }

  /** The element there, from the end if negative. Blocks for the moment it takes to ask. @throws RangeError there is none */
  get(index: number): T {
    return this.#remote.call("get", [index]) as T;
  }

  /** Like `get` without blocking the thread. */
  async getAsync(index: number): Promise<T> {
    return (await this.#remote.callAsync("get", [index])) as T;
  }

  /** Replaces an element, from the end if negative. Blocks for the moment it takes to ask. @throws RangeError there is none @throws SerializationError the value cannot travel */
  set(index: number, value: T): void {
    this.#remote.call("set", [index, value]);
  }

  /** Like `set` without blocking the thread. */
  async setAsync(index: number, value: T): Promise<void> {
    await this.#remote.callAsync("set", [index, value]);
  }

  /** Adds values at the end; returns the new length. Python's `append` and `extend`. Blocks for the moment it takes to ask. @throws SerializationError a value cannot travel */
  push(...values: T[]): number {
    return this.#remote.call("push", values) as number;
  }

  /** Like `push` without blocking the thread. */
  async pushAsync(...values: T[]): Promise<number> {
    return (await this.#remote.callAsync("push", values)) as number;
  }

  /** Adds values at the beginning; returns the new length. Blocks for the moment it takes to ask. */
  unshift(...values: T[]): number {
    return this.#remote.call("unshift", values) as number;
  }

  /** Removes and returns the last element; undefined if there is none. Blocks for the moment it takes to ask. */
  pop(): T | undefined {
    return this.#remote.call("pop") as T | undefined;
  }

  /** Like `pop` without blocking the thread. */
  async popAsync(): Promise<T | undefined> {
    return (await this.#remote.callAsync("pop")) as T | undefined;
  }

  /** Removes and returns the first element; undefined if there is none. Blocks for the moment it takes to ask. */
  shift(): T | undefined {
    return this.#remote.call("shift") as T | undefined;
  }

  /** Removes elements, puts others in their place, and returns what was removed. As Array's. Blocks for the moment it takes to ask. */
  splice(start: number, deleteCount = Number.POSITIVE_INFINITY, ...values: T[]): T[] {
    return this.#remote.call("splice", [start, deleteCount, ...values]) as T[];
  }

  /** Removes all elements. Blocks for the moment it takes to ask. */
  clear(): void {
    this.splice(0);
  }

  /** A plain array of the elements from `start` to before `end`. Blocks for the moment it takes to ask. */
  slice(start?: number, end?: number): T[] {
    return this.#remote.call("slice", [start, end]) as T[];
  }

  /** Like `slice` without blocking the thread. */
  async sliceAsync(start?: number, end?: number): Promise<T[]> {
    return (await this.#remote.callAsync("slice", [start, end])) as T[];
  }

  /** Sorts in place, as Array does. If the list changes while `compare` runs here, it is sorted again. Blocks for the moment it takes to ask. */
  sort(compare?: (a: T, b: T) => number): this {
    if (compare === undefined) {
      this.#remote.call("sort");
      return this;
    }
    for (let isDone = false; !isDone; ) {
      const [version, values] = this.#remote.call("snapshot") as [number, T[]];
      const placed = values.map((value, index) => ({ value, index }));
      const places = placed.sort((a, b) => compare(a.value, b.value)).map(({ index }) => index);
      isDone = this.#remote.call("arrange", [version, places]) as boolean;
    }
    return this;
  }

  /** Turns the order round, in place. Blocks for the moment it takes to ask. */
  reverse(): this {
    this.#remote.call("reverse");
    return this;
  }

  /** Whether a primitive, or an object of which this is a proxy, is in it. Blocks for the moment it takes to ask. */
  includes(value: T): boolean {
    return this.#remote.call("includes", [value]) as boolean;
  }

  /** The first place of such a value. -1: nowhere. Blocks for the moment it takes to ask. */
  indexOf(value: T): number {
    return this.#remote.call("indexOf", [value]) as number;
  }

  /** The last place of such a value. -1: nowhere. Blocks for the moment it takes to ask. */
  lastIndexOf(value: T): number {
    return this.#remote.call("lastIndexOf", [value]) as number;
  }

  /** A plain array of the elements that pass. Blocks for the moment it takes to ask. */
  filter(predicate: (value: T, index: number) => unknown): T[] {
    return this.slice().filter((value, index) => predicate(value, index));
  }

  /** A plain array of what becomes of each element. Blocks for the moment it takes to ask. */
  map<U>(change: (value: T, index: number) => U): U[] {
    return this.slice().map((value, index) => change(value, index));
  }

  /** Calls `visit` for each element. Blocks for the moment it takes to ask. */
  forEach(visit: (value: T, index: number) => void): void {
    this.slice().forEach((value, index) => {
      visit(value, index);
    });
  }

  /** The elements, as they are now: later changes are not seen. Blocks for the moment it takes to ask. */
  [Symbol.iterator](): ArrayIterator<T> {
    return this.slice().values();
  }

  /** The elements, as they are at the first step: `for await (const element of list)`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this.sliceAsync();
  }

  /** The elements as a plain array, so that JSON.stringify shows them. Blocks for the moment it takes to ask. */
  toJSON(): T[] {
    return this.slice();
  }

  /** Gives up this proxy. The list goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

defineProxy(ListProxy, "list");
