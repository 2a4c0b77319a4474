/** Redis in place of a manager's server: the same objects with both drivers, and what becomes of them when something fails. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  AbandonedLockError,
  AuthenticationError,
  BrokenBarrierError,
  ConnectionClosedError,
  Empty,
  Full,
  lockAll,
  ref,
  SerializationError,
  ShutDown,
  StateError,
  TimeoutError,
  Unsupported,
  WorkerDiedError,
} from "heddle";
import { type ListProxy, Manager, Queue, type QueueProxy, type RedisManager } from "heddle/process";
import { loadDriver } from "../../runtime/src/process/redis/driver.js";
import { waitFor } from "../../runtime/src/process/redis/waits.js";
import { Certificate } from "../support/certificate.js";
import { Cutter, RedisServer } from "../support/redis-server.js";
import { Hosts } from "./redis-hosts.js";
import { connectTo, count, double, Point, takeAndLeave, takeAndStay, useFinds, waitAt } from "./redis-work.js";
import { started } from "./started-process.js";

const wait = { timeout: 20_000 };
/** Milliseconds: what nobody waits for the end of is long enough for a busy machine. */
const lease = 5000;
const short = { lease: 1500 };

let certificate: Certificate;
let server: RedisServer;
let redis: RedisManager;
/** Of another driver, and by that another client: to Redis, another program. */
let other: RedisManager;

before(async () => {
  certificate = await Certificate.made();
  server = await RedisServer.start([], certificate);
  redis = Manager.connect(server.url, { driver: "redis", lease });
  other = Manager.connect(server.url, { driver: "ioredis", lease });
});

after(async () => {
  redis.close();
  other.close();
  await server[Symbol.asyncDispose]();
  certificate[Symbol.dispose]();
});

function clients(): readonly RedisManager[] {
  return [redis, other];
}

function blockFor(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

test("lists have the methods of a manager's, with both drivers", async () => {
  for (const manager of clients()) {
    const list = manager.list<unknown>([3, 1, 2]);
    assert.equal(list.push({ a: [1] }, "x"), 5);
    assert.deepEqual([list.at(-1), list.get(-2), list.length, list.at(9)], ["x", { a: [1] }, 5, undefined]);
    list.set(3, { a: [1, 2] });
    assert.deepEqual(await list.getAsync(3), { a: [1, 2] });
    assert.throws(() => list.get(5), { name: "RangeError", message: "A list of 5 has no element 5." });
    assert.throws(() => list.set(-6, 0), RangeError);
    assert.deepEqual(list.splice(3), [{ a: [1, 2] }, "x"]);
    assert.deepEqual([...list.sort()], [1, 2, 3]);
    assert.deepEqual([...list.sort((a, b) => Number(b) - Number(a)).reverse()], [1, 2, 3]);
    assert.deepEqual([list.pop(), list.shift(), list.unshift(0, 9), list.indexOf(2)], [3, 1, 3, 2]);
    assert.deepEqual([list.includes(9), list.includes(7), list.lastIndexOf(0), list.indexOf({})], [true, false, 0, -1]);
    assert.equal(JSON.stringify(list), "[0,9,2]");
    assert.deepEqual(
      [list.slice(1), list.slice(-2, -1), list.slice(5), list.splice(-2, 1, "y", "z")],
      [[9, 2], [9], [], [9]],
    );
    assert.deepEqual([...list], [0, "y", "z", 2]);
    list.push(undefined, null, 10n, new Point(1));
    assert.deepEqual(list.slice(4, 7), [undefined, null, 10n]);
    assert.ok(list.at(-1) instanceof Point);
    list.clear();
    assert.deepEqual([await list.popAsync(), list.length], [undefined, 0]);
    assert.throws(() => list.push((() => {}) as never), SerializationError);
  }
});

test("dicts, namespaces and values do as well, and proxies in them stay proxies", async () => {
  for (const manager of clients()) {
    const dict = manager.dict<unknown, unknown>([["b", 1]]);
    dict.set("a", { n: 1 }).update([[2, "two"]]);
    assert.deepEqual([...dict], [["b", 1], ["a", { n: 1 }], [2, "two"]]); // biome-ignore format: one line
    assert.deepEqual(
      [dict.get("b"), dict.has("z"), dict.size, dict.get("z"), dict.get("2")],
      [1, false, 3, undefined, undefined],
    );
    assert.deepEqual([dict.setDefault("b", 5), dict.setDefault("c", 5)], [1, 5]);
    assert.deepEqual([dict.delete("c"), dict.delete("c"), dict.pop("b"), dict.pop("b")], [true, false, 1, undefined]);
    assert.deepEqual([[...dict.keys()], [...dict.values()]], [["a", 2], [{ n: 1 }, "two"]]); // biome-ignore format: one line
    assert.throws(() => dict.set({}, 1), SerializationError);
    const inner = manager.list<unknown>([1]);
    dict.set("inner", inner).set(inner, "by proxy");
    const found = dict.get("inner") as ListProxy<unknown>;
    found.push(found);
    assert.deepEqual([inner.length, (inner.at(-1) as ListProxy<unknown>).length, dict.get(found)], [2, 2, "by proxy"]);
    assert.equal(manager.list([inner]).indexOf(found), 0);
    for await (const [key] of dict) await dict.deleteAsync(key);
    assert.equal(dict.size, 0);

    const settings = manager.namespace<{ count: number; next?: string; _own?: number }>({ count: 1 });
    settings.count += 1;
    settings._own = 5;
    await settings.setAsync("next", "x");
    assert.deepEqual([settings.count, settings.attributes(), "next" in settings], [2, ["count", "next"], true]);
    delete settings.next;
    assert.deepEqual([settings.next, await settings.getAsync("count")], [undefined, 2]);

    const small = manager.value("i8", 127);
    assert.deepEqual([small.add(2), small.value], [127, -127]);
    const large = manager.value("u64", 1n);
    assert.deepEqual([large.add(-2n), large.value], [1n, 2n ** 64n - 1n]);
    const real = manager.value("f64", 0.1);
    real.value += 0.2;
    assert.equal(await real.getAsync(), 0.1 + 0.2);
    const flag = manager.value("bool", true);
    assert.equal(flag.value, true);
    assert.throws(() => flag.add(1 as never), TypeError);
    const total = manager.value("i32");
    await Promise.all(Array.from({ length: 20 }, () => total.addAsync(1)));
    assert.equal(total.value, 20);
  }
});

test("two clients meet by a name, and one of another kind is refused", () => {
  redis.dict([["a", 1]], { name: "meet" }).set("b", 2);
  assert.deepEqual([...other.dict([["a", 5]], { name: "meet" })], [["a", 1], ["b", 2]]); // biome-ignore format: one line
  assert.throws(() => other.list([], { name: "meet" }), { name: "StateError", message: /"meet" is that of a dict/ });
  assert.throws(() => redis.list([], { name: "{a}" }), RangeError);
});

test("what Redis cannot do is Unsupported, with the reason", () => {
  assert.throws(() => redis.array("i32", 3), Unsupported);
  assert.throws(() => redis.create("Counter"), { name: "Unsupported", message: /runs no code of yours/ });
  assert.throws(() => redis.barrier(2, { action: () => {} }), { name: "Unsupported", message: /parties - 1/ });
  assert.throws(() => redis.countObjects(), Unsupported);
  assert.throws(() => redis.shutdown(), { name: "Unsupported", message: /close\(\)/ });
});

test("a lock is had by one, in order of arrival, and each time with a larger fencing token", async () => {
  const [mine, theirs] = [redis.lock({ name: "turns" }), other.lock({ name: "turns" })];
  assert.throws(() => mine.fence, StateError);
  assert.deepEqual([mine.acquire(), mine.locked(), theirs.locked(), theirs.tryAcquire()], [true, true, true, false]);
  const first = mine.fence;
  assert.equal(theirs.acquire({ timeout: 30 }), false);
  assert.throws(() => theirs.hold({ timeout: 1 }), TimeoutError);
  await assert.rejects(theirs.acquireAsync({ signal: AbortSignal.timeout(30) }), { name: "TimeoutError" });
  const order: string[] = [];
  const waits = [theirs, mine, theirs].map(async (lock, i) => {
    await setTimeout(i * 40);
    await lock.acquireAsync(wait);
    order.push(`${i} ${lock.fence}`);
    await setImmediate();
    lock.release();
  });
  await setTimeout(200);
  mine.release();
  await Promise.all(waits);
  assert.deepEqual(order, [`0 ${first + 1}`, `1 ${first + 2}`, `2 ${first + 3}`]);
  while (mine.locked()) await setTimeout(5); // `release` does not wait for the server
  assert.throws(() => mine.release(), { name: "StateError", message: /nobody holds/ });
  mine.acquire();
  theirs.release(); // any client may
  assert.equal(theirs.tryAcquire(), true);
  theirs.release();
  using _both = lockAll([redis.lock(), redis.lock()]);
});

test("a blocked thread keeps its lock, as another one renews it", () => {
  const [mine, theirs] = [redis.lock({ name: "blocked", ...short }), other.lock({ name: "blocked" })];
  mine.acquire();
  blockFor(short.lease * 1.2);
  assert.deepEqual([theirs.tryAcquire(), mine.lost.aborted], [false, false]);
  mine.release();
  assert.equal(theirs.acquire(wait), true);
  theirs.release();
});

test("an rlock is taken again by its holder alone, also inside async sections", async () => {
  const [mine, theirs] = [redis.rlock({ name: "again" }), other.rlock({ name: "again" })];
  mine.acquire();
  mine.acquire();
  mine.release();
  assert.equal(theirs.tryAcquire(), false);
  assert.throws(() => theirs.release(), StateError);
  mine.release();
  await theirs.withLockAsync(async () => {
    assert.equal(mine.tryAcquire(), false);
    using _again = theirs.hold();
    await theirs.withLockAsync(async () => assert.ok(theirs.fence > 1));
  });
  assert.equal(mine.acquire(wait), true); // `release` does not wait for the server
  mine.release();
  assert.throws(() => mine.release(), StateError);
});

test("a thread that blocks all the time hears that its lock is lost when it uses it", () => {
  const [mine, theirs] = [redis.lock({ name: "unheard", lease: 300 }), other.lock({ name: "unheard" })];
  mine.acquire();
  theirs.release(); // any client may
  const end = performance.now() + wait.timeout;
  while (mine.locked()) {
    assert.ok(performance.now() < end, "it believes to have what nobody has");
    blockFor(20);
  }
  assert.throws(() => mine.release(), { name: "StateError", message: /lease/ });
});

test("objects without a name have an end from the beginning, also of a client that is gone at once", async () => {
  const keys = async (): Promise<string[]> => (await server.command("KEYS heddle:{#*")).match(/heddle:\S+/g) ?? [];
  const before = new Set(await keys());
  const brief = Manager.connect(server.url, { lease: lease + 1 });
  brief.list<number>().push(1);
  brief.queue<number>().put(1);
  brief.lock().acquire();
  brief.close();
  const made = (await keys()).filter((key) => !before.has(key));
  assert.ok(made.length >= 5, made.join(" "));
  for (const key of made) assert.match(await server.command(`PTTL ${key}`), /^:\d/, key);
});

test("a message chooses no other file as a driver", async () => {
  await assert.rejects(loadDriver(fileURLToPath(new URL("redis-work.js", import.meta.url)) as never), {
    name: "StateError",
    message: /is one of redis, ioredis, not/,
  });
});

const LURE = `
import { appendFileSync } from "node:fs";
import process from "node:process";
import { tasks } from "heddle";
appendFileSync(new URL("./ran", import.meta.url), process.pid + " ");
export class Lure {}
tasks(import.meta.url, { Lure });
`;

test("nothing that comes from Redis loads a file, also by way of managers and queues, or connects before it is used", async () => {
  // A file that notes in which processes it runs.
  await using hosts = new Hosts({ "lure.js": LURE });
  const host = hosts.host();
  const { Lure } = (await import(pathToFileURL(host.file("lure.js")).href)) as { Lure: new () => object };
  const hostile = new Manager({ address: "heddle://127.0.0.1:0", authkey: "key" });
  const finds = redis.list<object>();
  for (const make of [() => hostile.queue<unknown>(), () => new Queue<unknown>()]) {
    const [queue, nested] = [make(), make()];
    nested.put(new Lure());
    for (const item of [new Lure(), new Lure(), "plain", new Lure(), nested]) queue.put(item);
    finds.push(queue);
  }
  using child = started({ target: useFinds, args: [finds as never] });
  await child.joinAsync(wait);
  assert.equal(child.exitcode, 0);
  const ran = readFileSync(host.file("ran"), "utf8").trim().split(" ");
  assert.ok(ran.includes(String(process.pid)) && ran.length > 1, "nobody loads it");
  assert.ok(!ran.includes(String(child.pid)), "who found it in Redis has loaded it");

  hostile.shutdown();
  const found = finds.at(0) as QueueProxy<unknown>; // nobody is there to connect to
  assert.throws(() => found.get(), ConnectionClosedError);
  // What the library has for itself starts servers; a reference to a file would have it run in the next thread.
  for (const url of ["heddle:manager", "file:///heddle:manager", "file:///x.js"]) {
    finds.push([ref(url, "serveManager" as never)]);
    assert.throws(() => finds.at(-1), { name: "SerializationError", message: /not loaded here/ });
  }
});

test("what waits for long leaves nothing behind each time that it asks", async () => {
  const { signal } = new AbortController();
  let heard = 0;
  const listen = signal.addEventListener.bind(signal);
  const cancelled = Object.assign(signal, {
    addEventListener(...args: Parameters<typeof listen>) {
      heard++;
      listen(...args);
    },
  });
  const session = { soon: () => performance.now() + 1000, listen: () => ({ heard: Promise.resolve(), stop() {} }) };
  let asked = 0;
  const outcome = await waitFor(session as never, { args: [], cancelled }, 20_000, {
    ticket: "1",
    ask: async () => (++asked < 50 ? undefined : "there"),
    leave: async () => undefined,
  });
  assert.deepEqual([outcome, asked, heard], ["there", 50, 1]);
});

test("semaphores, events, conditions and barriers wake who waits, whoever that is", async () => {
  const [permits, theirs] = [
    redis.boundedSemaphore(2, { name: "permits" }),
    other.boundedSemaphore(2, { name: "permits" }),
  ];
  assert.deepEqual(
    [permits.acquire(), theirs.tryAcquire(), permits.tryAcquire(), theirs.value],
    [true, true, false, 0],
  );
  assert.equal(permits.acquire({ timeout: 20 }), false);
  const later = permits.acquireAsync(wait);
  theirs.release();
  assert.equal(await later, true);
  permits.release(2);
  assert.throws(() => permits.release(), { name: "StateError", message: /than 2, the most/ });

  const [event, seen] = [redis.event({ name: "event" }), other.event({ name: "event" })];
  assert.equal(seen.wait({ timeout: 20 }), false);
  const waits = [event.waitAsync(wait), seen.waitAsync(wait)];
  event.set();
  assert.deepEqual([await Promise.all(waits), seen.isSet(), seen.wait()], [[true, true], true, true]);
  seen.clear();
  assert.equal(event.isSet(), false);

  const [condition, same] = [
    redis.condition(undefined, { name: "news" }),
    other.condition(undefined, { name: "news" }),
  ];
  assert.throws(() => condition.wait(), StateError);
  assert.throws(() => condition.notify(), StateError);
  const state = redis.dict<string, boolean>([], { name: "news-state" });
  const told = same.withLockAsync(() => same.waitForAsync(() => state.get("go") === true, wait));
  await condition.withLockAsync(async () => assert.equal(await condition.waitAsync({ timeout: 30 }), false));
  {
    using _held = condition.hold();
    state.set("go", true);
    condition.notifyAll();
  }
  assert.equal(await told, true);

  const [barrier, far] = [redis.barrier(2, { name: "gate" }), other.barrier(2, { name: "gate" })];
  assert.deepEqual((await Promise.all([barrier.waitAsync(wait), far.waitAsync(wait)])).sort(), [0, 1]);
  assert.deepEqual([barrier.parties, far.waiting, far.broken], [2, 0, false]);
  assert.throws(() => barrier.wait({ timeout: 20 }), BrokenBarrierError);
  assert.equal(far.broken, true);
  assert.throws(() => far.wait(), BrokenBarrierError);
  far.reset();
  const waiting = far.waitAsync(wait);
  while (barrier.waiting === 0) await setTimeout(5);
  barrier.abort();
  await assert.rejects(waiting, BrokenBarrierError);
});

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
    for (const item of [[3, "c"], [1, "a"], [-2, "n"], [1, "b"], [0.5, "h"]] as const) byPriority.put([...item]); // biome-ignore format: one line
    const order = Array.from({ length: 5 }, () => byPriority.get()[1]);
    assert.deepEqual(order, ["n", "h", "a", "b", "c"]);
    for (const text of ["b", "ab", "a", ""]) byPriority.put(text);
    assert.deepEqual(Array.from({ length: 4 }, () => byPriority.get()), ["", "a", "ab", "b"]); // biome-ignore format: one line
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

test("proxies go to processes, which share what they stand for", async () => {
  const lock = redis.lock();
  const totals = redis.dict<string, number>();
  const jobs = redis.queue<number>();
  const results = redis.list<number>();
  using first = started({ target: count, args: [lock, totals, 40] });
  using second = started({ target: count, args: [lock, totals, 40] });
  using worker = started({ target: double, args: [jobs, results] });
  for (const job of [1, 2, 3, -1]) jobs.put(job);
  await Promise.all([first.joinAsync(wait), second.joinAsync(wait), worker.joinAsync(wait)]);
  assert.deepEqual([first.exitcode, second.exitcode, worker.exitcode], [0, 0, 0]);
  assert.deepEqual([totals.get("total"), [...results]], [80, [2, 4, 6]]);
  jobs.join();
});

test("what a killed process had is others' after the lease, with the word that it was", async () => {
  const lock = redis.lock(short);
  const semaphore = redis.semaphore(1, short);
  const queue = redis.queue<string>(0, short);
  using brief = Manager.connect(server.url, short);
  const barrier = brief.barrier(2);
  const taken = redis.event();
  queue.put("job");
  using child = started({ target: takeAndStay, args: [taken, lock, semaphore, queue] });
  using party = started({ target: waitAt, args: [barrier] });
  assert.equal(taken.wait(wait), true);
  while (barrier.waiting === 0) await setTimeout(5);
  assert.deepEqual([lock.tryAcquire(), semaphore.tryAcquire()], [false, false]);
  child.kill();
  party.kill();
  await assert.rejects(lock.acquireAsync(wait), AbandonedLockError);
  lock.release();
  assert.equal(semaphore.acquire(wait), true);
  const delivery = queue.receive(wait);
  assert.deepEqual([delivery.item, delivery.deliveries, delivery.isDuplicate], ["job", 2, true]);
  delivery.done();
  while (!barrier.broken) await setTimeout(20);
  assert.throws(() => barrier.wait(wait), BrokenBarrierError);
});

test("a process that ends has its locks and items given to others at once", () => {
  const lock = redis.lock({ lease: 60_000 });
  const queue = redis.queue<string>(0, { lease: 60_000 });
  queue.put("job");
  using child = started({ target: takeAndLeave, args: [lock, queue] });
  child.join(wait);
  assert.throws(() => lock.acquire(wait), AbandonedLockError);
  assert.equal(queue.get(wait), "job");
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

test("who is cut off hears that its lock is lost, and waits go on behind a new connection", async () => {
  await using cutter = await Cutter.start(server.port);
  using far = Manager.connect(cutter.url, { ...short, patience: 2500 });
  const [lock, mine] = [far.lock({ name: "cut" }), redis.lock({ name: "cut" })];
  const queue = far.queue<string>(0, { name: "cut-queue" });
  const permits = far.semaphore(1, { name: "cut-permits" });
  lock.acquire();
  permits.acquire();
  const [lost, gone] = [lock.lost, permits.lost];
  const waiting = queue.getAsync(wait);
  await setTimeout(50);
  cutter.close();
  assert.throws(() => queue.qsize(), ConnectionClosedError);
  await aborted(lost);
  assert.ok(lost.reason instanceof ConnectionClosedError);
  await assert.rejects(mine.acquireAsync(wait), AbandonedLockError);
  assert.throws(() => lock.release(), { name: "StateError", message: /lease/ });
  cutter.open();
  redis.queue<string>(0, { name: "cut-queue" }).put("after the cut");
  assert.equal(await waiting, "after the cut");
  const again = lock.acquireAsync(wait);
  const { fence } = mine;
  mine.release();
  assert.equal(await again, true);
  assert.ok(lock.fence > fence);
  assert.equal(gone.aborted, true);
  lock.release();
});

test("a server that stands still for longer than a lease costs the lock, and one that starts again is used again", async () => {
  await using own = await RedisServer.start();
  using far = Manager.connect(own.url, { ...short, patience: 2500 });
  const lock = far.lock({ name: "still" });
  const queue = far.queue<string>(0, { name: "still-queue" });
  lock.acquire();
  const { lost } = lock;
  own.pause();
  assert.throws(() => queue.get({ timeout: 50 }), Empty);
  await assert.rejects(queue.putAsync("x", { timeout: 50 }), {
    name: "ConnectionClosedError",
    message: /is not known/,
  });
  await aborted(lost);
  own.resume();
  assert.throws(() => lock.acquire(wait), AbandonedLockError);
  const waiting = lock.acquireAsync({ timeout: 100 });
  const item = queue.getAsync(wait);
  item.catch(() => {});
  assert.equal(await waiting, false);
  assert.equal(await item, "x");
  await own.kill();
  const next = queue.getAsync(wait);
  next.catch(() => {});
  await own.start();
  await aborted(lock.lost);
  // It has forgotten everything: what has a name is made anew.
  far.queue<string>(0, { name: "still-queue" }).put("y");
  assert.equal(await next, "y");
});

test("a server that answers nobody for long has no more connections afterwards", async () => {
  await using own = await RedisServer.start();
  const connected = async (): Promise<number> =>
    Number(/connected_clients:(\d+)/.exec(await own.command("INFO clients"))?.[1]);
  using redis = Manager.connect(own.url, { driver: "redis", patience: 1000 });
  using ioredis = Manager.connect(own.url, { driver: "ioredis", patience: 1000 });
  const queues = [redis, ioredis].map((far) => far.queue<string>(0, { name: "patient" }));
  const before = await connected();
  own.pause();
  for (const queue of [...queues, ...queues]) assert.throws(() => queue.qsize(), ConnectionClosedError);
  own.resume();
  const end = performance.now() + wait.timeout;
  let now = 0;
  do {
    assert.ok(performance.now() < end, `${now} connections where there were ${before}`);
    await setTimeout(20);
    now = await connected();
  } while (now !== before);
});

test("a server that is too old is refused with its version", async () => {
  const old = createServer((socket) => {
    socket
      .on("error", () => {})
      .on("data", (asked) => {
        const info = "redis_version:6.0.16\r\n";
        for (const command of String(asked)
          .split(/^\*\d+\r\n/m)
          .slice(1)) {
          if (/^\$4\r\nINFO\r/.test(command)) socket.write(`$${info.length}\r\n${info}\r\n`);
          else if (/^\$9\r\nSUBSCRIBE\r/i.test(command)) socket.write("*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n");
          else socket.write("+OK\r\n");
        }
      });
  });
  await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
  const { port } = old.address() as { port: number };
  try {
    // Nobody would answer while this thread blocks.
    using child = started({ target: connectTo, args: [`redis://127.0.0.1:${port}`] });
    await child.joinAsync(wait);
    assert.equal(child.exitcode, 3);
  } finally {
    old.close();
  }
});

test("wrong addresses, passwords, options, drivers and versions are errors that say what to do", async () => {
  assert.throws(() => Manager.connect("redis://"), RangeError);
  assert.throws(() => Manager.connect(server.url, { lease: 1 }), RangeError);
  assert.throws(() => Manager.connect(server.url, { patience: 0 }), RangeError);
  assert.throws(() => Manager.connect(server.url, { driver: "other" as never }), RangeError);
  assert.throws(() => Manager.connect("redis://127.0.0.1:1"), {
    name: "ConnectionClosedError",
    message: /127\.0\.0\.1:1/,
  });
  for (const secret of ["bob:pa/ssecret@127.0.0.1:1", "bob:p@ssecret@127.0.0.1:1?password=ssecret"]) {
    assert.throws(
      () => Manager.connect(`redis://${secret}`),
      (error: Error) => /127\.0\.0\.1:1/.test(error.message) && !error.message.includes("ssecret"),
    );
  }
  await server.command("CONFIG SET requirepass secret");
  try {
    for (const driver of ["redis", "ioredis"] as const) {
      const place = `redis://:wrong-secret@127.0.0.1:${server.port}` as const;
      assert.throws(
        () => Manager.connect(place, { driver }),
        (error: Error) => {
          assert.ok(error instanceof AuthenticationError, String(error));
          assert.doesNotMatch(error.message, /wrong-secret/);
          return true;
        },
      );
      Manager.connect(`redis://:secret@127.0.0.1:${server.port}`, { driver }).close();
    }
  } finally {
    await server.command("AUTH secret", 'CONFIG SET requirepass ""');
  }
});

test("rediss:// speaks TLS, with both drivers, and with nobody whose certificate is not known", () => {
  const place = `rediss://127.0.0.1:${server.tlsPort}` as const;
  for (const driver of ["redis", "ioredis"] as const) {
    const secure = Manager.connect(place, { driver, tls: { ca: certificate.pem.cert } });
    secure.list([driver], { name: `by ${driver}` });
    assert.deepEqual([...redis.list([], { name: `by ${driver}` })], [driver]);
    secure.close();
    assert.throws(() => Manager.connect(place, { driver }), {
      name: "ConnectionClosedError",
      message: /self-signed certificate/,
    });
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

const JOBS = `
import process from "node:process";
import { tasks } from "heddle";
export const square = (n) => n * n;
export const add = (a, b) => a + b;
export class Refused extends Error { constructor(message) { super(message); this.details = { n: 7 }; } }
export async function refuse() { throw new Refused("no"); }
export function die() { process.kill(process.pid, "SIGKILL"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
export function dieOnce(times) { if (times.push(process.pid) === 1) die(); return [...times].length; }
class Elsewhere {}
if (process.argv[1].includes("pool-worker")) tasks("file:///else/where.js", { Elsewhere });
export const strange = () => new Elsewhere();
tasks(import.meta.url, { square, add, Refused, refuse, die, dieOnce, strange });
`;

interface Jobs {
  square(n: number): number;
  add(a: number, b: number): number;
  Refused: new () => Error;
  refuse(): never;
  die(): never;
  dieOnce(times: ListProxy<number>): number;
  strange(): object;
}

test("a pool's tasks are done by workers of other hosts, and those of a killed one by another", async () => {
  await using hosts = new Hosts({ "jobs.js": JOBS });
  const jobs = (await import(pathToFileURL(hosts.host().file("jobs.js")).href)) as Jobs;
  const pool = redis.pool({ name: "hosts", ...short });
  // Things that no pool has put there end no worker.
  const inbox = redis.queue<unknown>(0, { name: "pool:hosts" });
  inbox.put({ ticket: 1, retries: 0, work: "none" });
  // Nor do results for elsewhere, to which nobody connects, or for a queue that takes something else.
  const task = { ticket: 1, retries: 0, work: new Uint8Array(1) };
  {
    using gone = new Manager();
    inbox.put({ ...task, results: gone.queue() });
  }
  inbox.put({ ...task, results: redis.priorityQueue() });
  await server.command("XADD heddle:{pool:hosts}:s * v none");
  const workers = await Promise.all([0, 1, 2].map(() => hosts.host().worker("jobs.js", server.url, "hosts")));
  const items = Array.from({ length: 30 }, (_, i) => i);
  assert.deepEqual(await pool.mapAsync(jobs.square, items), items.map((n) => n * n)); // biome-ignore format: one line
  assert.deepEqual(pool.starmap(jobs.add, [[1, 2], [3, 4]]), [3, 7]); // biome-ignore format: one line
  assert.deepEqual([...pool.imap(jobs.square, [1, 2, 3])], [1, 4, 9]);
  await assert.rejects(
    async () => pool.applyAsync(jobs.refuse),
    (error: Error) => {
      assert.ok(error instanceof jobs.Refused);
      assert.deepEqual((error as { details?: object }).details, { n: 7 });
      return true;
    },
  );
  await assert.rejects(async () => pool.applyAsync(jobs.strange), SerializationError);
  const times = redis.list<number>();
  assert.equal(await pool.applyAsync(jobs.dieOnce, [times]), 2);
  const careless = redis.pool({ name: "hosts", retries: 0, ...short });
  await assert.rejects(async () => careless.applyAsync(jobs.die), WorkerDiedError);
  assert.equal(pool.apply(jobs.square, [9]), 81);
  for (const each of [pool, careless]) {
    each.close();
    each.join();
  }
  const left = () => workers.filter(({ command }) => command.exitCode === null && command.signalCode === null);
  const end = performance.now() + wait.timeout;
  while (left().length > 1 && performance.now() < end) await setTimeout(20);
  const [last, ...more] = left();
  assert.equal(more.length, 0);
  const code = new Promise((resolve) => last?.command.once("exit", resolve));
  last?.command.kill();
  assert.equal(await code, 0);
  // A worker ends with the command that has started it.
  const orphan = await hosts.host().worker("jobs.js", server.url, "hosts");
  const { stderr } = orphan.command;
  assert.ok(stderr);
  const ended = once(stderr, "close", { signal: AbortSignal.timeout(wait.timeout) }); // the worker has the other end
  orphan.command.kill("SIGKILL");
  await ended;
});
