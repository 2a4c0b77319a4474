/** Queues between processes. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Empty, Full, SerializationError, StateError } from "heddle";
import { JoinableQueue, Pipe, Queue, SimpleQueue } from "heddle/process";
import { Folder } from "../support/folder.js";
import { runProgram } from "../support/run-program.js";
import {
  answerInside,
  getAndStay,
  getTwoAndSay,
  makeQueue,
  passOn,
  passOnAsync,
  putAll,
  putMuch,
  workOff,
} from "./process-work.js";
import { started } from "./started-process.js";

const wait = { timeout: 20_000 };

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
    if (target === passOn) assert.equal(back.get(wait), "passing");
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
  const other = new Queue<Queue<unknown>>();
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
  const same = new Queue<Queue<Uint8Array>>();
  same.put(queue);
  queue.close();
  queue.joinThread();
  assert.equal(same.get(wait).qsize(), 5);
});

test("92: a process ends when what it put has left it, or at once after cancelJoinThread", () => {
  const said = new Queue<string>();
  const [mine, theirs] = Pipe();
  using maker = started({ target: makeQueue, args: [theirs] });
  assert.equal(mine.poll(wait), true);
  const queue = mine.recv() as Queue<Uint8Array>;
  const [go, goThere] = Pipe();
  const [goToo, goTooThere] = Pipe();
  using forgetful = started({ target: putMuch, args: [queue, said, goThere, true] });
  using faithful = started({ target: putMuch, args: [queue, said, goTooThere, false] });
  assert.deepEqual([said.get(wait), said.get(wait)], ["connected", "connected"]);
  process.kill(maker.pid ?? 0, "SIGSTOP"); // nobody takes anything from here on
  go.send("go");
  goToo.send("go");
  forgetful.join(wait);
  assert.equal(forgetful.exitcode, 0);
  faithful.join({ timeout: 100 });
  assert.equal(faithful.isAlive(), true);
  process.kill(maker.pid ?? 0, "SIGCONT");
  faithful.join(wait);
  assert.equal(faithful.exitcode, 0);
  for (const end of [mine, go, goToo]) end.close();
  maker.join(wait); // in peace, so that it takes its socket away
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

test("what a process got and never saw is for those who wait, in its order", async () => {
  const [items, said] = [new Queue<number>(), new Queue<string>()];
  using stays = started({ target: getTwoAndSay, args: [items, said] });
  assert.equal(said.get(wait), "here");
  process.kill(stays.pid ?? 0, "SIGSTOP");
  for (const item of [1, 2]) items.put(item);
  const next = items.getAsync(wait);
  assert.equal(items.empty(), true);
  stays.kill();
  assert.deepEqual([await next, items.get(wait)], [1, 2]);
});

test("what waits for a process that dies is for others, and in its order", () => {
  const [items, said] = [new Queue<number>(), new Queue<string>()];
  using stays = started({ target: getAndStay, args: [items, said] });
  assert.equal(said.get(wait), "here");
  stays.kill();
  stays.join(wait);
  for (const item of [1, 2, 3]) items.put(item);
  using later = started({ target: getAndStay, args: [items, said] });
  assert.deepEqual([said.get(wait), said.get(wait)], ["here", "1"]);
  assert.deepEqual([items.get(wait), items.get(wait)], [2, 3]);
  assert.equal(later.isAlive(), true);
});

test("queues go through queues and pipes", () => {
  const [outer, inner] = [new Queue<Queue<string>>(), new Queue<string>()];
  using _child = started({ target: answerInside, args: [outer] });
  const [first, second] = Pipe();
  first.send(inner);
  outer.put(second.recv() as Queue<string>);
  assert.equal(inner.get(wait), "inside");
  for (const end of [first, second]) end.close();
});

test("the broker answers nobody without the key, and its socket goes with the program", async () => {
  const program = fileURLToPath(new URL("./programs/queue-maker.js", import.meta.url));
  const { code, stdout } = await runProgram([program]);
  assert.equal(code, 0);
  assert.match(stdout, /^heddle-\w+\nstranger: closed\nforeign: closed\n$/);
  assert.equal(readdirSync(tmpdir()).includes(stdout.split("\n")[0] ?? ""), false);
});

test("a queue for whose socket there was no place is an error of the system, and the next one may have more luck", async () => {
  using folder = new Folder();
  const text = `
    import { mkdirSync } from "node:fs";
    import { Queue } from "heddle/process";
    for (let attempt = 1; attempt <= 2; attempt++) {
      try {
        const queue = new Queue();
        queue.put(attempt);
        console.log("got", queue.get());
      } catch ({ name, code }) {
        console.log(name, code);
        mkdirSync(process.env.TMPDIR);
      }
    }
  `;
  const env = { TMPDIR: folder.file("later") };
  const { code, stdout, stderr } = await runProgram(["--input-type=module", "-e", text], { env });
  assert.deepEqual([code, stdout, stderr], [0, "Error ENOENT\ngot 2\n", ""]);
});
