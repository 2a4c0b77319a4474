import type { ValueOf, ValueType } from "./elements.js";
import type { Lock } from "./lock.js";
import type { NameOptions } from "./names.js";
import { dropOwnLock, lockOption, lockShape, ownLock, setOwnLock } from "./own-lock.js";
import { adopted, checkOpen, defineKind, join, leaveCell } from "./shared.js";
import { type Access, accessOf, createValue, VALUE } from "./value-access.js";

/** Options of SharedValue and SharedArray. */
export interface SharedDataOptions extends NameOptions {
  /** The lock that `getLock` returns, by default one of its own; `false` for none. */
  readonly lock?: Lock | boolean | undefined;
}

/**
 * One number or boolean that all threads see. Reading and writing `value` are atomic each; `value += 1` is two steps and
 * loses updates without a lock. Integers wrap around as in C. `i64` and `u64` are bigints.
 * @see Python's `multiprocessing.Value`, behaviours 100–104.
 */
export class SharedValue<K extends ValueType = ValueType> implements Disposable {
  #at: number;
  #access: Access;
  #valueAt: number;

  /** A new value, 0 or false by default; with `name`, the program's value of that name and type. */
  constructor(type: K, initial?: ValueOf<K>, options?: SharedDataOptions) {
    this.#at = adopted() || create(type, initial, options);
    this.#access = accessOf(this.#at);
    this.#valueAt = this.#at + VALUE;
    join(this, this.#at);
  }

  /** Read in one atomic step, without blocking. @throws StateError after `close` */
  get value(): ValueOf<K> {
    if (this.#valueAt === 0) checkOpen(this.#at);
    return this.#access.load(this.#valueAt) as ValueOf<K>;
  }

  /**
   * Written in one atomic step; integers wrap around as in C.
   * @throws TypeError a number where the type has bigints, or the other way round
   */
  set value(value: ValueOf<K>) {
    if (this.#valueAt === 0) checkOpen(this.#at);
    this.#access.store(this.#valueAt, value as never);
  }

  /** Adds in one atomic step and returns the value before. @throws TypeError a boolean cannot be added to. */
  add(amount: K extends "bool" ? never : ValueOf<K>): ValueOf<K> {
    checkOpen(this.#at);
    if (this.#access.add === undefined) throw new TypeError("A SharedValue of type bool cannot be added to.");
    return this.#access.add(this.#valueAt, amount as never) as ValueOf<K>;
  }

  /**
   * The lock that goes with the value: always the same one, in every thread.
   * @throws StateError the value was made with `lock: false`
   */
  getLock(): Lock {
    checkOpen(this.#at);
    return ownLock(this.#at);
  }

  /** Gives up this object's share of the value. The value itself goes when nobody has it any more. */
  close(): void {
    this.#at = leaveCell(this);
    this.#valueAt = 0;
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function create<K extends ValueType>(type: K, initial: ValueOf<K> | undefined, options?: SharedDataOptions): number {
  const lock = lockOption(options?.lock);
  const shape = `SharedValue "${type}"${lockShape(lock)}`;
  return createValue("sharedValue", type, initial, options, shape, (at) => setOwnLock(at, lock));
}

defineKind("sharedValue", "SharedValue", () => new SharedValue("i32"), { destroy: dropOwnLock });
