/** Locks, permits and signals in Redis: who has them, and who is woken. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AbandonedLockError, BrokenBarrierError, lockAll, StateError, TimeoutError } from "heddle";
import { type LeasedLock, Manager } from "heddle/process";
import { createClient } from "redis";
import { waitFor } from "../../../runtime/src/process/redis/waits.js";
import { runProgram } from "../../support/run-program.js";
import { tellsHolders } from "../../trace/held-elsewhere.js";
import { started } from "../started-process.js";
import { other, redis, server, short, wait } from "./tested-redis.js";
import { takeAndLeave, takeAndStay, waitAt } from "./work.js";

function blockFor(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Resolves when so many wait for the lock, as the server knows it. */
async function haveCome(name: string, count: number): Promise<void> {
  const client = createClient({ url: server.url });
  await client.connect();
  const deadline = Date.now() + wait.timeout;
  while ((await client.lLen(`heddle:{${name}}:w`)) < count) {
    assert.ok(Date.now() < deadline, `${count} have not come.`);
    await setTimeout(5);
  }
  client.destroy();
}

test("a lock is had by one, in order of arrival, and each time with a larger fencing token", async () => {
  const [mine, theirs] = [redis.lock({ name: "turns" }), other.lock({ name: "turns" })];
  assert.throws(() => mine.fence, StateError);
  assert.deepEqual([mine.acquire(), mine.locked(), theirs.locked(), theirs.tryAcquire()], [true, true, true, false]);
  const first = mine.fence;
  assert.equal(theirs.acquire({ timeout: 30 }), false);
  assert.throws(() => theirs.hold({ timeout: 1 }), TimeoutError);
  await assert.rejects(theirs.acquireAsync({ signal: AbortSignal.timeout(30) }), { name: "TimeoutError" });
  const order: string[] = [];
  const takeTurn = async (lock: LeasedLock, i: number): Promise<void> => {
    await lock.acquireAsync(wait);
    order.push(`${i} ${lock.fence}`);
    await setImmediate();
    lock.release();
  };
  const waits: Promise<void>[] = [];
  for (const [i, lock] of [theirs, mine, theirs].entries()) {
    waits.push(takeTurn(lock, i));
    await haveCome("turns", i + 1);
  }
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

test("what is lost before its holder has read that it has it is lost", async () => {
  const [mine, theirs] = [redis.lock({ name: "unread", lease: 300 }), other.lock({ name: "unread" })];
  const permits = redis.semaphore(1, { name: "unread permits", lease: 300 });
  const others = other.semaphore(1, { name: "unread permits" });
  const taken = [mine.acquireAsync(wait), permits.acquireAsync(wait)];
  // From here on this thread reads nothing of its own until both are lost.
  const end = performance.now() + wait.timeout;
  while (!theirs.locked() || others.value > 0) assert.ok(performance.now() < end, "they are taken");
  theirs.release(); // any client may
  others.release();
  blockFor(600);
  assert.deepEqual(await Promise.all(taken), [true, true]);
  for (const lost of [mine.lost, permits.lost]) {
    if (!lost.aborted) await once(lost, "abort", { signal: AbortSignal.timeout(wait.timeout) });
  }
  assert.throws(() => mine.release(), { name: "StateError", message: /lease/ });
  assert.equal(mine.acquire(wait), true); // the next time is another one
  assert.equal(mine.lost.aborted, false);
  mine.release();
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

test("a look that begins a wait has the patience of the wait, and not that of a look", async () => {
  const session = { soon: () => performance.now() + 10, listen: () => ({ heard: Promise.resolve(), stop() {} }) };
  const call = { args: [], cancelled: new AbortController().signal };
  const look = (answer: Promise<string>, first?: number): Promise<string | undefined> => {
    const asks = { ticket: "1", ask: () => answer, leave: async () => undefined };
    return waitFor(session as never, call, 0, asks, first);
  };
  const silence = new Promise<never>(() => {});
  await assert.rejects(look(silence));
  assert.equal(await look(silence, 30), undefined);
  assert.equal(await look(setTimeout(30, "there"), Number.POSITIVE_INFINITY), "there");
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

test("what comes to a proxy that was closed meanwhile is had by the one that was made since", async () => {
  const theirs = other.lock({ name: "closed meanwhile" });
  theirs.acquire();
  const closed = redis.lock({ name: "closed meanwhile" });
  const waiting = closed.acquireAsync(wait);
  await haveCome("closed meanwhile", 1);
  closed.close();
  const mine = redis.lock({ name: "closed meanwhile" });
  theirs.release();
  assert.equal(await waiting, true);
  assert.ok(mine.fence > 0);
  mine.release();
  assert.equal(theirs.acquire(wait), true);
  theirs.release();
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

test("what a killed process had is others' after a lease also if the server's clock was set back", async () => {
  const lock = redis.lock({ name: "set back", ...short });
  const semaphore = redis.semaphore(1, { name: "set back permits", ...short });
  const queues = [
    redis.queue<string>(0, { name: "set back items", ...short }),
    redis.priorityQueue<string>(0, { name: "set back ranks", ...short }),
  ];
  const taken = redis.event();
  for (const queue of queues) queue.put("job");
  using child = started({ target: takeAndStay, args: [taken, lock, semaphore, ...queues] });
  assert.equal(taken.wait(wait), true);
  child.kill();
  child.join(wait);
  // With an hour less on its clock, whatever the server has noted for a moment is an hour ahead.
  const hour = 3_600_000;
  const client = createClient({ url: server.url });
  await client.connect();
  await client.hIncrBy("heddle:{set back}", "u", hour);
  await client.hIncrBy("heddle:{set back items}", "r", hour);
  for (const key of ["heddle:{set back permits}:t", "heddle:{set back ranks}:t"]) {
    for (const member of await client.zRange(key, 0, -1)) await client.zIncrBy(key, hour, member);
  }
  client.destroy();
  const deliveries = queues.map((queue) => queue.receiveAsync(wait));
  await assert.rejects(lock.acquireAsync(wait), AbandonedLockError);
  assert.equal(semaphore.acquire(wait), true);
  assert.deepEqual(
    (await Promise.all(deliveries)).map((delivery) => delivery.deliveries),
    [2, 2],
  );
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

test("what a client has and waits for goes by no clock that somebody sets", async () => {
  const clock = new URL("../../support/jumping-clock.js", import.meta.url);
  const program = new URL("../programs/redis-clock.js", import.meta.url);
  const { stdout, stderr } = await runProgram(["--import", clock.href, fileURLToPath(program), server.url], {
    deadline: 2 * wait.timeout,
  });
  const asEver = { answers: [false, false], inTime: true, lost: [false, false] };
  // Also the thread that renews.
  assert.deepEqual(JSON.parse(stdout || "0"), [asEver, asEver, { fence: 1, deliveries: 1, threads: 2 }], stderr);
});

test("a recording tells who has a lock that its program waits for, and the server's own fields do", async () => {
  const lock = redis.lock({ name: "ledger-fields" });
  lock.acquire();
  const owner = await server.command("HGET heddle:{ledger-fields} o");
  assert.ok(owner.includes(`:${process.pid}:`) && owner.includes(":MainThread "), owner);
  lock.release();
  await tellsHolders(redis, server.url);
});
