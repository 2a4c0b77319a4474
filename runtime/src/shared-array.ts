import {
  type ArrayMembers,
  arrayClasses,
  arrayOf,
  bufferOf,
  createArray,
  dropArray,
  isArrayOf,
  type LengthOrValues,
  shareArray,
} from "./array-class.js";
import type { ElementType } from "./elements.js";
import { StateError } from "./errors.js";
import type { Lock } from "./lock.js";
import { dropOwnLock, lockOption, lockShape, ownLock, setOwnLock } from "./own-lock.js";
import { adopted, cellOf, defineKind, join, leaveCell } from "./shared.js";
import type { SharedDataOptions } from "./shared-value.js";

/**
 * A typed array that all threads see: `new SharedArray("i32", 10)` is an Int32Array, to be indexed and given to Atomics
 * like any other, with a lock of its own. `slice`, `map` and the like return private copies, `subarray` a plain view.
 * @see Python's `multiprocessing.Array`, behaviour 103.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: The interface says what the returned typed array has.
export class SharedArray<K extends ElementType = ElementType> implements Disposable {
  /**
   * Zeros, or a copy of `values`; with `name`, the program's array of that name, type and length.
   * @throws TypeError there is no such type
   * @throws RangeError the length is negative or no whole number
   */
  constructor(type: K, lengthOrValues: LengthOrValues<K>, options?: SharedDataOptions) {
    const at = adopted() || create(type, lengthOrValues, options);
    const view = arrayOf(at, CLASSES);
    join(view, at);
    // biome-ignore lint/correctness/noConstructorReturn: A proxy, the only other way to get indexing, is 50 times slower.
    return view as unknown as this;
  }

  /** Whether the value is such an array, of whatever element type. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isArrayOf(CLASSES, value);
  }

  /**
   * The lock that goes with the array: always the same one, in every thread.
   * @throws StateError the array was made with `lock: false`
   */
  getLock(): Lock {
    const at = cellOf(this);
    if (at === undefined) throw new StateError("This object is closed.");
    return ownLock(at);
  }

  /** Gives up this object's share of the array: it can no longer be sent, and its lock not be asked for. */
  close(): void {
    leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

export interface SharedArray<K extends ElementType = ElementType> extends ArrayMembers<K> {}

const CLASSES = arrayClasses(SharedArray);

function create<K extends ElementType>(type: K, values: LengthOrValues<K>, options?: SharedDataOptions): number {
  const lock = lockOption(options?.lock);
  return createArray("sharedArray", type, values, options, lockShape(lock), (at) => setOwnLock(at, lock));
}

defineKind("sharedArray", "SharedArray", () => new SharedArray("i32", 0), {
  buffer: bufferOf,
  beforeSend: (at, wrapper) => shareArray(at, wrapper as SharedArray),
  destroy: (at) => {
    dropArray(at);
    dropOwnLock(at);
  },
});
