import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundedSemaphore, Event, Queue, Semaphore, SharedValue, StateError, Thread, TimeoutError } from "heddle";
import { acquireForever, dieWithPermit, tryIt, useSemaphore } from "./lock-work.js";
import { DEADLINE, joinAll, runAll, WAIT } from "./threads.js";

test("27: a negative first value is a RangeError, as is one that is no whole number", () => {
  for (const value of [-1, 0.5, Number.NaN, 2 ** 31, {} as number]) {
    assert.throws(() => new Semaphore(value), RangeError, String(value));
    assert.throws(() => new BoundedSemaphore(value), RangeError, String(value));
  }
  assert.throws(() => new Semaphore({ name: "x" } as unknown as number), /new Semaphore\(1, \{ name \}\)/);
});

test("28: the first value is 1 by default", () => {
  for (const semaphore of [new Semaphore(), new BoundedSemaphore()]) {
    assert.equal(semaphore.value, 1);
    assert.equal(semaphore.tryAcquire(), true);
    assert.equal(semaphore.tryAcquire(), false);
  }
});

test("29: release adds as many permits as it says, at least one", () => {
  const semaphore = new Semaphore(0);
  semaphore.release(3);
  assert.equal(semaphore.value, 3);
  for (const count of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => semaphore.release(count), RangeError, String(count));
  }
  assert.equal(semaphore.value, 3);
});

test("30: a plain semaphore may be released above its first value", () => {
  const semaphore = new Semaphore(1);
  semaphore.release();
  assert.equal(semaphore.value, 2);
  assert.throws(() => semaphore.release(2 ** 31 - 2), StateError);
});

test("31: a timeout without blocking is a RangeError, and so is one out of range", () => {
  const semaphore = new Semaphore();
  assert.throws(() => semaphore.acquire({ blocking: false, timeout: 1 }), RangeError);
  for (const timeout of [-5, Number.NaN, 2 ** 31]) {
    assert.throws(() => semaphore.acquire({ timeout }), RangeError, String(timeout));
  }
  assert.equal(semaphore.value, 1);
});

test("32: acquire gives up after its timeout", async () => {
  const semaphore = new Semaphore(0);
  const start = performance.now();
  assert.equal(semaphore.acquire({ timeout: 20 }), false);
  assert.ok(performance.now() - start >= 19);
  assert.equal(semaphore.acquire({ blocking: false }), false);
  assert.equal(await semaphore.acquireAsync({ timeout: 5 }), false);
  assert.throws(() => semaphore.hold({ timeout: 1 }), TimeoutError);
  await assert.rejects(semaphore.holdAsync({ timeout: 1 }), TimeoutError);
  semaphore.release();
  assert.equal(semaphore.acquire({ timeout: -1 }), true);
});

test("33: a bounded semaphore refuses what would be too many, and stays as it was", () => {
  const semaphore = new BoundedSemaphore(2);
  assert.throws(() => semaphore.release(), StateError);
  semaphore.acquire();
  semaphore.release();
  assert.throws(() => semaphore.release(), StateError);
  assert.equal(semaphore.value, 2);
  assert.ok(semaphore instanceof Semaphore);
});

test("34: a bounded semaphore checks the whole count before it changes anything", () => {
  const semaphore = new BoundedSemaphore(3);
  semaphore.acquire();
  assert.throws(() => semaphore.release(2), StateError);
  assert.equal(semaphore.value, 2);
  semaphore.release(1);
  assert.equal(semaphore.value, 3);
});

test("no more threads are inside than there are permits, and all get their turns", () => {
  const semaphore = new Semaphore(2);
  const [inside, most] = [new SharedValue("i32", 0), new SharedValue("i32", 0)];
  runAll(...[1, 2, 3, 4].map(() => new Thread({ target: useSemaphore, args: [semaphore, inside, most, 3000] })));
  assert.equal(semaphore.value, 2);
  assert.equal(inside.value, 0);
  assert.ok(most.value <= 2 && most.value >= 1);
});

test("release wakes as many blocked threads as it gives permits", () => {
  const semaphore = new Semaphore(0);
  const done = [new Event(), new Event(), new Event()];
  const threads = done.map((event) => new Thread({ target: acquireForever, args: [semaphore, event] }));
  for (const thread of threads) thread.start();
  semaphore.release(3);
  for (const event of done) assert.ok(event.wait(WAIT));
  joinAll(...threads);
  assert.equal(semaphore.value, 0);
});

test("async waiters are served in order; one that gives up takes no permit with it", async () => {
  const semaphore = new Semaphore(0);
  const order: number[] = [];
  const waiters = [1, 2, 3].map((number) => semaphore.acquireAsync().then(() => order.push(number)));
  const controller = new AbortController();
  const aborted = semaphore.acquireAsync({ signal: controller.signal });
  const late = semaphore.acquireAsync({ timeout: 5 });
  controller.abort(new Error("no longer wanted"));
  await assert.rejects(aborted, /no longer wanted/);
  assert.equal(await late, false);
  semaphore.release(2);
  await Promise.all(waiters.slice(0, 2));
  semaphore.release();
  await waiters[2];
  assert.deepEqual(order, [1, 2, 3]);
  assert.equal(semaphore.value, 0);
  const held = semaphore.holdAsync({ timeout: DEADLINE });
  semaphore.release();
  (await held)[Symbol.dispose]();
  assert.equal(semaphore.value, 1);
});

test("a semaphore has no owner: any thread gives back, and what the dead had is gone", () => {
  const semaphore = new Semaphore(2);
  runAll(new Thread({ target: dieWithPermit, args: [semaphore, "exit"] }));
  runAll(new Thread({ target: dieWithPermit, args: [semaphore, "return"] }));
  assert.equal(semaphore.value, 0);
  semaphore.release();
  const results = new Queue<boolean>();
  runAll(new Thread({ target: tryIt, args: [semaphore, results] }));
  assert.equal(results.getNowait(), true);
});

test("a semaphore keeps its class on the way; after close it refuses everything", () => {
  const queue = new Queue<Semaphore>();
  const bounded = new BoundedSemaphore(1, { name: "semaphore.test:bounded" });
  queue.put(bounded);
  assert.equal(queue.get(), bounded);
  assert.throws(() => new Semaphore(1, { name: "semaphore.test:bounded" }), /BoundedSemaphore of 1.*Semaphore of 1/s);
  const semaphore = new Semaphore();
  semaphore.close();
  assert.throws(() => semaphore.acquire(), StateError);
  assert.throws(() => semaphore.release(), StateError);
  assert.throws(() => semaphore.value, StateError);
});
