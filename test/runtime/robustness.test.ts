/** Threads that are ended from outside, anywhere, leave nothing behind that others wait for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  AbandonedLockError,
  Barrier,
  BrokenBarrierError,
  Condition,
  Event,
  Lock,
  mainThread,
  Pool,
  Queue,
  RLock,
  RWLock,
  Semaphore,
  SharedValue,
  Thread,
} from "heddle";
import { allocateBlock, freeBlock, words } from "../../runtime/src/arena.js";
import { isolate } from "../../runtime/src/isolate.js";
import { LEDGER_END } from "../../runtime/src/ledger.js";
import { untilAsleep } from "./blocked.js";
import {
  type Awaited,
  comeLast,
  getOrDie,
  hearAndDie,
  joinThenSet,
  putAndDie,
  putOrDie,
  takeAndDie,
  wakeAndDie,
} from "./dying.js";
import { churnLocks } from "./lock-work.js";
import { add, churn, echo, exitWorker, namedLock, namedNumbers, namedTotal } from "./work.js";

const wait = { timeout: 30_000 };

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

/** Runs a thread that ends itself, and waits until it has been swept. */
function end<A extends readonly unknown[]>(thread: Thread<A>): void {
  thread.start();
  thread.join(wait);
  assert.equal(thread.isAlive(), false);
}

test("who is ended with a large item in hand, put or got, takes none of the shared memory along", () => {
  const LENGTH = 1_000_000;
  const block = allocateBlock(LENGTH);
  freeBlock(block);
  const isFree = (): boolean => {
    const next = allocateBlock(LENGTH);
    freeBlock(next);
    return next === block;
  };
  const full = new Queue<string>(1);
  full.put("");
  const item = "x".repeat(LENGTH);
  end(new Thread({ target: putOrDie, args: [full, item] }));
  assert.ok(isFree(), "the putter's item is still there");
  const queue = new Queue<string>();
  queue.put(item);
  assert.ok(!isFree(), "the item lies elsewhere");
  end(new Thread({ target: takeAndDie, args: [queue] }));
  assert.ok(queue.empty() && isFree(), "the getter's item is still there");
});

test("who is ended while it waits for a queue is counted no more", () => {
  const full = new Queue<string>(1);
  full.put("");
  end(new Thread({ target: putOrDie, args: [full, "x"] }));
  const empty = new Queue<string>();
  end(new Thread({ target: getOrDie, args: [empty] }));
  for (const queue of [full, empty]) {
    const at = isolate.cells.get(queue)?.at ?? 0;
    assert.equal(Atomics.load(words, at + LEDGER_END + 1), 0, "getters");
    assert.equal(Atomics.load(words, at + LEDGER_END + 5), 0, "putters");
  }
});

/** Returns when a thread is about to wake the sleeper, which it will not live to do. */
function startWaker(
  object: Awaited,
  target: (object: never, sleeper: Thread, begun: Event) => void = wakeAndDie,
  sleeper = mainThread(),
): void {
  const begun = new Event();
  new Thread({ target: target as typeof wakeAndDie, args: [object, sleeper, begun] }).start();
  assert.ok(begun.wait(wait));
}

test("who waits goes on when the thread that did what it waits for ended before it could wake anybody", () => {
  const inTime = <T>(what: string, waits: () => T): T => {
    const end = performance.now() + wait.timeout - 1000;
    try {
      return waits();
    } finally {
      assert.ok(performance.now() < end, `nobody is woken at the ${what}`);
    }
  };
  for (const fair of [false, true]) {
    const lock = new Lock({ fair });
    startWaker(lock);
    assert.ok(inTime(fair ? "fair lock" : "lock", () => lock.acquire(wait)));
  }
  const rwlock = new RWLock();
  startWaker(rwlock);
  assert.ok(inTime("rwlock", () => rwlock.writeLock.acquire(wait)));
  const event = new Event();
  startWaker(event);
  assert.ok(inTime("event", () => event.wait(wait)));
  const semaphore = new Semaphore(0);
  startWaker(semaphore);
  assert.ok(inTime("semaphore", () => semaphore.acquire(wait)));
  const condition = new Condition();
  condition.acquire();
  startWaker(condition);
  assert.throws(() => inTime("condition", () => condition.wait(wait)), AbandonedLockError);
  const barrier = new Barrier(2);
  startWaker(barrier);
  assert.equal(
    inTime("barrier", () => barrier.wait(wait)),
    0,
  );
  const queue = new Queue<number>();
  const joined = new Event();
  queue.put(1);
  const joiner = new Thread({ target: joinThenSet, args: [queue, joined], daemon: true });
  joiner.start();
  startWaker(queue, wakeAndDie, joiner);
  assert.ok(joined.wait(wait), "nobody is woken in join");
});

test("a notification whose hearer ended is not for who began to wait after it", () => {
  const condition = new Condition();
  startWaker(condition, hearAndDie);
  condition.acquire();
  assert.equal(condition.wait({ timeout: 500 }), false);
  condition.notifyAll();
  condition.release();
});

test("a thread that ends in a barrier's action breaks the barrier", () => {
  const barrier = new Barrier(2, { action: exitWorker });
  startWaker(barrier, comeLast);
  const end = performance.now() + wait.timeout - 1000;
  assert.throws(() => barrier.wait(wait), BrokenBarrierError);
  assert.ok(performance.now() < end, "only the timeout broke it");
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
