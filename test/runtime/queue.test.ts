import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Empty, Event, Full, Lock, Queue, SerializationError, SharedArray, StateError, Thread } from "heddle";
import { CustomError, echo, fillThenExit, Point, putAll, takeOneThenExit } from "./work.js";

const DEADLINE = 30_000;
const wait = { timeout: DEADLINE };

function started(thread: Thread): Thread {
  thread.start();
  return thread;
}

test("73: getNowait on an empty queue is Empty, putNowait on a full one Full", () => {
  const queue = new Queue<number>(1);
  assert.throws(() => queue.getNowait(), Empty);
  queue.putNowait(1);
  assert.throws(() => queue.putNowait(2), Full);
  assert.equal(queue.getNowait(), 1);
});

test("74: get and put give up after their timeout with Empty and Full", async () => {
  const queue = new Queue<number>(1);
  const start = performance.now();
  assert.throws(() => queue.get({ timeout: 20 }), { code: "HEDDLE_EMPTY" });
  assert.ok(performance.now() - start >= 19);
  await assert.rejects(queue.getAsync({ timeout: 5 }), Empty);
  queue.put(1);
  assert.throws(() => queue.put(2, { timeout: 5 }), { code: "HEDDLE_FULL" });
  await assert.rejects(queue.putAsync(2, { timeout: 5 }), Full);
  assert.equal(queue.qsize(), 1);
});

test("75: a negative timeout is a RangeError", async () => {
  const queue = new Queue<number>(1);
  for (const timeout of [-1, -5, Number.NaN]) {
    assert.throws(() => queue.get({ timeout }), RangeError);
    assert.throws(() => queue.put(1, { timeout }), RangeError);
    await assert.rejects(queue.getAsync({ timeout }), RangeError);
    await assert.rejects(queue.putAsync(1, { timeout }), RangeError);
  }
  assert.equal(queue.qsize(), 0);
});

test("76: without blocking the timeout does not matter", () => {
  const queue = new Queue<number>(1);
  assert.throws(() => queue.get({ blocking: false, timeout: -5 }), Empty);
  queue.put(1, { blocking: false, timeout: -5 });
  assert.throws(() => queue.put(1, { blocking: false, timeout: -5 }), Full);
});

test("a maxsize above what fits in memory is as good as no limit", () => {
  for (const maxsize of [2 ** 31, 2 ** 32 + 1, Number.MAX_VALUE]) {
    const queue = new Queue<number>(maxsize);
    queue.put(1);
    assert.equal(queue.full(), false);
    queue.putNowait(2);
  }
});

test("77: a maxsize of 0 or less is no limit", () => {
  for (const maxsize of [0, -3, undefined]) {
    const queue = new Queue<number>(maxsize);
    for (let i = 0; i < 5000; i++) queue.put(i);
    assert.equal(queue.full(), false);
    assert.equal(queue.qsize(), 5000);
  }
  assert.throws(() => new Queue(1.5), RangeError);
  assert.throws(() => new Queue(Number.NaN), RangeError);
  // @ts-expect-error: as a lock is named.
  assert.throws(() => new Queue({ name: "jobs" }), /A name comes second: new Queue\(0, \{ name \}\)/);
});

test("78: first in, first out, through a ring that wraps, grows and holds large items", () => {
  const sizes = fc.oneof(fc.nat(60), fc.integer({ min: 900, max: 5000 }), fc.constant(70_000));
  const steps = fc.array(fc.oneof(sizes, fc.constant(-1)), { maxLength: 120 });
  fc.assert(
    fc.property(steps, (sequence) => {
      using queue = new Queue<string>();
      const model: string[] = [];
      sequence.forEach((size, i) => {
        if (size >= 0) {
          const item = String(i).padEnd(size, "x");
          model.push(item);
          queue.put(item);
        } else if (model.length > 0) {
          assert.equal(queue.get(), model.shift());
        }
        assert.equal(queue.qsize(), model.length);
      });
      for (const item of model) assert.equal(queue.get(), item);
      assert.equal(queue.empty(), true);
    }),
    { numRuns: 60 },
  );
});

test("80: taskDone more often than put is a StateError", () => {
  const queue = new Queue<number>();
  assert.throws(() => queue.taskDone(), StateError);
  queue.put(1);
  queue.taskDone();
  assert.throws(() => queue.taskDone(), StateError);
});

test("81: join waits for taskDone of every item, not for emptiness, and can be used again", async () => {
  const queue = new Queue<number>();
  queue.join();
  for (let round = 0; round < 2; round++) {
    queue.put(1);
    queue.put(2);
    let joined = false;
    const joining = queue.joinAsync().then(() => {
      joined = true;
    });
    queue.get();
    queue.get();
    queue.taskDone();
    await new Promise(setImmediate);
    assert.equal(joined, false);
    queue.taskDone();
    await joining;
    queue.join();
  }
});

function nested(levels: number, around: (inner: unknown) => unknown): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = around(value);
  return value;
}

test("82: an item that cannot travel leaves the queue as it was", () => {
  const queue = new Queue<unknown>();
  const items: [unknown, RegExp][] = [
    [() => {}, /anonymous function/],
    [{ deep: [1, { x: Symbol("s") }] }, /symbols.*\.deep\[1\]\.x/s],
    [Promise.resolve(), /await it/],
    [new (class Unknown {})(), /tasks\(import\.meta\.url, \{ Unknown \}\)/],
    [new WeakMap(), /WeakMap/],
    [nested(2000, (inner) => [inner]), /nested more than 1000 levels.*…\)$/s],
    [nested(10_000, (inner) => ({ inner })), /nested more than 1000 levels/],
    [nested(10_000, (inner) => new Map([[1, inner]])), /nested more than 1000 levels/],
    [nested(10_000, (cause) => new Error("outer", { cause })), /nested more than 1000 levels/],
  ];
  for (const [item, message] of items) {
    assert.throws(() => queue.put(item), SerializationError);
    assert.throws(() => queue.put(item), message);
  }
  assert.equal(queue.qsize(), 0);
  queue.join();
  queue.put("fine");
  assert.equal(queue.get(), "fine");
});

test("83: a blocked put goes on when a place is free, a blocked get when an item comes", async () => {
  const small = new Queue<number>(2);
  const writer = started(new Thread({ target: putAll, args: [small, 500] }));
  for (let i = 0; i < 500; i++) assert.equal(small.get(wait), i);
  writer.join(wait);
  const [from, to] = [new Queue<unknown>(), new Queue<unknown>()];
  const reader = started(new Thread({ target: echo, args: [from, to] }));
  for (let i = 0; i < 200; i++) {
    from.put(i);
    assert.equal(i % 2 === 0 ? to.get(wait) : await to.getAsync(wait), i);
  }
  from.put(null);
  reader.join(wait);
  assert.equal(reader.isAlive(), false);
});

test("async getters and putters wait for each other", async () => {
  const queue = new Queue<number>(1);
  const getting = [queue.getAsync(wait), queue.getAsync(wait), queue.getAsync(wait)];
  await Promise.all([1, 2, 3].map((i) => queue.putAsync(i, wait)));
  assert.deepEqual((await Promise.all(getting)).sort(), [1, 2, 3]);
  const controller = new AbortController();
  const given = queue.getAsync({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  queue.put(4);
  assert.equal(queue.get(), 4);
});

test("many writers and readers lose nothing and see each writer's order", () => {
  const queue = new Queue<[number, number]>(7);
  const writers = [0, 1, 2].map((id) => started(new Thread({ target: putAll, args: [queue, 400, id] })));
  const last = [-1, -1, -1];
  for (let i = 0; i < 1200; i++) {
    const [id, n] = queue.get(wait);
    assert.equal(n, (last[id] ?? 0) + 1);
    last[id] = n;
  }
  for (const writer of writers) writer.join(wait);
  assert.deepEqual(last, [399, 399, 399]);
});

test("every kind of value arrives as what it was", () => {
  const queue = new Queue<unknown>();
  const shared = { twice: 1 };
  const cycle: { self?: unknown; list: unknown[] } = { list: [shared, shared] };
  cycle.self = cycle;
  const values: unknown[] = [
    undefined,
    null,
    true,
    0,
    -0,
    1.5,
    -(2 ** 31),
    2 ** 31,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    123n,
    -(2n ** 80n),
    "",
    "latin1 é ÿ",
    "emoji 😀 and a lone \ud800",
    "long ".repeat(5000),
    [1, [2, [3]]],
    { a: 1, ["__proto__"]: 2, "with space": null },
    new Map<unknown, unknown>([[{ k: 1 }, new Set([1, "2"])]]),
    new Date(5),
    /x+/giu,
    new Uint8Array([1, 2, 3]),
    new Float64Array([1.5, Number.NaN]),
    new BigUint64Array([1n]),
    new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 2),
    new Uint8Array([9, 8, 7]).buffer,
    cycle,
  ];
  for (const value of values) {
    queue.put(value);
    assert.deepEqual(queue.get(), value);
  }
  queue.put(cycle);
  const back = queue.get() as typeof cycle;
  assert.equal(back.self, back);
  assert.equal(back.list[0], back.list[1]);
});

test("any JSON value, in any nesting, comes back equal", () => {
  using queue = new Queue<unknown>();
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      queue.put(value);
      assert.deepEqual(queue.get(), value);
    }),
    { numRuns: 300 },
  );
});

test("instances, errors, functions and shared objects arrive as such", () => {
  const queue = new Queue<unknown>();
  queue.put(new Point(3, 4));
  const point = queue.get() as Point;
  assert.ok(point instanceof Point);
  assert.equal(point.length(), 5);

  const cause = new TypeError("below");
  queue.put(new CustomError("top", { cause }));
  const error = queue.get() as Error;
  assert.ok(error instanceof CustomError);
  assert.match((error.cause as Error).stack ?? "", /CustomError: top|Error: top/);
  assert.ok((error.cause as Error).cause instanceof TypeError);

  queue.put(putAll);
  assert.equal(queue.get(), putAll);

  const array = new SharedArray("f64", [1, 2]);
  queue.put([array, array.buffer, new Uint8Array(array.buffer, 8, 4), queue]);
  const [a, b, view, q] = queue.get() as [SharedArray<"f64">, SharedArrayBuffer, Uint8Array, Queue<unknown>];
  assert.equal(a, array);
  assert.equal(b, array.buffer);
  assert.deepEqual([view.buffer === b, view.byteOffset, view.length], [true, 8, 4]);
  assert.equal(q, queue);

  const lock = new Lock();
  lock.close();
  assert.throws(() => queue.put(lock), /closed shared object/);
});

test("a getter that dies takes what it had with it, and nobody else waits for ever", () => {
  const queue = new Queue<number>();
  const taken = new Event();
  const dying = started(new Thread({ target: takeOneThenExit, args: [queue, taken] }));
  queue.put(1);
  assert.ok(taken.wait(wait));
  dying.join(wait);
  queue.put(2);
  assert.equal(queue.get(wait), 2);
});

test("a putter that dies while the queue is full leaves it whole", () => {
  const queue = new Queue<number>(2);
  const dying = started(new Thread({ target: fillThenExit, args: [queue] }));
  dying.join(wait);
  assert.equal(dying.isAlive(), false);
  assert.deepEqual([queue.get(wait), queue.get(wait)], [0, 1]);
  queue.put(7);
  assert.equal(queue.get(wait), 7);
});

test("one name is one queue; after close it refuses everything", () => {
  const first = new Queue<number>(3, { name: "test:queue" });
  const second = new Queue<number>(3, { name: "test:queue" });
  first.put(1);
  assert.equal(second.get(), 1);
  assert.throws(() => new Queue(4, { name: "test:queue" }), StateError);
  second.close();
  assert.throws(() => second.put(1), StateError);
  assert.throws(() => second.qsize(), StateError);
  first.put(2);
  assert.equal(first.get(), 2);
});
