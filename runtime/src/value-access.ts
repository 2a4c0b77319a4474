/** How a number or boolean lies in shared memory: what SharedValue and RawValue are made of. */
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";
import { codeOf, VALUE_TYPES, type ValueOf, type ValueType } from "./elements.js";
import { isolate } from "./isolate.js";
import type { NameOptions } from "./names.js";
import { cellNamed } from "./shared.js";

/** Words of the cell: the type's code, own-lock.ts's word, and eight bytes of value. */
const TYPE = FIELDS + 3;
export const VALUE = FIELDS + 1;

const size = isolate.memory.byteLength;
const i8 = new Int8Array(isolate.memory, 0, size);
const u8 = new Uint8Array(isolate.memory, 0, size);
const i16 = new Int16Array(isolate.memory, 0, size >> 1);
const u16 = new Uint16Array(isolate.memory, 0, size >> 1);
const u32 = new Uint32Array(isolate.memory, 0, size >> 2);
const i64 = new BigInt64Array(isolate.memory, 0, size >> 3);
const u64 = new BigUint64Array(isolate.memory, 0, size >> 3);
const bits32 = new Int32Array(1);
const float32 = new Float32Array(bits32.buffer);
const bits64 = new BigInt64Array(1);
const float64 = new Float64Array(bits64.buffer);

/** How a value of one type lies in shared memory. `at` is the word index of its eight bytes. */
export interface Access {
  load(at: number): number | bigint | boolean;
  store(at: number, value: never): void;
  add?(at: number, amount: never): number | bigint;
}

type SmallView = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

function integers(view: SmallView, shift: number): Access {
  return {
    load: (at) => Atomics.load(view, at << shift),
    store: (at, value: number) => void Atomics.store(view, at << shift, value),
    add: (at, amount: number) => Atomics.add(view, at << shift, amount),
  };
}

function bigints(view: BigInt64Array | BigUint64Array): Access {
  return {
    load: (at) => Atomics.load(view, at >> 1),
    store: (at, value: bigint) => void Atomics.store(view, at >> 1, value),
    add: (at, amount: bigint) => Atomics.add(view, at >> 1, amount),
  };
}

/** Atomics know no floats, so these go through the integer with the same bits. */
const singles: Access = {
  load(at) {
    bits32[0] = Atomics.load(words, at);
    return float32[0] ?? 0;
  },
  store(at, value: number) {
    float32[0] = value;
    Atomics.store(words, at, bits32[0] ?? 0);
  },
  add(at, amount: number) {
    for (;;) {
      const seen = Atomics.load(words, at);
      bits32[0] = seen;
      const before = float32[0] ?? 0;
      float32[0] = before + amount;
      if (Atomics.compareExchange(words, at, seen, bits32[0] ?? 0) === seen) return before;
    }
  },
};

const doubles: Access = {
  load(at) {
    bits64[0] = Atomics.load(i64, at >> 1);
    return float64[0] ?? 0;
  },
  store(at, value: number) {
    float64[0] = value;
    Atomics.store(i64, at >> 1, bits64[0] ?? 0n);
  },
  add(at, amount: number) {
    for (;;) {
      const seen = Atomics.load(i64, at >> 1);
      bits64[0] = seen;
      const before = float64[0] ?? 0;
      float64[0] = before + amount;
      if (Atomics.compareExchange(i64, at >> 1, seen, bits64[0] ?? 0n) === seen) return before;
    }
  },
};

const booleans: Access = {
  load: (at) => Atomics.load(words, at) !== 0,
  store: (at, value: boolean) => void Atomics.store(words, at, value ? 1 : 0),
};

const ACCESS: Record<ValueType, Access> = {
  i8: integers(i8, 2),
  u8: integers(u8, 2),
  i16: integers(i16, 1),
  u16: integers(u16, 1),
  i32: integers(words, 0),
  u32: integers(u32, 0),
  i64: bigints(i64),
  u64: bigints(u64),
  f32: singles,
  f64: doubles,
  bool: booleans,
};

/** How to reach the value of a cell. */
export function accessOf(at: number): Access {
  return ACCESS[VALUE_TYPES[words[at + TYPE] ?? 0] ?? "i32"];
}

/** The cell of a new value, or of the one of that name. `finish` completes a new cell. */
export function createValue<K extends ValueType>(
  kind: "sharedValue" | "rawValue",
  type: K,
  initial: ValueOf<K> | undefined,
  options: NameOptions | undefined,
  shape: string,
  finish: (at: number) => void = () => {},
): number {
  const code = codeOf(type);
  if (typeof initial === "object") {
    throw new TypeError(
      "A value is a number or a boolean; a name comes third, as in new SharedValue(type, 0, { name }).",
    );
  }
  return cellNamed(options, shape, () => {
    const at = allocateCell();
    words[at + TYPE] = code;
    if (initial !== undefined) ACCESS[type].store(at + VALUE, initial as never);
    finish(at);
    Atomics.store(words, at + KIND, KINDS[kind]);
    return at;
  });
}
