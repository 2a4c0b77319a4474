/** Managers: objects in a server process, and their proxies. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  AbandonedLockError,
  AuthenticationError,
  BrokenBarrierError,
  ConnectionClosedError,
  Empty,
  Full,
  SerializationError,
  ShutDown,
  StateError,
} from "heddle";
import { type ListProxy, Manager, Pool, Queue } from "heddle/process";
import {
  abortWait,
  askBeforeReading,
  Counter,
  CounterError,
  count,
  double,
  getAndStay,
  getUnreadable,
  putAll,
  takeAndStay,
  visit,
  waitAt,
  waitFor,
} from "./manager-work.js";
import { started } from "./started-process.js";

const wait = { timeout: 20_000 };

let manager: Manager;

before(() => {
  Manager.register("Counter", Counter);
  Manager.register("Shy", Counter, { exposed: ["add"] });
  manager = new Manager();
});

after(() => manager.shutdown());

test("143: lists and dicts have the methods of containers, and what is in them are copies", async () => {
  const list = manager.list<unknown>([3, 1, 2]);
  assert.equal(list.push({ a: [1] }, "x"), 5);
  assert.deepEqual([list.at(-1), list.get(-2), list.length], ["x", { a: [1] }, 5]);
  (list.get(3) as { a: number[] }).a.push(2);
  assert.deepEqual(list.get(3), { a: [1] });
  list.set(3, { a: [1, 2] });
  assert.deepEqual(await list.getAsync(3), { a: [1, 2] });
  assert.deepEqual(list.splice(3), [{ a: [1, 2] }, "x"]);
  assert.deepEqual([...list.sort()], [1, 2, 3]);
  assert.deepEqual([...list.sort((a, b) => Number(b) - Number(a)).reverse()], [1, 2, 3]);
  assert.deepEqual([list.pop(), list.shift(), list.unshift(0), list.indexOf(2), list.includes(9)], [3, 1, 2, 1, false]);
  assert.equal(JSON.stringify(list), "[0,2]");
  list.clear();
  assert.equal(await list.popAsync(), undefined);

  const dict = manager.dict<string | number, unknown>([["a", 1]]);
  dict.set("b", { n: 1 }).update([[2, "two"]]);
  assert.deepEqual([...dict], [["a", 1], ["b", { n: 1 }], [2, "two"]]); // biome-ignore format: one line
  assert.deepEqual([dict.get("a"), dict.has("z"), dict.size, dict.get("z")], [1, false, 3, undefined]);
  assert.equal(dict.setDefault("a", 5), 1);
  assert.equal(dict.setDefault("c", 5), 5);
  assert.deepEqual([dict.delete("c"), dict.delete("c"), dict.pop("a"), dict.pop("a")], [true, false, 1, undefined]);
  assert.deepEqual([[...dict.keys()], [...dict.values()]], [["b", 2], [{ n: 1 }, "two"]]); // biome-ignore format: one line
  assert.throws(() => dict.set({} as never, 1), SerializationError);
  for await (const [key] of dict) await dict.deleteAsync(key);
  assert.equal(dict.size, 0);
});

test("144: proxies in containers stay proxies, also in themselves and as keys", () => {
  const inner = manager.list<unknown>([1]);
  const dict = manager.dict<unknown, unknown>([["inner", inner]]);
  const found = dict.get("inner") as ListProxy<unknown>;
  found.push(2);
  assert.deepEqual([...inner], [1, 2]);
  inner.push(inner);
  assert.equal((inner.at(-1) as ListProxy<unknown>).length, 3);
  dict.set(inner, "by proxy");
  assert.equal(dict.get(found), "by proxy");
  assert.deepEqual(manager.list([inner]).indexOf(found), 0);
});

test("145: an error of the server is thrown here with its class, its properties and where it comes from", async () => {
  const list = manager.list<number>();
  assert.throws(() => list.get(0), RangeError);
  await assert.rejects(list.setAsync(1, 1), RangeError);
  const counter = manager.create<Counter>("Counter", [1]);
  assert.throws(
    () => counter.call("fail"),
    (error: CounterError) => {
      assert.ok(error instanceof CounterError);
      assert.deepEqual(error.details, { code: 7 });
      const { name, stack = "" } = error.cause as Error;
      assert.equal(name, "RemoteError");
      assert.match(stack, /Thrown in another process.*manager-work/s);
      return true;
    },
  );
  assert.throws(() => manager.create("Counter", [-1]), RangeError);
  assert.throws(() => list.push((() => {}) as never), SerializationError);
});

test("146: a namespace has attributes for all, and those with an underscore for the proxy alone", async () => {
  const mine = manager.namespace<{ count: number; next?: string; _own?: number }>({ count: 1 }, { name: "146" });
  const same = manager.namespace<{ count: number; next?: string; _own?: number }>(undefined, { name: "146" });
  mine.count += 1;
  mine.next = "x";
  mine._own = 5;
  assert.deepEqual([same.count, same.next, same._own, mine._own], [2, "x", undefined, 5]);
  assert.deepEqual([same.attributes(), "next" in same, "_own" in same], [["count", "next"], true, false]);
  delete mine.next;
  assert.equal("next" in same, false);
  await mine.setAsync("count", 7);
  assert.equal(await same.getAsync("count"), 7);
  assert.equal(await same, same); // it is no promise
  assert.throws(() => Object.assign(mine, { close: 1 }), TypeError);
});

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

test("a priority queue takes one type of priorities for good, and is as it was after one of another type", async () => {
  const queue = manager.priorityQueue<number | string>(2);
  putAll(queue, [2, 1]);
  await assert.rejects(queue.putAsync("a"), TypeError); // at once, and not when there is room
  assert.deepEqual([queue.get(), queue.get(), queue.qsize()], [1, 2, 0]);
  assert.throws(() => queue.put("a"), TypeError);
  queue.taskDone();
  queue.taskDone();
  await queue.joinAsync({ signal: AbortSignal.timeout(wait.timeout) });

  const asked = manager.event();
  using child = started({ target: getAndStay, args: [queue, asked] });
  assert.equal(asked.wait(wait), true);
  queue.put(1);
  assert.throws(() => queue.put("a"), TypeError);
  queue.put(2);
  assert.equal(queue.qsize(), 1);
  child.kill();
  const deadline = Date.now() + wait.timeout;
  while (queue.qsize() < 2) assert.ok(Date.now() < deadline);
  assert.deepEqual([queue.get(), queue.get()], [1, 2]);
});

test("148: values and arrays have elements of their type", async () => {
  const value = manager.value("u8", 250);
  value.value += 10;
  assert.deepEqual([value.value, value.add(1), value.get()], [4, 4, 5]);
  await value.setAsync(300);
  assert.equal(await value.getAsync(), 44);
  const large = manager.value("i64", 1n);
  assert.equal(large.add(2n), 1n);
  assert.throws(() => large.set(1 as never), TypeError);
  const flag = manager.value("bool");
  flag.value = true;
  assert.equal(flag.value, true);
  assert.throws(() => flag.add(1 as never), TypeError);
  const array = manager.array("i32", 3);
  array.set(-1, 7);
  assert.deepEqual([...array, array.length, array.get(2), array.add(0, 5), array.get(0)], [0, 0, 7, 3, 7, 0, 5]);
  assert.throws(() => array.get(3), RangeError);
  assert.throws(() => array.set(-4, 1), RangeError);
  assert.deepEqual(manager.array("f64", [0.5, 1]).slice(1), [1]);
  assert.throws(() => manager.value("i128" as never), TypeError);
});

test("a queue of the manager goes to a pool of processes, and so do locks and containers", () => {
  const [jobs, results] = [manager.joinableQueue<number>(), manager.list<number>()];
  const [lock, totals] = [manager.lock(), manager.dict<string, number>()];
  using pool = new Pool(2);
  const working = [0, 1].map(() => pool.applyAsync(double, [jobs, results]));
  putAll(jobs, [1, 2, 3, 4]);
  jobs.join();
  putAll(jobs, [-1, -1]);
  for (const each of working) each.get(wait);
  assert.deepEqual([...results].sort(), [2, 4, 6, 8]);
  pool.starmap(count, [
    [lock, totals, 50],
    [lock, totals, 50],
  ]);
  assert.equal(totals.get("total"), 100);
});

test("what a client held that ended is for others: its lock with a warning, its permits, its place at a barrier", () => {
  const [taken, lock, semaphore] = [manager.event(), manager.lock(), manager.semaphore(1)];
  using child = started({ target: takeAndStay, args: [taken, lock, semaphore] });
  assert.equal(taken.wait(wait), true);
  assert.deepEqual([lock.tryAcquire(), semaphore.tryAcquire()], [false, false]);
  child.kill();
  assert.throws(() => lock.acquire(wait), AbandonedLockError);
  lock.release(); // it was held
  assert.equal(lock.tryAcquire(), true);
  assert.equal(semaphore.acquire(wait), true);

  const barrier = manager.barrier(3);
  using waiter = started({ target: waitAt, args: [barrier] });
  const both = assert.rejects(barrier.waitAsync(wait), BrokenBarrierError);
  const deadline = Date.now() + wait.timeout;
  while (barrier.waiting < 2) assert.ok(Date.now() < deadline);
  waiter.kill();
  return both;
});

test("a client that ends while its aborted wait takes the lock again does not get the lock", () => {
  const [condition, semaphore] = [manager.condition(), manager.semaphore(1)];
  const [waits, aborts, hasAborted] = [manager.event(), manager.event(), manager.event()];
  using child = started({ target: abortWait, args: [condition, semaphore, waits, aborts, hasAborted] });
  assert.equal(waits.wait(wait), true);
  assert.equal(condition.acquire(wait), true);
  aborts.set();
  assert.equal(hasAborted.wait(wait), true);
  child.kill();
  assert.equal(semaphore.acquire(wait), true); // the server knows that the child has ended
  condition.release();
  assert.equal(condition.acquire(wait), true);
});

test("who asks while large answers are unread, and the server waits for them to be read, gets an answer", () => {
  const [large, list, lock] = [manager.dict<string, string>(), manager.list<string>(), manager.lock()];
  large.set("large", "x".repeat(2 ** 20));
  using child = started({ target: askBeforeReading, args: [large, list, lock] });
  child.join(wait);
  assert.equal(child.exitcode, 0);
  assert.equal(list.length, 12);
});

test("a proxy that is closed behind an async call stays for that call", async () => {
  using own = new Manager();
  const [list, inner] = [own.list<unknown>(), own.list([1])];
  const large = Array.from({ length: 6 }, () => list.pushAsync("x".repeat(2 ** 20)));
  const last = list.pushAsync(inner);
  inner.close();
  await Promise.all(large);
  assert.equal(await last, 7);
  {
    using kept = list.pop() as ListProxy<number>;
    assert.deepEqual([...kept], [1]);
  }
  list.clear();
  const [lock, unused] = [own.lock(), own.list()];
  const gone = new AbortController();
  const more = Array.from({ length: 6 }, () => list.pushAsync("x".repeat(2 ** 20)));
  const never = lock.acquireAsync({ signal: gone.signal });
  unused.close();
  gone.abort(new Error("enough"));
  await assert.rejects(never, /enough/);
  await Promise.all(more);
  assert.equal(lock.locked(), false);
  assert.equal(own.countObjects(), 2);
});

test("an item that its taker cannot read is not the next one again", () => {
  const [queue, semaphore] = [manager.queue<unknown>(), manager.semaphore(1)];
  {
    using other = new Manager();
    putAll(queue, [other.list([1]), other.list([2]), "next"]);
  }
  using child = started({ target: getUnreadable, args: [queue, semaphore] });
  child.join(wait);
  assert.equal(child.exitcode, 0);
  assert.equal(semaphore.acquire(wait), true); // the server knows that the child has ended
  assert.deepEqual([queue.qsize(), queue.get()], [1, "next"]);
});

test("149: who does not know the key is told so, here and in other processes", () => {
  const path = manager.address;
  assert.throws(() => Manager.connect(path, { authkey: "wrong" }), AuthenticationError);
  assert.throws(() => Manager.connect(path, { authkey: "" }), RangeError);
  using pool = new Pool(1);
  assert.equal(pool.apply(visit, [path, "wrong"]), "AuthenticationError");
});

test("150: after shutdown the server is gone, and its proxies say so", async () => {
  let list: ListProxy<number>;
  {
    await using short = new Manager();
    list = short.list([1]);
    assert.equal(list.length, 1);
    short.shutdown();
    short.shutdown();
    assert.throws(() => short.list(), ConnectionClosedError);
    assert.throws(() => Manager.connect(short.address, short), ConnectionClosedError);
  }
  assert.throws(() => list.length, ConnectionClosedError);
  await assert.rejects(list.getAsync(0), ConnectionClosedError);
});

test("151: objects live as long as their proxies, whoever has them, and classes of the program may have some", async () => {
  const before = manager.countObjects();
  const list = manager.list<unknown>([1]);
  const holder = manager.list<unknown>([list]);
  list.close();
  assert.throws(() => list.length, StateError);
  assert.equal(manager.countObjects(), before + 1);
  const again = holder.get(0) as ListProxy<unknown>;
  assert.deepEqual([...again], [1]);
  const queue = new Queue<ListProxy<unknown>>();
  queue.put(again);
  again.close();
  holder.close(); // what is on its way stays
  using arrived = queue.get(wait);
  assert.deepEqual([...arrived], [1]);
  assert.equal(manager.countObjects(), before + 1);
  arrived.close();
  assert.equal(manager.countObjects(), before);

  const counter = manager.create<Counter>("Counter", [40]);
  assert.equal(counter.call("add", 2), 42);
  assert.equal(await counter.callAsync("later"), "count 42");
  assert.notEqual(counter.call("pid"), process.pid);
  assert.throws(() => counter.call("_hidden"), TypeError);
  assert.throws(() => counter.call("constructor" as "pid"), TypeError);
  assert.throws(() => manager.create<Counter>("Shy", [1]).call("pid"), TypeError);
  assert.throws(() => manager.create("Unknown"), TypeError);
  assert.throws(() => Manager.register("Other", class Other {}), SerializationError);
});

test("152: a manager with an address and a key has clients from elsewhere, which meet by names", () => {
  using server = new Manager({ address: "heddle://127.0.0.1:0", authkey: "secret" });
  assert.match(server.address, /^heddle:\/\/127\.0\.0\.1:[1-9]\d*$/);
  const guests = server.list<number>([1], { name: "guests" });
  using pool = new Pool(1);
  assert.equal(pool.apply(visit, [server.address, "secret"]), "2");
  assert.equal(guests.length, 2);
  assert.throws(() => server.dict([], { name: "guests" }), StateError);
  assert.equal(server.create<Counter>("Counter", [1], { name: "looms" }).call("add", 2), 3);
  assert.equal(server.create<Counter>("Counter", [1], { name: "looms" }).call("add", 2), 5);
  assert.throws(() => server.create("Shy", [1], { name: "looms" }), /"looms" is a Counter/);
  assert.throws(() => new Manager({ address: server.address, authkey: "x" }), /EADDRINUSE/);
  assert.throws(() => new Manager({ address: "nowhere" }), RangeError);
});
