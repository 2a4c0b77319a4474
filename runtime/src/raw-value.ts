import type { ValueOf, ValueType } from "./elements.js";
import type { NameOptions } from "./names.js";
import { adopted, checkOpen, defineKind, join, leaveCell } from "./shared.js";
import { type Access, accessOf, createValue, VALUE } from "./value-access.js";

/**
 * One number or boolean that all threads see, without a lock of its own: Python's RawValue. Reading and writing `value`
 * are atomic each; `value += 1` is two steps and loses updates unless a lock guards it. Nothing here blocks.
 * @see Python's `multiprocessing.RawValue`, behaviour 100.
 */
export class RawValue<K extends ValueType = ValueType> implements Disposable {
  #at: number;
  #access: Access;
  #valueAt: number;

  /**
   * A new value, 0 or false by default; with `name`, the program's value of that name and type.
   * @throws TypeError there is no such type
   */
  constructor(type: K, initial?: ValueOf<K>, options?: NameOptions) {
    this.#at = adopted() || createValue("rawValue", type, initial, options, `RawValue "${type}"`);
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

defineKind("rawValue", "RawValue", () => new RawValue("i32"));
