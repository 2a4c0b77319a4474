/** The first byte of an encoded value. */
export const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  int: 4,
  double: 5,
  bigint: 6,
  latin1: 7,
  utf16: 8,
  seen: 9,
  array: 10,
  object: 11,
  map: 12,
  set: 13,
  date: 14,
  regexp: 15,
  bytes: 16,
  view: 17,
  error: 18,
  shared: 19,
  task: 20,
  instance: 21,
  ints: 22,
  /** What another process has an object of its own for (see `Departure`). */
  stand: 23,
} as const;

/** The types of views, by code. */
export const VIEW_TYPES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const;
