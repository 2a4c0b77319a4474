/** Who would have to go on for a thread to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Moment } from "../../client/timeline/moment.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { EVENTS, FLAGS } from "../../runtime/src/trace/format.js";
import { TraceWriter } from "../support/trace-writer.js";

test("a thread whose task waits is kept by who has the lock, and by whom that one waits for", () => {
  const out = new TraceWriter();
  out.object(1, "lock", "a");
  out.object(2, "lock", "b");
  for (const [i, name] of ["main", "t1", "t2"].entries()) out.thread(i + 1, 0, name);
  out.event(2, 10, EVENTS.acquired, { object: 1 });
  out.event(3, 10, EVENTS.acquired, { object: 2 });
  out.event(2, 20, EVENTS.waitBegan, { object: 2, first: 3 });
  // Of two tasks one sleeps, which nobody ends.
  out.event(1, 30, EVENTS.waitBegan, { flags: FLAGS.async, second: 1 });
  out.event(1, 31, EVENTS.waitBegan, { flags: FLAGS.async, object: 1, first: 2, second: 2 });
  out.end(100);
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(out.take());
  const names = (time: number): readonly string[] => new Moment(timeline, time).blockers(1).map(({ name }) => name);
  assert.deepEqual(names(30), []);
  assert.deepEqual(names(50), ["t1", "t2"]);
});

test("who had a lock of a server when a wait began, and gave it back, keeps nobody waiting", () => {
  const out = new TraceWriter({ pid: 77 });
  // Each of the two has a cell of its own for the lock.
  for (const [i, name] of ["main", "t1"].entries()) out.thread(i + 1, 0, name);
  out.shared(1, "lock", "ledger", "server 1");
  out.shared(2, "lock", "ledger", "server 1");
  out.label(1, "77:2::t1");
  out.label(2, "4711:1:db:MainThread");
  out.event(2, 10, EVENTS.acquired, { object: 2 });
  out.event(1, 20, EVENTS.waitBegan, { object: 1 });
  out.event(1, 21, EVENTS.heldBy, { object: 1, first: 1 });
  // Somebody who is not recorded is the next.
  out.event(2, 30, EVENTS.released, { object: 2 });
  out.event(1, 40, EVENTS.waitEnded, { object: 1 });
  out.event(1, 50, EVENTS.waitBegan, { object: 1 });
  out.event(1, 51, EVENTS.heldBy, { object: 1, first: 2 });
  out.event(1, 60, EVENTS.waitEnded, { object: 1 });
  // What the holder did is not recorded in all tiers.
  out.event(1, 70, EVENTS.waitBegan, { object: 1 });
  out.event(1, 71, EVENTS.heldBy, { object: 1, first: 1 });
  out.end(100);
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(out.take());
  const holders = [25, 35, 55, 75].map((time) => {
    const { wait } = new Moment(timeline, time).thread(1);
    return [wait?.holder, wait?.heldBy];
  });
  assert.deepEqual(holders, [
    [2, ""],
    [0, ""],
    [0, "MainThread of process 4711 on db"],
    [2, ""],
  ]);
});
