/** Pools: what becomes of their workers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Event, enumerate, Pool, SerializationError, SharedValue, WorkerDiedError } from "heddle";
import { runProgram } from "../support/run-program.js";
import { exitWorker, fail, identOf, loopForEver, prepare, preparedValue, square } from "./work.js";

const wait = { timeout: 30_000 };

function program(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
}

test("119: maxTasksPerChild is a whole number from 1 up", () => {
  for (const maxTasksPerChild of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => new Pool(1, { maxTasksPerChild }), RangeError);
  }
});

test("136: a worker is replaced after its number of tasks, a chunk of a map counting as one", () => {
  using pool = new Pool(1, { maxTasksPerChild: 2 });
  const idents = [1, 2, 3, 4, 5].map((item) => pool.apply(identOf, [item]));
  assert.equal(idents[0], idents[1]);
  assert.equal(idents[2], idents[3]);
  assert.equal(new Set(idents).size, 3);
  const chunks = pool.map(identOf, [1, 2, 3, 4, 5, 6], { chunksize: 3 });
  assert.equal(new Set(chunks.slice(0, 3)).size, 1);
});

test("136: a pool whose workers retire finishes what it had when it was closed", () => {
  const pool = new Pool(2, { maxTasksPerChild: 1 });
  const results = Array.from({ length: 8 }, (_, n) => pool.applyAsync(square, [n]));
  pool.close();
  pool.join();
  assert.deepEqual(
    results.map((result) => result.get()),
    [0, 1, 4, 9, 16, 25, 36, 49],
  );
});

test("workers that end together are replaced by as many, also when a callback waits for a result", () => {
  using pool = new Pool(3, { name: "together" });
  pool.map(square, [1, 2, 3]);
  const dying = [1, 2, 3].map(() => pool.applyAsync(exitWorker, [], { errorCallback: () => pool.apply(square, [2]) }));
  const workers = (): number => enumerate().filter(({ name }) => name.startsWith("together")).length;
  const end = performance.now() + wait.timeout;
  while (workers() > 0) assert.ok(performance.now() < end, "the workers do not end");
  for (const result of dying) assert.throws(() => result.get(wait), WorkerDiedError);
  assert.equal(pool.apply(square, [3]), 9);
  assert.equal(workers(), 3);
});

test("139: the initializer runs once in every worker, replacements too", () => {
  const count = new SharedValue("i32");
  using pool = new Pool(1, { initializer: prepare, initargs: [5, count] });
  assert.deepEqual([pool.apply(preparedValue), pool.apply(preparedValue)], [5, 5]);
  assert.equal(count.value, 1);
  assert.throws(() => pool.apply(exitWorker), WorkerDiedError);
  assert.equal(pool.apply(preparedValue), 5);
  assert.equal(count.value, 2);
});

test("139: an initializer is a registered function; when it fails, so do the tasks, with its error as the cause", () => {
  assert.throws(() => new Pool(1, { initializer: "x" as never }), TypeError);
  assert.throws(() => new Pool(1, { initializer: () => {} }), SerializationError);
  using pool = new Pool(2, { initializer: fail, initargs: ["not today"] });
  const result = pool.applyAsync(square, [1]);
  assert.throws(
    () => result.get(wait),
    (error: Error) => {
      assert.ok(error instanceof WorkerDiedError);
      assert.match(error.message, /before they take a task/);
      assert.ok(error.cause instanceof RangeError);
      assert.equal(error.cause.message, "not today");
      return true;
    },
  );
  assert.throws(() => pool.apply(square, [1]), WorkerDiedError);
});

test("135: terminate ends a task that loops for ever", () => {
  const pool = new Pool(1);
  const begun = new Event();
  const result = pool.applyAsync(loopForEver, [begun]);
  assert.ok(begun.wait(wait));
  pool.terminate();
  pool.join();
  assert.throws(() => result.get(), WorkerDiedError);
});

test("140: a task that exhausts its heap fails, and the pool goes on", async () => {
  const run = await runProgram(["--max-old-space-size=40", program("heap-task")]);
  assert.deepEqual([run.code, run.stdout], [0, "WorkerDiedError\n49\n"]);
});

test("141, 142: results leave nothing behind; a pool that is forgotten open says so and ends", async () => {
  const { code, stdout, stderr } = await runProgram(["--expose-gc", program("forgotten-pool")]);
  assert.equal(stdout, "task and result are gone\nthe pool's worker has ended\n");
  assert.match(stderr, /^\(node:\d+\) ResourceWarning: forgotten was never closed/);
  assert.equal(code, 0);
});

test("a failure nobody looked at is one warning when the pool has closed, never a crash", async () => {
  const { code, stdout, stderr } = await runProgram([program("unseen-failure")]);
  assert.deepEqual([code, stdout], [0, "seen: first\nthe program goes on\n"]);
  assert.match(stderr, /Warning: 2 tasks of careless failed and nobody looked at the result: RangeError: second/);
  assert.equal(stderr.match(/Warning:/g)?.length, 1);
});

test("the program's hook gets the failures that nobody looked at, once", async () => {
  const { code, stdout, stderr } = await runProgram([program("unseen-failure"), "with a hook"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const what = "2 tasks of careless failed and nobody looked at the result";
  const hook = `the hook in MainThread: ${what}: RangeError: second, RangeError: third`;
  assert.deepEqual(stdout.trimEnd().split("\n").sort(), ["seen: first", hook, "the program goes on"].sort());
});
