/** How long deadlocks last that were seen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Moment } from "../../client/timeline/moment.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { TraceWriter } from "../support/trace-writer.js";

const SEEN_AT = 100;

/** Main and a thread that wait for what the other holds, and a third that does something all the time; then more. */
function stuck(goOn: (out: TraceWriter) => void): readonly (number | undefined)[] {
  const out = new TraceWriter();
  for (const [object, name] of ["a", "b", "c"].entries()) out.object(object + 1, "lock", name);
  for (const [thread, name] of ["main", "t1", "t2"].entries()) out.thread(thread + 1, 0, name);
  for (const thread of [1, 2]) {
    out.event(thread, 10, EVENTS.acquired, { object: thread });
    out.event(thread, 20, EVENTS.waitBegan, { object: 3 - thread, first: 3 - thread });
  }
  out.pass(90);
  const parties = [1, 2].map((thread) => [thread, 3 - thread, 0, 3 - thread, 0]);
  out.deadlock(SEEN_AT, parties);
  out.event(3, 150, EVENTS.acquired, { object: 3 });
  out.pass(160);
  goOn(out);
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(out.take());
  return new Moment(timeline, timeline.duration).snapshot().deadlocks.map(({ until }) => until);
}

test("a deadlock lasts to the end, whatever others do", () => {
  const lasting = stuck((out) => out.end(1000));
  assert.deepEqual(lasting, [undefined]);
});

test("a deadlock is over when one of its threads goes on, because it was interrupted", () => {
  const interrupted = stuck((out) => {
    out.event(1, 500, EVENTS.waitEnded);
    out.pass(600);
  });
  assert.deepEqual(interrupted, [500]);
});

test("a deadlock is over when one of its threads was terminated, or went on unseen", () => {
  assert.deepEqual(
    stuck((out) => {
      out.threadEnded(2, 500);
      out.pass(600);
    }),
    [500],
  );
  assert.deepEqual(
    stuck((out) => {
      out.event(2, 700, EVENTS.gap, { first: 3 });
      out.pass(800);
    }),
    [700],
  );
});
