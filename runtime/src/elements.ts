/** The types a shared number may have, Python's typecodes by size. */
export type ElementType = "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "f32" | "f64";
/** The types of shared values: those numbers, and booleans. */
export type ValueType = ElementType | "bool";

/** What a value of that type is in JavaScript. */
export type ValueOf<K extends ValueType> = K extends "i64" | "u64" ? bigint : K extends "bool" ? boolean : number;

/** The typed array whose elements have that type. */
export type ViewOf<K extends ElementType> = ElementViews[K];

interface ElementViews {
  i8: Int8Array<SharedArrayBuffer>;
  i16: Int16Array<SharedArrayBuffer>;
  i32: Int32Array<SharedArrayBuffer>;
  i64: BigInt64Array<SharedArrayBuffer>;
  u8: Uint8Array<SharedArrayBuffer>;
  u16: Uint16Array<SharedArrayBuffer>;
  u32: Uint32Array<SharedArrayBuffer>;
  u64: BigUint64Array<SharedArrayBuffer>;
  f32: Float32Array<SharedArrayBuffer>;
  f64: Float64Array<SharedArrayBuffer>;
}

export const VIEWS = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

/** In the order of their codes in shared memory; append only. */
export const VALUE_TYPES: readonly ValueType[] = [
  "i8",
  "i16",
  "i32",
  "i64",
  "u8",
  "u16",
  "u32",
  "u64",
  "f32",
  "f64",
  "bool",
];

/** The type's code. Throws for what is none. */
export function codeOf(type: ValueType): number {
  const code = VALUE_TYPES.indexOf(type);
  if (code < 0)
    throw new TypeError(`${JSON.stringify(type)} is no element type; use one of ${VALUE_TYPES.join(", ")}.`);
  return code;
}
