/** Pools: many tasks at once, and what is told about them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Event,
  Pool,
  type PoolIterator,
  SerializationError,
  SharedArray,
  SharedValue,
  StateError,
  TimeoutError,
} from "heddle";
import {
  echoed,
  exitWorker,
  failOdd,
  failOddPair,
  hypot,
  identOf,
  Point,
  square,
  squareAsync,
  unsendableOdd,
  waitForEvent,
  waitForTurn,
} from "./work.js";

const wait = { timeout: 30_000 };
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** What an iterator gives, errors as their messages. */
function drained(results: PoolIterator<unknown>): unknown[] {
  const seen: unknown[] = [];
  for (;;) {
    try {
      const step = results.next(wait);
      if (step.done) return seen;
      seen.push(step.value);
    } catch (error) {
      if (error instanceof TimeoutError) throw error;
      seen.push((error as Error).message);
    }
  }
}

test("121: by default there are four chunks per worker, the last one perhaps shorter", () => {
  // A worker for each chunk, so idents tell the chunks apart.
  using pool = new Pool(2, { maxTasksPerChild: 1 });
  const idents = pool.map(identOf, range(18));
  const sizes = [...new Set(idents)].map((ident) => idents.filter((other) => other === ident).length);
  assert.deepEqual(sizes, [3, 3, 3, 3, 3, 3]);
});

test("123: starmap spreads each item over the parameters, starmapAsync likewise", async () => {
  using pool = new Pool(2);
  const pairs: [number, number][] = [
    [3, 4],
    [6, 8],
    [5, 12],
  ];
  assert.deepEqual(pool.starmap(hypot, pairs), [5, 10, 13]);
  assert.deepEqual(await pool.starmapAsync(hypot, pairs, { chunksize: 2 }), [5, 10, 13]);
  assert.deepEqual(pool.starmap(hypot, []), []);
  assert.throws(() => pool.starmap(hypot, [1, 2] as never), TypeError);
});

test("120: mapAsync returns at once, and its result is a promise of all values", async () => {
  using pool = new Pool(2);
  const gate = new Event();
  const waiting = pool.mapAsync(waitForEvent, [gate, gate, gate]);
  assert.equal(waiting.ready(), false);
  gate.set();
  assert.deepEqual(await waiting, ["set", "set", "set"]);
  assert.deepEqual(pool.mapAsync(square, []).get(), []);
  assert.equal(pool.mapAsync(square, []).successful(), true);
});

test("124: imap gives results in the order of the items, and next gives up with TimeoutError", async () => {
  using pool = new Pool(2);
  assert.deepEqual([...pool.imap(square, range(200))], range(200).map(square));
  assert.deepEqual([...pool.imap(squareAsync, range(50), { chunksize: 7 })], range(50).map(square));
  const turn = new Event();
  const results = pool.imap(waitForTurn, [[turn, 1] as const, [undefined, 2] as const]);
  assert.throws(() => results.next({ timeout: 10 }), TimeoutError);
  await assert.rejects(results.nextAsync({ timeout: 5 }), TimeoutError);
  await assert.rejects(results.nextAsync({ signal: AbortSignal.timeout(5) }), { name: "TimeoutError" });
  turn.set();
  assert.deepEqual([results.next(wait).value, (await results.nextAsync(wait)).value], [1, 2]);
  assert.deepEqual(results.next(), { done: true, value: undefined });
  assert.deepEqual(await results.nextAsync(), { done: true, value: undefined });
});

test("124: imap reads its input as results are taken, so that it may be endless", async () => {
  using pool = new Pool(1);
  let read = 0;
  let ended = false;
  function* numbers(): Generator<number> {
    try {
      for (;;) yield read++;
    } finally {
      ended = true;
    }
  }
  const seen: number[] = [];
  for (const result of pool.imap(square, numbers())) if (seen.push(result) === 500) break;
  assert.deepEqual(seen, range(500).map(square));
  assert.ok(read < 700 && ended, `${read} read`);
  const awaited: number[] = [];
  for await (const result of pool.imapUnordered(square, numbers())) if (awaited.push(result) === 300) break;
  assert.equal(awaited.length, 300);
});

test("125: after an error imap goes on with the next item", () => {
  using pool = new Pool(2);
  const seen = new SharedValue("i32");
  const items = range(6).map((n): [SharedValue<"i32">, number] => [seen, n]);
  const expected = [0, "odd 1", 2, "odd 3", 4, "odd 5"];
  assert.deepEqual(drained(pool.imap(failOddPair, items)), expected);
  assert.deepEqual(drained(pool.imap(failOddPair, items, { chunksize: 4 })), expected);
  assert.deepEqual(drained(pool.imapUnordered(failOddPair, items, { chunksize: 4 })).sort(), expected.toSorted());
  assert.equal(seen.value, 18);
  assert.deepEqual(
    drained(pool.imap(unsendableOdd, [2, 3, 4], { chunksize: 3 })).map((one) => typeof one),
    ["number", "string", "number"],
  );
});

test("126: a chunk size less than 1 is a RangeError", () => {
  using pool = new Pool(1);
  for (const chunksize of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => pool.imap(square, [1], { chunksize }), RangeError);
    assert.throws(() => pool.imapUnordered(square, [1], { chunksize }), RangeError);
    assert.throws(() => pool.mapAsync(square, [1], { chunksize }), RangeError);
    assert.throws(() => pool.starmap(hypot, [[1, 2]], { chunksize }), RangeError);
  }
});

test("127: imapUnordered gives the results as they come, and all of them", () => {
  using pool = new Pool(2);
  const turn = new Event();
  const results = pool.imapUnordered(waitForTurn, [[turn, 1] as const, [undefined, 2] as const]);
  assert.equal(results.next(wait).value, 2);
  turn.set();
  assert.equal(results.next(wait).value, 1);
  assert.equal(results.next(wait).done, true);
  const all = [...pool.imapUnordered(square, range(100), { chunksize: 3 })];
  assert.deepEqual(
    all.toSorted((a, b) => a - b),
    range(100).map(square),
  );
});

test("128: an error in the input surfaces at its place in imap, and at once in map", () => {
  using pool = new Pool(2);
  function* failing(): Generator<number> {
    yield 1;
    yield 2;
    throw new RangeError("input");
  }
  assert.deepEqual(drained(pool.imap(square, failing())), [1, 4, "input"]);
  assert.deepEqual(drained(pool.imap(square, failing(), { chunksize: 2 })), [1, 4, "input"]);
  assert.deepEqual(drained(pool.imap(square, failing(), { chunksize: 5 })), [1, 4, "input"]);
  assert.deepEqual(drained(pool.imapUnordered(square, failing())).map(String).sort(), ["1", "4", "input"]);
  assert.throws(() => pool.map(square, failing()), /input/);
  assert.throws(() => pool.mapAsync(square, failing()), /input/);
});

test("131: exactly one callback is called, before get returns, whether the caller blocks or not", async () => {
  using pool = new Pool(1);
  const told: unknown[] = [];
  const callbacks = {
    callback: (value: unknown) => told.push(value),
    errorCallback: (error: unknown) => told.push((error as Error).message),
  };
  assert.equal(pool.applyAsync(square, [3], callbacks).get(wait), 9);
  assert.deepEqual(told.splice(0), [9]);
  const seen = new SharedValue("i32");
  assert.throws(() => pool.applyAsync(failOdd, [seen, 1], callbacks).get(wait), /odd 1/);
  assert.deepEqual(told.splice(0), ["odd 1"]);
  assert.deepEqual(await pool.mapAsync(square, [1, 2], callbacks), [1, 4]);
  assert.deepEqual(told.splice(0), [[1, 4]]);
  await assert.rejects(async () => pool.starmapAsync(failOdd, [[seen, 3]], callbacks), /odd 3/);
  assert.deepEqual(told.splice(0), ["odd 3"]);
  // Nobody asks for this one's result: the event loop alone brings the callback about.
  assert.equal(await new Promise((callback) => pool.applyAsync(square, [4], { callback })), 16);
});

test("a task that has not begun can be cancelled, and is not run then", async () => {
  using pool = new Pool(1);
  const gate = new Event();
  const count = new SharedValue("i32");
  const first = pool.applyAsync(waitForEvent, [gate]);
  const second = pool.applyAsync(failOdd, [count, 2]);
  const third = pool.applyAsync(failOdd, [count, 4]);
  const controller = new AbortController();
  const fourth = pool.applyAsync(failOdd, [count, 6], { signal: controller.signal });
  const mapped = pool.mapAsync(failOddPair, [[count, 2] as [SharedValue<"i32">, number]]);
  assert.equal(second.cancel(), true);
  assert.equal(second.cancel(), false);
  assert.throws(() => second.get(), StateError);
  await assert.rejects(async () => second, /cancelled/);
  controller.abort(new Error("enough"));
  await assert.rejects(async () => fourth, /enough/);
  assert.equal(mapped.cancel(), true);
  assert.throws(() => mapped.get(), /cancelled/);
  gate.set();
  assert.equal(first.get(wait), "set");
  assert.equal(first.cancel(), false);
  assert.equal(third.get(wait), 4);
  assert.equal(third.cancel(), false);
  assert.equal(count.value, 1, "only the third ran");
  assert.throws(() => pool.applyAsync(square, [1], { signal: AbortSignal.abort(new Error("before")) }), /before/);
});

test("thousands of tasks can be cancelled in any order", () => {
  using pool = new Pool(2);
  const gate = new Event();
  const gates = [pool.applyAsync(waitForEvent, [gate]), pool.applyAsync(waitForEvent, [gate])];
  const results = range(5000).map((n) => pool.applyAsync(square, [n]));
  const cancelled = new Set(results.filter((_, i) => (i * 7919) % 3 === 0).reverse());
  for (const result of cancelled) result.cancel();
  gate.set();
  for (const result of gates) result.get(wait);
  results.forEach((result, n) => {
    if (cancelled.has(result)) assert.throws(() => result.get(wait), /cancelled/);
    else assert.equal(result.get(wait), n * n);
  });
});

test("138: what get throws has the caller's stack, its cause the worker's", async () => {
  using pool = new Pool(1);
  const seen = new SharedValue("i32");
  const result = pool.applyAsync(failOdd, [seen, 1]);
  function askHere(): void {
    result.get(wait);
  }
  assert.throws(askHere, (error: Error) => {
    assert.match(error.stack ?? "", /^RangeError: odd 1\n\s+at askHere .*pool-maps\.test/);
    assert.match((error.cause as Error).stack ?? "", /failOdd.*work/s);
    return true;
  });
});

test("no result is waited for in vain, however the workers' signals and main's waits meet", async () => {
  using pool = new Pool(2);
  for (let round = 0; round < 150; round++) {
    const numbers = range([40, 7, 300, 1][round % 4] ?? 0);
    const results = numbers.map((n) => pool.applyAsync(square, [n]));
    const late = AbortSignal.timeout(wait.timeout);
    const values = await Promise.race([
      Promise.all(results),
      new Promise<never>((_, reject) => late.addEventListener("abort", () => reject(new Error(`round ${round}`)))),
    ]);
    assert.deepEqual(values, numbers.map(square));
  }
});

test("a worker that dies in imap fails its items only", () => {
  using pool = new Pool(2);
  const outcomes = drained(pool.imap(exitWorker, [1, 2], { chunksize: 2 }));
  assert.deepEqual(
    outcomes.map((one) => /ended before its task did/.test(String(one))),
    [true, true],
  );
  assert.deepEqual(drained(pool.imap(square, [1, 2])), [1, 4]);
});

test("135: close lets imap finish its whole input, terminate ends it", () => {
  const closing = new Pool(1);
  const all = closing.imap(square, range(300));
  closing.close();
  assert.deepEqual([...all], range(300).map(square));
  closing.join();
  const ending = new Pool(1);
  const gate = new Event();
  const dropped = ending.imap(waitForEvent, [gate, gate]);
  ending.terminate();
  assert.deepEqual(
    drained(dropped).map((one) => /terminated/.test(String(one))),
    [true, true],
  );
  assert.throws(() => ending.imap(square, [1]), StateError);
  ending.join();
});

test("everything shared passes through tasks and results at any depth", () => {
  using pool = new Pool(1);
  const value = new SharedValue("i32", 5);
  const array = new SharedArray("f64", [1, 2]);
  const sent = { deep: [{ value, map: new Map([["array", array]]) }], point: new Point(1, 2) };
  const [back] = pool.map(echoed, [sent]) as [typeof sent];
  assert.equal(back.deep[0]?.value, value);
  assert.equal(back.deep[0]?.map.get("array"), array);
  assert.ok(back.point instanceof Point);
  assert.throws(() => pool.map(square, [() => {}] as never), SerializationError);
  assert.throws(() => pool.apply(square, [Symbol("s")] as never), SerializationError);
});
