import { allocateCell, KIND, KINDS, words } from "./arena.js";
import { decode } from "./codec.js";
import type { Lock } from "./lock.js";
import { guarded } from "./mutex.js";
import { dropOwnLock, lockOption, lockShape, ownLock, setOwnLock } from "./own-lock.js";
import { adopted, cellNamed, checkOpen, defineKind, join, leaveCell } from "./shared.js";
import type { SharedDataOptions } from "./shared-value.js";
import { addSlots, removeLastSlot, replaceSlot, replaceSlots, slotAt, slotCount, slotsOf, versionOf } from "./slots.js";
import { copyOf, dropStored, messageOf, storeAll, takeOut } from "./stored.js";

/**
 * A list that all threads see: Python's `list`, with Array's methods. Elements are kept as copies, as in a queue, shared
 * objects as themselves: changing an element that was read does not change the list, `set` does. Each call is atomic;
 * `getLock()` makes one of several. What looks at many elements looks at a copy made in one step. Nothing here blocks
 * but `getLock().acquire()`. A list that contains itself is not freed before the program ends.
 * @see Python's `list`, as all threads see it there.
 */
export class SharedList<T> implements Iterable<T>, Disposable {
  #at: number;

  /**
   * A list of these values; with `name`, the program's list of that name.
   * @throws SerializationError a value cannot travel
   */
  constructor(values: Iterable<T> = [], options?: SharedDataOptions) {
    this.#at = adopted() || create(values, options);
    join(this, this.#at);
  }

  /** How many elements there are at this moment. */
  get length(): number {
    return this.#guarded(() => slotCount(this.#at));
  }

  /** The element, counted from the end if the index is negative; undefined where there is none. */
  at(index: number): T | undefined {
    const message = this.#guarded(() => {
      const which = this.#indexOf(index);
      return which === undefined ? undefined : copyOf(slotAt(this.#at, which));
    });
    return message && (decode(message) as T);
  }

  /** The element. @throws RangeError there is none (Python's IndexError) */
  get(index: number): T {
    return decode(this.#guarded(() => copyOf(slotAt(this.#at, this.#existing(index))))) as T;
  }

  /** Puts a value in the place of an element. @throws RangeError there is none */
  set(index: number, value: T): void {
    const [block = 0] = storeAll([messageOf(value)]);
    try {
      dropStored(this.#guarded(() => replaceSlot(this.#at, this.#existing(index), block)));
    } catch (error) {
      dropStored(block);
      throw error;
    }
  }

  /** Adds values at the end; returns the new length. Python's `append` and `extend`. */
  push(...values: T[]): number {
    return this.#add(values, (blocks) => addSlots(this.#at, blocks));
  }

  /** Adds values at the beginning; returns the new length. */
  unshift(...values: T[]): number {
    return this.#add(values, (blocks) => replaceSlots(this.#at, [...blocks, ...slotsOf(this.#at)]));
  }

  /** Removes and returns the last element; undefined if there is none. */
  pop(): T | undefined {
    const block = this.#guarded(() => (slotCount(this.#at) === 0 ? 0 : removeLastSlot(this.#at)));
    return block === 0 ? undefined : (takeOut(block) as T);
  }

  /** Removes and returns the first element; undefined if there is none. */
  shift(): T | undefined {
    return this.splice(0, 1)[0];
  }

  /** Removes elements, puts others in their place, and returns what was removed. As Array's. */
  splice(start: number, deleteCount = Number.POSITIVE_INFINITY, ...values: T[]): T[] {
    let removed: number[] = [];
    this.#add(values, (blocks) => {
      const slots = slotsOf(this.#at);
      removed = slots.splice(start, deleteCount, ...blocks);
      replaceSlots(this.#at, slots);
    });
    return removed.map((block) => takeOut(block) as T);
  }

  /** Removes all elements. */
  clear(): void {
    this.splice(0);
  }

  /** A plain array of the elements from `start` to before `end`. */
  slice(start?: number, end?: number): T[] {
    const messages = this.#guarded(() => slotsOf(this.#at).slice(start, end).map(copyOf));
    return messages.map((message) => decode(message) as T);
  }

  /** Sorts in place, as Array does. If the list changes meanwhile, it is sorted again. */
  sort(compare?: (a: T, b: T) => number): this {
    for (;;) {
      const [version, messages] = this.#guarded(() => [versionOf(this.#at), slotsOf(this.#at).map(copyOf)] as const);
      const values = messages.map((message, index) => ({ value: decode(message) as T, index }));
      // Array's own order wants the values themselves: as texts, undefined last.
      const order = compare === undefined ? inUsualOrder : (a: Placed<T>, b: Placed<T>) => compare(a.value, b.value);
      const places = values.sort(order).map(({ index }) => index);
      const done = this.#guarded(() => {
        if (versionOf(this.#at) !== version) return false;
        const slots = slotsOf(this.#at);
        const sorted = places.map((place) => slots[place] ?? 0);
        replaceSlots(this.#at, sorted);
        return true;
      });
      if (done) return this;
    }
  }

  /** Turns the order round, in place. */
  reverse(): this {
    this.#guarded(() => replaceSlots(this.#at, slotsOf(this.#at).reverse()));
    return this;
  }

  /** A plain array of the elements and these. */
  concat(...others: (T | readonly T[])[]): T[] {
    return this.slice().concat(...others);
  }

  /** Whether a primitive or shared object is in it. */
  includes(value: T, from?: number): boolean {
    return this.slice().includes(value, from);
  }

  /** The first place of a value that is the same: a primitive or a shared object. -1: nowhere. */
  indexOf(value: T, from?: number): number {
    return this.slice().indexOf(value, from);
  }

  /** The last place of such a value. -1: nowhere. */
  lastIndexOf(value: T): number {
    return this.slice().lastIndexOf(value);
  }

  /** The first element that passes; undefined if none does. */
  find(predicate: (value: T, index: number) => unknown): T | undefined {
    return this.slice().find((value, index) => predicate(value, index));
  }

  /** The place of the first element that passes. -1: none does. */
  findIndex(predicate: (value: T, index: number) => unknown): number {
    return this.slice().findIndex((value, index) => predicate(value, index));
  }

  /** A plain array of the elements that pass. */
  filter(predicate: (value: T, index: number) => unknown): T[] {
    return this.slice().filter((value, index) => predicate(value, index));
  }

  /** A plain array of what becomes of each element. */
  map<U>(change: (value: T, index: number) => U): U[] {
    return this.slice().map((value, index) => change(value, index));
  }

  /** Calls `visit` for each element. */
  forEach(visit: (value: T, index: number) => void): void {
    this.slice().forEach((value, index) => {
      visit(value, index);
    });
  }

  /** Goes through the elements with a sum that begins as `initial`. */
  reduce<U>(step: (sum: U, value: T, index: number) => U, initial: U): U {
    return this.slice().reduce((sum, value, index) => step(sum, value, index), initial);
  }

  /** Whether any element passes. */
  some(predicate: (value: T, index: number) => unknown): boolean {
    return this.slice().some((value, index) => predicate(value, index));
  }

  /** Whether all elements pass. */
  every(predicate: (value: T, index: number) => unknown): boolean {
    return this.slice().every((value, index) => predicate(value, index));
  }

  /** The elements as one text. */
  join(separator?: string): string {
    return this.slice().join(separator);
  }

  /** The places: 0, 1, … */
  keys(): ArrayIterator<number> {
    return this.slice().keys();
  }

  /** The elements. */
  values(): ArrayIterator<T> {
    return this.slice().values();
  }

  /** Places and elements. */
  entries(): ArrayIterator<[number, T]> {
    return this.slice().entries();
  }

  /** The elements, as they are now: later changes are not seen. */
  [Symbol.iterator](): ArrayIterator<T> {
    return this.values();
  }

  /** The elements as a plain array, so that JSON.stringify shows them. */
  toJSON(): T[] {
    return this.slice();
  }

  /** The lock that goes with the list: always the same one, in every thread. No method of the list takes it. */
  getLock(): Lock {
    checkOpen(this.#at);
    return ownLock(this.#at);
  }

  /** Gives up this object's share of the list. The list itself goes when nobody has it any more. */
  close(): void {
    this.#at = leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #guarded<R>(section: () => R): R {
    checkOpen(this.#at);
    return guarded(this.#at, section);
  }

  #add(values: readonly T[], change: (blocks: readonly number[]) => void): number {
    checkOpen(this.#at);
    const blocks = blocksOf(values);
    try {
      return guarded(this.#at, () => {
        change(blocks);
        return slotCount(this.#at);
      });
    } catch (error) {
      for (const block of blocks) dropStored(block);
      throw error;
    }
  }

  #indexOf(index: number): number | undefined {
    const count = slotCount(this.#at);
    const whole = Math.trunc(index) || 0;
    const which = whole < 0 ? whole + count : whole;
    return which >= 0 && which < count ? which : undefined;
  }

  #existing(index: number): number {
    const which = this.#indexOf(index);
    if (which !== undefined) return which;
    throw new RangeError(`A list of ${slotCount(this.#at)} has no element ${index}.`);
  }
}

interface Placed<T> {
  readonly value: T;
  readonly index: number;
}

function inUsualOrder({ value: a }: Placed<unknown>, { value: b }: Placed<unknown>): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const [x, y] = [String(a), String(b)];
  return x < y ? -1 : Number(x > y);
}

/** All values in shared memory, or none. */
function blocksOf(values: readonly unknown[]): number[] {
  const messages: Uint8Array[] = [];
  try {
    for (const value of values) messages.push(messageOf(value));
  } catch (error) {
    storeAll(messages).forEach(dropStored);
    throw error;
  }
  return storeAll(messages);
}

function create(values: Iterable<unknown>, options: SharedDataOptions | undefined): number {
  const lock = lockOption(options?.lock);
  return cellNamed(options, `SharedList${lockShape(lock)}`, () => {
    const blocks = blocksOf([...values]);
    const at = allocateCell();
    setOwnLock(at, lock);
    replaceSlots(at, blocks);
    Atomics.store(words, at + KIND, KINDS.sharedList);
    return at;
  });
}

defineKind("sharedList", "SharedList", () => new SharedList(), {
  destroy: (at) => {
    const blocks = slotsOf(at);
    replaceSlots(at, []);
    blocks.forEach(dropStored);
    dropOwnLock(at);
  },
});
