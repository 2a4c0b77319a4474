import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, Queue, SerializationError, StateError, Timer } from "heddle";
import { untilBlocked } from "./blocked.js";
import { joinAll, WAIT } from "./threads.js";
import { nameAndArguments, nothing, setEvent } from "./work.js";

test("68: a Timer calls its function once with its arguments, after the interval, in a thread of its own", () => {
  const results = new Queue<string>();
  const timer = new Timer(60, nameAndArguments, [results, 1, "two"]);
  assert.ok(timer.name.startsWith("Thread-"));
  timer.name = "timer";
  const start = performance.now();
  timer.start();
  assert.equal(results.get(WAIT), "timer 1 two");
  assert.ok(performance.now() - start >= 59);
  joinAll(timer);
  assert.equal(results.empty(), true);
  assert.equal(timer.finished.isSet(), true);
  assert.throws(() => timer.start(), StateError);
});

test("69: cancel before the end of the interval prevents the call and lets join return; afterwards it does nothing", () => {
  const called = new Event();
  const timer = new Timer(600_000, setEvent, [called]);
  timer.start();
  untilBlocked(timer, timer.finished);
  timer.cancel();
  joinAll(timer);
  assert.equal(called.isSet(), false);
  const early = new Timer(600_000, setEvent, [called]);
  early.cancel();
  early.start();
  joinAll(early);
  assert.equal(called.isSet(), false);
  const late = new Timer(0, setEvent, [called]);
  late.start();
  joinAll(late);
  late.cancel();
  assert.equal(called.isSet(), true);
});

test("a clock that is set while its thread comes up neither hurries a timer nor holds it up", () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const called = new Event();
    const timer = new Timer(200, setEvent, [called]);
    const { now } = Date;
    const start = performance.now();
    try {
      // By its starter's clock it starts an hour before, or after, what its own thread reads when it is there.
      Date.now = () => now() - jump;
      timer.start();
    } finally {
      Date.now = now;
    }
    assert.equal(called.wait(WAIT), true);
    assert.ok(performance.now() - start >= 199, `${performance.now() - start} ms`);
    joinAll(timer);
  }
});

test("an interval is a number of milliseconds, and the function must be registered", () => {
  for (const interval of [-1, Number.NaN, 2 ** 31]) {
    assert.throws(() => new Timer(interval, nothing), RangeError, String(interval));
  }
  assert.throws(() => new Timer(1, () => {}).start(), SerializationError);
  assert.throws(() => new Timer(1, undefined as unknown as () => void).start(), TypeError);
});
