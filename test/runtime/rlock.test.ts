import assert from "node:assert/strict";
import { test } from "node:test";
import { AbandonedLockError, Event, Queue, RLock, SharedValue, StateError, Thread, TimeoutError } from "heddle";
import { addTwice, addUnder, dieWith, hold, releaseForeign, tryIt } from "./lock-work.js";
import { DEADLINE, joinAll, runAll, WAIT, whileHeld } from "./threads.js";

/** Whether another thread gets the lock at once. */
function isFreeElsewhere(lock: RLock): boolean {
  const results = new Queue<boolean>();
  runAll(new Thread({ target: tryIt, args: [lock, results] }));
  return results.getNowait();
}

test("13: an RLock must be released as often as it was acquired", () => {
  const lock = new RLock();
  for (let i = 0; i < 3; i++) assert.equal(lock.acquire(), true);
  for (let i = 0; i < 2; i++) {
    lock.release();
    assert.equal(lock.locked(), true);
    assert.equal(isFreeElsewhere(lock), false);
  }
  lock.release();
  assert.equal(lock.locked(), false);
  assert.equal(isFreeElsewhere(lock), true);
});

test("14: release of an RLock that nobody holds is a StateError", () => {
  const lock = new RLock();
  assert.throws(() => lock.release(), StateError);
  lock.withLock(() => lock.withLock(() => {}));
  assert.throws(() => lock.release(), StateError);
});

test("15: release by a thread that does not hold it is a StateError, and changes nothing", () => {
  const lock = new RLock();
  lock.acquire();
  const results = new Queue<string>();
  runAll(new Thread({ target: releaseForeign, args: [lock, results] }));
  assert.equal(results.getNowait(), "StateError");
  assert.equal(lock.locked(), true);
  lock.release();
});

test("17: the holder acquires again without waiting, in every form", () => {
  const lock = new RLock();
  lock.acquire();
  assert.equal(lock.acquire({ blocking: false }), true);
  assert.equal(lock.acquire({ timeout: 0 }), true);
  assert.equal(lock.tryAcquire(), true);
  const held = lock.hold();
  held[Symbol.dispose]();
  for (let i = 0; i < 4; i++) lock.release();
  assert.equal(lock.locked(), false);
});

test("an RLock excludes other threads: timeouts, trying, scopes", () => {
  const lock = new RLock();
  const holder = (held: Event, letGo: Event): Thread => new Thread({ target: hold, args: [lock, held, letGo] });
  whileHeld(holder, () => {
    assert.equal(lock.tryAcquire(), false);
    assert.equal(lock.acquire({ timeout: 5 }), false);
    assert.throws(() => lock.hold({ timeout: 5 }), TimeoutError);
    assert.throws(() => lock.acquire({ blocking: false, timeout: 1 }), RangeError);
    assert.throws(() => lock.acquire({ timeout: Number.NaN }), RangeError);
  });
  assert.equal(lock.acquire(WAIT), true);
  lock.release();
});

test("every addition under an RLock counts, at any depth", () => {
  const lock = new RLock();
  const total = new SharedValue("i32", 0);
  runAll(
    new Thread({ target: addTwice, args: [lock, total, 10_000] }),
    new Thread({ target: addUnder, args: [lock, total, 20_000] }),
  );
  assert.equal(total.value, 30_000);
});

test("async code takes an RLock again inside withLockAsync only", async () => {
  const lock = new RLock();
  const inner = await lock.withLockAsync(async () => {
    assert.equal(await lock.acquireAsync({ timeout: 5 }), false);
    await new Promise(setImmediate);
    lock.withLock(() => assert.equal(lock.tryAcquire(), true));
    lock.release();
    return lock.withLockAsync(async () => {
      await new Promise(setImmediate);
      return "inner";
    });
  });
  assert.equal(inner, "inner");
  assert.equal(lock.locked(), false);
  await assert.rejects(
    lock.withLockAsync(() => lock.withLockAsync(() => Promise.reject(new RangeError("body")))),
    RangeError,
  );
  assert.equal(lock.locked(), false);
});

test("two tasks of one thread exclude each other, and one that outlives its section has to wait", async () => {
  const lock = new RLock();
  const order: string[] = [];
  let late: Promise<void> | undefined;
  const go = new Event();
  const task = (name: string): Promise<void> =>
    lock.withLockAsync(async () => {
      order.push(`${name} in`);
      await new Promise(setImmediate);
      order.push(`${name} out`);
      late ??= go.waitAsync(WAIT).then(() => lock.withLockAsync(() => void order.push("late")));
    });
  await Promise.all([task("a"), task("b")]);
  await lock.withLockAsync(async () => {
    go.set();
    await new Promise((resolve) => setTimeout(resolve, 10));
    order.push("last");
  });
  await late;
  assert.deepEqual(order, ["a in", "a out", "b in", "b out", "last", "late"]);
});

test("blocking for ever on an RLock that an async task of the thread holds is a StateError", async () => {
  const lock = new RLock();
  const held = await lock.holdAsync();
  assert.throws(() => lock.acquire(), /could never end/);
  assert.equal(lock.tryAcquire(), false);
  assert.equal(lock.acquire({ timeout: 1 }), false);
  held[Symbol.dispose]();
  assert.equal(lock.acquire(), true);
  lock.release();
});

for (const how of ["return", "throw", "exit"] as const) {
  test(`an RLock whose holder ends by ${how} at depth two is the next one's, with one warning and no depth`, async () => {
    const lock = new RLock();
    const held = new Event();
    const thread = new Thread({ target: dieWith, args: [lock, held, how] });
    thread.start();
    assert.ok(held.wait(WAIT));
    assert.throws(() => lock.acquire(WAIT), AbandonedLockError);
    assert.equal(lock.locked(), true);
    lock.release();
    assert.equal(lock.locked(), false);
    assert.equal(await lock.acquireAsync({ timeout: DEADLINE }), true);
    lock.release();
    joinAll(thread);
  });
}

test("after close an RLock refuses everything", async () => {
  const lock = new RLock({ fair: true });
  lock.close();
  lock.close();
  assert.throws(() => lock.acquire(), StateError);
  assert.throws(() => lock.tryAcquire(), StateError);
  assert.throws(() => lock.release(), StateError);
  assert.throws(() => lock.locked(), StateError);
  await assert.rejects(lock.acquireAsync(), StateError);
  await assert.rejects(
    lock.withLockAsync(() => 1),
    StateError,
  );
});
