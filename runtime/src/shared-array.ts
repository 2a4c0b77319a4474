/// <reference lib="es2023.array" preserve="true" />
import { allocateCell, FIELDS, KIND, KINDS, release, retain, words } from "./arena.js";
import { bufferCell, shareBuffer } from "./buffers.js";
import { codeOf, type ElementType, VALUE_TYPES, type ValueOf, VIEWS, type ViewOf } from "./elements.js";
import { StateError } from "./errors.js";
import type { Lock } from "./lock.js";
import { dropOwnLock, lockOption, lockShape, ownLock, setOwnLock } from "./own-lock.js";
import { adopted, cellNamed, cellOf, defineKind, join, leaveCell, wrapperOf } from "./shared.js";
import type { SharedDataOptions } from "./shared-value.js";

/** Words of the cell: own-lock.ts's word, the type's code, and the cell of the buffer. */
const TYPE = FIELDS + 1;
const BUFFER = FIELDS + 2;

/**
 * A typed array that all threads see: `new SharedArray("i32", 10)` is an Int32Array, to be indexed and given to Atomics
 * like any other, with a lock of its own. `slice`, `map` and the like return private copies, `subarray` a plain view.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: The interface says what the returned typed array has.
export class SharedArray<K extends ElementType = ElementType> implements Disposable {
  /** Zeros, or a copy of `values`; with `name`, the program's array of that name, type and length. */
  constructor(type: K, lengthOrValues: number | Iterable<ValueOf<K>>, options?: SharedDataOptions) {
    const at = adopted() || create(type, lengthOrValues, options);
    const view = viewOf(at);
    join(view, at);
    // biome-ignore lint/correctness/noConstructorReturn: A proxy, the only other way to get indexing, is 50 times slower.
    return view as unknown as this;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return Object.values(CLASSES).some((type) => Function.prototype[Symbol.hasInstance].call(type, value));
  }

  /** The lock that goes with the array: always the same one, in every thread. */
  getLock(): Lock {
    const at = cellOf(this);
    if (at === undefined) throw new StateError("This object is closed.");
    return ownLock(at);
  }

  /** Gives up this object's share of the array: it can no longer be sent, and its lock not be asked for. */
  close(): void {
    leaveCell(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What the typed array of the element type has; member by member, because an interface cannot extend a choice. */
export interface SharedArray<K extends ElementType = ElementType> {
  [index: number]: ValueOf<K>;
  readonly BYTES_PER_ELEMENT: number;
  readonly buffer: SharedArrayBuffer;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly length: number;
  readonly [Symbol.toStringTag]: ViewOf<K>[typeof Symbol.toStringTag];
  [Symbol.iterator]: ViewOf<K>[typeof Symbol.iterator];
  at: ViewOf<K>["at"];
  copyWithin: ViewOf<K>["copyWithin"];
  entries: ViewOf<K>["entries"];
  every: ViewOf<K>["every"];
  fill: ViewOf<K>["fill"];
  filter: ViewOf<K>["filter"];
  find: ViewOf<K>["find"];
  findIndex: ViewOf<K>["findIndex"];
  findLast: ViewOf<K>["findLast"];
  findLastIndex: ViewOf<K>["findLastIndex"];
  forEach: ViewOf<K>["forEach"];
  includes: ViewOf<K>["includes"];
  indexOf: ViewOf<K>["indexOf"];
  join: ViewOf<K>["join"];
  keys: ViewOf<K>["keys"];
  lastIndexOf: ViewOf<K>["lastIndexOf"];
  map: ViewOf<K>["map"];
  reduce: ViewOf<K>["reduce"];
  reduceRight: ViewOf<K>["reduceRight"];
  reverse: ViewOf<K>["reverse"];
  set: ViewOf<K>["set"];
  slice: ViewOf<K>["slice"];
  some: ViewOf<K>["some"];
  sort: ViewOf<K>["sort"];
  subarray: ViewOf<K>["subarray"];
  toLocaleString: ViewOf<K>["toLocaleString"];
  toReversed: ViewOf<K>["toReversed"];
  toSorted: ViewOf<K>["toSorted"];
  toString: ViewOf<K>["toString"];
  valueOf: ViewOf<K>["valueOf"];
  values: ViewOf<K>["values"];
  with: ViewOf<K>["with"];
}

type ViewClass = new (source: SharedArrayBuffer) => ViewOf<ElementType>;

/** A subclass per element type, with SharedArray's methods. Derived arrays are of the plain class. */
const CLASSES = Object.fromEntries(
  Object.entries(VIEWS).map(([type, base]) => {
    const shared = class extends (base as unknown as new (source: SharedArrayBuffer) => object) {
      static get [Symbol.species](): unknown {
        return base;
      }
    };
    for (const member of ["getLock", "close", Symbol.dispose]) {
      const method = Object.getOwnPropertyDescriptor(SharedArray.prototype, member);
      if (method !== undefined) Object.defineProperty(shared.prototype, member, method);
    }
    return [type, shared];
  }),
) as unknown as Record<ElementType, ViewClass>;

function create<K extends ElementType>(
  type: K,
  lengthOrValues: number | Iterable<ValueOf<K>>,
  options: SharedDataOptions | undefined,
): number {
  const code = codeOf(type);
  const lock = lockOption(options?.lock);
  const values = typeof lengthOrValues === "number" ? undefined : [...lengthOrValues];
  const length = typeof lengthOrValues === "number" ? lengthOrValues : (values?.length ?? 0);
  if (!Number.isInteger(length) || length < 0) {
    throw new RangeError(`An array's length is a whole number from 0 up, not ${length}.`);
  }
  return cellNamed(options?.name, `SharedArray "${type}" of ${length}${lockShape(lock)}`, () => {
    const base = VIEWS[type];
    const buffer = new SharedArrayBuffer(length * base.BYTES_PER_ELEMENT);
    if (values !== undefined) new (base as unknown as ViewClass)(buffer).set(values as never);
    const at = allocateCell();
    words[at + TYPE] = code;
    words[at + BUFFER] = bufferCell(buffer);
    retain(words[at + BUFFER] ?? 0);
    setOwnLock(at, lock);
    if (options?.name !== undefined) shareBuffer(words[at + BUFFER] ?? 0, buffer);
    Atomics.store(words, at + KIND, KINDS.sharedArray);
    return at;
  });
}

function viewOf(at: number): ViewOf<ElementType> {
  const buffer = bufferOf(at);
  return new CLASSES[VALUE_TYPES[words[at + TYPE] ?? 0] as ElementType](buffer);
}

function bufferOf(at: number): SharedArrayBuffer {
  const cell = words[at + BUFFER] ?? 0;
  retain(cell);
  return wrapperOf(cell) as SharedArrayBuffer;
}

defineKind("sharedArray", "SharedArray", () => new SharedArray("i32", 0), {
  beforeSend: (at, wrapper) => shareBuffer(words[at + BUFFER] ?? 0, (wrapper as SharedArray).buffer),
  destroy: (at) => {
    release(words[at + BUFFER] ?? 0);
    dropOwnLock(at);
  },
});
