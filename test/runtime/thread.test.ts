import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  activeCount,
  currentThread,
  Event,
  enumerate,
  getIdent,
  Lock,
  mainThread,
  Queue,
  ref,
  SerializationError,
  SharedArray,
  SharedValue,
  StateError,
  sleep,
  sleepAsync,
  Thread,
} from "heddle";
import { runProgram } from "../support/run-program.js";
import {
  add,
  addLater,
  addNamed,
  Counter,
  CustomError,
  fail,
  inspectTravellers,
  listThreads,
  namedNumbers,
  namedTotal,
  nested,
  nothing,
  type Report,
  readLocal,
  report,
  startAndLeave,
  Unregistered,
  waitForEvent,
} from "./work.js";

const DEADLINE = 30_000;

function run(thread: Thread): void {
  thread.start();
  thread.join({ timeout: DEADLINE });
  assert.equal(thread.isAlive(), false, "the thread did not end");
}

function program(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
}

test("48: a second start is a StateError, also after the end", () => {
  const event = new Event();
  const thread = new Thread({ target: waitForEvent, args: [event] });
  thread.start();
  assert.throws(() => thread.start(), StateError);
  event.set();
  thread.join({ timeout: DEADLINE });
  assert.throws(() => thread.start(), StateError);
});

test("49: join before start is a StateError", async () => {
  assert.throws(() => new Thread({ target: nothing }).join(), StateError);
  await assert.rejects(new Thread({ target: nothing }).joinAsync(), StateError);
});

test("50: join of the current thread is a StateError", () => {
  assert.throws(() => currentThread().join(), StateError);
});

test("51: join with a timeout returns either way, may be repeated, and isAlive tells", async () => {
  const event = new Event();
  const thread = new Thread({ target: waitForEvent, args: [event] });
  assert.equal(thread.isAlive(), false);
  thread.start();
  assert.equal(thread.join({ timeout: 5 }), undefined);
  assert.equal(thread.isAlive(), true);
  await thread.joinAsync({ timeout: 5 });
  assert.equal(thread.isAlive(), true);
  event.set();
  thread.join({ timeout: DEADLINE });
  assert.equal(thread.isAlive(), false);
  thread.join();
  await thread.joinAsync();
});

test("52: daemon cannot be set after the start", () => {
  const thread = new Thread({ target: nothing });
  thread.daemon = true;
  assert.equal(thread.daemon, true);
  run(thread);
  assert.throws(() => {
    thread.daemon = false;
  }, StateError);
});

test("53: daemon is the creator's by default, and an explicit one wins", () => {
  const results = new Queue<Report>();
  run(new Thread({ target: report, args: [results], daemon: true }));
  run(new Thread({ target: report, args: [results] }));
  assert.equal(new Thread({ target: nothing }).daemon, false);
  assert.deepEqual([results.get().daemonOfChild, results.get().daemonOfChild], [true, false]);
});

test("54: ident is undefined before the start, unique, and stays after the end", () => {
  const threads = [new Thread({ target: nothing }), new Thread({ target: nothing })];
  assert.equal(threads[0]?.ident, undefined);
  for (const thread of threads) run(thread);
  const idents = [getIdent(), ...threads.map((thread) => thread.ident)];
  assert.ok(idents.every((ident) => typeof ident === "number" && ident > 0));
  assert.equal(new Set(idents).size, 3);
});

test("55: names are Thread-N, with the target's name behind", () => {
  const named = /^Thread-(\d+)$/.exec(new Thread().name);
  const targeted = /^Thread-(\d+) \(nothing\)$/.exec(new Thread({ target: nothing }).name);
  assert.equal(Number(targeted?.[1]), Number(named?.[1]) + 1);
});

test("a name may be as long as one likes", () => {
  const name = "long".repeat(50_000);
  assert.equal(new Thread({ target: nothing, name }).name, name);
});

test("56: a name may change at any time, for everyone", () => {
  const results = new Queue<Report>();
  const thread = new Thread({ target: report, args: [results], name: "first" });
  thread.name = "second";
  run(thread);
  assert.equal(results.get().name, "second");
  thread.name = "näme ✓";
  assert.equal(thread.name, "näme ✓");
});

test("57: enumerate and activeCount know the threads that run, main and daemons among them", () => {
  const before = activeCount();
  assert.ok(enumerate().includes(mainThread()));
  const gate = new Event();
  const unstarted = new Thread({ target: nothing, name: "unstarted" });
  const threads = ["a", "b"].map(
    (name) => new Thread({ target: waitForEvent, args: [gate], name, daemon: name === "b" }),
  );
  for (const thread of threads) thread.start();
  const results = new Queue<string[]>();
  run(new Thread({ target: listThreads, args: [results], name: "lister" }));
  const names = results.get();
  for (const name of ["MainThread", "a", "b", "lister"]) assert.ok(names.includes(name), name);
  assert.equal(names.includes("unstarted"), false);
  assert.deepEqual(results.get(), [String(names.length)]);
  assert.deepEqual(
    enumerate().filter((thread) => threads.includes(thread)),
    threads,
  );
  assert.equal(activeCount(), before + 2);
  gate.set();
  for (const thread of threads) thread.join({ timeout: DEADLINE });
  assert.equal(activeCount(), before);
  assert.equal(
    enumerate().some((thread) => threads.includes(thread) || thread === unstarted),
    false,
  );
});

test("58, 59: currentThread and mainThread", () => {
  const results = new Queue<Report>();
  const thread = new Thread({ target: report, args: [results], name: "reporter" });
  run(thread);
  const seen = results.get();
  assert.deepEqual([seen.name, seen.isCurrent, seen.mainName], ["reporter", true, "MainThread"]);
  assert.equal(seen.ident, thread.ident);
  assert.equal(currentThread(), mainThread());
  assert.equal(currentThread().ident, getIdent());
});

test("60: an error in a thread is printed, ends the thread only, and join does not throw it", async () => {
  const ended = await runProgram([program("uncaught")]);
  assert.match(ended.stderr, /Exception in thread failing:\nRangeError: in the thread\n {4}at /);
  assert.equal(ended.stdout, "joined\n");
  assert.equal(ended.code, 0);
  run(new Thread({ target: fail, args: ["this error is part of the test"] }));
});

test("60: the program's hook gets the errors that leave threads, in the thread; process.exit is none", async () => {
  const ended = await runProgram([program("hooked")]);
  const lines = ["first: refused", "second: a text", "third: refused"].map((line) => `${line} here: true`);
  assert.equal(ended.stdout, [...lines, "HEDDLE_SERIALIZATION", ""].join("\n"));
  assert.match(
    ended.stderr,
    /^Exception in thread fifth:\nError: no\n.*^Exception in thread fifth:\nError: in the hook\n/ms,
  );
  assert.match(ended.stderr, /^Exception in thread sixth:\nError: no\n/m);
  assert.equal(ended.stderr.match(/Exception/g)?.length, 3);
  assert.equal(ended.code, 0);
});

test("61: process.exit in a thread ends that thread only, silently", async () => {
  const ended = await runProgram([program("exits")]);
  assert.deepEqual(ended, { code: 0, stdout: "joined\n", stderr: "" });
});

test("62: a subclass runs its own run with its fields, and its constructor not again", () => {
  const total = new SharedValue("i32", 0);
  run(new Counter(total, 5));
  assert.equal(total.value, 1005);
  assert.throws(() => new Unregistered().start(), /Unregistered.*tasks\(import\.meta\.url, \{ Unregistered \}\)/s);
});

test("64: the program waits for threads and not for daemons", async () => {
  assert.deepEqual(await runProgram([program("lifetime"), "thread"]), {
    code: 0,
    stdout: "main\nthread\n",
    stderr: "",
  });
  assert.deepEqual(await runProgram([program("lifetime"), "daemon"]), { code: 0, stdout: "main\n", stderr: "" });
});

test("65: interruptMain ends whatever main blocks in with an InterruptedError", async () => {
  const ended = await runProgram([program("interrupted"), "blocking"]);
  const waits = ["sleep", "lock", "rwlock", "event", "queue", "semaphore", "barrier"];
  const lines = [...waits.map((what) => `${what} interrupted`), "barrier broken: true"];
  const expected = [...lines, "condition interrupted", "join interrupted", ""].join("\n");
  assert.deepEqual(ended, { code: 0, stdout: expected, stderr: "" });
});

test("65, 67: interruptMain is a SIGINT for a main that runs: its handlers run, and without one the program ends", async () => {
  const handled = await runProgram([program("interrupted"), "handled"]);
  assert.deepEqual(handled, { code: 0, stdout: "handled\nfrom main\n", stderr: "" });
  // Nothing else keeps the program from ending between the signal and the turn of the event loop that brings it.
  const last = await runProgram([program("interrupted"), "last"]);
  assert.deepEqual(last, { code: 0, stdout: "from main, at the end\n", stderr: "" });
  const unhandled = await runProgram([program("interrupted"), "unhandled"]);
  assert.deepEqual(unhandled, { code: null, stdout: "", stderr: "" });
});

test("71: init makes the value of each thread that asks, once", () => {
  const results = new Queue<boolean>();
  namedTotal.value = 0;
  for (let i = 0; i < 2; i++) run(new Thread({ target: readLocal, args: [results] }));
  readLocal(results);
  assert.deepEqual([results.get(), results.get(), results.get()], [true, true, true]);
  assert.equal(namedTotal.value, 3);
});

test("a thread's own threads are waited for", () => {
  const total = new SharedValue("i32", 0);
  run(new Thread({ target: nested, args: [total] }));
  assert.equal(total.value, 6);
  const gate = new Event();
  const parent = new Thread({ target: startAndLeave, args: [total, gate] });
  run(parent);
  gate.set();
  const end = performance.now() + DEADLINE;
  while (total.value < 7) assert.ok(performance.now() < end, "the thread's thread did not go on");
});

test("an async target is awaited; an unregistered one is refused with the line to add", () => {
  const total = new SharedValue("i32", 0);
  run(new Thread({ target: addLater, args: [total] }));
  assert.equal(total.value, 1);
  const local = (): void => {};
  assert.throws(() => new Thread({ target: local }).start(), SerializationError);
  assert.throws(() => new Thread({ target: local }).start(), /tasks\(import\.meta\.url, \{ local \}\)/);
  assert.throws(() => new Thread({ target: "no" as unknown as () => void }), TypeError);
});

test("an argument that cannot travel is refused with its place, and the thread may be started no worse", () => {
  const thread = new Thread({ target: add, args: [new SharedValue("i32"), new Lock(), Symbol("x") as never] });
  assert.throws(() => thread.start(), /symbols.*\.args\[2\]/s);
  assert.equal(thread.ident, undefined);
});

test("ref names a task without its module", () => {
  const total = new SharedValue("i32", 0);
  const task = ref<typeof import("./work.js").addAtOnce>(new URL("./work.js", import.meta.url), "addAtOnce");
  run(new Thread({ target: task, args: [total, 3] }));
  assert.equal(total.value, 3);
  assert.throws(() => task(total, 1), StateError);
});

test("named objects are one in all threads, and the later declarations' values are ignored", () => {
  namedTotal.value = 0;
  run(new Thread({ target: addNamed, args: [10] }));
  assert.equal(namedTotal.value, 10);
  assert.equal(namedNumbers[0], 42);
  assert.equal(new SharedValue("i32", 77, { name: "test:total" }).value, 10);
});

test("thousands of names keep apart, and every one is found again", () => {
  const valueNamed = (i: number): SharedValue<"i32"> => new SharedValue("i32", i, { name: `test:many:${i}` });
  for (let i = 0; i < 3000; i++) valueNamed(i);
  for (let i = 0; i < 3000; i += 7) assert.equal(new SharedValue("i32", -1, { name: `test:many:${i}` }).value, i);
});

test("one name with two meanings is a StateError that names both places", () => {
  const mismatch = (make: () => object): void => {
    assert.throws(make, (error: Error) => {
      assert.ok(error instanceof StateError);
      assert.match(error.message, /work\.(js|ts):\d+:\d+.*thread\.test\.(js|ts):\d+:\d+/s);
      return true;
    });
  };
  mismatch(() => new Lock({ name: "test:total" }));
  mismatch(() => new SharedValue("f64", 0, { name: "test:total" }));
  mismatch(() => new SharedArray("i32", 4, { name: "test:numbers" }));
  mismatch(() => new SharedValue("i32", 0, { name: "test:total", lock: new Lock() }));
  assert.throws(() => new Lock({ name: "" }), TypeError);
});

test("shared objects travel at any depth and stay the same objects", () => {
  const lock = new Lock();
  const numbers = new SharedArray("i32", [1]);
  const results = new Queue<Record<string, unknown>>();
  lock.acquire();
  const box = { lock, again: [lock] as [Lock], map: new Map([["numbers", numbers]]) };
  run(new Thread({ target: inspectTravellers, args: [box, results] }));
  const { box: back, ...seen } = results.get() as { box: typeof box };
  assert.deepEqual(seen, { sameLock: true, isLock: true, locked: true, isArray: true });
  assert.equal(back.lock, lock);
  assert.equal(back.again[0], lock);
  assert.equal(back.map.get("numbers"), numbers);
  assert.equal(numbers[0], 2);
});

test("errors keep their class when it is registered", () => {
  const queue = new Queue<Error>();
  queue.put(new CustomError("mine"));
  const error = queue.get();
  assert.ok(error instanceof CustomError);
  assert.equal(error.message, "mine");
  assert.deepEqual(error.detail, { at: 7 });
});

test("sleep blocks, sleepAsync does not; both refuse nonsense", async () => {
  const start = performance.now();
  sleep(15);
  assert.ok(performance.now() - start >= 14);
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  await sleepAsync(25);
  clearInterval(counting);
  assert.ok(turns > 0);
  assert.throws(() => sleep(-1), RangeError);
  assert.throws(() => sleep(Number.NaN), RangeError);
  const controller = new AbortController();
  const sleeping = sleepAsync(DEADLINE, { signal: controller.signal });
  controller.abort(new Error("up"));
  await assert.rejects(sleeping, /up/);
});
