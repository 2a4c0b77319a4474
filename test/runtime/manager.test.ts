/** Managers: objects in a server process, and their proxies. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AbandonedLockError,
  BrokenBarrierError,
  ConnectionClosedError,
  SerializationError,
  StateError,
  WorkerDiedError,
} from "heddle";
import { type ListProxy, Manager, Pool, Queue } from "heddle/process";
import {
  abortWait,
  askBeforeReading,
  Counter,
  CounterError,
  checkIn,
  count,
  double,
  failWith,
  getAndStay,
  getTwoAndStay,
  getUnreadable,
  parentOf,
  putAll,
  squareOf,
  takeAndStay,
  visit,
  waitAt,
  workUntilTold,
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

test("what a client got and never saw is for those who wait, in its order", async () => {
  const [queue, asked] = [manager.queue<number>(), manager.event()];
  using child = started({ target: getTwoAndStay, args: [queue, asked] });
  assert.equal(asked.wait(wait), true);
  putAll(queue, [1, 2]);
  const next = queue.getAsync(wait);
  assert.equal(queue.qsize(), 0);
  child.kill();
  assert.deepEqual([await next, queue.get(wait)], [1, 2]);
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
  assert.throws(() => Manager.connect(path, { authkey: "wrong" }), {
    name: "AuthenticationError",
    message: `No connection to ${path}: The server has another authkey.`,
  });
  assert.throws(() => Manager.connect("heddle://no..host:1", { authkey: "wrong" }), {
    name: "ConnectionClosedError",
    message: /^No connection to heddle:\/\/no\.\.host:1: getaddrinfo /,
  });
  assert.throws(() => Manager.connect("reddis://127.0.0.1:1"), { name: "RangeError", message: /reddis:/ });
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

test("119, 136, 138, 139: a pool of the manager has processes of the server, each of which begins with the initializer", () => {
  const guests = manager.list<number>();
  using pool = manager.pool(1, { maxTasksPerChild: 2, initializer: checkIn, initargs: [guests] });
  assert.equal(pool.apply(parentOf), manager.create<Counter>("Counter", [0]).call("pid"));
  assert.throws(
    () => pool.apply(failWith, ["not today"]),
    (error: Error) => {
      assert.ok(error instanceof CounterError);
      assert.deepEqual([error.message, error.details], ["not today", { code: 7 }]);
      assert.match((error.cause as Error).stack ?? "", /at failWith /);
      return true;
    },
  );
  assert.equal(pool.apply(squareOf, [3]), 9); // by the next worker
  assert.equal(new Set(guests).size, 2);
  for (const workers of [0, 1.5]) assert.throws(() => manager.pool(workers), RangeError);
  assert.throws(() => manager.pool(1, { initializer: () => {} }), SerializationError);
});

test("132, 135, 140: a task whose worker is killed fails, one that waits can be taken back, and the rest is done before the end", async () => {
  const objects = manager.countObjects();
  const [started, told] = [manager.queue<number>(), manager.queue<number>()];
  const pool = manager.pool(1);
  const stuck = pool.applyAsync(workUntilTold, [started, told]);
  const behind = pool.applyAsync(squareOf, [4]);
  const never = pool.applyAsync(squareOf, [5]);
  const pid = started.get(wait);
  assert.equal(never.cancel(), true);
  assert.equal(stuck.cancel(), false);
  assert.throws(() => never.get(wait), StateError);
  process.kill(pid, "SIGKILL");
  await assert.rejects(async () => stuck, WorkerDiedError);
  assert.equal(behind.get(wait), 16);
  const last = pool.mapAsync(squareOf, [1, 2, 3]);
  pool.close();
  assert.throws(() => pool.apply(squareOf, [1]), StateError);
  await pool.joinAsync();
  assert.deepEqual(last.get(wait), [1, 4, 9]);
  started.close();
  told.close();
  const deadline = Date.now() + wait.timeout;
  while (manager.countObjects() > objects) assert.ok(Date.now() < deadline, "nothing of the pool stays");
});

test("150: the tasks of a manager's pool end with it, at terminate, and with the server, and so do its workers", async () => {
  using server = new Manager();
  const [started, told] = [manager.queue<number>(), manager.queue<number>()]; // of another one, which stays
  const [pool, ended] = [server.pool(1), server.pool(1)];
  const results = [pool, ended].map((each) => each.applyAsync(workUntilTold, [started, told]));
  const pids = [started.get(wait), started.get(wait)];
  ended.terminate();
  ended.join();
  await assert.rejects(async () => results[1], WorkerDiedError);
  server.shutdown();
  await assert.rejects(async () => results[0], ConnectionClosedError);
  assert.throws(() => pool.apply(squareOf, [1]), ConnectionClosedError);
  pool.close();
  pool.join();
  assert.throws(() => server.pool(1), ConnectionClosedError);
  const deadline = Date.now() + wait.timeout;
  while (pids.some(isRunning)) assert.ok(Date.now() < deadline);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
