import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbandonedLockError,
  Condition,
  Lock,
  Pool,
  Queue,
  RLock,
  Semaphore,
  SharedValue,
  StateError,
  Thread,
} from "heddle";
import { dieNotifying, takeTurns, waitDeep, waitForNumber, waitOn } from "./lock-work.js";
import { DEADLINE, joinAll, runAll, WAIT } from "./threads.js";

/** Starts threads that wait for the condition, and returns when all do. */
function startWaiters(condition: Condition, results: Queue<string>, count: number, timeout?: number): Thread[] {
  const ready = new Semaphore(0);
  const args: [Condition, Semaphore, Queue<string>, number?] =
    timeout === undefined ? [condition, ready, results] : [condition, ready, results, timeout];
  return Array.from({ length: count }, () => {
    const thread = new Thread({ target: waitOn, args });
    thread.start();
    assert.ok(ready.acquire(WAIT));
    // It said so with the lock in hand: who has the lock next comes after it began to wait.
    condition.withLock(() => {});
    return thread;
  });
}

test("18: the lock is an RLock by default", () => {
  const condition = new Condition();
  condition.acquire();
  assert.equal(condition.acquire({ timeout: 0 }), true);
  condition.release();
  condition.release();
  assert.throws(() => condition.release(), StateError);
});

test("a condition goes with the lock it is given, and with no other kind of object", () => {
  for (const lock of [new Lock(), new RLock()]) {
    const condition = new Condition(lock);
    condition.withLock(() => assert.equal(lock.locked(), true));
    assert.equal(lock.locked(), false);
    condition.close();
    assert.equal(lock.tryAcquire(), true);
  }
  assert.throws(() => new Condition(new Semaphore() as unknown as Lock), TypeError);
  assert.throws(() => new Condition({ name: "x" } as unknown as Lock), /new Condition\(lock, \{ name \}\)/);
});

test("19: wait without holding the lock is a StateError", async () => {
  for (const condition of [new Condition(), new Condition(new Lock())]) {
    assert.throws(() => condition.wait({ timeout: 0 }), StateError);
    assert.throws(() => condition.waitFor(() => true), StateError);
    await assert.rejects(condition.waitAsync({ timeout: 0 }), StateError);
    await assert.rejects(
      condition.waitForAsync(() => true),
      StateError,
    );
  }
});

test("20: notify without holding the lock is a StateError", () => {
  const condition = new Condition();
  assert.throws(() => condition.notify(), StateError);
  assert.throws(() => condition.notifyAll(), StateError);
});

test("21: wait is false after its timeout, with the lock held again", async () => {
  const lock = new Lock();
  const condition = new Condition(lock);
  condition.acquire();
  const start = performance.now();
  assert.equal(condition.wait({ timeout: 20 }), false);
  assert.ok(performance.now() - start >= 19);
  assert.equal(lock.locked(), true);
  condition.release();
  await condition.acquireAsync();
  assert.equal(await condition.waitAsync({ timeout: 5 }), false);
  assert.equal(lock.locked(), true);
  assert.throws(() => condition.wait({ timeout: -2 }), RangeError);
  condition.release();
});

test("22: notify wakes at most as many as it says, those that came first; notifyAll wakes all", () => {
  const condition = new Condition();
  const results = new Queue<string>();
  const threads = startWaiters(condition, results, 5);
  for (const count of [1, 2]) {
    condition.withLock(() => condition.notify(count));
    for (let i = 0; i < count; i++) assert.equal(results.get(WAIT), "notified");
    condition.withLock(() => assert.equal(results.empty(), true));
  }
  joinAll(...threads.slice(0, 3));
  condition.withLock(() => condition.notifyAll());
  for (let i = 0; i < 2; i++) assert.equal(results.get(WAIT), "notified");
  joinAll(...threads);
  for (const count of [-1, 0.5, Number.NaN]) assert.throws(() => condition.notify(count), RangeError);
});

test("22: a waiter that gave up is nobody to notify", () => {
  const condition = new Condition();
  const results = new Queue<string>();
  const early = startWaiters(condition, results, 2, 10);
  const late = startWaiters(condition, results, 1);
  for (let i = 0; i < 2; i++) assert.equal(results.get(WAIT), "timeout");
  condition.withLock(() => condition.notify());
  assert.equal(results.get(WAIT), "notified");
  joinAll(...early, ...late);
});

test("23: a notify that nobody waits for is lost", () => {
  const condition = new Condition();
  condition.withLock(() => {
    condition.notify(3);
    condition.notifyAll();
    assert.equal(condition.wait({ timeout: 5 }), false);
  });
});

test("24: wait gives up all levels of an RLock and takes them back", async () => {
  const condition = new Condition();
  const ready = new Semaphore(0);
  const results = new Queue<string>();
  const thread = new Thread({ target: waitDeep, args: [condition, ready, results] });
  thread.start();
  assert.ok(ready.acquire(WAIT));
  condition.withLock(() => condition.notify());
  assert.equal(results.get(WAIT), "3 true");
  joinAll(thread);
  await condition.withLockAsync(() =>
    condition.withLockAsync(async () => {
      assert.equal(await condition.waitAsync({ timeout: 5 }), false);
      assert.equal(condition.tryAcquire(), true);
      condition.release();
    }),
  );
  assert.throws(() => condition.release(), StateError);
});

test("25: waitFor returns what the predicate said last, and does not throw after a timeout", async () => {
  const condition = new Condition();
  const answers = [0, "", undefined, false];
  for (const answer of answers) {
    assert.equal(
      condition.withLock(() => condition.waitFor(() => answer, { timeout: 5 })),
      answer,
    );
  }
  const late = await condition.withLockAsync(() => condition.waitForAsync(async () => null, { timeout: 5 }));
  assert.equal(late, null);
});

test("26: waitFor returns at once what is true already", async () => {
  const condition = new Condition();
  let asked = 0;
  const ask = (): string => `yes ${++asked}`;
  assert.equal(
    condition.withLock(() => condition.waitFor(ask, { timeout: 0 })),
    "yes 1",
  );
  assert.equal(await condition.withLockAsync(() => condition.waitForAsync(ask)), "yes 2");
});

test("waitFor waits until it is true, in threads and tasks together", async () => {
  const condition = new Condition();
  const number = new SharedValue("i32", 0);
  const results = new Queue<number>();
  const threads = [3, 2, 1].map((n) => new Thread({ target: waitForNumber, args: [condition, number, n, results] }));
  for (const thread of threads) thread.start();
  const task = condition.withLockAsync(() => condition.waitForAsync(() => number.value >= 3, WAIT));
  for (let i = 1; i <= 3; i++) {
    await condition.withLockAsync(() => {
      number.value = i;
      condition.notifyAll();
    });
    assert.ok((await results.getAsync(WAIT)) <= i);
  }
  assert.equal(await task, true);
  joinAll(...threads);
});

test("two threads that take turns with notify lose no wake-up", () => {
  const condition = new Condition(new Lock());
  const turn = new SharedValue("i32", 0);
  runAll(...[0, 1].map((mine) => new Thread({ target: takeTurns, args: [condition, turn, mine, 3000] })));
  assert.equal(turn.value, 6000);
});

test("an async wait ends with its signal, the lock held; its notification goes to another", async () => {
  const condition = new Condition(new Lock());
  const controller = new AbortController();
  await condition.acquireAsync();
  const first = condition.waitAsync({ signal: controller.signal });
  await condition.acquireAsync();
  const second = condition.waitAsync();
  await condition.acquireAsync();
  condition.notify();
  controller.abort(new Error("no longer wanted"));
  condition.release();
  await assert.rejects(first, /no longer wanted/);
  condition.release();
  assert.equal(await second, true);
  condition.release();
  await condition.acquireAsync();
  await assert.rejects(condition.waitAsync({ signal: AbortSignal.abort(new Error("before")) }), /before/);
  condition.release();
});

test("a waiter that dies is removed, and its notification is the next one's", () => {
  const condition = new Condition();
  const results = new Queue<string>();
  const ready = new Semaphore(0);
  const pool = new Pool(2);
  for (let i = 0; i < 2; i++) {
    pool.applyAsync(waitOn, [condition, ready, results]);
    assert.ok(ready.acquire(WAIT));
    condition.withLock(() => {});
  }
  const [living] = startWaiters(condition, results, 1);
  pool.terminate();
  pool.join();
  condition.withLock(() => condition.notify());
  assert.equal(results.get(WAIT), "notified");
  joinAll(living as Thread);
});

test("whoever dies with the condition's lock leaves an AbandonedLockError to the one that waits", async () => {
  const lock = new RLock();
  const condition = new Condition(lock);
  const thread = new Thread({ target: dieNotifying, args: [condition] });
  await condition.acquireAsync();
  const waiting = condition.waitAsync();
  thread.start();
  await assert.rejects(waiting, AbandonedLockError);
  assert.equal(lock.locked(), true);
  lock.release();
  await thread.joinAsync({ timeout: DEADLINE });
});

test("a condition travels with its lock, and may be the program's", () => {
  const lock = new Lock({ name: "condition.test:lock" });
  const condition = new Condition(lock, { name: "condition.test:condition" });
  const queue = new Queue<[Condition, Lock]>();
  queue.put([condition, lock]);
  assert.deepEqual(queue.get(), [condition, lock]);
  assert.throws(() => new Condition(undefined, { name: "condition.test:condition" }), StateError);
  assert.throws(() => new Condition(new Lock(), { name: "condition.test:condition" }), StateError);
  const own = new Condition();
  own.close();
  assert.throws(() => own.wait(), StateError);
  assert.throws(() => own.acquire(), StateError);
});
