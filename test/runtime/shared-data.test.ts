import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Barrier,
  Lock,
  Queue,
  RawArray,
  RawValue,
  SharedArray,
  SharedValue,
  StateError,
  Thread,
  ThreadLocal,
  type ValueType,
} from "heddle";
import { add, addAtOnce, setRaw, useLocal } from "./work.js";

const wait = { timeout: 30_000 };

function together(...threads: Thread[]): void {
  for (const thread of threads) thread.start();
  for (const thread of threads) {
    thread.join(wait);
    assert.equal(thread.isAlive(), false);
  }
}

test("70: a value set in one thread is absent in another", () => {
  const results = new Queue<string>();
  const met = new Barrier(2);
  together(
    new Thread({ target: useLocal, args: ["a", met, results] }),
    new Thread({ target: useLocal, args: ["b", met, results] }),
  );
  assert.deepEqual([results.get(wait), results.get(wait)].sort(), ["a", "b"]);
  assert.equal(results.qsize(), 0);
});

test("70: without a value there is a StateError, or what init makes", () => {
  const local = new ThreadLocal<number>();
  assert.equal(local.has(), false);
  assert.throws(() => local.value, StateError);
  local.value = 5;
  assert.equal(local.value, 5);
  assert.deepEqual([local.delete(), local.delete(), local.has()], [true, false, false]);
  let made = 0;
  const lazy = new ThreadLocal(() => ++made);
  assert.deepEqual([lazy.value, lazy.value], [1, 1]);
});

test("100: a SharedValue starts at 0 and has a lock, always the same", () => {
  assert.equal(new SharedValue("i32").value, 0);
  assert.equal(new SharedValue("u64").value, 0n);
  assert.equal(new SharedValue("bool").value, false);
  assert.equal(new SharedValue("f64", 1.5).value, 1.5);
  const value = new SharedValue("f32", 0.5);
  assert.ok(value.getLock() instanceof Lock);
  assert.equal(value.getLock(), value.getLock());
});

test("100: a RawValue and a RawArray start at 0, are seen by all threads and have no lock", () => {
  const value = new RawValue("i32");
  const array = new RawArray("f64", 2);
  assert.deepEqual([value.value, ...array], [0, 0, 0]);
  assert.equal("getLock" in value || "getLock" in array, false);
  together(new Thread({ target: setRaw, args: [{ value, inside: [array] }] }));
  assert.deepEqual([value.value, ...array], [7, 1.5, 0]);
  assert.ok(array instanceof RawArray && array instanceof Float64Array);
  assert.equal(array instanceof SharedArray, false);
  const types: [ValueType, unknown][] = [
    ["bool", true],
    ["i64", -5n],
    ["u64", 5n],
    ["f32", 0.5],
    ["u8", 200],
  ];
  for (const [type, initial] of types) assert.equal(new RawValue(type, initial as never).value, initial, type);
  assert.throws(() => new RawArray("bool" as "i32", 1), TypeError);
  assert.throws(() => new SharedArray("bool" as "i32", 1), TypeError);
  assert.throws(() => new RawArray("i32", -1), RangeError);
  value.close();
  array.close();
  assert.throws(() => value.value, StateError);
  assert.throws(() => new Queue<unknown>().put(array), /closed shared object/);
});

test("one name is one value and one array; another type under it is refused", () => {
  const first = new RawValue("i32", 1, { name: "test:raw" });
  const second = new RawValue("i32", 2, { name: "test:raw" });
  second.value += 5;
  assert.equal(first.value, 6);
  assert.throws(
    () => new RawValue("f64", 0, { name: "test:raw" }),
    /is a RawValue "i32", created at .*RawValue "f64"/s,
  );
  assert.throws(() => new SharedValue("i32", 0, { name: "test:raw" }), StateError);
  const array = new RawArray("u8", [1, 2], { name: "test:raw-array" });
  new RawArray("u8", [9, 9], { name: "test:raw-array" })[1] = 5;
  assert.deepEqual([...array], [1, 5]);
});

test("101: with the value's lock every addition counts, and add needs none", () => {
  const total = new SharedValue("i32", 0);
  together(
    new Thread({ target: add, args: [total, total.getLock(), 20_000] }),
    new Thread({ target: add, args: [total, total.getLock(), 20_000] }),
    new Thread({ target: addAtOnce, args: [new SharedValue("i32"), 1] }),
  );
  assert.equal(total.value, 40_000);
  together(
    new Thread({ target: addAtOnce, args: [total, 50_000] }),
    new Thread({ target: addAtOnce, args: [total, 50_000] }),
  );
  assert.equal(total.value, 140_000);
});

test("102: the lock may be given", () => {
  const lock = new Lock();
  assert.equal(new SharedValue("i32", 0, { lock }).getLock(), lock);
  assert.equal(new SharedArray("i32", 1, { lock }).getLock(), lock);
  assert.ok(new SharedValue("i32", 0, { lock: true }).getLock() instanceof Lock);
});

test("102: with lock: false there is none, and anything but a lock is a TypeError", () => {
  assert.throws(() => new SharedValue("i32", 0, { lock: false }).getLock(), StateError);
  assert.throws(() => new SharedArray("i32", 1, { lock: false }).getLock(), /lock: false/);
  for (const lock of [1, "x", {}, null, new Queue<number>()]) {
    assert.throws(() => new SharedValue("i32", 0, { lock: lock as never }), TypeError);
    assert.throws(() => new SharedArray("i32", 1, { lock: lock as never }), TypeError);
  }
});

test("103: a SharedArray is zeros or a copy, of fixed length, with slices as plain arrays", () => {
  assert.deepEqual([...new SharedArray("i16", 3)], [0, 0, 0]);
  const source = [1, 2, 3];
  const array = new SharedArray("i32", source);
  source[0] = 9;
  assert.deepEqual([...array], [1, 2, 3]);
  assert.equal(array.length, 3);
  array[5] = 1;
  assert.equal(array[5], undefined);
  array.set([7, 8], 1);
  assert.deepEqual(array.slice(1), new Int32Array([7, 8]));
  assert.equal(array.map((n) => n + 1).buffer instanceof SharedArrayBuffer, false, "what map makes is private");
  assert.equal(Atomics.add(array, 0, 5), 1);
  assert.ok(array instanceof SharedArray && array instanceof Int32Array);
  assert.equal(new Int32Array(1) instanceof SharedArray, false);
  assert.deepEqual([...new SharedArray("u64", [1n, 2n])], [1n, 2n]);
  for (const length of [-1, 1.5, Number.NaN]) assert.throws(() => new SharedArray("i32", length), RangeError);
});

test("104: integers wrap around as in C", () => {
  const cases: [ValueType, number | bigint, number | bigint][] = [
    ["i8", 128, -128],
    ["u8", 256, 0],
    ["i16", 32768, -32768],
    ["u16", -1, 65535],
    ["i32", 2 ** 31, -(2 ** 31)],
    ["u32", -1, 2 ** 32 - 1],
    ["i64", 2n ** 63n, -(2n ** 63n)],
    ["u64", -1n, 2n ** 64n - 1n],
  ];
  for (const [type, stored, read] of cases) {
    const value = new SharedValue(type, stored as never);
    assert.equal(value.value, read, type);
    value.value = (typeof stored === "bigint" ? 5n : 5) as never;
    assert.equal(value.value, typeof stored === "bigint" ? 5n : 5, type);
  }
});

test("add returns the value before, in every type but bool", () => {
  for (const type of ["i8", "u8", "i16", "u16", "i32", "u32", "f32", "f64"] as const) {
    const value = new SharedValue(type, 3);
    assert.deepEqual([value.add(2), value.value], [3, 5], type);
  }
  for (const type of ["i64", "u64"] as const) {
    const value = new SharedValue(type, 3n);
    assert.deepEqual([value.add(2n), value.value], [3n, 5n], type);
  }
  const fraction = new SharedValue("f64", 0.1);
  fraction.add(0.2);
  assert.equal(fraction.value, 0.1 + 0.2);
  assert.throws(() => new SharedValue("bool", true).add(true as never), TypeError);
  assert.throws(() => new SharedValue("i33" as "i32"), TypeError);
});

test("after close a value refuses everything", () => {
  const value = new SharedValue("i32", 1);
  value.close();
  assert.throws(() => value.value, StateError);
  assert.throws(() => {
    value.value = 2;
  }, StateError);
  assert.throws(() => value.add(1), StateError);
  assert.throws(() => value.getLock(), StateError);
  const array = new SharedArray("i32", 1);
  array.close();
  assert.throws(() => array.getLock(), StateError);
  assert.throws(() => new Queue<unknown>().put(array), /closed shared object/);
});
