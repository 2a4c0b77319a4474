/** Lists and maps that all threads see, variables of tasks, and handles for other channels. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import fc from "fast-check";
import {
  attach,
  Event,
  Lock,
  Pool,
  Queue,
  SerializationError,
  SharedList,
  SharedMap,
  SharedValue,
  StateError,
  share,
  TaskLocal,
  Thread,
} from "heddle";
import { attachAndAdd, churnContainers, fillContainers } from "./work.js";

const wait = { timeout: 30_000 };

test("a SharedList does what an array does", () => {
  const value = fc.oneof(fc.integer(), fc.string(), fc.constant(undefined), fc.array(fc.integer(), { maxLength: 3 }));
  const index = fc.integer({ min: -12, max: 12 });
  const step = fc.oneof(
    fc.tuple(fc.constant("push" as const), fc.array(value, { maxLength: 4 })),
    fc.tuple(fc.constant("unshift" as const), fc.array(value, { maxLength: 4 })),
    fc.tuple(fc.constant("splice" as const), fc.tuple(index, fc.nat(5), value)),
    fc.tuple(fc.constantFrom("pop" as const, "shift" as const, "reverse" as const, "sort" as const), fc.constant([])),
    fc.tuple(fc.constant("at" as const), fc.tuple(index)),
    fc.tuple(fc.constant("slice" as const), fc.tuple(index, index)),
  );
  type Calls = Readonly<Record<string, (...args: unknown[]) => unknown>>;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      using list = new SharedList<unknown>();
      const model: unknown[] = [];
      for (const [method, args] of steps) {
        const [got, expected] = [(list as unknown as Calls)[method], (model as unknown as Calls)[method]];
        const result = got?.apply(list, args as unknown[]);
        const wanted = expected?.apply(model, args as unknown[]);
        if (wanted === model) assert.equal(result, list);
        else assert.deepEqual(result, wanted);
        assert.deepEqual([...list], model);
        assert.equal(list.length, model.length);
      }
    }),
    { numRuns: 150 },
  );
});

test("a list's other methods", () => {
  const list = new SharedList([5, 3, 8, 1]);
  assert.deepEqual(list.sort((a, b) => b - a).slice(), [8, 5, 3, 1]);
  assert.deepEqual([list.indexOf(5), list.lastIndexOf(9), list.includes(3), list.join("-")], [1, -1, true, "8-5-3-1"]);
  assert.deepEqual(
    [list.map((n) => n * 2), list.filter((n) => n > 3)],
    [
      [16, 10, 6, 2],
      [8, 5],
    ],
  );
  assert.deepEqual(
    [list.find((n) => n < 5), list.findIndex((n) => n < 5), list.reduce((a, b) => a + b, 0)],
    [3, 2, 17],
  );
  assert.deepEqual(
    [list.some((n) => n === 1), list.every((n) => n > 1), list.concat([7], 6)],
    [true, false, [8, 5, 3, 1, 7, 6]],
  );
  assert.deepEqual(
    [[...list.keys()], [...list.entries()][1], JSON.stringify(list)],
    [[0, 1, 2, 3], [1, 5], "[8,5,3,1]"],
  );
  const visited: number[] = [];
  list.forEach((n, i) => {
    visited.push(n * i);
  });
  assert.deepEqual(visited, [0, 5, 6, 3]);
  list.set(-1, 10);
  assert.equal(list.get(3), 10);
  for (const index of [4, -5]) {
    assert.throws(() => list.get(index), RangeError);
    assert.throws(() => list.set(index, 0), RangeError);
    assert.equal(list.at(index), undefined);
  }
  // A comparison that changes the list does not lose the change.
  let changes = 0;
  list.sort((a, b) => {
    if (changes++ === 0) list.push(0);
    return a - b;
  });
  assert.deepEqual(list.slice(), [0, 3, 5, 8, 10]);
  list.clear();
  assert.deepEqual([list.length, list.pop(), list.shift()], [0, undefined, undefined]);
});

test("a SharedMap does what a Map does", () => {
  const key = fc.constantFrom(0, -0, 1, 1.5, Number.NaN, "a", "b", "ä", "1", 1n, true, null, undefined);
  const step = fc.oneof(
    fc.tuple(fc.constant("set" as const), fc.tuple(key, fc.integer())),
    fc.tuple(fc.constantFrom("get" as const, "has" as const, "delete" as const), fc.tuple(key)),
    fc.tuple(fc.constant("clear" as const), fc.constant([])),
  );
  type Calls = Readonly<Record<string, (...args: unknown[]) => unknown>>;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      using map = new SharedMap<string | number | bigint | boolean | null | undefined, number>();
      const model = new Map<unknown, unknown>();
      for (const [method, args] of steps) {
        const result = (map as unknown as Calls)[method]?.apply(map, args as unknown[]);
        const wanted = (model as unknown as Calls)[method]?.apply(model, args as unknown[]);
        if (wanted === model) assert.equal(result, map);
        else assert.deepEqual(result, wanted);
        assert.equal(map.size, model.size);
      }
      assert.deepEqual([...map], [...model]);
      assert.deepEqual([[...map.keys()], [...map.values()]], [[...model.keys()], [...model.values()]]);
    }),
    { numRuns: 150 },
  );
  const large = new SharedMap<number, number>();
  for (let i = 0; i < 5000; i++) large.set(i, i * 2);
  for (let i = 0; i < 5000; i += 2) large.delete(i);
  assert.deepEqual([large.size, large.get(4999), large.get(4998)], [2500, 9998, undefined]);
});

test("a map's other methods, and keys that are none", () => {
  const lock = new Lock();
  const map = new SharedMap<string | Lock, unknown>([["a", 1]]);
  map.update([
    ["b", 2],
    [lock, "by identity"],
    ["a", 3],
  ]);
  assert.deepEqual([map.get("a"), map.get(lock), map.get(new Lock())], [3, "by identity", undefined]);
  assert.equal([...map.keys()][2], lock);
  assert.deepEqual([map.setDefault("a", 0), map.setDefault("c", [4])], [3, [4]]);
  assert.deepEqual([map.pop("c"), map.pop("c"), map.has("c")], [[4], undefined, false]);
  const seen: unknown[] = [];
  map.forEach((value) => {
    seen.push(value);
  });
  assert.deepEqual(seen, [3, 2, "by identity"]);
  for (const key of [{}, [1], () => {}, Symbol("s")]) {
    assert.throws(() => map.set(key as never, 1), SerializationError);
    assert.throws(() => map.get(key as never), SerializationError);
  }
  assert.throws(() => map.set("d", () => {}), SerializationError);
  assert.throws(() => new SharedList([Promise.resolve()]), /await it/);
  assert.deepEqual([map.size, map.has("d")], [3, false]);
});

test("containers are the same in all threads, hold shared objects and each other, and have a lock", () => {
  const list = new SharedList<number>([0]);
  const map = new SharedMap<string, number>();
  const threads = [1, 2, 3].map((id) => new Thread({ target: fillContainers, args: [list, map, id, 60] }));
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join(wait);
  assert.equal(list.get(0), 180);
  assert.equal(map.get("total"), 180);
  assert.deepEqual(
    list.slice(1).sort((a, b) => a - b),
    Array.from({ length: 180 }, (_, i) => i + 60),
  );
  assert.equal(map.size, 1 + 3 * 40);
  const value = new SharedValue("i32", 3);
  const outer = new SharedMap<string, unknown>([["inner", { deep: [list, value] }]]);
  const carrier = new Queue<unknown>();
  carrier.put([outer]);
  assert.equal((carrier.get() as unknown[])[0], outer);
  const { deep } = outer.get("inner") as { deep: unknown[] };
  assert.deepEqual([deep[0] === list, deep[1] === value], [true, true]);
  assert.equal(list.getLock(), list.getLock());
  assert.throws(() => new SharedList([], { lock: false }).getLock(), StateError);
  const copied = new SharedList([[1]]);
  copied.get(0).push(2);
  assert.deepEqual(copied.get(0), [1], "what was read is a copy");
});

test("one name is one container; after close it refuses everything", () => {
  const first = new SharedList([1, 2], { name: "test:list" });
  const second = new SharedList([9], { name: "test:list" });
  second.push(3);
  assert.deepEqual(first.slice(), [1, 2, 3]);
  assert.throws(() => new SharedMap([], { name: "test:list" }), StateError);
  second.close();
  assert.throws(() => second.length, StateError);
  assert.throws(() => second.push(1), StateError);
  const map = new SharedMap([["a", 1]]);
  map.close();
  for (const use of [() => map.size, () => map.get("a"), () => map.set("a", 1), () => map.getLock(), () => [...map]]) {
    assert.throws(use, StateError);
  }
});

test("a thread that is ended in the middle of a change leaves containers whole", () => {
  const list = new SharedList<unknown>();
  const map = new SharedMap<number, unknown>();
  for (let round = 0; round < 6; round++) {
    const begun = new Event();
    {
      using pool = new Pool(2);
      pool.applyAsync(churnContainers, [list, map, begun]).wait({ timeout: 0 });
      pool.applyAsync(churnContainers, [list, map, new Event()]).wait({ timeout: 0 });
      assert.ok(begun.wait(wait));
      pool.terminate();
      pool.join();
    }
    assert.equal(list.slice().length, list.length);
    assert.equal([...map].length, map.size);
    for (const [key, value] of map) {
      assert.equal((value as { i: number }).i % 50, key);
      assert.equal(map.has(key), true);
    }
    map.set(100, round);
    assert.equal(map.get(100), round);
    map.delete(100);
  }
});

test("share makes a handle for other channels, attach the same objects of it", () => {
  const total = new SharedValue("i32", 1);
  const handle = share({ total });
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(handle);
  const received = receiveMessageOnPort(port2)?.message as typeof handle;
  assert.equal(attach<{ total: unknown }>(received).total, total);
  port1.close();
  using pool = new Pool(1);
  assert.equal(pool.apply(attachAndAdd, [{ heddle: handle.heddle }]), 1);
  assert.equal(attach<{ total: SharedValue }>(structuredClone(handle)).total.value, 6);
  assert.throws(() => attach({} as never), TypeError);
  assert.throws(() => share(() => {}), SerializationError);
  const gone = share(new Lock());
  gone.close();
  gone.close();
  assert.ok(attach(handle));
});

test("attach of a handle whose objects are gone is a StateError", () => {
  const lock = new Lock();
  const handle = share([lock]);
  lock.close();
  const again = attach<[Lock]>(handle)[0];
  assert.ok(again.tryAcquire());
  handle.close();
  again.close();
  assert.throws(() => attach(handle), StateError);
});

test("a TaskLocal has a value per async task", async () => {
  const local = new TaskLocal<string>();
  assert.throws(() => local.value, StateError);
  assert.equal(local.has(), false);
  const task = (name: string) =>
    local.run(name, async () => {
      await new Promise(setImmediate);
      const before = local.value;
      local.value = `${name}!`;
      await new Promise((resolve) => setTimeout(resolve, 1));
      return [before, local.value, local.run("inner", () => local.value)];
    });
  assert.deepEqual(await Promise.all([task("a"), task("b")]), [
    ["a", "a!", "inner"],
    ["b", "b!", "inner"],
  ]);
  assert.equal(new TaskLocal(() => 7).value, 7);
  assert.throws(() => {
    local.value = "outside";
  }, StateError);
});
