import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbandonedLockError,
  Event,
  Lock,
  lockAll,
  lockAllAsync,
  Queue,
  RLock,
  RWLock,
  SharedValue,
  StateError,
  Thread,
  TimeoutError,
} from "heddle";
import { untilAsleep } from "./blocked.js";
import { dieWith, hold, noteTurns, transfer } from "./lock-work.js";
import { joinAll, runAll, whileHeld } from "./threads.js";

test("locks given in opposite orders do not deadlock, and nothing is lost", () => {
  const [a, b] = [new Lock(), new Lock()];
  const money: [SharedValue<"i32">, SharedValue<"i32">] = [new SharedValue("i32", 1000), new SharedValue("i32", 1000)];
  runAll(
    new Thread({ target: transfer, args: [a, b, money, 5000] }),
    new Thread({ target: transfer, args: [b, a, [money[1], money[0]], 4000] }),
  );
  assert.deepEqual([money[0].value, money[1].value], [0, 2000]);
  assert.deepEqual([a.locked(), b.locked()], [false, false]);
});

test("lockAll has all or none", async () => {
  const free = new Lock();
  const taken = new Lock();
  const holder = (held: Event, letGo: Event): Thread => new Thread({ target: hold, args: [taken, held, letGo] });
  whileHeld(holder, () => {
    assert.throws(() => lockAll([taken, free], { timeout: 5 }), TimeoutError);
    assert.equal(free.locked(), false);
  });
  await free.acquireAsync();
  await assert.rejects(lockAllAsync([taken, free], { timeout: 5 }), TimeoutError);
  const reason = new Error("no longer wanted");
  await assert.rejects(lockAllAsync([taken, free], { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(taken.locked(), false);
  free.release();
  {
    using _ = await lockAllAsync(new Set([taken, free]));
    assert.deepEqual([free.locked(), taken.locked()], [true, true]);
  }
  assert.deepEqual([free.locked(), taken.locked()], [false, false]);
});

test("a lock given twice is a StateError unless it is reentrant; all kinds of locks go together", () => {
  const lock = new Lock();
  assert.throws(() => lockAll([lock, lock]), StateError);
  assert.equal(lock.locked(), false);
  const rlock = new RLock();
  const rwlock = new RWLock();
  assert.throws(() => lockAll([rwlock.writeLock, rwlock.readLock]), StateError);
  {
    using _ = lockAll([rlock, lock, rwlock.writeLock, rlock]);
    assert.deepEqual([lock.locked(), rlock.locked(), rwlock.writeLock.locked()], [true, true, true]);
  }
  assert.deepEqual([lock.locked(), rlock.locked(), rwlock.writeLock.locked()], [false, false, false]);
  lock.close();
  assert.throws(() => lockAll([rlock, lock]), StateError);
  assert.equal(rlock.locked(), false);
});

test("an abandoned lock among them is told, and none is held", () => {
  const [lock, dead] = [new Lock(), new RLock()];
  const held = new Event();
  runAll(new Thread({ target: dieWith, args: [dead, held, "return"] }));
  assert.throws(() => lockAll([dead, lock]), AbandonedLockError);
  assert.deepEqual([lock.locked(), dead.locked()], [false, false]);
});

test("a fair lock goes to the thread that has waited longest, not to the one that comes back first", () => {
  for (const lock of [new Lock({ fair: true }), new RLock({ fair: true })]) {
    // A thread says that it sleeps a moment before it does, and may lose its core in between: then others come before it.
    for (let tries = 4; !hasFairTurns(lock); tries--)
      assert.ok(tries > 0, "The turns were not in the order of arrival.");
    assert.equal(lock.locked(), false);
  }
});

/** Whether three threads that wait in order, and come back at once, have their first turns in that order. */
function hasFairTurns(lock: Lock | RLock): boolean {
  const turns = new Queue<number>();
  const threads = [0, 1, 2].map((number) => new Thread({ target: noteTurns, args: [lock, turns, number, 50] }));
  lock.acquire();
  for (const thread of threads) {
    thread.start();
    untilAsleep(thread, lock);
  }
  lock.release();
  joinAll(...threads);
  const order = Array.from({ length: 150 }, () => turns.getNowait());
  return order.slice(0, 3).join() === "0,1,2";
}

test("a fair lock serves async acquirers and gives up waiting like any other", async () => {
  const lock = new Lock({ fair: true });
  await lock.acquireAsync();
  assert.equal(lock.acquire({ timeout: 5 }), false);
  const next = lock.acquireAsync();
  lock.release();
  assert.equal(await next, true);
  lock.release();
  assert.throws(() => lock.release(), StateError);
  assert.throws(() => new Lock({ name: "fair", fair: true }) && new Lock({ name: "fair" }), /fair Lock/);
});
