import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  Empty,
  Full,
  LifoQueue,
  PriorityQueue,
  Queue,
  SerializationError,
  ShutDown,
  SimpleQueue,
  StateError,
  Thread,
} from "heddle";
import { echo, getUntilShutDown, putAll, putUntilShutDown } from "./work.js";

const wait = { timeout: 30_000 };

function started(thread: Thread): Thread {
  thread.start();
  return thread;
}

/** Puts and gets of a queue and of a model of it, where a number is an item and undefined a get. */
function behavesAs(
  queue: Queue<string>,
  model: { put(item: string): void; get(): string },
  steps: fc.Arbitrary<number>,
) {
  let size = 0;
  return fc.property(fc.array(steps, { maxLength: 150 }), (sequence) => {
    for (const step of sequence) {
      if (step < 0 && size > 0) {
        assert.equal(queue.get(), model.get());
        size--;
      } else if (step >= 0) {
        const item = String(step).padEnd(step, "x");
        queue.put(item);
        model.put(item);
        size++;
      }
      assert.equal(queue.qsize(), size);
    }
    for (; size > 0; size--) assert.equal(queue.get(), model.get());
    assert.throws(() => queue.getNowait(), Empty);
  });
}

const steps = fc.oneof(fc.nat(60), fc.integer({ min: 900, max: 5000 }), fc.constant(70_000), fc.constant(-1));

test("78: a LifoQueue is a stack, also of large items", () => {
  const items: string[] = [];
  const model = { put: (item: string) => items.push(item), get: () => items.pop() ?? "" };
  fc.assert(behavesAs(new LifoQueue(), model, steps), { numRuns: 60 });
});

test("78: a PriorityQueue gives the smallest item first, by numbers and by strings", () => {
  const items: string[] = [];
  const model = {
    put: (item: string) => items.push(item),
    get: () => items.splice(items.indexOf(items.toSorted()[0] ?? ""), 1)[0] ?? "",
  };
  fc.assert(behavesAs(new PriorityQueue(), model, steps), { numRuns: 60 });
  const queue = new PriorityQueue<number>();
  const numbers = [
    3,
    -1.5,
    Number.POSITIVE_INFINITY,
    0,
    2 ** 40,
    Number.NEGATIVE_INFINITY,
    3,
    Number.NEGATIVE_INFINITY,
  ];
  for (const n of numbers) queue.put(n);
  assert.deepEqual(
    numbers.map(() => queue.get()),
    numbers.toSorted((a, b) => (a === b ? 0 : a - b)),
  );
});

test("79: items of equal priority leave in the order of arrival, whatever their payloads are", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 200 }), (priorities) => {
      using queue = new PriorityQueue<[number, { arrival: number }]>();
      const items = priorities.map((priority, arrival): [number, { arrival: number }] => [priority, { arrival }]);
      for (const item of items) queue.put(item);
      const expected = items.toSorted(([a], [b]) => a - b);
      assert.deepEqual(
        expected.map(() => queue.get()),
        expected,
      );
    }),
    { numRuns: 40 },
  );
});

test("what has no priority is refused, and the queue is as before", async () => {
  const queue = new PriorityQueue<never>();
  for (const item of [undefined, null, true, {}, [], [{}], [[1]], 1n, () => 1]) {
    assert.throws(() => queue.put(item as never), TypeError);
    await assert.rejects(queue.putAsync(item as never), TypeError);
  }
  assert.throws(() => queue.put([Number.NaN, 1] as never), RangeError);
  queue.put([1, "number"] as never);
  assert.throws(() => queue.put(["one", "text"] as never), /all numbers or all strings/);
  assert.throws(() => queue.put([0, () => {}] as never), SerializationError);
  assert.deepEqual([queue.qsize(), queue.get()], [1, [1, "number"]]);
  queue.put("now texts" as never);
  assert.equal(queue.get(), "now texts");
});

test("83: LifoQueue, PriorityQueue and SimpleQueue travel and block in threads as Queue does", async () => {
  for (const [from, to] of [
    [new LifoQueue<unknown>(1), new SimpleQueue<unknown>()],
    [new PriorityQueue<number>(1), new LifoQueue<unknown>()],
    [new SimpleQueue<unknown>(), new PriorityQueue<number>(1)],
  ] as unknown as [Queue<unknown>, Queue<unknown>][]) {
    const reader = started(new Thread({ target: echo, args: [from, to, -1] }));
    for (let i = 0; i < 50; i++) {
      if (i % 2 === 0) from.put(i);
      else await from.putAsync(i, wait);
      assert.equal(i % 3 === 0 ? to.get(wait) : await to.getAsync(wait), i);
    }
    from.put(-1);
    assert.equal(to.get(wait), -1);
    reader.join(wait);
  }
  const full = new LifoQueue<number>(2);
  const writer = started(new Thread({ target: putAll, args: [full, 300] }));
  const seen = Array.from({ length: 300 }, () => full.get(wait));
  writer.join(wait);
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i),
  );
});

test("a queue arrives with its class, in a queue and by name", () => {
  const carrier = new Queue<unknown>();
  for (const queue of [new LifoQueue(), new PriorityQueue(), new SimpleQueue()]) {
    carrier.put({ deep: [queue] });
    assert.equal((carrier.get() as { deep: unknown[] }).deep[0], queue);
  }
  new LifoQueue<number>(0, { name: "test:lifo" }).put(1);
  assert.equal(new LifoQueue<number>(0, { name: "test:lifo" }).get(), 1);
  assert.throws(() => new Queue(0, { name: "test:lifo" }), /is a LifoQueue.*declared as a Queue/s);
});

test("84: a SimpleQueue has no limit and no account, and put ignores blocking and timeout", async () => {
  const queue = new SimpleQueue<number>();
  for (const member of ["taskDone", "join", "maxsize", "full", "shutdown"])
    assert.equal(member in queue, false, member);
  for (let i = 0; i < 3000; i++) queue.put(i, { blocking: i % 2 === 0, timeout: -5 });
  queue.putNowait(3000);
  await queue.putAsync(3001);
  assert.deepEqual([queue.qsize(), queue.empty()], [3002, false]);
  for (let i = 0; i < 3002; i++) assert.equal(queue.get(), i);
  queue.close();
  assert.throws(() => queue.put(1), StateError);
});

test("85: SimpleQueue.get with a negative timeout is a RangeError, on an empty queue Empty", async () => {
  const queue = new SimpleQueue<number>();
  assert.throws(() => queue.get({ timeout: -1 }), RangeError);
  await assert.rejects(queue.getAsync({ timeout: -1 }), RangeError);
  assert.throws(() => queue.getNowait(), Empty);
  assert.throws(() => queue.get({ timeout: 5 }), Empty);
  await assert.rejects(queue.getAsync({ timeout: 5 }), Empty);
  await assert.rejects(queue.getAsync({ signal: AbortSignal.abort(new Error("enough")) }), /enough/);
});

test("87: after shutdown put throws, get when the last item is gone", async () => {
  for (const queue of [new Queue<number>(3), new LifoQueue<number>(3), new PriorityQueue<number>(3)]) {
    queue.put(1);
    queue.shutdown();
    queue.shutdown();
    assert.throws(() => queue.put(2), { code: "HEDDLE_SHUT_DOWN" });
    assert.throws(() => queue.putNowait(2), ShutDown);
    await assert.rejects(queue.putAsync(2), ShutDown);
    assert.equal(queue.get(), 1);
    assert.throws(() => queue.get(), ShutDown);
    assert.throws(() => queue.getNowait(), ShutDown);
    assert.throws(() => queue.get({ timeout: 1 }), ShutDown);
    await assert.rejects(queue.getAsync(), ShutDown);
    queue.taskDone();
    queue.join();
  }
});

test("87: shutdown wakes who waits: putters with ShutDown, getters too, join when it is immediate", async () => {
  const full = new Queue<number>(2);
  full.put(1);
  full.put(2);
  const outcomes = new Queue<string>();
  const writer = started(new Thread({ target: putUntilShutDown, args: [full, outcomes] }));
  const putting = full.putAsync(-1);
  const joining = full.joinAsync();
  full.shutdown({ immediate: true });
  await assert.rejects(putting, ShutDown);
  assert.equal(outcomes.get(wait), "shut down");
  await joining;
  assert.equal(full.empty(), true);
  writer.join(wait);

  const empty = new Queue<number>();
  const reader = started(new Thread({ target: getUntilShutDown, args: [empty, outcomes] }));
  const getting = empty.getAsync();
  empty.shutdown();
  await assert.rejects(getting, ShutDown);
  assert.equal(outcomes.get(wait), "shut down");
  reader.join(wait);
});

test("a queue's items can be iterated until it is shut down; leaving the loop takes no more", async () => {
  const queue = new Queue<number>(2);
  const writer = started(new Thread({ target: putAll, args: [queue, 20] }));
  const seen: number[] = [];
  for await (const item of queue) {
    seen.push(item);
    if (item === 9) break;
  }
  for await (const item of queue) {
    seen.push(item);
    if (item === 19) queue.shutdown();
  }
  writer.join(wait);
  assert.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test("an aborted put puts nothing, an aborted get takes nothing", async () => {
  const queue = new Queue<number>(1);
  queue.put(1);
  const controller = new AbortController();
  const putting = queue.putAsync(2, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(putting, /enough/);
  await assert.rejects(queue.putAsync(3, { timeout: 5 }), Full);
  assert.deepEqual([queue.get(), queue.qsize()], [1, 0]);
  const joined = new Queue<number>();
  joined.put(1);
  await assert.rejects(joined.joinAsync({ signal: AbortSignal.timeout(5) }), { name: "TimeoutError" });
});
