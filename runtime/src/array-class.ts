/// <reference lib="es2023.array" preserve="true" />
/** Typed arrays that all threads see: what SharedArray and RawArray are made of. */
import { allocateCell, FIELDS, KIND, KINDS, release, retain, words } from "./arena.js";
import { bufferCell, shareBuffer } from "./buffers.js";
import { codeOf, type ElementType, VALUE_TYPES, type ValueOf, VIEWS, type ViewOf } from "./elements.js";
import type { NameOptions } from "./names.js";
import { cellNamed, wrapperOf } from "./shared.js";

/** Words of the cell after own-lock.ts's: the type's code, and the cell of the buffer. */
const TYPE = FIELDS + 1;
const BUFFER = FIELDS + 2;

/** What the typed array of the element type has; member by member, because an interface cannot extend a choice. */
export interface ArrayMembers<K extends ElementType> {
  [index: number]: ValueOf<K>;
  /** Of the element type. */
  readonly BYTES_PER_ELEMENT: number;
  /** The memory, of this array alone. */
  readonly buffer: SharedArrayBuffer;
  /** Of all elements. */
  readonly byteLength: number;
  /** 0. */
  readonly byteOffset: number;
  /** How many elements there are; it never changes. */
  readonly length: number;
  /** As every typed array's. */
  readonly [Symbol.toStringTag]: ViewOf<K>[typeof Symbol.toStringTag];
  /** As every typed array's. */
  [Symbol.iterator]: ViewOf<K>[typeof Symbol.iterator];
  /** As every typed array's. */
  at: ViewOf<K>["at"];
  /** As every typed array's. */
  copyWithin: ViewOf<K>["copyWithin"];
  /** As every typed array's. */
  entries: ViewOf<K>["entries"];
  /** As every typed array's. */
  every: ViewOf<K>["every"];
  /** As every typed array's. */
  fill: ViewOf<K>["fill"];
  /** As every typed array's. */
  filter: ViewOf<K>["filter"];
  /** As every typed array's. */
  find: ViewOf<K>["find"];
  /** As every typed array's. */
  findIndex: ViewOf<K>["findIndex"];
  /** As every typed array's. */
  findLast: ViewOf<K>["findLast"];
  /** As every typed array's. */
  findLastIndex: ViewOf<K>["findLastIndex"];
  /** As every typed array's. */
  forEach: ViewOf<K>["forEach"];
  /** As every typed array's. */
  includes: ViewOf<K>["includes"];
  /** As every typed array's. */
  indexOf: ViewOf<K>["indexOf"];
  /** As every typed array's. */
  join: ViewOf<K>["join"];
  /** As every typed array's. */
  keys: ViewOf<K>["keys"];
  /** As every typed array's. */
  lastIndexOf: ViewOf<K>["lastIndexOf"];
  /** As every typed array's. */
  map: ViewOf<K>["map"];
  /** As every typed array's. */
  reduce: ViewOf<K>["reduce"];
  /** As every typed array's. */
  reduceRight: ViewOf<K>["reduceRight"];
  /** As every typed array's. */
  reverse: ViewOf<K>["reverse"];
  /** As every typed array's. */
  set: ViewOf<K>["set"];
  /** As every typed array's. */
  slice: ViewOf<K>["slice"];
  /** As every typed array's. */
  some: ViewOf<K>["some"];
  /** As every typed array's. */
  sort: ViewOf<K>["sort"];
  /** As every typed array's. */
  subarray: ViewOf<K>["subarray"];
  /** As every typed array's. */
  toLocaleString: ViewOf<K>["toLocaleString"];
  /** As every typed array's. */
  toReversed: ViewOf<K>["toReversed"];
  /** As every typed array's. */
  toSorted: ViewOf<K>["toSorted"];
  /** As every typed array's. */
  toString: ViewOf<K>["toString"];
  /** As every typed array's. */
  valueOf: ViewOf<K>["valueOf"];
  /** As every typed array's. */
  values: ViewOf<K>["values"];
  /** As every typed array's. */
  with: ViewOf<K>["with"];
}

type ViewClass = new (source: SharedArrayBuffer) => ViewOf<ElementType>;

/** A subclass of each typed array, with the methods of `type`'s prototype. Derived arrays are of the plain class. */
export function arrayClasses(type: { readonly prototype: object }): Record<ElementType, ViewClass> {
  const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(type.prototype);
  return Object.fromEntries(
    Object.entries(VIEWS).map(([element, base]) => {
      const shared = class extends (base as unknown as new (source: SharedArrayBuffer) => object) {
        static get [Symbol.species](): unknown {
          return base;
        }
      };
      Object.defineProperties(shared.prototype, methods);
      return [element, shared];
    }),
  ) as unknown as Record<ElementType, ViewClass>;
}

/** What a declaration asks for: a length, or the values. */
export type LengthOrValues<K extends ElementType> = number | Iterable<ValueOf<K>>;

/** The cell of a new array, or of the one of that name. `shape` is what follows the array's type and length. */
export function createArray<K extends ElementType>(
  kind: "sharedArray" | "rawArray",
  type: K,
  lengthOrValues: LengthOrValues<K>,
  options: NameOptions | undefined,
  shape: string,
  finish: (at: number) => void = () => {},
): number {
  const code = codeOf(type);
  const base = VIEWS[type as ElementType] as (typeof VIEWS)[ElementType] | undefined;
  if (base === undefined) throw new TypeError(`An array cannot have elements of type ${JSON.stringify(type)}.`);
  const values = typeof lengthOrValues === "number" ? undefined : [...lengthOrValues];
  const length = typeof lengthOrValues === "number" ? lengthOrValues : (values?.length ?? 0);
  if (!Number.isInteger(length) || length < 0) {
    throw new RangeError(`An array's length is a whole number from 0 up, not ${length}.`);
  }
  const title = kind === "sharedArray" ? "SharedArray" : "RawArray";
  return cellNamed(options, `${title} "${type}" of ${length}${shape}`, () => {
    const buffer = new SharedArrayBuffer(length * base.BYTES_PER_ELEMENT);
    if (values !== undefined) new (base as unknown as ViewClass)(buffer).set(values as never);
    const at = allocateCell();
    words[at + TYPE] = code;
    words[at + BUFFER] = bufferCell(buffer);
    retain(words[at + BUFFER] ?? 0);
    finish(at);
    if (options?.name !== undefined) shareBuffer(words[at + BUFFER] ?? 0, buffer);
    Atomics.store(words, at + KIND, KINDS[kind]);
    return at;
  });
}

/** The typed array of a cell, of the class for its element type. */
export function arrayOf(at: number, classes: Record<ElementType, ViewClass>): ViewOf<ElementType> {
  const cell = words[at + BUFFER] ?? 0;
  retain(cell);
  return new classes[VALUE_TYPES[words[at + TYPE] ?? 0] as ElementType](wrapperOf(cell) as SharedArrayBuffer);
}

/** Lets other threads take the array's buffer. */
export function shareArray(at: number, array: { readonly buffer: SharedArrayBuffer }): void {
  shareBuffer(words[at + BUFFER] ?? 0, array.buffer);
}

/** The cell of the array's buffer. */
export function bufferOf(at: number): number {
  return words[at + BUFFER] ?? 0;
}

/** For a cell that goes. */
export function dropArray(at: number): void {
  release(words[at + BUFFER] ?? 0);
}

/** Whether the value is an array of one of the classes. */
export function isArrayOf(classes: Record<ElementType, ViewClass>, value: unknown): boolean {
  return Object.values(classes).some((type) => Function.prototype[Symbol.hasInstance].call(type, value));
}
