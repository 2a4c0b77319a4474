/** Threads that are ended from outside, anywhere, leave nothing behind that others wait for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  AbandonedLockError,
  Condition,
  Event,
  Lock,
  Pool,
  Queue,
  RLock,
  RWLock,
  Semaphore,
  SharedValue,
  Thread,
} from "heddle";
import { untilAsleep } from "./blocked.js";
import { putAndDie } from "./dying.js";
import { churnLocks } from "./lock-work.js";
import { add, churn, echo, namedLock, namedNumbers, namedTotal } from "./work.js";

const wait = { timeout: 10_000 };

test("after a terminate in the middle of anything, locks can be had and queues be used", () => {
  const lock = new Lock();
  const queue = new Queue<number>(3);
  const total = new SharedValue("i32", 0);
  let abandoned = 0;
  for (let round = 0; round < 12; round++) {
    const pool = new Pool(2);
    const begun = [new Event(), new Event()];
    for (const event of begun) pool.applyAsync(churn, [lock, queue, total, event]);
    for (const event of begun) assert.ok(event.wait(wait), `round ${round}: the workers are stuck`);
    // Somewhere else in the workers' loop in every round.
    for (let i = 0; i < round * 5000; i++) total.value;
    pool.terminate();
    pool.join();
    try {
      assert.ok(lock.acquire(wait), `round ${round}: the lock is lost`);
    } catch (error) {
      assert.ok(error instanceof AbandonedLockError, String(error));
      abandoned++;
    }
    lock.release();
    while (!queue.empty()) assert.equal(typeof queue.get(wait), "number");
    for (let i = 0; i < 3; i++) queue.put(i, wait);
    assert.equal(queue.full(), true);
    for (let i = 0; i < 3; i++) assert.equal(queue.get(wait), i);
  }
  assert.ok(abandoned <= 12 && total.value > 0);
});

test("who waits for an item gets it when the thread that put it ended before it could wake anybody", () => {
  const items = new Queue<number>();
  const got = new Queue<number>();
  const getter = new Thread({ target: echo, args: [items, got, 7], daemon: true });
  getter.start();
  untilAsleep(getter, items);
  new Thread({ target: putAndDie, args: [items, 7] }).start();
  assert.equal(got.get(wait), 7);
});

test("after a terminate in the middle of anything, every kind of lock can be had", () => {
  const rlock = new RLock();
  const rwlock = new RWLock();
  const condition = new Condition(new Lock({ fair: true }));
  const semaphore = new Semaphore(1000);
  const insist = (acquire: () => unknown, what: string): void => {
    try {
      assert.ok(acquire(), `${what} is lost`);
    } catch (error) {
      assert.ok(error instanceof AbandonedLockError, `${what}: ${error}`);
    }
  };
  for (let round = 0; round < 8; round++) {
    const pool = new Pool(3);
    const begun = [new Event(), new Event(), new Event()];
    for (const event of begun) pool.applyAsync(churnLocks, [rlock, rwlock, condition, semaphore, event]);
    for (const event of begun) assert.ok(event.wait(wait), `round ${round}: the workers are stuck`);
    // Somewhere else in the workers' loop in every round.
    for (let i = 0; i < round * 5000; i++) semaphore.value;
    pool.terminate();
    pool.join();
    for (const lock of [rlock, rwlock.readLock, rwlock.writeLock]) {
      insist(() => lock.acquire(wait), `round ${round}: ${lock.constructor.name}`);
      lock.release();
      assert.equal(lock.locked(), false);
    }
    insist(() => condition.acquire(wait), `round ${round}: the condition's lock`);
    condition.notifyAll();
    assert.equal(condition.wait({ timeout: 1 }), false);
    condition.release();
    assert.ok(semaphore.value > 900 && semaphore.value <= 1000, `${semaphore.value} permits are left`);
  }
});

test("a worker that Heddle did not start shares the named objects", async () => {
  namedTotal.value = 0;
  const work = fileURLToPath(new URL("./work.js", import.meta.url));
  const source = `import(${JSON.stringify(work)}).then(({ addNamed }) => addNamed(100));`;
  const worker = new Worker(source, { eval: true });
  const ended = new Promise<number>((resolve) => worker.on("exit", resolve));
  add(namedTotal, namedLock, 100);
  assert.equal(await ended, 0);
  assert.equal(namedTotal.value, 200);
  assert.equal(namedNumbers[0], 42);
});
