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
import type { NameOptions } from "./names.js";
import { adopted, defineKind, join, leaveCell } from "./shared.js";

/**
 * A typed array that all threads see, without a lock of its own: Python's RawArray. `new RawArray("i32", 10)` is an
 * Int32Array, to be indexed and given to Atomics like any other. Nothing here blocks.
 * @see Python's `multiprocessing.RawArray`, behaviour 103.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: The interface says what the returned typed array has.
export class RawArray<K extends ElementType = ElementType> implements Disposable {
  /**
   * Zeros, or a copy of `values`; with `name`, the program's array of that name, type and length.
   * @throws TypeError there is no such type
   * @throws RangeError the length is negative or no whole number
   */
  constructor(type: K, lengthOrValues: LengthOrValues<K>, options?: NameOptions) {
    const at = adopted() || createArray("rawArray", type, lengthOrValues, options, "");
    const view = arrayOf(at, CLASSES);
    join(view, at);
    // biome-ignore lint/correctness/noConstructorReturn: A proxy, the only other way to get indexing, is 50 times slower.
    return view as unknown as this;
  }

  /** Whether the value is such an array, of whatever element type. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isArrayOf(CLASSES, value);
  }

  /** Gives up this object's share of the array: it can no longer be sent. */
  close(): void {
    leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

export interface RawArray<K extends ElementType = ElementType> extends ArrayMembers<K> {}

const CLASSES = arrayClasses(RawArray);

defineKind("rawArray", "RawArray", () => new RawArray("i32", 0), {
  buffer: bufferOf,
  beforeSend: (at, wrapper) => shareArray(at, wrapper as RawArray),
  destroy: dropArray,
});
