import assert from "node:assert/strict";
import { test } from "node:test";
import { Barrier, BrokenBarrierError, Queue, StateError, Thread } from "heddle";
import { countAction, namedTotal, passBarrier, startWaiterAndExit } from "./work.js";

const DEADLINE = 30_000;
const wait = { timeout: DEADLINE };

function others(barrier: Barrier, count: number, timeout?: number): Queue<number | string> {
  const results = new Queue<number | string>();
  for (let i = 0; i < count; i++) {
    const args: [Barrier, Queue<number | string>, number?] = [barrier, results];
    if (timeout !== undefined) args.push(timeout);
    new Thread({ target: passBarrier, args }).start();
  }
  return results;
}

function take(results: Queue<number | string>, count: number): (number | string)[] {
  return Array.from({ length: count }, () => results.get(wait)).sort();
}

/** Until that many wait; the threads are on their way. */
function untilWaiting(barrier: Barrier, count: number): void {
  const end = performance.now() + DEADLINE;
  while (barrier.waiting < count) assert.ok(performance.now() < end, "the others do not come");
}

test("38: each party gets another index from 0 up", () => {
  const barrier = new Barrier(3);
  const results = others(barrier, 2);
  const mine = barrier.wait(wait);
  assert.deepEqual([mine, ...take(results, 2)].sort(), [0, 1, 2]);
});

test("39: the action runs once per cycle, before anyone goes on, in whichever thread comes last", () => {
  const barrier = new Barrier(2, { action: countAction });
  const before = namedTotal.value;
  for (let cycle = 1; cycle <= 4; cycle++) {
    const results = others(barrier, 1);
    if (cycle % 2 === 0) untilWaiting(barrier, 1);
    barrier.wait(wait);
    assert.equal(namedTotal.value, before + cycle);
    results.get(wait);
  }
});

test("40: when the action throws, its thread gets the error and the others BrokenBarrierError", () => {
  const barrier = new Barrier(2, {
    action() {
      throw new RangeError("action");
    },
  });
  const second = barrier.waitAsync(wait);
  assert.throws(() => barrier.wait(wait), RangeError);
  assert.equal(barrier.broken, true);
  return assert.rejects(second, BrokenBarrierError);
});

test("41: one waiter's timeout breaks the barrier for all", () => {
  const barrier = new Barrier(3);
  const results = others(barrier, 1);
  untilWaiting(barrier, 1);
  assert.throws(() => barrier.wait({ timeout: 10 }), BrokenBarrierError);
  assert.deepEqual(take(results, 1), ["broken"]);
  assert.equal(barrier.broken, true);
  assert.throws(() => barrier.wait(wait), BrokenBarrierError);
});

test("42: the timeout of wait goes before the constructor's, which is the default", () => {
  const barrier = new Barrier(2, { timeout: 20 });
  const start = performance.now();
  assert.throws(() => barrier.wait(), BrokenBarrierError);
  const waited = performance.now() - start;
  assert.ok(waited >= 19 && waited < DEADLINE);
  barrier.reset();
  const results = others(barrier, 1, DEADLINE);
  untilWaiting(barrier, 1);
  barrier.wait();
  assert.equal(take(results, 1).length, 1);
});

test("43: abort fails who waits and who comes; reset makes the barrier usable again", () => {
  const barrier = new Barrier(2);
  const results = others(barrier, 1);
  untilWaiting(barrier, 1);
  barrier.abort();
  assert.deepEqual(take(results, 1), ["broken"]);
  assert.throws(() => barrier.wait(), BrokenBarrierError);
  barrier.reset();
  assert.equal(barrier.broken, false);
  const again = others(barrier, 1);
  barrier.wait(wait);
  assert.equal(take(again, 1).length, 1);
});

test("44: reset fails who waits and leaves the barrier whole", () => {
  const barrier = new Barrier(2);
  const results = others(barrier, 1);
  untilWaiting(barrier, 1);
  barrier.reset();
  assert.deepEqual(take(results, 1), ["broken"]);
  assert.equal(barrier.broken, false);
  assert.equal(barrier.waiting, 0);
});

test("45: parties, waiting and broken can be read; nobody waits at an idle barrier", () => {
  const barrier = new Barrier(2);
  assert.deepEqual([barrier.parties, barrier.waiting, barrier.broken], [2, 0, false]);
  const results = others(barrier, 1);
  untilWaiting(barrier, 1);
  barrier.wait(wait);
  assert.deepEqual([barrier.parties, barrier.waiting, barrier.broken], [2, 0, false]);
  take(results, 1);
});

test("46: a BrokenBarrierError is a StateError", () => {
  assert.ok(new BrokenBarrierError() instanceof StateError);
});

test("47: a barrier for one never waits", async () => {
  const barrier = new Barrier(1);
  assert.equal(barrier.wait(), 0);
  assert.equal(await barrier.waitAsync(), 0);
});

test("parties is a whole number from 1 up", () => {
  for (const parties of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Barrier(parties), RangeError);
});

test("async and blocking parties meet, again and again", async () => {
  const barrier = new Barrier(3);
  for (let i = 0; i < 3; i++) {
    const results = others(barrier, 2);
    const mine = await barrier.waitAsync(wait);
    const rest = [await results.getAsync(wait), await results.getAsync(wait)];
    assert.deepEqual([mine, ...rest].sort(), [0, 1, 2]);
  }
});

test("an aborted async wait breaks the barrier", async () => {
  const barrier = new Barrier(2);
  const controller = new AbortController();
  const waiting = barrier.waitAsync({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  assert.equal(barrier.broken, true);
});

test("a party that dies while it waits breaks the barrier", () => {
  const barrier = new Barrier(3);
  const results = others(barrier, 1);
  untilWaiting(barrier, 1);
  const parent = new Thread({ target: startWaiterAndExit, args: [barrier] });
  parent.start();
  assert.deepEqual(take(results, 1), ["broken"]);
  assert.equal(barrier.broken, true);
  parent.join(wait);
});
