import assert from "node:assert/strict";
import { test } from "node:test";
import { AbandonedLockError, Event, Queue, RWLock, SharedValue, StateError, Thread, TimeoutError } from "heddle";
import { untilBlocked } from "./blocked.js";
import {
  dieWithSide,
  holdSide,
  meetReading,
  read,
  readSoon,
  releaseForeignSide,
  write,
  writeSoon,
} from "./lock-work.js";
import { DEADLINE, joinAll, runAll, WAIT, whileHeld } from "./threads.js";

function holder(lock: RWLock, side: "readLock" | "writeLock") {
  return (held: Event, letGo: Event): Thread => new Thread({ target: holdSide, args: [lock, side, held, letGo] });
}

test("readers read together", () => {
  const lock = new RWLock();
  const inside = new SharedValue("i32", 0);
  const both = new Event();
  runAll(...[1, 2].map(() => new Thread({ target: meetReading, args: [lock, inside, both] })));
  assert.equal(inside.value, 2);
  assert.equal(both.isSet(), true);
  assert.equal(lock.readLock.locked(), false);
});

test("a writer keeps everyone out, and readers keep writers out", async () => {
  const lock = new RWLock();
  const { readLock, writeLock } = lock;
  whileHeld(holder(lock, "writeLock"), () => {
    assert.equal(writeLock.locked(), true);
    for (const side of [readLock, writeLock]) {
      assert.equal(side.tryAcquire(), false);
      assert.equal(side.acquire({ timeout: 5 }), false);
      assert.throws(() => side.hold({ timeout: 1 }), TimeoutError);
      assert.throws(() => side.acquire({ timeout: -3 }), RangeError);
      assert.throws(() => side.acquire({ timeout: 1, blocking: false }), RangeError);
    }
  });
  whileHeld(holder(lock, "readLock"), () => {
    assert.equal(readLock.locked(), true);
    assert.equal(writeLock.tryAcquire(), false);
    assert.equal(writeLock.acquire({ timeout: 5 }), false);
    assert.equal(readLock.tryAcquire(), true);
    readLock.release();
  });
  assert.equal(await writeLock.acquireAsync({ timeout: DEADLINE }), true);
  assert.equal(await readLock.acquireAsync({ timeout: 5 }), false);
  assert.throws(() => readLock.acquire(), /could never end/);
  assert.throws(() => writeLock.acquire(), /could never end/);
  writeLock.release();
  assert.equal(await readLock.acquireAsync(), true);
  assert.throws(() => writeLock.acquire(), /could never end/);
  assert.equal(await writeLock.acquireAsync({ timeout: 5 }), false);
  readLock.release();
  assert.equal(
    writeLock.withLock(() => writeLock.locked()),
    true,
  );
});

test("what writers write under the lock, readers never see half of", () => {
  const lock = new RWLock();
  const halves: [SharedValue<"i32">, SharedValue<"i32">] = [new SharedValue("i32", 0), new SharedValue("i32", 0)];
  const torn = new SharedValue("i32", 0);
  runAll(
    ...[1, 2].map(() => new Thread({ target: write, args: [lock, halves, 5000] })),
    ...[1, 2].map(() => new Thread({ target: read, args: [lock, halves, 20_000, torn] })),
  );
  assert.deepEqual([halves[0].value, halves[1].value, torn.value], [10_000, 10_000, 0]);
});

test("a writer that waits goes before readers that come later, but not before one that reads already", () => {
  const lock = new RWLock();
  const order = new Queue<string>();
  lock.readLock.acquire();
  const writer = new Thread({ target: writeSoon, args: [lock, order] });
  writer.start();
  untilBlocked(writer, lock);
  const reader = new Thread({ target: readSoon, args: [lock, order] });
  reader.start();
  untilBlocked(reader, lock);
  assert.equal(order.empty(), true);
  assert.equal(lock.readLock.acquire(), true);
  lock.readLock.release();
  lock.readLock.release();
  assert.deepEqual([order.get(WAIT), order.get(WAIT)], ["writer", "reader"]);
  joinAll(writer, reader);
});

test("release by who does not hold it is a StateError", () => {
  const lock = new RWLock();
  for (const side of ["readLock", "writeLock"] as const) {
    assert.throws(() => lock[side].release(), StateError);
    lock[side].acquire();
    const results = new Queue<string>();
    runAll(new Thread({ target: releaseForeignSide, args: [lock, side, results] }));
    assert.equal(results.getNowait(), "StateError");
    assert.equal(lock[side].locked(), true);
    lock[side].release();
    assert.equal(lock[side].locked(), false);
  }
});

test("async readers and writers of one thread exclude each other as threads do", async () => {
  const lock = new RWLock();
  let writing = 0;
  let reading = 0;
  let readTogether = 0;
  const turn = (): Promise<void> => new Promise(setImmediate);
  const reader = (): Promise<void> =>
    lock.readLock.withLockAsync(async () => {
      reading++;
      await turn();
      assert.equal(writing, 0);
      readTogether = Math.max(readTogether, reading);
      reading--;
    });
  const writer = (): Promise<void> =>
    lock.writeLock.withLockAsync(async () => {
      assert.deepEqual([writing++, reading], [0, 0]);
      await turn();
      writing--;
    });
  await Promise.all([reader(), reader(), writer(), reader(), writer(), reader(), reader()]);
  assert.ok(readTogether >= 2);
  using _ = await lock.writeLock.holdAsync();
  const controller = new AbortController();
  const aborted = lock.readLock.acquireAsync({ signal: controller.signal });
  controller.abort(new Error("no longer wanted"));
  await assert.rejects(aborted, /no longer wanted/);
});

test("an async writer that gives up lets readers in again", async () => {
  const lock = new RWLock();
  await lock.readLock.acquireAsync();
  const controller = new AbortController();
  const aborted = lock.writeLock.acquireAsync({ signal: controller.signal });
  assert.equal(await lock.readLock.acquireAsync({ timeout: 5 }), false);
  controller.abort(new Error("no longer wanted"));
  await assert.rejects(aborted, /no longer wanted/);
  assert.equal(await lock.readLock.acquireAsync({ timeout: DEADLINE }), true);
  lock.readLock.release();
  lock.readLock.release();
  assert.equal(lock.writeLock.tryAcquire(), true);
  lock.writeLock.release();
});

for (const how of ["return", "throw", "exit"] as const) {
  test(`a writer that ends by ${how} leaves a warning to the next one, reader or writer; a reader just leaves`, async () => {
    const lock = new RWLock();
    for (const side of ["readLock", "writeLock"] as const) {
      const held = new Event();
      const thread = new Thread({ target: dieWithSide, args: [lock, "writeLock", held, how] });
      thread.start();
      assert.ok(held.wait(WAIT));
      assert.throws(() => lock[side].acquire(WAIT), AbandonedLockError);
      assert.equal(lock[side].locked(), true);
      lock[side].release();
      joinAll(thread);
    }
    const held = new Event();
    const reader = new Thread({ target: dieWithSide, args: [lock, "readLock", held, how] });
    reader.start();
    assert.ok(held.wait(WAIT));
    assert.equal(await lock.writeLock.acquireAsync({ timeout: DEADLINE }), true);
    lock.writeLock.release();
    joinAll(reader);
  });
}

test("more threads may read than fit into the lock's first words", () => {
  const lock = new RWLock();
  const inside = new SharedValue("i32", 0);
  const all = new Event();
  const threads = Array.from({ length: 15 }, () => new Thread({ target: meetReading, args: [lock, inside, all] }));
  for (const thread of threads) thread.start();
  joinAll(...threads);
  assert.equal(inside.value, 15);
  assert.equal(lock.writeLock.tryAcquire(), true);
  lock.writeLock.release();
});

test("an RWLock travels as itself, may be the program's, and refuses everything after close", () => {
  const lock = new RWLock({ name: "rwlock.test:lock" });
  const queue = new Queue<RWLock>();
  queue.put(lock);
  assert.equal(queue.get(), lock);
  assert.equal(new RWLock({ name: "rwlock.test:lock" }).readLock.tryAcquire(), true);
  assert.equal(lock.readLock.locked(), true);
  lock.readLock.release();
  const closed = new RWLock();
  closed.readLock.close();
  for (const side of [closed.readLock, closed.writeLock]) {
    assert.throws(() => side.acquire(), StateError);
    assert.throws(() => side.tryAcquire(), StateError);
    assert.throws(() => side.release(), StateError);
    assert.throws(() => side.locked(), StateError);
  }
});
