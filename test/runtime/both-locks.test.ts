/** What clients of a manager wait for, in its server or in the memory of threads. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { BrokenBarrierError, Empty, Full, ShutDown, StateError } from "heddle";
import type { Manager as ServerManager } from "heddle/process";
import { libraries } from "./libraries.js";
import { putAll, waitFor } from "./manager-work.js";
import { starter } from "./started-process.js";

const wait = { timeout: 20_000 };

for (const { name, Manager, Process } of libraries) {
  suite(name, () => {
    const started = starter(Process);
    let manager: ServerManager;

    before(() => {
      manager = new Manager();
    });

    after(() => manager.shutdown());

    test("95, 96, 98, 147: a manager's locks have the errors and timeouts of locks of threads", async () => {
      const lock = manager.lock();
      assert.throws(() => lock.release(), StateError);
      assert.equal(lock.acquire(), true);
      assert.deepEqual([lock.locked(), lock.tryAcquire(), lock.acquire({ timeout: 20 })], [true, false, false]);
      assert.equal(await lock.acquireAsync({ timeout: 20 }), false);
      assert.throws(() => lock.acquire({ timeout: -5 }), RangeError);
      const later = lock.acquireAsync();
      lock.release();
      assert.equal(await later, true);
      assert.throws(() => lock.acquire(), /async task of this thread/);
      lock.release();
      assert.equal(
        lock.withLock(() => lock.locked()),
        true,
      );
      const aborted = AbortSignal.timeout(20);
      {
        using _held = await lock.holdAsync();
        await assert.rejects(lock.acquireAsync({ signal: aborted }), { name: "TimeoutError" });
      }
      assert.equal(lock.locked(), false);

      const rlock = manager.rlock();
      assert.throws(() => rlock.release(), StateError);
      assert.deepEqual([rlock.acquire(), rlock.acquire()], [true, true]);
      assert.equal(await rlock.acquireAsync({ timeout: 20 }), false); // another holder
      rlock.release();
      assert.equal(rlock.locked(), true);
      rlock.release();
      assert.throws(() => rlock.release(), StateError);
      await rlock.withLockAsync(async () => {
        assert.equal(rlock.tryAcquire(), true);
        rlock.release();
        assert.equal(await rlock.withLockAsync(() => rlock.locked()), true);
      });
      assert.equal(rlock.locked(), false);
    });

    test("97, 147: a manager's semaphores count permits, and a bounded one never has more than it began with", async () => {
      const semaphore = manager.semaphore(1);
      assert.deepEqual([semaphore.tryAcquire(), semaphore.tryAcquire(), semaphore.value], [true, false, 0]);
      const later = semaphore.acquireAsync();
      semaphore.release();
      assert.equal(await later, true);
      semaphore.release(2);
      assert.equal(semaphore.value, 2);
      const bounded = manager.boundedSemaphore(1);
      assert.throws(() => bounded.release(), StateError);
      {
        using _held = bounded.hold();
        assert.equal(bounded.acquire({ timeout: 20 }), false);
        assert.throws(() => bounded.hold({ timeout: 20 }), { name: "TimeoutError" });
      }
      assert.equal(bounded.value, 1);
      assert.throws(() => manager.semaphore(-1), RangeError);
      assert.throws(() => semaphore.release(0), RangeError);
    });

    test("99, 147: a condition's wait tells whether somebody notified, and needs the lock", async () => {
      const condition = manager.condition();
      assert.throws(() => condition.wait(), StateError);
      assert.throws(() => condition.notify(), StateError);
      const state = manager.dict<string, unknown>();
      using _child = started({ target: waitFor, args: [condition, state] });
      {
        using _held = condition.hold();
        assert.equal(
          condition.waitFor(() => state.get("waiting"), wait),
          true,
        );
        assert.equal(condition.wait({ timeout: 20 }), false);
        state.set("go", true);
        condition.notify();
        assert.equal(await condition.waitForAsync(() => state.get("gone"), wait), true);
        const gone = new AbortController();
        const waiting = condition.waitAsync({ signal: gone.signal });
        gone.abort(new Error("enough"));
        await assert.rejects(waiting, /enough/);
        condition.notify(); // the lock is held again
      }
      const own = manager.lock();
      using _held = own.hold();
      assert.equal(manager.condition(own).wait({ timeout: 20 }), false);
    });

    test("a section of a manager's lock and one of its condition are the same, also after a wait", async () => {
      const lock = manager.rlock();
      const condition = manager.condition(lock);
      await condition.withLockAsync(() => {
        assert.equal(lock.tryAcquire(), true);
        lock.release();
      });
      await lock.withLockAsync(() => condition.withLockAsync(() => condition.notify()));
      const nested = condition.withLockAsync(async () => {
        assert.equal(await condition.waitAsync(wait), true);
        assert.equal(condition.acquire(wait), true);
        condition.release();
        return lock.withLock(() => "nested");
      });
      const deadline = Date.now() + wait.timeout;
      for (let isOver = false; !isOver; ) {
        assert.ok(Date.now() < deadline);
        await condition.withLockAsync(() => condition.notify());
        isOver = await Promise.race([nested.then(() => true), setImmediate(false)]);
      }
      assert.equal(await nested, "nested");
      const plain = manager.lock();
      const over = manager.condition(plain);
      await over.withLockAsync(() => assert.equal(over.tryAcquire(), false));
    });

    test("147: a manager's events and barriers are those of threads", async () => {
      const event = manager.event();
      assert.deepEqual([event.isSet(), event.wait({ timeout: 20 })], [false, false]);
      const waiting = event.waitAsync();
      event.set();
      assert.deepEqual([await waiting, event.wait()], [true, true]);
      event.clear();
      assert.equal(event.isSet(), false);

      const barrier = manager.barrier(2);
      const first = barrier.waitAsync();
      assert.deepEqual([barrier.parties, barrier.waiting], [2, 1]);
      assert.equal(barrier.wait(), 1);
      assert.equal(await first, 0);
      assert.throws(() => barrier.wait({ timeout: 20 }), BrokenBarrierError);
      assert.equal(barrier.broken, true);
      barrier.reset();
      const again = barrier.waitAsync();
      barrier.abort();
      await assert.rejects(again, BrokenBarrierError);
      assert.throws(() => barrier.wait(), BrokenBarrierError);
      assert.throws(() => manager.barrier(0), RangeError);
    });

    test("147: a manager's queues are those of threads, in three orders", async () => {
      const queue = manager.queue<unknown>(1);
      assert.throws(() => queue.getNowait(), Empty);
      assert.throws(() => queue.get({ timeout: 20 }), Empty);
      queue.put(undefined);
      assert.throws(() => queue.putNowait(1), Full);
      await assert.rejects(queue.putAsync(1, { timeout: 20 }), Full);
      assert.deepEqual([queue.qsize(), queue.full(), queue.empty()], [1, true, false]);
      const put = queue.putAsync({ a: 1 });
      assert.equal(queue.get(), undefined);
      await put;
      assert.deepEqual(await queue.getAsync(), { a: 1 });
      const joined = queue.joinAsync();
      queue.taskDone();
      queue.taskDone();
      await joined;
      assert.throws(() => queue.taskDone(), StateError);
      assert.throws(() => queue.get({ timeout: -1 }), RangeError);
      const nobody = queue.getAsync({ signal: AbortSignal.timeout(20) });
      await assert.rejects(nobody, { name: "TimeoutError" });
      queue.put("kept");
      assert.equal(queue.get(), "kept");
      const shut = assert.rejects(queue.getAsync(), ShutDown);
      queue.shutdown();
      await shut;
      assert.throws(() => queue.put(1), ShutDown);

      const stack = manager.lifoQueue<number>();
      putAll(stack, [1, 2, 3]);
      assert.deepEqual([stack.get(), stack.get(), stack.get()], [3, 2, 1]);
      const sorted = manager.priorityQueue<[number, string]>();
      putAll(sorted, [[2, "b"], [1, "x"], [2, "a"], [0, "y"], [3, "z"], [1, "w"]]); // biome-ignore format: one line
      const order = Array.from({ length: 6 }, () => sorted.get()[1]);
      assert.deepEqual(order, ["y", "x", "w", "b", "a", "z"]);
      assert.throws(() => sorted.put({} as never), TypeError);
      sorted.put([1, "a"]);
      assert.throws(() => sorted.put(["1", "a"] as never), TypeError);
    });
  });
}
