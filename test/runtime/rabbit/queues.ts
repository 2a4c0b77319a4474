/** Queues in RabbitMQ: items stay until they are reported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Empty, Full, SerializationError, StateError, Unsupported } from "heddle";
import { Manager } from "heddle/process";
import { started } from "../started-process.js";
import { other, rabbit, server, until, wait } from "./tested-rabbit.js";
import { double, takeAndLeave, takeAndStay } from "./work.js";

test("items go from one client to another, and stay until they are reported", async () => {
  const [queue, far] = [rabbit.queue<unknown>(0, { name: "items" }), other.queue<unknown>(0, { name: "items" })];
  assert.throws(() => queue.getNowait(), Empty);
  assert.throws(() => queue.get({ timeout: 20 }), Empty);
  queue.put({ a: 1 });
  await queue.putAsync([2n, undefined, new Date(5)]);
  assert.deepEqual([queue.qsize(), far.empty(), far.full()], [2, false, false]);
  const first = far.receive(wait);
  assert.deepEqual([first.item, first.deliveries, first.isDuplicate], [{ a: 1 }, 1, false]);
  assert.deepEqual(await far.getAsync(wait), [2n, undefined, new Date(5)]);
  assert.equal(queue.qsize(), 0);
  first.giveBack();
  const again = queue.receive(wait);
  assert.deepEqual([again.item, again.deliveries, again.isDuplicate], [{ a: 1 }, 2, true]);
  again.done();
  far.taskDone();
  assert.throws(() => far.taskDone(), StateError);
  await assert.rejects(queue.getAsync({ signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  const waiting = queue.getAsync(wait);
  far.put("last");
  assert.equal(await waiting, "last");
  queue.taskDone();
  const nothing = far.receiveAsync({ timeout: 100 });
  await assert.rejects(nothing, Empty);
  assert.throws(() => queue.put(() => {}), SerializationError);
});

test("nothing lies at a client that others could do, unless it wants items before it asks", async () => {
  const [queue, far] = [rabbit.queue<number>(), other.queue<number>(0, { name: "shared", prefetch: 2 })];
  const names = rabbit.queue<number>(0, { name: "shared" });
  for (const item of [1, 2, 3]) queue.put(item);
  const first = queue.receive(wait);
  first.done();
  assert.equal(queue.qsize(), 2);
  for (const item of [1, 2, 3]) names.put(item);
  const mine = far.receive(wait);
  await until(() => names.qsize() === 1, "two are at the client");
  assert.deepEqual([mine.item, names.get(wait), far.get(wait)], [1, 3, 2]);
  mine.done();
  names.taskDone();
  far.taskDone();
  for (const item of [2, 3]) assert.equal(queue.get(wait), item); // both in hand
  assert.throws(() => queue.get({ timeout: 10 }), Empty);
});

test("many puts and gets under way at once lose and double nothing", async () => {
  const [queue, far] = [rabbit.queue<number>(0, { name: "many" }), other.queue<number>(0, { name: "many" })];
  const items = Array.from({ length: 500 }, (_, i) => i);
  const got = items.map((_, i) => (i % 2 === 0 ? queue : far).getAsync(wait));
  await Promise.all(items.map((item) => queue.putAsync(item, wait)));
  assert.deepEqual(
    (await Promise.all(got)).sort((a, b) => a - b),
    items,
  );
  for (const i of items) (i % 2 === 0 ? queue : far).taskDone();
});

test("a queue that is full takes items when there is room", async () => {
  const queue = rabbit.queue<number>(2);
  let count = 0;
  // About so many: the server says that it is full after it is.
  for (; count < 50; count++) {
    try {
      queue.put(count, { timeout: 50 });
    } catch (error) {
      assert.ok(error instanceof Full, String(error));
      break;
    }
  }
  assert.ok(count >= 2 && count < 50, `${count}`);
  assert.throws(() => queue.putNowait(count), Full);
  assert.equal(queue.full(), true);
  await assert.rejects(queue.putAsync(count, { signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  const room = queue.putAsync(count, wait);
  const got = Array.from({ length: count }, () => queue.get(wait));
  await room;
  assert.deepEqual(
    [...got, queue.get(wait)],
    Array.from({ length: count + 1 }, (_, i) => i),
  );
});

test("the smallest priority leaves first, and in order of arrival", () => {
  const queue = rabbit.priorityQueue<[number, string] | number>(0, { priorities: 4 });
  for (const item of [[3, "d"], [1, "b"], [0, "a"], [1, "c"], 2] as const) queue.put(item as never);
  const order = Array.from({ length: 5 }, () => queue.get(wait));
  assert.deepEqual(order, [[0, "a"], [1, "b"], [1, "c"], 2, [3, "d"]]);
  for (const priority of [4, -1, 0.5, "a"]) assert.throws(() => queue.put(priority as number), RangeError);
  assert.throws(() => queue.put({} as never), TypeError);
  assert.throws(() => queue.deadLetters(), Unsupported);
});

test("what RabbitMQ cannot do is Unsupported, with the reason and what to use", async () => {
  const queue = rabbit.queue<number>();
  const made: readonly (() => unknown)[] = [
    () => rabbit.lock(),
    () => rabbit.rlock(),
    () => rabbit.condition(),
    () => rabbit.semaphore(2),
    () => rabbit.boundedSemaphore(2),
    () => rabbit.event(),
    () => rabbit.barrier(2),
    () => rabbit.list(),
    () => rabbit.dict(),
    () => rabbit.namespace(),
    () => rabbit.value("i32"),
    () => rabbit.array("i32", 3),
    () => rabbit.lifoQueue(),
  ];
  for (const make of made) assert.throws(make, { name: "Unsupported", message: /RabbitMQ .*: use .*redis:/ });
  assert.throws(() => rabbit.create("Counter"), { name: "Unsupported", message: /no code of yours/ });
  assert.throws(() => rabbit.countObjects(), Unsupported);
  assert.throws(() => rabbit.shutdown(), { name: "Unsupported", message: /close\(\)/ });
  assert.throws(() => queue.join(), { name: "Unsupported", message: /second queue/ });
  await assert.rejects(queue.joinAsync(), Unsupported);
  assert.throws(() => queue.shutdown(), { name: "Unsupported", message: /an item for each taker/ });
  assert.throws(() => rabbit.priorityQueue(0, { maxDeliveries: 2 } as never), Unsupported);
});

test("proxies go to processes, and what one had when it was killed is another's at once, marked", async () => {
  const [jobs, results] = [rabbit.queue<number>(), rabbit.queue<number>()];
  using worker = started({ target: double, args: [jobs, results] });
  for (const job of [1, 2, 3, -1]) jobs.put(job);
  assert.deepEqual([results.get(wait), results.get(wait), results.get(wait)], [2, 4, 6]);
  const items = rabbit.queue<string>(0, { maxDeliveries: 2 });
  items.put("job");
  using child = started({ target: takeAndStay, args: [items, results] });
  assert.equal(results.get(wait), "job");
  child.kill();
  const delivery = items.receive(wait);
  assert.deepEqual([delivery.item, delivery.deliveries, delivery.isDuplicate], ["job", 2, true]);
  // It may be what its takers die of.
  delivery.giveBack();
  const dead = items.deadLetters();
  assert.equal(dead.get(wait), "job");
  dead.taskDone();
  assert.throws(() => items.get({ timeout: 20 }), Empty);
  assert.throws(() => dead.deadLetters(), Unsupported);
  items.put("left");
  using leaver = started({ target: takeAndLeave, args: [items] });
  leaver.join(wait);
  assert.equal(items.get(wait), "left");
  worker.join(wait);
  assert.equal(worker.exitcode, 0);
});

test("queues whose proxies are closed leave no channels behind, with a name or without one", () => {
  using few = Manager.connect(`${server.url}?channelMax=40`);
  // One that was closed, and is used again.
  const again = { name: "opened again", prefetch: 2 };
  const closed = few.queue<number>(0, again);
  closed.put(0);
  closed.receive(wait).done();
  closed.close();
  const opened = few.queue<number>(0, again);
  for (const item of [1, 2]) opened.put(item);
  opened.receive(wait).done();
  for (let i = 0; i < 60; i++) {
    const queue = few.priorityQueue<number>(0, i % 2 === 0 ? {} : { name: `passing ${i}` });
    queue.put(1);
    assert.equal(queue.get(wait), 1);
    queue.taskDone();
    queue.close();
  }
  const lasting = few.queue<number>(0, { name: "channels" });
  lasting.put(2);
  assert.equal(lasting.get(wait), 2);
  // What it has in advance stays with it, and was handed out once.
  const delivery = opened.receive(wait);
  assert.deepEqual([delivery.item, delivery.deliveries], [2, 1]);
  delivery.done();
});
