import assert from "node:assert/strict";
import { test } from "node:test";
import { AbandonedLockError, Event, Lock, SharedValue, StateError, Thread, TIMEOUT_MAX, TimeoutError } from "heddle";
import { add, addAsync, dieHolding, holdUntil, releaseIt } from "./work.js";

const DEADLINE = 30_000;

/** Runs `body` while another thread holds the lock. */
function whileHeldElsewhere(lock: Lock, body: () => void): void {
  const held = new Event();
  const letGo = new Event();
  const holder = new Thread({ target: holdUntil, args: [lock, held, letGo] });
  holder.start();
  assert.ok(held.wait({ timeout: DEADLINE }));
  try {
    body();
  } finally {
    letGo.set();
    holder.join({ timeout: DEADLINE });
  }
  assert.equal(holder.isAlive(), false);
}

function startAll(threads: readonly Thread[]): void {
  for (const thread of threads) thread.start();
}

function joinAll(threads: readonly Thread[]): void {
  for (const thread of threads) {
    thread.join({ timeout: DEADLINE });
    assert.equal(thread.isAlive(), false, `${thread.name} did not end`);
  }
}

test("1: acquire on a free lock returns true and locks; release unlocks", () => {
  const lock = new Lock();
  assert.equal(lock.locked(), false);
  assert.equal(lock.acquire(), true);
  assert.equal(lock.locked(), true);
  lock.release();
  assert.equal(lock.locked(), false);
});

test("2: release of a lock that is not held is a StateError", () => {
  const lock = new Lock();
  assert.throws(() => lock.release(), StateError);
  lock.acquire();
  lock.release();
  assert.throws(() => lock.release(), { code: "HEDDLE_STATE" });
});

test("3: any thread may release", () => {
  const lock = new Lock();
  lock.acquire();
  const other = new Thread({ target: releaseIt, args: [lock] });
  startAll([other]);
  joinAll([other]);
  assert.equal(lock.locked(), false);
});

test("4: without blocking, acquire of a held lock is false at once", () => {
  const lock = new Lock();
  whileHeldElsewhere(lock, () => {
    assert.equal(lock.acquire({ blocking: false }), false);
    assert.equal(lock.tryAcquire(), false);
  });
});

test("5, 12: acquire gives up after its timeout, also on the thread that holds the lock", () => {
  const lock = new Lock();
  const timed = (): number => {
    const start = performance.now();
    assert.equal(lock.acquire({ timeout: 30 }), false);
    return performance.now() - start;
  };
  whileHeldElsewhere(lock, () => assert.ok(timed() >= 29));
  lock.acquire();
  assert.ok(timed() >= 29);
});

test("6: a timeout without blocking is a RangeError", () => {
  assert.throws(() => new Lock().acquire({ blocking: false, timeout: 1 }), RangeError);
});

test("7, 8: timeouts out of range are RangeErrors, -1 and Infinity are for ever", () => {
  const lock = new Lock();
  for (const timeout of [-5, -0.5, Number.NaN, TIMEOUT_MAX + 1]) {
    assert.throws(() => lock.acquire({ timeout }), RangeError, String(timeout));
  }
  for (const timeout of [-1, Number.POSITIVE_INFINITY, TIMEOUT_MAX]) {
    assert.equal(lock.acquire({ timeout }), true);
    lock.release();
  }
});

test("9: a timeout of 0 takes a free lock", () => {
  const lock = new Lock();
  assert.equal(lock.acquire({ timeout: 0 }), true);
  assert.equal(lock.acquire({ timeout: 0 }), false);
});

test("10: a lock works as before after an acquire that timed out", () => {
  const lock = new Lock();
  whileHeldElsewhere(lock, () => assert.equal(lock.acquire({ timeout: 1 }), false));
  assert.equal(lock.acquire({ timeout: DEADLINE }), true);
  lock.release();
  assert.equal(lock.locked(), false);
});

test("11: the scoped forms release when the body throws, and let the error through", async () => {
  const lock = new Lock();
  const body = (): never => {
    assert.equal(lock.locked(), true);
    throw new RangeError("body");
  };
  assert.throws(() => lock.withLock(body), RangeError);
  assert.equal(lock.locked(), false);
  assert.throws(() => {
    using _ = lock.hold();
    body();
  }, RangeError);
  assert.equal(lock.locked(), false);
  await assert.rejects(
    lock.withLockAsync(async () => body()),
    RangeError,
  );
  assert.equal(lock.locked(), false);
  assert.equal(
    lock.withLock(() => 5),
    5,
  );
  assert.equal(await lock.withLockAsync(async () => 6), 6);
});

test("hold is released once, however often it is disposed", () => {
  const lock = new Lock();
  const held = lock.hold();
  held[Symbol.dispose]();
  lock.acquire();
  held[Symbol.dispose]();
  assert.equal(lock.locked(), true);
  assert.throws(() => lock.hold({ timeout: 1 }), TimeoutError);
});

test("every addition under the lock counts, blocking and async threads and async tasks together", async () => {
  const lock = new Lock();
  const total = new SharedValue("i32", 0);
  const threads = [
    new Thread({ target: add, args: [total, lock, 30_000] }),
    new Thread({ target: add, args: [total, lock, 30_000] }),
    new Thread({ target: addAsync, args: [total, lock, 300] }),
  ];
  startAll(threads);
  await Promise.all([addAsync(total, lock, 300), addAsync(total, lock, 300)]);
  await Promise.all(threads.map((thread) => thread.joinAsync({ timeout: DEADLINE })));
  assert.equal(total.value, 60_900);
  assert.equal(lock.locked(), false);
});

test("acquireAsync waits its turn, in order, and gives up on timeout and signal", async () => {
  const lock = new Lock();
  assert.equal(await lock.acquireAsync(), true);
  const order: string[] = [];
  const first = lock.acquireAsync().then(() => order.push("first"));
  const late = lock.acquireAsync({ timeout: 20 });
  const controller = new AbortController();
  const aborted = lock.acquireAsync({ signal: controller.signal });
  const second = lock.acquireAsync().then(() => order.push("second"));
  const reason = new Error("no longer wanted");
  controller.abort(reason);
  await assert.rejects(aborted, reason);
  assert.equal(await late, false);
  lock.release();
  await first;
  lock.release();
  await second;
  assert.deepEqual(order, ["first", "second"]);
  lock.release();
  await assert.rejects(lock.acquireAsync({ signal: AbortSignal.abort(reason) }), reason);
  assert.equal(lock.locked(), false);
});

test("an async waiter gets the lock from another thread", async () => {
  const lock = new Lock();
  const held = new Event();
  const letGo = new Event();
  const holder = new Thread({ target: holdUntil, args: [lock, held, letGo] });
  holder.start();
  assert.equal(await held.waitAsync({ timeout: DEADLINE }), true);
  const waiting = lock.acquireAsync({ timeout: DEADLINE });
  letGo.set();
  assert.equal(await waiting, true);
  lock.release();
});

test("blocking for ever on a lock that an async task of the thread holds is a StateError", async () => {
  const lock = new Lock();
  const held = await lock.holdAsync();
  assert.throws(() => lock.acquire(), /could never end/);
  assert.equal(lock.acquire({ timeout: 1 }), false);
  held[Symbol.dispose]();
  assert.equal(lock.acquire(), true);
});

for (const how of ["return", "throw", "exit"] as const) {
  test(`a holder that ends by ${how} leaves the lock to the next acquirer, with one warning`, () => {
    const lock = new Lock();
    const thread = new Thread({ target: dieHolding, args: [lock, new Event(), how] });
    thread.start();
    assert.throws(() => {
      // Blocks from before the end to after it.
      while (!lock.locked() && thread.isAlive());
      lock.acquire({ timeout: DEADLINE });
    }, AbandonedLockError);
    assert.equal(lock.locked(), true);
    lock.release();
    assert.equal(lock.acquire({ timeout: 0 }), true);
    lock.release();
    joinAll([thread]);
  });
}

test("an async acquirer and the scoped forms hear of a dead holder; the latter do not keep the lock", async () => {
  for (const acquire of [
    (lock: Lock): unknown => lock.acquireAsync({ timeout: DEADLINE }),
    (lock: Lock): unknown => lock.withLockAsync(() => assert.fail("the body must not run")),
    (lock: Lock): unknown => lock.holdAsync(),
    async (lock: Lock): Promise<unknown> => lock.withLock(() => assert.fail("the body must not run")),
    async (lock: Lock): Promise<unknown> => lock.hold(),
  ]) {
    const lock = new Lock();
    const held = new Event();
    const thread = new Thread({ target: dieHolding, args: [lock, held, "exit"] });
    thread.start();
    assert.ok(await held.waitAsync({ timeout: DEADLINE }));
    await assert.rejects(async () => acquire(lock), AbandonedLockError);
    assert.equal(lock.locked(), acquire.toString().includes("acquireAsync"));
  }
});

test("a release by another thread clears the warning", () => {
  const lock = new Lock();
  const thread = new Thread({ target: dieHolding, args: [lock, new Event(), "return"] });
  thread.start();
  joinAll([thread]);
  lock.release();
  assert.equal(lock.acquire({ timeout: 0 }), true);
});

test("after close a lock refuses everything; closing twice is harmless", () => {
  const lock = new Lock();
  lock.close();
  lock[Symbol.dispose]();
  assert.throws(() => lock.acquire(), StateError);
  assert.throws(() => lock.tryAcquire(), StateError);
  assert.throws(() => lock.release(), StateError);
  assert.throws(() => lock.locked(), StateError);
  assert.throws(() => lock.withLock(() => 1), StateError);
});
