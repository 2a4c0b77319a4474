/** What nobody should do, done: the documented error, and the other threads go on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  Pool,
  PriorityQueue,
  Queue,
  RawArray,
  RLock,
  RWLock,
  Semaphore,
  SerializationError,
  SharedArray,
  SharedList,
  SharedMap,
  SharedValue,
  SimpleQueue,
  StateError,
  setExcepthook,
  sleep,
  sleepAsync,
  Thread,
  Timer,
  WorkerDiedError,
} from "heddle";
import { runProgram } from "../support/run-program.js";
import * as work from "./bad-input-work.js";
import { nothing, square } from "./work.js";

const wait = { timeout: 30_000 };

/** Runs the body beside a thread that works, and makes sure that it still does afterwards. */
async function besideOthers(body: () => unknown): Promise<void> {
  const numbers = new Queue<number>();
  const doubled = new Queue<number>();
  const other = new Thread({ target: work.doubleAll, args: [numbers, doubled] });
  other.start();
  try {
    numbers.put(1);
    assert.equal(doubled.get(wait), 2);
    await body();
    numbers.put(21);
    assert.equal(doubled.get(wait), 42);
  } finally {
    numbers.put(0);
    other.join(wait);
  }
}

test("timeouts that are negative, too long or no numbers are RangeErrors everywhere", async () => {
  await besideOthers(async () => {
    using pool = new Pool(1);
    const result = pool.applyAsync(square, [2]);
    const lock = new Lock();
    const rwlock = new RWLock();
    rwlock.writeLock.acquire();
    const condition = new Condition();
    condition.acquire();
    const thread = new Thread({ target: nothing });
    thread.start();
    const waits: Readonly<Record<string, (options: { timeout: number }) => unknown>> = {
      lock: (options) => lock.acquire(options),
      rlock: (options) => new RLock().acquire(options),
      "read lock": (options) => rwlock.readLock.acquire(options),
      "write lock": (options) => rwlock.writeLock.acquire(options),
      hold: (options) => lock.hold(options),
      semaphore: (options) => new Semaphore(0).acquire(options),
      condition: (options) => condition.wait(options),
      waitFor: (options) => condition.waitFor(() => false, options),
      event: (options) => new Event().wait(options),
      barrier: (options) => new Barrier(2).wait(options),
      "a barrier's own": (options) => new Barrier(2, options),
      thread: (options) => thread.join(options),
      get: (options) => new Queue().get(options),
      put: (options) => new Queue<number>(1).put(1, options),
      "simple get": (options) => new SimpleQueue().get(options),
      result: (options) => result.get(options),
      "wait for a result": (options) => result.wait(options),
      next: (options) => pool.imap(square, [1]).next(options),
    };
    const asyncWaits: Readonly<Record<string, (options: { timeout: number }) => Promise<unknown>>> = {
      lock: (options) => lock.acquireAsync(options),
      semaphore: (options) => new Semaphore(0).acquireAsync(options),
      condition: (options) => condition.waitAsync(options),
      event: (options) => new Event().waitAsync(options),
      barrier: (options) => new Barrier(2).waitAsync(options),
      thread: (options) => thread.joinAsync(options),
      get: (options) => new Queue().getAsync(options),
      put: (options) => new Queue<number>(1).putAsync(1, options),
      next: (options) => pool.imap(square, [1]).nextAsync(options),
    };
    for (const timeout of [-2, -0.5, Number.NaN, 2 ** 31, "5", 5n, null, {}] as number[]) {
      for (const [what, call] of Object.entries(waits)) {
        assert.throws(() => call({ timeout }), RangeError, `${what}: ${String(timeout)}`);
      }
      for (const [what, call] of Object.entries(asyncWaits)) {
        await assert.rejects(call({ timeout }), RangeError, `async ${what}: ${String(timeout)}`);
      }
      assert.throws(() => sleep(timeout), RangeError, `sleep: ${String(timeout)}`);
      await assert.rejects(async () => sleepAsync(timeout), RangeError, `sleepAsync: ${String(timeout)}`);
      assert.throws(() => new Timer(timeout, nothing), RangeError, `timer: ${String(timeout)}`);
    }
    assert.equal(lock.locked(), false);
    thread.join(wait);
    assert.equal(result.get(wait), 4);
  });
});

test("sizes and counts that are zero, negative or no whole numbers are RangeErrors where they make no sense", async () => {
  await besideOthers(() => {
    using pool = new Pool(1);
    const semaphore = new Semaphore(1);
    const condition = new Condition();
    condition.acquire();
    for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3"] as number[]) {
      const what = String(size);
      assert.throws(() => new Pool(size), RangeError, what);
      assert.throws(() => new Pool(1, { maxTasksPerChild: size }), RangeError, what);
      assert.throws(() => new Semaphore(size), RangeError, what);
      assert.throws(() => new BoundedSemaphore(size), RangeError, what);
      assert.throws(() => new Barrier(size), RangeError, what);
      if (typeof size === "number") {
        assert.throws(() => new SharedArray("i32", size), RangeError, what);
        assert.throws(() => new RawArray("i32", size), RangeError, what);
      }
      assert.throws(() => pool.map(square, [1], { chunksize: size }), RangeError, what);
      assert.throws(() => semaphore.release(size), RangeError, what);
      assert.throws(() => condition.notify(size), RangeError, what);
    }
    for (const size of [1.5, Number.NaN, "3"] as number[])
      assert.throws(() => new Queue(size), RangeError, String(size));
    assert.throws(() => new Pool(0), RangeError);
    assert.throws(() => new Pool(1, { maxTasksPerChild: 0 }), RangeError);
    assert.throws(() => new Barrier(0), RangeError);
    assert.throws(() => pool.map(square, [1], { chunksize: 0 }), RangeError);
    assert.throws(() => semaphore.release(0), RangeError);
    condition.notify(0);
    assert.equal(new SharedArray("i32", 0).length, 0);
    assert.equal(new Semaphore(0).tryAcquire(), false);
    assert.equal(new Queue(0).full(), false);
    assert.equal(new Queue(-1).full(), false);
    assert.equal(semaphore.value, 1);
    assert.equal(pool.apply(square, [3]), 9);
  });
});

test("functions and classes that are not registered are SerializationErrors with the line to add", async () => {
  await besideOthers(async () => {
    function forgotten(): void {}
    class Forgotten extends Thread {}
    const line = { name: "SerializationError", message: /tasks\(import\.meta\.url, \{ forgotten \}\)/ };
    const lineOfClass = { name: "SerializationError", message: /tasks\(import\.meta\.url, \{ Forgotten \}\)/ };
    using pool = new Pool(1);
    const queue = new Queue<unknown>();
    assert.throws(() => new Thread({ target: forgotten }).start(), line);
    assert.throws(() => new Forgotten().start(), lineOfClass);
    assert.throws(() => new Timer(1, forgotten).start(), line);
    assert.throws(() => pool.apply(forgotten), line);
    assert.throws(() => pool.map(forgotten, [1]), line);
    assert.throws(() => pool.imap(forgotten, [1]), line);
    assert.throws(() => new Pool(1, { initializer: forgotten }), line);
    assert.throws(() => queue.put(new Barrier(1, { action: forgotten })), { message: /its action is registered/ });
    assert.throws(() => setExcepthook(forgotten), line);
    assert.throws(() => queue.put(forgotten), line);
    assert.throws(() => queue.put(Forgotten), lineOfClass);
    assert.equal(queue.qsize(), 0);
    assert.equal(await pool.applyAsync(square, [4]), 16);
  });
});

test("functions, symbols, promises and closed objects are refused as items, with their place, and leave no trace", async () => {
  await besideOthers(async () => {
    const closed = new Lock();
    closed.close();
    const bad: Readonly<Record<string, { readonly value: unknown; readonly says: RegExp }>> = {
      function: { value: () => 1, says: /function/ },
      symbol: { value: Symbol("s"), says: /Symbol\(s\) cannot go to another thread/ },
      promise: { value: Promise.resolve(1), says: /await it and send the value/ },
      closed: { value: closed, says: /closed shared object/ },
      "weak map": { value: new WeakMap(), says: /WeakMap/ },
      nested: { value: { a: [1, { b: Symbol("deep") }] }, says: /\(at .*\.a\[1\]\.b\)$/ },
      "one side of an RWLock": { value: new RWLock().readLock, says: /send the RWLock/ },
      "the other side": { value: new RWLock().writeLock, says: /send the RWLock/ },
    };
    const queue = new Queue<unknown>(2);
    const heap = new PriorityQueue<[number, unknown]>();
    const simple = new SimpleQueue<unknown>();
    const list = new SharedList<unknown>(["kept"]);
    const map = new SharedMap<string, unknown>([["kept", 1]]);
    using pool = new Pool(1);
    for (const [what, { value, says }] of Object.entries(bad)) {
      const error = (thrown: unknown): boolean => {
        assert.ok(thrown instanceof SerializationError, `${what}: ${String(thrown)}`);
        assert.match(thrown.message, says);
        return true;
      };
      assert.throws(() => queue.put(value), error);
      assert.throws(() => queue.putNowait(value), error);
      await assert.rejects(queue.putAsync(value), error);
      assert.throws(() => heap.put([1, value]), error);
      assert.throws(() => simple.put(value), error);
      assert.throws(() => list.push(1, value), error);
      assert.throws(() => list.set(0, value), error);
      assert.throws(() => map.set("new", value), error);
      assert.throws(() => new Thread({ target: nothing, args: [value] as never }).start(), error);
      assert.throws(() => pool.apply(square, [value] as never), error);
      assert.throws(() => map.set(value as never, 1), SerializationError);
    }
    assert.deepEqual([queue.qsize(), heap.qsize(), simple.qsize()], [0, 0, 0]);
    assert.deepEqual([list.slice(), [...map]], [["kept"], [["kept", 1]]]);
    queue.put("in order");
    assert.equal(queue.get(wait), "in order");
  });
});

test("a closed pool takes nothing more, in no form; what it had is done", async () => {
  await besideOthers(async () => {
    const pool = new Pool(1);
    const accepted = pool.mapAsync(square, [1, 2, 3]);
    pool.close();
    const refused = { name: "StateError", message: /closed/ };
    assert.throws(() => pool.apply(square, [1]), refused);
    assert.throws(() => pool.applyAsync(square, [1]), refused);
    assert.throws(() => pool.map(square, [1]), refused);
    assert.throws(() => pool.mapAsync(square, [1]), refused);
    assert.throws(() => pool.starmap(square, [[1]]), refused);
    assert.throws(() => pool.imap(square, [1]), refused);
    assert.throws(() => pool.imapUnordered(square, [1]), refused);
    assert.deepEqual(await accepted, [1, 4, 9]);
    pool.close();
    await pool.joinAsync();
    pool.terminate();
  });
});

test("who joins itself, before the start, or starts twice is told so", async () => {
  await besideOthers(() => {
    const told = new Queue<string>();
    const late = new work.JoinsItself(told);
    assert.throws(() => late.join(), StateError);
    late.start();
    assert.equal(told.get(wait), "HEDDLE_STATE");
    assert.throws(() => late.start(), StateError);
    late.join(wait);
    assert.throws(() => late.start(), StateError);
    using pool = new Pool(1);
    assert.throws(() => pool.join(), StateError);
  });
});

test("releasing what is free, or another's, is a StateError and changes nothing", async () => {
  await besideOthers(async () => {
    const told = new Queue<string>();
    const [lock, rlock, rwlock] = [new Lock(), new RLock(), new RWLock()];
    const condition = new Condition(lock);
    const bounded = new BoundedSemaphore(1);
    const queue = new Queue<number>();
    const free: Readonly<Record<string, () => void>> = {
      lock: () => lock.release(),
      rlock: () => rlock.release(),
      "read lock": () => rwlock.readLock.release(),
      "write lock": () => rwlock.writeLock.release(),
      condition: () => condition.release(),
      notify: () => condition.notify(),
      "bounded semaphore": () => bounded.release(),
      taskDone: () => queue.taskDone(),
    };
    for (const [what, release] of Object.entries(free)) {
      assert.throws(release, StateError, what);
      assert.throws(release, StateError, `${what}, again`);
    }
    await assert.rejects(condition.waitAsync(), StateError);
    rlock.acquire();
    const thief = new Thread({ target: work.releaseTheirs, args: [rlock, told] });
    thief.start();
    thief.join(wait);
    assert.equal(told.get(wait), "HEDDLE_STATE");
    assert.equal(rlock.locked(), true);
    rlock.release();
    for (const one of [lock, rlock, rwlock.readLock, rwlock.writeLock]) {
      assert.equal(one.tryAcquire(), true);
      one.release();
    }
    assert.equal(bounded.value, 1);
  });
});

test("a result that cannot be sent is the task's error, and the worker is the same afterwards", async () => {
  await besideOthers(async () => {
    using pool = new Pool(1);
    const worker = pool.apply(work.ident);
    assert.throws(() => pool.apply(work.returnFunction), { name: "SerializationError", message: /\.nested\[0\]/ });
    await assert.rejects(async () => pool.applyAsync(work.returnSymbol), {
      name: "SerializationError",
      message: /mine/,
    });
    assert.throws(() => pool.map(work.returnFunction as (n: number) => unknown, [1, 2]), SerializationError);
    assert.equal(pool.apply(work.ident), worker);
  });
});

test("an error that carries what cannot be sent arrives without it, and says what that was", async () => {
  await besideOthers(async () => {
    using pool = new Pool(1);
    const said = (error: unknown): boolean => {
      assert.ok(error instanceof work.Refused, String(error));
      assert.match(error.message, /^no/);
      assert.match(String((error.cause as Error).stack), /throwRefused/);
      const reason = (error.cause as Error).cause;
      assert.ok(reason instanceof SerializationError && /\.retry/.test(reason.message), String(reason));
      return true;
    };
    assert.throws(() => pool.apply(work.throwRefused), said);
    assert.throws(() => pool.map(work.throwRefused as (n: number) => never, [1, 2]), said);
    // Of the items of a chunk, only the one that failed fails.
    const results = pool.imap(work.throwRefusedFor, [1, 2, 3], { chunksize: 3 });
    assert.equal(results.next(wait).value, 1);
    assert.throws(() => results.next(wait), { message: "not two" });
    assert.equal(results.next(wait).value, 3);
    await assert.rejects(async () => pool.applyAsync(work.throwSymbol), { message: /Symbol\(thrown\)/ });
  });
});

test("what is thrown without a class arrives as it is: numbers, texts, null and undefined", async () => {
  await besideOthers(async () => {
    using pool = new Pool(1);
    for (const value of [5, "text", null, undefined, { code: 3 }, [1]]) {
      const caught: unknown[] = [];
      try {
        pool.apply(work.throwValue, [value]);
      } catch (error) {
        caught.push(error);
      }
      await pool.applyAsync(work.throwValue, [value]).then(
        () => assert.fail("no error"),
        (error: unknown) => caught.push(error),
      );
      const called = new Promise((resolve) => {
        pool.applyAsync(work.throwValue, [value], { errorCallback: resolve });
      });
      caught.push(await called);
      const failed = pool.applyAsync(work.throwValue, [value]);
      failed.wait(wait);
      assert.equal(failed.successful(), false);
      try {
        pool.imap(work.throwValue, [value]).next(wait);
      } catch (error) {
        caught.push(error);
      }
      try {
        failed.get();
      } catch (error) {
        caught.push(error);
      }
      assert.deepEqual(caught, [value, value, value, value, value]);
    }
  });
});

test("what is given where options, arguments or callbacks belong is refused at the call", () => {
  const given = (value: unknown): never => value as never;
  using pool = new Pool(1);
  const held = new Lock();
  held.acquire();
  const calls: readonly [() => unknown, RegExp][] = [
    [() => new Lock(given("mutex")), /\{ name: "jobs" \}, not "mutex"/],
    [() => new Queue(0, given("jobs")), /not "jobs"/],
    [() => new SharedValue("i32", given({ name: "n" })), /a name comes third/],
    [() => held.acquire(given(false)), /\{ timeout: 100 \}, not false/],
    [() => new Queue().get(given(5)), /\{ timeout: 100 \}, not 5/],
    [() => new Thread(given(nothing)), /new Thread\(\{ target/],
    [() => new Thread({ target: square, args: given(5) }), /args are a list/],
    [() => pool.apply(square, given(5)), /arguments are a list/],
    [() => pool.applyAsync(square, [5], given(nothing)), /callback, errorCallback/],
    [() => pool.applyAsync(square, [5], { callback: given(3) }), /The callback is not a function/],
  ];
  for (const [call, message] of calls) assert.throws(call, { name: "TypeError", message });
  assert.throws(() => new Queue<WeakMap<object, unknown>>().put(new WeakMap()), {
    name: "SerializationError",
    message: /A WeakMap cannot go/,
  });
});

test("a program that forgot `main` is told so instead of starting threads for ever", async () => {
  const url = new URL("./programs/", import.meta.url);
  const thread = await runProgram([fileURLToPath(new URL("forgot-main.js", url))]);
  assert.match(thread.stderr, /StateError: .*Put what the program does once inside main\(/);
  const pool = await runProgram([fileURLToPath(new URL("forgot-main-pool.js", url))]);
  assert.match(pool.stderr, /StateError: .*Put what the program does once inside main\(/);
});

test("a task that exhausts its heap, and an item larger than the memory for it, fail alone", async () => {
  const program = fileURLToPath(new URL("./programs/exhausts.js", import.meta.url));
  const { code, stdout, stderr } = await runProgram(["--max-old-space-size=64", program], {
    deadline: 60_000,
    env: { HEDDLE_ARENA_MB: "16" },
  });
  assert.deepEqual(
    [code, stdout.split("\n")],
    [
      0,
      [
        "heap: WorkerDiedError",
        "item: ArenaFullError, and the queue holds 0",
        "async item: ArenaFullError, and the queue holds 0",
        "argument: ArenaFullError",
        "result: ArenaFullError",
        "a small item: 7, a task: 49, the other thread: 42",
        "",
      ],
    ],
    stderr,
  );
});

test("a task that leaves the process, loops for ever or is ended fails alone; the queue it was at is whole", async () => {
  await besideOthers(async () => {
    using pool = new Pool(1);
    assert.throws(() => pool.apply(work.exit, [0]), WorkerDiedError);
    assert.throws(() => pool.apply(work.exit, [3]), WorkerDiedError);
    assert.equal(pool.apply(square, [5]), 25);

    const looping = new Pool(1);
    const begun = new Event();
    const never = looping.applyAsync(work.loopForEver, [begun]);
    assert.ok(begun.wait(wait));
    looping.terminate();
    looping.join();
    await assert.rejects(async () => never, WorkerDiedError);

    // Ended in the middle of `put`, into a queue that is full and into one that is not.
    for (const size of [1, 0]) {
      const queue = new Queue<number>(size);
      const putting = new Pool(1);
      const puts = putting.applyAsync(work.putForEver, [queue]);
      assert.equal(queue.get(wait), 0);
      putting.terminate();
      putting.join();
      await assert.rejects(async () => puts, WorkerDiedError);
      // What was accepted is there, in order and once.
      for (let n = 1; !queue.empty(); n++) assert.equal(queue.get(wait), n);
      queue.put(-1, wait);
      assert.equal(queue.get(wait), -1);
    }
  });
});
