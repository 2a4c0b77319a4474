/** Pools of processes: what they share with pools of threads is shown there, and here that it holds for both. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SerializationError, StateError, Queue as ThreadQueue, TimeoutError, WorkerDiedError } from "heddle";
import { activeChildren, Pool, Queue } from "heddle/process";
import { runProgram } from "../support/run-program.js";
import {
  computeForEver,
  exitWith,
  fail,
  meet,
  nothing,
  pidOf,
  prepare,
  preparedValue,
  square,
  squareLater,
  startFromWorker,
  sum,
  unsendable,
} from "./process-work.js";

const wait = { timeout: 20_000 };

test("119, 139: a pool of processes refuses what one of threads refuses, and leaves no process behind", () => {
  for (const workers of [0, -1, 1.5]) assert.throws(() => new Pool(workers), RangeError);
  for (const maxTasksPerChild of [0, 1.5]) assert.throws(() => new Pool(1, { maxTasksPerChild }), RangeError);
  assert.throws(() => new Pool(1, { initializer: "x" as never }), TypeError);
  assert.throws(() => new Pool(1, { initializer: () => {} }), SerializationError);
  assert.deepEqual(activeChildren(), []);
});

test("120, 123, 124, 127: processes run what a pool is asked for, blocking and not, in order and out of it", async () => {
  using pool = new Pool(2);
  assert.equal(pool.apply(square, [3]), 9);
  assert.equal(await pool.applyAsync(squareLater, [4]), 16);
  const items = Array.from({ length: 50 }, (_, i) => i);
  const squares = items.map((item) => item * item);
  assert.deepEqual(pool.map(square, items), squares);
  assert.deepEqual(await pool.mapAsync(squareLater, items, { chunksize: 3 }), squares);
  assert.deepEqual(pool.map(square, []), []);
  assert.deepEqual(
    pool.starmap(sum, [
      [1, 2],
      [3, 4],
    ]),
    [3, 7],
  );
  assert.deepEqual([...pool.imap(square, items)], squares);
  assert.deepEqual(
    [...pool.imapUnordered(square, items)].sort((a, b) => a - b),
    squares,
  );
  const awaited: number[] = [];
  for await (const value of pool.imap(square, [1, 2, 3])) awaited.push(value);
  assert.deepEqual(awaited, [1, 4, 9]);
  assert.notEqual(pool.apply(pidOf), process.pid);
});

test("two tasks run in two processes at the same time", () => {
  using pool = new Pool(2);
  const [arrivals, departures] = [new Queue<number>(), new Queue<number>()];
  const results = [1, 2].map(() => pool.applyAsync(meet, [arrivals, departures]));
  const pids = new Set([arrivals.get(wait), arrivals.get(wait)]);
  assert.equal(pids.size, 2);
  departures.put(1);
  departures.put(2);
  assert.deepEqual(results.map((result) => result.get(wait)).sort(), [1, 2]);
});

test("131, 137, 138: errors arrive with their class and where they were thrown, and the worker goes on", () => {
  using pool = new Pool(1);
  const pid = pool.apply(pidOf);
  const told: unknown[] = [];
  const failing = pool.applyAsync(fail, ["not today"], { errorCallback: (error) => told.push(error) });
  assert.throws(
    () => failing.get(wait),
    (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "not today");
      assert.match(
        (error.cause as Error).stack ?? "",
        /^Thrown in another process: RangeError: not today\n {4}at fail /,
      );
      assert.deepEqual(told, [error]);
      return true;
    },
  );
  assert.throws(() => pool.apply(unsendable), SerializationError);
  const results = pool.imap(fail, ["a", "b"]);
  assert.throws(() => results.next(), /a/);
  assert.throws(() => results.next(), /b/);
  assert.equal(results.next().done, true);
  assert.equal(pool.apply(pidOf), pid);
});

test("what lies in the memory of one process is refused with advice, and the pool goes on", () => {
  using pool = new Pool(1);
  const refused = { name: SerializationError.name, message: /A Queue cannot go to another process.*a Manager/s };
  assert.throws(() => pool.apply(nothing as (queue: unknown) => void, [new ThreadQueue()]), refused);
  assert.throws(() => pool.map(nothing as (queue: unknown) => void, [1, new ThreadQueue()], { chunksize: 1 }), refused);
  assert.equal(pool.apply(square, [2]), 4);
});

test("129, 135: a result that does not come in time is a TimeoutError, and terminate ends what computes", () => {
  const pool = new Pool(1);
  const result = pool.applyAsync(computeForEver);
  const behind = pool.applyAsync(square, [1]);
  assert.throws(() => result.get({ timeout: 50 }), TimeoutError);
  assert.equal(behind.cancel(), true);
  assert.throws(() => behind.get(), StateError);
  pool.terminate();
  assert.throws(() => result.get(wait), WorkerDiedError);
  pool.join();
  assert.deepEqual(activeChildren(), []);
});

test("132, 133, 135: a closed pool finishes what it has, takes no more, and can be joined", async () => {
  const pool = new Pool(2, { maxTasksPerChild: 2 });
  assert.throws(() => pool.join(), StateError);
  const results = Array.from({ length: 10 }, (_, n) => pool.applyAsync(square, [n]));
  pool.close();
  assert.throws(() => pool.apply(square, [1]), StateError);
  await pool.joinAsync();
  assert.deepEqual(
    results.map((result) => result.get()),
    [0, 1, 4, 9, 16, 25, 36, 49, 64, 81],
  );
  assert.deepEqual(activeChildren(), []);
});

test("136, 139: a worker is replaced after its number of tasks, and each new one begins with the initializer", () => {
  using pool = new Pool(1, { maxTasksPerChild: 2, initializer: prepare, initargs: [5] });
  const pids = [1, 2, 3].map(() => pool.apply(pidOf));
  assert.equal(pids[0], pids[1]);
  assert.notEqual(pids[1], pids[2]);
  assert.equal(pool.apply(preparedValue), 5);
});

test("139: when the initializer fails, tasks fail with its error as the cause", () => {
  using pool = new Pool(1, { initializer: fail, initargs: ["not today"] });
  assert.throws(
    () => pool.applyAsync(square, [1]).get(wait),
    (error: Error) => error instanceof WorkerDiedError && (error.cause as Error).message === "not today",
  );
});

test("140: a worker that ends, or is killed, fails its task, and another one takes its place", async () => {
  using pool = new Pool(1);
  const pid = pool.apply(pidOf);
  assert.throws(() => pool.apply(exitWith, [3]), WorkerDiedError);
  const next = pool.apply(pidOf);
  assert.notEqual(next, pid);
  const [arrivals, departures] = [new Queue<number>(), new Queue<number>()];
  const stuck = pool.applyAsync(meet, [arrivals, departures]);
  const behind = pool.applyAsync(square, [5]);
  process.kill(arrivals.get(wait), "SIGKILL");
  await assert.rejects(async () => stuck, WorkerDiedError);
  assert.equal(await behind, 25);
});

test("140: idle workers that are killed are replaced, all of them, and no task goes to one that is gone", () => {
  using pool = new Pool(3);
  const [arrivals, departures] = [new Queue<number>(), new Queue<number>()];
  const meeting = (): number[] => {
    const results = [1, 2, 3].map(() => pool.applyAsync(meet, [arrivals, departures]));
    const pids = results.map(() => arrivals.get(wait));
    for (const pid of pids) departures.put(pid);
    for (const result of results) result.get(wait);
    return pids;
  };
  const before = meeting();
  const workers = activeChildren();
  for (const pid of before) process.kill(pid, "SIGKILL");
  for (const worker of workers) worker.join(wait);
  assert.equal(pool.apply(square, [4]), 16);
  assert.equal(new Set([...before, ...meeting()]).size, 6);
});

test("140: a worker that cannot be started fails the tasks that wait for one, and the next task is the next try", () => {
  using pool = new Pool(1);
  assert.equal(pool.apply(square, [1]), 1);
  const dying = pool.applyAsync(exitWith, [3]);
  const behind = pool.applyAsync(square, [2]);
  process.env.HEDDLE_TOO_LARGE = "x".repeat(2 ** 20); // no system starts a process with that
  try {
    assert.throws(() => dying.get(wait), { name: WorkerDiedError.name, message: /ended before its task did/ });
    assert.throws(
      () => behind.get(wait),
      (error: Error) => /cannot start a worker/.test(error.message) && /^spawn /.test((error.cause as Error).message),
    );
  } finally {
    delete process.env.HEDDLE_TOO_LARGE;
  }
  assert.equal(pool.applyAsync(square, [3]).get(wait), 9);
});

test("a worker may start no processes", () => {
  using pool = new Pool(1);
  assert.throws(() => pool.apply(startFromWorker), StateError);
});

test("134, 142: a pool that is left open neither keeps its program alive nor leaves a process behind", async () => {
  const { code, stdout } = await runProgram([
    fileURLToPath(new URL("./programs/open-process-pool.js", import.meta.url)),
  ]);
  assert.deepEqual([code, stdout], [0, "4\n"]);
});
