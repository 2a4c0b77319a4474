/** Containers and values in Redis, with both drivers: who makes them, how long they stay, and what becomes of their proxies. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SerializationError, Unsupported } from "heddle";
import { type ListProxy, Manager } from "heddle/process";
import { started } from "../started-process.js";
import { clients, lease, other, redis, server, wait } from "./tested-redis.js";
import { count, double, Point } from "./work.js";

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
    assert.deepEqual(
      [...dict],
      [
        ["b", 1],
        ["a", { n: 1 }],
        [2, "two"],
      ],
    );
    assert.deepEqual(
      [dict.get("b"), dict.has("z"), dict.size, dict.get("z"), dict.get("2")],
      [1, false, 3, undefined, undefined],
    );
    assert.deepEqual([dict.setDefault("b", 5), dict.setDefault("c", 5)], [1, 5]);
    assert.deepEqual([dict.delete("c"), dict.delete("c"), dict.pop("b"), dict.pop("b")], [true, false, 1, undefined]);
    assert.deepEqual(
      [[...dict.keys()], [...dict.values()]],
      [
        ["a", 2],
        [{ n: 1 }, "two"],
      ],
    );
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
  assert.deepEqual(
    [...other.dict([["a", 5]], { name: "meet" })],
    [
      ["a", 1],
      ["b", 2],
    ],
  );
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

test("proxies go to processes, which share what they stand for", async () => {
  const lock = redis.lock({ lease: 60_000 }); // a busy machine may stop a process for seconds
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

test("a client keeps nothing of what it has no proxy of any more, but what is in hand", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  for (let i = 0; i < 100; i++) {
    const name = `${"x".repeat(200_000)} ${i}`;
    using lock = redis.lock({ name });
    using condition = redis.condition(lock, { name: `${name}:condition` });
    lock.withLock(() => condition.notify());
  }
  const end = performance.now() + wait.timeout;
  while (used() > before + 10_000_000) {
    assert.ok(performance.now() < end, "of 40 MB of names most are gone");
    await setImmediate();
  }

  const [mine, theirs] = [redis.queue<number>(0, { name: "closed" }), other.queue<number>(0, { name: "closed" })];
  mine.put(1);
  const delivery = mine.receive(wait);
  mine.close();
  delivery.done();
  await theirs.joinAsync({ signal: AbortSignal.timeout(wait.timeout) });

  const [held, seen] = [redis.lock({ name: "closed lock" }), other.lock({ name: "closed lock" })];
  held.acquire();
  held.close();
  assert.equal(seen.tryAcquire(), false);
  redis.lock({ name: "closed lock" }).release();
  assert.equal(seen.acquire(wait), true);
  seen.release();
});
