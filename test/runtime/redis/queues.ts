/** Queues in Redis: items stay until they are reported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { AbandonedLockError, Empty, Full, ShutDown, StateError } from "heddle";
import { started } from "../started-process.js";
import { clients, other, redis, server, short, wait } from "./tested-redis.js";
import { takeAndStay } from "./work.js";

test("queues of all orders keep their items until they are reported, with both drivers", async () => {
  for (const manager of clients()) {
    const queue = manager.queue<unknown>(2);
    assert.throws(() => queue.getNowait(), Empty);
    queue.put(1);
    queue.put({ a: 1 });
    assert.throws(() => queue.putNowait(3), Full);
    await assert.rejects(queue.putAsync(3, { timeout: 20 }), Full);
    const room = queue.putAsync(3, wait);
    assert.deepEqual([queue.get(), queue.qsize() > 0], [1, true]);
    await room;
    assert.deepEqual([queue.full(), queue.qsize()], [true, 2]);
    const delivery = queue.receive();
    assert.deepEqual([delivery.item, delivery.isDuplicate], [{ a: 1 }, false]);
    delivery.giveBack();
    assert.deepEqual([queue.qsize(), queue.full()], [2, true]);
    const again = await queue.receiveAsync(wait);
    assert.deepEqual([again.item, again.deliveries], [{ a: 1 }, 1]); // nobody kept it
    again.done();
    queue.taskDone();
    assert.throws(() => queue.taskDone(), StateError);
    assert.deepEqual(await queue.getAsync(), 3);
    const joined = queue.joinAsync();
    queue.taskDone();
    await joined;
    await assert.rejects(queue.getAsync({ signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
    const waiting = queue.getAsync(wait);
    queue.put("last");
    assert.equal(await waiting, "last");
    const ends = queue.getAsync(wait);
    await setImmediate();
    queue.shutdown();
    await assert.rejects(ends, ShutDown);
    assert.throws(() => queue.put(1), ShutDown);

    const byPriority = manager.priorityQueue<[number, string] | string>();
    for (const item of [
      [3, "c"],
      [1, "a"],
      [-2, "n"],
      [1, "b"],
      [0.5, "h"],
    ] as const)
      byPriority.put([...item]);
    const order = Array.from({ length: 5 }, () => byPriority.get()[1]);
    assert.deepEqual(order, ["n", "h", "a", "b", "c"]);
    for (const text of ["b", "ab", "a", ""]) byPriority.put(text);
    assert.deepEqual(
      Array.from({ length: 4 }, () => byPriority.get()),
      ["", "a", "ab", "b"],
    );
    assert.throws(() => byPriority.put({} as never), TypeError);
    const stack = manager.lifoQueue<number>();
    for (const item of [1, 2, 3]) stack.put(item);
    assert.deepEqual([stack.get(), stack.get(), stack.get()], [3, 2, 1]);
  }
});

test("many puts and gets under way at once lose and double nothing", async () => {
  const [queue, far] = [redis.queue<number>(0, { name: "many" }), other.queue<number>(0, { name: "many" })];
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const got = items.map((_, i) => (i % 2 === 0 ? queue : far).getAsync(wait));
  await Promise.all(items.map((item) => queue.putAsync(item, wait)));
  assert.deepEqual(
    (await Promise.all(got)).sort((a, b) => a - b),
    items,
  );
  for (const i of items) (i % 2 === 0 ? queue : far).taskDone();
  queue.join();
});

test("an item that its takers die of is put aside", async () => {
  const queue = redis.queue<string>(0, { maxDeliveries: 1, ...short });
  const stack = redis.lifoQueue<string>(0, { maxDeliveries: 1, ...short });
  const [lock, semaphore, taken] = [redis.lock(short), redis.semaphore(9), redis.event()];
  for (const items of [queue, stack]) {
    items.put("poison");
    using child = started({ target: takeAndStay, args: [taken, lock, semaphore, items] });
    assert.equal(taken.wait(wait), true);
    child.kill();
    const end = performance.now() + wait.timeout;
    while (items.aside().length === 0 && performance.now() < end)
      assert.throws(() => items.get({ timeout: 50 }), Empty);
    assert.deepEqual(items.aside(), ["poison"]);
    items.join();
    taken.clear();
    await assert.rejects(lock.acquireAsync(wait), AbandonedLockError);
    lock.release();
  }
});

test("a server without memory refuses, and nothing is lost", async () => {
  const queue = redis.queue<string>(0, { name: "memory" });
  queue.put("before");
  await server.command("CONFIG SET maxmemory 1");
  try {
    assert.throws(() => queue.put("x".repeat(1000)), { name: "StateError", message: /no memory left/ });
  } finally {
    await server.command("CONFIG SET maxmemory 0");
  }
  assert.deepEqual([queue.get(wait), queue.qsize()], ["before", 0]);
});
