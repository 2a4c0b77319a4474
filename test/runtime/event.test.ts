import assert from "node:assert/strict";
import { test } from "node:test";
import { Barrier, Event, InterruptedError, Queue, Thread } from "heddle";
import { interrupt } from "../../runtime/src/futex.js";
import { isolate } from "../../runtime/src/isolate.js";
import { untilBlocked } from "./blocked.js";
import { interruptAmongWaiters, lookOutLong } from "./interruptor.js";
import { waitFor } from "./work.js";

const DEADLINE = 30_000;

test("35: an event starts cleared; set and clear may be repeated", () => {
  const event = new Event();
  assert.equal(event.isSet(), false);
  event.set();
  event.set();
  assert.equal(event.isSet(), true);
  event.clear();
  event.clear();
  assert.equal(event.isSet(), false);
});

test("36: wait is false after its timeout and true if the event is set", async () => {
  const event = new Event();
  const start = performance.now();
  assert.equal(event.wait({ timeout: 20 }), false);
  assert.ok(performance.now() - start >= 19);
  assert.equal(await event.waitAsync({ timeout: 5 }), false);
  event.set();
  assert.equal(event.wait(), true);
  assert.equal(event.wait({ timeout: 0 }), true);
  assert.equal(await event.waitAsync(), true);
});

test("37: set wakes everyone who waits, even if it is cleared right away", async () => {
  const event = new Event();
  const ready = new Barrier(4);
  const results = new Queue<boolean>();
  const threads = [1, 2, 3].map(() => new Thread({ target: waitFor, args: [event, ready, results] }));
  for (const thread of threads) thread.start();
  const here = event.waitAsync({ timeout: DEADLINE });
  await ready.waitAsync({ timeout: DEADLINE });
  // From the barrier to the wait is a step that nobody can see from outside, so this repeats until all are through.
  const results3: boolean[] = [];
  while (results3.length < 3) {
    event.set();
    event.clear();
    while (!results.empty()) results3.push(results.getNowait());
  }
  assert.deepEqual(results3, [true, true, true]);
  assert.equal(await here, true);
  assert.equal(event.isSet(), false);
});

test("an async waiter that saw set and clear go by while its thread was busy was woken", async () => {
  const event = new Event();
  const waiting = event.waitAsync({ timeout: DEADLINE });
  event.set();
  event.clear();
  assert.equal(await waiting, true);
});

test("an async wait ends with the signal's reason", async () => {
  const controller = new AbortController();
  const waiting = new Event().waitAsync({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});

test("an interrupted main thread is the only one whose wait ends", () => {
  const event = new Event();
  const goesOn = new Queue<boolean>();
  const thread = new Thread({ target: interruptAmongWaiters, args: [event, goesOn] });
  thread.start();
  assert.throws(() => event.wait({ timeout: DEADLINE }), InterruptedError);
  assert.equal(goesOn.get({ timeout: DEADLINE }), true);
  event.set();
  thread.join();
});

test("who waits can be interrupted before it sleeps, too", () => {
  const event = new Event();
  const outcome = new Queue<string>();
  const thread = new Thread({ target: lookOutLong, args: [event, outcome] });
  thread.start();
  untilBlocked(thread, event);
  assert.equal(interrupt(isolate.cells.get(thread)?.at ?? 0), true);
  assert.equal(outcome.get({ timeout: DEADLINE }), "InterruptedError");
});
