import type { ElementType, ValueOf, ValueType } from "../../elements.js";
import { adoptRemote, defineProxy, type Remote } from "./remote.js";

/**
 * One number or boolean in a manager, for all its clients. Integers wrap around as in C; `i64` and `u64` are bigints.
 * `value += 1` is two steps and loses updates; `add` is one.
 * @see Python's `multiprocessing.managers.ValueProxy`, behaviour 148.
 */
export class ValueProxy<K extends ValueType = ValueType> implements Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** Blocks for the moment it takes to ask. */
  get value(): ValueOf<K> {
    return this.get();
  }

  /** Blocks for the moment it takes to ask. */
  set value(value: ValueOf<K>) {
    this.set(value);
  }

  /** The value at this moment; blocks for the moment it takes to ask. */
  get(): ValueOf<K> {
    return this.#remote.call("get", [0]) as ValueOf<K>;
  }

  /** Like `get` without blocking the thread. */
  async getAsync(): Promise<ValueOf<K>> {
    return (await this.#remote.callAsync("get", [0])) as ValueOf<K>;
  }

  /** Sets it; blocks for the moment it takes to ask. @throws TypeError a number where the type has bigints, or the other way round */
  set(value: ValueOf<K>): void {
    this.#remote.call("set", [0, value]);
  }

  /** Like `set` without blocking the thread. */
  async setAsync(value: ValueOf<K>): Promise<void> {
    await this.#remote.callAsync("set", [0, value]);
  }

  /** Adds in one step and returns the value before; blocks for the moment it takes to ask. @throws TypeError a boolean cannot be added to */
  add(amount: K extends "bool" ? never : ValueOf<K>): ValueOf<K> {
    return this.#remote.call("add", [0, amount]) as ValueOf<K>;
  }

  /** Like `add` without blocking the thread. */
  async addAsync(amount: K extends "bool" ? never : ValueOf<K>): Promise<ValueOf<K>> {
    return (await this.#remote.callAsync("add", [0, amount])) as ValueOf<K>;
  }

  /** Gives up this proxy. The value goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Numbers of one type in a manager, for all its clients. Integers wrap around as in C; `i64` and `u64` are bigints. The
 * length is fixed.
 * @see Python's `multiprocessing.managers.ArrayProxy`, behaviour 148.
 */
export class ArrayProxy<K extends ElementType = ElementType> implements Iterable<ValueOf<K>>, Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** How many elements there are; blocks for the moment it takes to ask. */
  get length(): number {
    return this.#remote.call("length") as number;
  }

  /** The element there, from the end if negative; blocks for the moment it takes to ask. @throws RangeError there is none */
  get(index: number): ValueOf<K> {
    return this.#remote.call("get", [index]) as ValueOf<K>;
  }

  /** Like `get` without blocking the thread. */
  async getAsync(index: number): Promise<ValueOf<K>> {
    return (await this.#remote.callAsync("get", [index])) as ValueOf<K>;
  }

  /**
   * Replaces an element, from the end if negative; blocks for the moment it takes to ask.
   * @throws RangeError there is none
   * @throws TypeError a number where the type has bigints, or the other way round
   */
  set(index: number, value: ValueOf<K>): void {
    this.#remote.call("set", [index, value]);
  }

  /** Like `set` without blocking the thread. */
  async setAsync(index: number, value: ValueOf<K>): Promise<void> {
    await this.#remote.callAsync("set", [index, value]);
  }

  /** Adds in one step and returns the value before; blocks for the moment it takes to ask. @throws RangeError there is no such element */
  add(index: number, amount: ValueOf<K>): ValueOf<K> {
    return this.#remote.call("add", [index, amount]) as ValueOf<K>;
  }

  /** A plain array of the elements from `start` to before `end`; blocks for the moment it takes to ask. */
  slice(start?: number, end?: number): ValueOf<K>[] {
    return this.#remote.call("slice", [start, end]) as ValueOf<K>[];
  }

  /** Like `slice` without blocking the thread. */
  async sliceAsync(start?: number, end?: number): Promise<ValueOf<K>[]> {
    return (await this.#remote.callAsync("slice", [start, end])) as ValueOf<K>[];
  }

  /** The elements, as they are now: later changes are not seen. Blocks for the moment it takes to ask. */
  [Symbol.iterator](): ArrayIterator<ValueOf<K>> {
    return this.slice().values();
  }

  /** Gives up this proxy. The array goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

defineProxy(ValueProxy, "value");
defineProxy(ArrayProxy, "array");
