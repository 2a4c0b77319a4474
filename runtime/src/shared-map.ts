import { allocateCell, KIND, KINDS, words } from "./arena.js";
import { decode, discard, encode } from "./codec.js";
import { compositeOf } from "./composites.js";
import { SerializationError } from "./errors.js";
import {
  addEntry,
  clearTable,
  type Entry,
  entriesOf,
  findValue,
  removeEntry,
  replaceValue,
  sizeOf,
} from "./hash-table.js";
import type { Lock } from "./lock.js";
import { guarded } from "./mutex.js";
import { dropOwnLock, lockOption, lockShape, ownLock, setOwnLock } from "./own-lock.js";
import { adopted, cellNamed, cellOf, checkOpen, defineKind, join, leaveCell } from "./shared.js";
import type { SharedDataOptions } from "./shared-value.js";
import { copyOf, dropStored, messageOf, storeAll, takeOut, view } from "./stored.js";
import type { Thread } from "./thread.js";

/** What can be a key: a primitive, or a shared object, which is the same key in every thread. */
export type SharedKey = string | number | bigint | boolean | null | undefined | Disposable | Thread;

/**
 * A map that all threads see: Python's `dict`, with Map's methods. Values are kept as copies, as in a queue, shared
 * objects as themselves: changing a value that was read does not change the map, `set` does. Entries are in the order of
 * their arrival. Each call is atomic; `getLock()` makes one of several. What looks at many entries looks at a copy made
 * in one step. Nothing here blocks but `getLock().acquire()`. A map that contains itself is not freed before the program
 * ends.
 * @see Python's `dict`, as all threads see it there.
 */
export class SharedMap<K extends SharedKey, V> implements Iterable<[K, V]>, Disposable {
  #at: number;

  /**
   * A map of these entries; with `name`, the program's map of that name.
   * @throws SerializationError a key is neither a primitive nor shared, or a value cannot travel
   */
  constructor(entries: Iterable<readonly [K, V]> = [], options?: SharedDataOptions) {
    this.#at = adopted() || create(entries, options);
    join(this, this.#at);
  }

  /** How many keys there are at this moment. */
  get size(): number {
    return this.#guarded(() => sizeOf(this.#at));
  }

  /** The key's value; undefined if it is not there. */
  get(key: K): V | undefined {
    checkOpen(this.#at);
    const message = withKey(key, (bytes) =>
      guarded(this.#at, () => {
        const block = findValue(this.#at, bytes);
        return block === 0 ? undefined : copyOf(block);
      }),
    );
    return message && (decode(message) as V);
  }

  /** Whether the key is there. */
  has(key: K): boolean {
    checkOpen(this.#at);
    return withKey(key, (bytes) => guarded(this.#at, () => findValue(this.#at, bytes) !== 0));
  }

  /** Sets the key's value. @throws SerializationError the value cannot travel, or the key is of another kind */
  set(key: K, value: V): this {
    this.update([[key, value]]);
    return this;
  }

  /** Sets all these entries in one step. Python's `update`. */
  update(entries: Iterable<readonly [K, V]>): void {
    checkOpen(this.#at);
    put(this.#at, entries);
  }

  /** The key's value; if it is not there, this one, which is put there in the same step. */
  setDefault(key: K, value: V): V {
    checkOpen(this.#at);
    const at = this.#at;
    const [keyBlock = 0, valueBlock = 0] = storeEntries([[key, value]]);
    let isUsed = false;
    try {
      const message = withKey(key, (bytes) =>
        guarded(at, () => {
          const found = findValue(at, bytes);
          if (found !== 0) return copyOf(found);
          const copy = copyOf(valueBlock);
          addEntry(at, keyBlock, valueBlock);
          isUsed = true;
          return copy;
        }),
      );
      return decode(message) as V;
    } finally {
      if (!isUsed) [keyBlock, valueBlock].forEach(dropStored);
    }
  }

  /** Removes a key. False: it was not there. */
  delete(key: K): boolean {
    const removed = this.#remove(key);
    if (removed === undefined) return false;
    dropStored(removed.key);
    dropStored(removed.value);
    return true;
  }

  /** Removes a key and returns its value; undefined if it was not there. Python's `pop`. */
  pop(key: K): V | undefined {
    const removed = this.#remove(key);
    if (removed === undefined) return undefined;
    dropStored(removed.key);
    return takeOut(removed.value) as V;
  }

  /** Removes all entries. */
  clear(): void {
    const entries = this.#guarded(() => {
      const all = entriesOf(this.#at);
      clearTable(this.#at);
      return all;
    });
    dropEntries(entries);
  }

  /** The keys, in the order in which they came. */
  keys(): ArrayIterator<K> {
    return this.#copies(({ key }) => [copyOf(key)])
      .map(([key]) => key as K)
      .values();
  }

  /** The values, in the order in which their keys came. */
  values(): ArrayIterator<V> {
    return this.#copies(({ value }) => [copyOf(value)])
      .map(([value]) => value as V)
      .values();
  }

  /** Keys and values. */
  entries(): ArrayIterator<[K, V]> {
    return this.#copies(({ key, value }) => [copyOf(key), copyOf(value)])
      .map(([key, value]): [K, V] => [key as K, value as V])
      .values();
  }

  /** The entries, as they are now: later changes are not seen. */
  [Symbol.iterator](): ArrayIterator<[K, V]> {
    return this.entries();
  }

  /** Calls `visit` for each entry. */
  forEach(visit: (value: V, key: K) => void): void {
    for (const [key, value] of this) visit(value, key);
  }

  /** The lock that goes with the map: always the same one, in every thread. No method of the map takes it. */
  getLock(): Lock {
    checkOpen(this.#at);
    return ownLock(this.#at);
  }

  /** Gives up this object's share of the map. The map itself goes when nobody has it any more. */
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

  #remove(key: K): Entry | undefined {
    checkOpen(this.#at);
    return withKey(key, (bytes) => guarded(this.#at, () => removeEntry(this.#at, bytes)));
  }

  /** Of each entry some messages, copied in one step and decoded after it. */
  #copies(copy: (entry: Entry) => Uint8Array[]): unknown[][] {
    const messages = this.#guarded(() => entriesOf(this.#at).map(copy));
    return messages.map((parts) => parts.map(decode));
  }
}

/** Gives `use` the key as bytes; equal keys have equal bytes. */
function withKey<R>(key: unknown, use: (bytes: Uint8Array) => R): R {
  return encode(normalKey(key), (message) => {
    const result = use(message);
    discard(message);
    return result;
  });
}

function normalKey(key: unknown): unknown {
  if (key === 0) return 0; // and not -0, as in a Map
  const isObject = typeof key === "object" && key !== null;
  // What is made of the same shared objects is the same key: its bytes are.
  if ((isObject && cellOf(key) === undefined && compositeOf(key) === undefined) || typeof key === "function") {
    throw new SerializationError(
      "A key of a SharedMap is a primitive or a shared object; others are no thread's same.",
    );
  }
  return key;
}

/** Blocks of keys and values, in turns. */
function storeEntries(entries: Iterable<readonly [unknown, unknown]>): number[] {
  const messages: Uint8Array[] = [];
  try {
    for (const [key, value] of entries) messages.push(messageOf(normalKey(key)), messageOf(value));
  } catch (error) {
    messages.forEach(discard);
    throw error;
  }
  return storeAll(messages);
}

function put(at: number, entries: Iterable<readonly [unknown, unknown]>): void {
  const blocks = storeEntries(entries);
  /** Blocks that the map does not need, or no longer. */
  const spare = new Set(blocks);
  try {
    guarded(at, () => {
      for (let i = 0; i < blocks.length; i += 2) {
        const [key = 0, value = 0] = blocks.slice(i, i + 2);
        const old = replaceValue(at, view(key), value);
        if (old !== 0) {
          spare.add(old);
        } else {
          addEntry(at, key, value);
          spare.delete(key);
        }
        spare.delete(value);
      }
    });
  } finally {
    spare.forEach(dropStored);
  }
}

function dropEntries(entries: readonly Entry[]): void {
  for (const { key, value } of entries) {
    dropStored(key);
    dropStored(value);
  }
}

function create(entries: Iterable<readonly [unknown, unknown]>, options: SharedDataOptions | undefined): number {
  const lock = lockOption(options?.lock);
  return cellNamed(options, `SharedMap${lockShape(lock)}`, () => {
    const at = allocateCell();
    put(at, entries);
    setOwnLock(at, lock);
    Atomics.store(words, at + KIND, KINDS.sharedMap);
    return at;
  });
}

defineKind("sharedMap", "SharedMap", () => new SharedMap(), {
  destroy: (at) => {
    const entries = entriesOf(at);
    clearTable(at);
    dropEntries(entries);
    dropOwnLock(at);
  },
});
