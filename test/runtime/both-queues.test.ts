/** Queues between processes, and between those that are threads. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Empty, Full, SerializationError, StateError } from "heddle";
import type { Queue as QueueOf } from "heddle/process";
import { libraries } from "./libraries.js";
import { answerInside, passOn, passOnAsync, putAll, workOff } from "./process-work.js";
import { starter } from "./started-process.js";

const wait = { timeout: 20_000 };

for (const { name, JoinableQueue, Pipe, Process, Queue, SimpleQueue } of libraries) {
  suite(name, () => {
    const started = starter(Process);

    test("88: get and put without items or room in time are Empty and Full, those of thread queues", async () => {
      const queue = new Queue<number>(1);
      assert.throws(() => queue.getNowait(), Empty);
      assert.throws(() => queue.get({ timeout: 20 }), Empty);
      await assert.rejects(queue.getAsync({ timeout: 20 }), Empty);
      queue.put(1);
      assert.deepEqual([queue.qsize(), queue.full(), queue.empty()], [1, true, false]);
      assert.throws(() => queue.putNowait(2), Full);
      assert.throws(() => queue.put(2, { timeout: 20 }), Full);
      await assert.rejects(queue.putAsync(2, { timeout: 20 }), Full);
      const put = queue.putAsync(3);
      assert.equal(queue.get(), 1);
      await put;
      assert.equal(await queue.getAsync(), 3);
      assert.equal(queue.empty(), true);
      for (const timeout of [-1, Number.NaN]) {
        assert.throws(() => queue.get({ timeout }), RangeError);
        assert.throws(() => queue.put(1, { timeout }), RangeError);
      }
      for (const maxsize of [Number.NaN, 1.5, "1" as never]) assert.throws(() => new Queue(maxsize), RangeError);
    });

    test("items go to other processes and back, in order, whoever blocks and whoever does not", () => {
      for (const target of [passOn, passOnAsync]) {
        const [there, back] = [new Queue<unknown>(2), new Queue<unknown>()];
        using child = started({ target, args: [there, back], name: "passing" });
        const items = [1, "ü", { a: [1n] }, new Uint8Array(100_000).fill(5), undefined];
        for (const item of items) there.put(item, wait);
        there.put(null, wait);
        if (target === passOn) assert.match(String(back.get(wait)), /^passing$|^MainProcess$/); // it asks heddle/process
        assert.deepEqual(
          items.map(() => back.get(wait)),
          items,
        );
        child.join(wait);
        assert.equal(child.exitcode, 0);
      }
    });

    test("89: a Queue knows nothing of what is done, a JoinableQueue does", () => {
      assert.equal("taskDone" in new Queue(), false);
      assert.equal("join" in new Queue(), false);
      const [jobs, results] = [new JoinableQueue<number>(), new SimpleQueue<number>()];
      using _one = started({ target: workOff, args: [jobs, results] });
      using _two = started({ target: workOff, args: [jobs, results] });
      const items = Array.from({ length: 20 }, (_, i) => i);
      for (const item of items) jobs.put(item);
      jobs.join();
      const doubled = items.map(() => results.get()).sort((a, b) => a - b);
      assert.deepEqual(
        doubled,
        items.map((item) => item * 2),
      );
      jobs.join(); // nothing is outstanding
    });

    test("90: taskDone more often than items were put is a StateError", async () => {
      const queue = new JoinableQueue<number>();
      assert.throws(() => queue.taskDone(), StateError);
      queue.put(1);
      const joined = queue.joinAsync();
      queue.get();
      queue.taskDone();
      await joined;
      assert.throws(() => queue.taskDone(), StateError);
    });

    test("91: after close, put and get are StateErrors here, and others go on", () => {
      const queue = new Queue<unknown>();
      const other = new Queue<QueueOf<unknown>>();
      other.put(queue);
      const again = other.get(wait);
      queue.put(1);
      queue.close();
      queue.close();
      for (const use of [() => queue.put(1), () => queue.get(), () => queue.qsize(), () => queue.empty()]) {
        assert.throws(use, StateError);
      }
      assert.equal(again.get(wait), 1);
    });

    test("92: joinThread comes after close, and returns when all has left", () => {
      const queue = new Queue<Uint8Array>();
      assert.throws(() => queue.joinThread(), StateError);
      for (let i = 0; i < 5; i++) queue.put(new Uint8Array(100_000));
      const same = new Queue<QueueOf<Uint8Array>>();
      same.put(queue);
      queue.close();
      queue.joinThread();
      assert.equal(same.get(wait).qsize(), 5);
    });

    test("93: an item that cannot travel is told at once, takes no room, and the queue goes on", async () => {
      const queue = new Queue<unknown>(1);
      assert.throws(() => queue.put(Promise.resolve()), SerializationError);
      await assert.rejects(
        queue.putAsync(() => {}),
        SerializationError,
      );
      queue.put(1, { timeout: 0 });
      assert.equal(queue.get(wait), 1);
    });

    test("94: a SimpleQueue has put, get, empty and close", async () => {
      const queue = new SimpleQueue<unknown>();
      assert.equal(queue.empty(), true);
      using _child = started({ target: putAll, args: [queue, [1, 2]] });
      assert.deepEqual([queue.get(), await queue.getAsync()], [1, 2]);
      await queue.putAsync(3);
      assert.equal(queue.empty(), false);
      queue.close();
      assert.throws(() => queue.get(), StateError);
      for (const name of ["taskDone", "join", "full", "getNowait"]) assert.equal(name in queue, false, name);
    });

    test("an aborted get takes nothing", async () => {
      const queue = new Queue<number>();
      for (let i = 0; i < 20; i++) {
        const controller = new AbortController();
        const outcome = queue.getAsync({ signal: controller.signal }).catch((error: Error) => error.message);
        queue.put(i);
        controller.abort(new Error("enough"));
        // The item may have been quicker; where it was not, it is still there.
        const got = await outcome;
        assert.equal(got === "enough" ? queue.get(wait) : got, i);
        assert.equal(queue.empty(), true);
      }
      const never = queue.getAsync({ signal: AbortSignal.abort(new Error("before")) });
      await assert.rejects(never, /before/);
    });

    test("an aborted put puts nothing, and one that came too late for that is none", async () => {
      const queue = new Queue<number>(1);
      for (const isFull of [false, true]) {
        if (isFull) queue.put(0);
        const controller = new AbortController();
        const outcome = queue.putAsync(1, { signal: controller.signal }).then(
          () => "in",
          (error: Error) => error.message,
        );
        controller.abort(new Error("enough"));
        const isIn = (await outcome) === "in";
        if (isFull) assert.deepEqual([await outcome, queue.get(wait)], ["enough", 0]);
        assert.equal(queue.qsize(), isIn ? 1 : 0);
        if (isIn) queue.get(wait);
      }
    });

    test("putAsync and put keep their order", () => {
      const queue = new Queue<number>();
      void queue.putAsync(1);
      queue.put(2);
      assert.deepEqual([queue.get(wait), queue.get(wait)], [1, 2]);
    });

    test("queues go through queues and pipes", () => {
      const [outer, inner] = [new Queue<QueueOf<string>>(), new Queue<string>()];
      using _child = started({ target: answerInside, args: [outer] });
      const [first, second] = Pipe();
      first.send(inner);
      outer.put(second.recv() as QueueOf<string>);
      assert.equal(inner.get(wait), "inside");
      for (const end of [first, second]) end.close();
    });
  });
}
