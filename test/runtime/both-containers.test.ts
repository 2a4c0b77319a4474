/** What a manager keeps, in its server or in the memory of threads. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { SerializationError, StateError } from "heddle";
import type { ListProxy, Manager as ServerManager } from "heddle/process";
import { libraries } from "./libraries.js";
import { Counter, CounterError, checkIn, failWith, squareOf, sumOf } from "./manager-work.js";

for (const { name, Manager } of libraries) {
  suite(name, () => {
    let manager: ServerManager;

    before(() => {
      Manager.register("Counter", Counter);
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
      assert.deepEqual(
        [list.pop(), list.shift(), list.unshift(0), list.indexOf(2), list.includes(9)],
        [3, 1, 2, 1, false],
      );
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
          assert.match(stack, /Thrown in another (process|thread).*manager-work/s);
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

    test("120, 123, 124, 127, 133: a manager's pool does what pools do, with the objects of the manager", async () => {
      const list = manager.list<number>();
      const items = [1, 2, 3, 4, 5];
      const squares = [1, 4, 9, 16, 25];
      await using pool = manager.pool(2, { name: "squares", initializer: checkIn, initargs: [list] });
      assert.deepEqual(pool.map(squareOf, items), squares);
      assert.deepEqual(await pool.mapAsync(squareOf, items, { chunksize: 2 }), squares);
      assert.deepEqual(pool.map(squareOf, []), []);
      assert.deepEqual(pool.starmap(sumOf, [[1, 2] as const, [3, 4] as const]), [3, 7]);
      assert.deepEqual([...pool.imap(squareOf, items)], squares);
      const found: number[] = [];
      for await (const square of pool.imapUnordered(squareOf, items)) found.push(square);
      assert.deepEqual(
        found.sort((a, b) => a - b),
        squares,
      );
      assert.throws(() => pool.apply(failWith, ["no"]), CounterError);
      assert.ok(list.length >= 1); // who has done something has begun before
      assert.throws(() => pool.join(), StateError);
    });
  });
}
