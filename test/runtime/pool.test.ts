import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Event, Pool, SerializationError, SharedValue, StateError, TimeoutError, WorkerDiedError } from "heddle";
import { runProgram } from "../support/run-program.js";
import {
  addAtOnce,
  CustomError,
  crashWorkerLater,
  exitWorker,
  fail,
  failOddPair,
  Point,
  point,
  square,
  squareAsync,
  throwCustom,
  unsendable,
  waitForEvent,
} from "./work.js";

const DEADLINE = 30_000;

test("119: a pool has at least one worker", () => {
  for (const workers of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Pool(workers), RangeError);
});

test("120: map keeps the order, of nothing makes nothing, and throws what a task throws", () => {
  using pool = new Pool(2);
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  const squares = numbers.map((n) => n * n);
  assert.deepEqual(pool.map(square, numbers), squares);
  assert.deepEqual(pool.map(square, new Set([3])), [9]);
  assert.deepEqual(pool.map(squareAsync, numbers, { chunksize: 7 }), squares);
  assert.deepEqual(pool.map(square, []), []);
  assert.throws(() => pool.map(fail, ["first", "second"]), { name: "RangeError", message: "first" });
  for (const chunksize of [0, -1, 1.5]) assert.throws(() => pool.map(square, [1], { chunksize }), RangeError);
});

test("122: map runs every chunk before it throws", () => {
  using pool = new Pool(2);
  const seen = new SharedValue("i32", 0);
  const pairs = [1, 2, 3, 4, 5, 6].map((n): [SharedValue<"i32">, number] => [seen, n]);
  assert.throws(() => pool.map(failOddPair, pairs, { chunksize: 1 }), /odd 1/);
  assert.equal(seen.value, 6);
});

test("apply blocks for the result, also of an async task; instances keep their class", () => {
  using pool = new Pool(1);
  assert.equal(pool.apply(square, [7]), 49);
  assert.equal(pool.apply(squareAsync, [7]), 49);
  const made = pool.apply(point, [3, 4]);
  assert.ok(made instanceof Point);
  assert.equal(made.length(), 5);
  const total = new SharedValue("i32", 0);
  pool.apply(addAtOnce, [total, 3]);
  assert.equal(total.value, 3);
});

test("129: get gives up with TimeoutError after its timeout, and the task goes on", () => {
  using pool = new Pool(1);
  const event = new Event();
  const result = pool.applyAsync(waitForEvent, [event]);
  assert.throws(() => result.get({ timeout: 10 }), TimeoutError);
  event.set();
  assert.equal(result.get({ timeout: DEADLINE }), "set");
});

test("130: successful before the end is a StateError; wait returns nothing and never throws", () => {
  using pool = new Pool(1);
  const event = new Event();
  const result = pool.applyAsync(waitForEvent, [event]);
  assert.equal(result.ready(), false);
  assert.throws(() => result.successful(), StateError);
  assert.equal(result.wait({ timeout: 1 }), undefined);
  event.set();
  result.wait({ timeout: DEADLINE });
  assert.deepEqual([result.ready(), result.successful()], [true, true]);
  const failed = pool.applyAsync(fail, ["x"]);
  failed.wait({ timeout: DEADLINE });
  assert.deepEqual([failed.ready(), failed.successful()], [true, false]);
});

test("a result is a promise, too", async () => {
  using pool = new Pool(2);
  assert.deepEqual(await Promise.all([1, 2, 3].map((n) => pool.applyAsync(square, [n]))), [1, 4, 9]);
  await assert.rejects(async () => pool.applyAsync(fail, ["rejected"]), { name: "RangeError", message: "rejected" });
  const done = pool.applyAsync(square, [5]);
  assert.equal(done.get({ timeout: DEADLINE }), 25);
  assert.equal(await done, 25);
});

test("132: submitting after close or terminate is a StateError", () => {
  for (const end of ["close", "terminate"] as const) {
    const pool = new Pool(1);
    pool[end]();
    pool[end]();
    assert.throws(() => pool.apply(square, [1]), StateError);
    assert.throws(() => pool.map(square, [1]), StateError);
    pool.join();
  }
});

test("133: join before close or terminate is a StateError", async () => {
  using pool = new Pool(1);
  assert.throws(() => pool.join(), StateError);
  await assert.rejects(pool.joinAsync(), StateError);
});

test("134: leaving a using block terminates the pool, leaving an await using block finishes its tasks", async () => {
  const event = new Event();
  let abandoned: PromiseLike<string>;
  {
    using pool = new Pool(1);
    abandoned = pool.applyAsync(waitForEvent, [event]);
  }
  await assert.rejects(async () => abandoned, WorkerDiedError);
  let finished: { ready(): boolean };
  {
    await using pool = new Pool(1);
    finished = pool.applyAsync(squareAsync, [2]);
  }
  assert.equal(finished.ready(), true);
});

test("135: close lets submitted tasks finish, terminate drops them; after join the workers are gone", () => {
  const closing = new Pool(2);
  const results = [1, 2, 3, 4, 5].map((n) => closing.applyAsync(squareAsync, [n]));
  closing.close();
  closing.join();
  assert.deepEqual(
    results.map((result) => result.get()),
    [1, 4, 9, 16, 25],
  );
  const ending = new Pool(1);
  const event = new Event();
  const dropped = [ending.applyAsync(waitForEvent, [event]), ending.applyAsync(waitForEvent, [event])];
  ending.terminate();
  ending.join();
  for (const result of dropped) assert.throws(() => result.get(), WorkerDiedError);
});

test("137: a result that cannot travel is the task's error, and the worker lives on", () => {
  using pool = new Pool(1);
  assert.throws(() => pool.apply(unsendable), SerializationError);
  assert.equal(pool.apply(square, [3]), 9);
});

test("138: an error arrives with its class and properties, and the other thread's stack as its cause", () => {
  using pool = new Pool(1);
  assert.throws(
    () => pool.apply(throwCustom),
    (error: Error) => {
      assert.ok(error instanceof CustomError);
      assert.deepEqual(error.detail, { at: 7 });
      assert.match((error.cause as Error).stack ?? "", /Thrown in another thread:.*throwCustom.*work/s);
      return true;
    },
  );
});

test("140: a worker that dies in a task fails that task only, and is replaced", async () => {
  using pool = new Pool(2);
  const before = pool.applyAsync(square, [2]);
  assert.throws(() => pool.apply(exitWorker), WorkerDiedError);
  assert.equal(before.get({ timeout: DEADLINE }), 4);
  await assert.rejects(async () => pool.applyAsync(exitWorker), { code: "HEDDLE_WORKER_DIED" });
  assert.deepEqual(pool.map(square, [1, 2, 3, 4]), [1, 4, 9, 16]);
  await assert.rejects(async () => pool.applyAsync(crashWorkerLater), WorkerDiedError);
  assert.equal(await pool.applyAsync(square, [3]), 9);
});

test("an unregistered task is refused with the line to add", () => {
  using pool = new Pool(1);
  const local = (): number => 1;
  assert.throws(() => pool.apply(local), /tasks\(import\.meta\.url, \{ local \}\)/);
  assert.throws(() => pool.map("x" as unknown as (n: number) => number, [1]), TypeError);
});

test("an open pool does not keep the program alive, a result that is awaited does", async () => {
  const program = fileURLToPath(new URL("./programs/open-pool.js", import.meta.url));
  assert.deepEqual(await runProgram([program]), { code: 0, stdout: "main ends\n3: done\n", stderr: "" });
});
