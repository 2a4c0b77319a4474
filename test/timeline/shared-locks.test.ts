/** Locks that several threads have at once, as readers and writers of an `RWLock` are recorded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Moment } from "../../client/timeline/moment.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { EVENTS } from "../../runtime/src/trace/format.js";
import { TraceWriter } from "../support/trace-writer.js";

const LOCK = 1;

/** Two that read, and one that writes. */
const [ADA, BOB, EVE] = [1, 2, 3];

/** What each of the three did when, as thread, time, kind of event and first argument. */
function played(events: readonly (readonly [number, number, number, number?])[]): Timeline {
  const out = new TraceWriter();
  out.object(LOCK, "rwlock", "table");
  for (const [i, name] of ["Ada", "Bob", "Eve"].entries()) out.thread(i + 1, 0, name);
  for (const [thread, time, kind, first = 0] of events) out.event(thread, time, kind, { object: LOCK, first });
  out.end(1000);
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(out.take());
  return timeline;
}

function holdersAt(timeline: Timeline, time: number): readonly string[] {
  const { threads } = new Moment(timeline, time).snapshot();
  return threads.filter(({ holds }) => holds.length > 0).map(({ name }) => name);
}

test("who reads twice has the lock until it stopped twice, and takes it from nobody else", () => {
  const timeline = played([
    [ADA, 10, EVENTS.acquired],
    [BOB, 20, EVENTS.acquired],
    [ADA, 30, EVENTS.acquired],
    [ADA, 40, EVENTS.released],
    [ADA, 50, EVENTS.released],
    [BOB, 60, EVENTS.released],
  ]);
  assert.deepEqual(
    [15, 35, 45, 55, 65].map((time) => holdersAt(timeline, time)),
    [["Ada"], ["Ada", "Bob"], ["Ada", "Bob"], ["Bob"], []],
  );
  const [lock] = new Moment(timeline, 45).snapshot().locks;
  assert.deepEqual([lock?.owner, lock?.others.map(({ thread, since }) => [thread, since])], [BOB, [[ADA, 10]]]);
  const [hold] = new Moment(timeline, 45).thread(ADA).holds;
  assert.equal(hold?.since, 10);
});

test("who read unseen, while there was no room, takes the lock from nobody else", () => {
  const timeline = played([
    [BOB, 20, EVENTS.acquired],
    [ADA, 30, EVENTS.gap, 1],
    [ADA, 40, EVENTS.released],
  ]);
  assert.deepEqual(holdersAt(timeline, 50), ["Bob"]);
});

test("who is the next to write waits for those who read, not for itself, and so do those behind it", () => {
  const timeline = played([
    [BOB, 20, EVENTS.acquired],
    // The lock's mutex: no reader may come any more. Its owner is who waits now.
    [EVE, 30, EVENTS.acquired],
    [EVE, 31, EVENTS.waitBegan, EVE],
    [ADA, 40, EVENTS.waitBegan, EVE],
  ]);
  const moment = new Moment(timeline, 50);
  assert.equal(moment.thread(EVE).wait?.holder, BOB);
  assert.equal(moment.thread(ADA).wait?.holder, BOB);
  assert.deepEqual(
    moment.blockers(EVE).map(({ name }) => name),
    ["Bob"],
  );
  const [lock] = moment.snapshot().locks;
  assert.deepEqual([lock?.owner, lock?.waiters], [BOB, [ADA, EVE]]);
  assert.deepEqual(lock?.others, [], "Who waits for it does not have it, although its mutex is hers.");
  const { states, lanes } = timeline;
  assert.equal(states.other(lanes.get(EVE)!.activity.lastCode), BOB, "it is drawn as well");
});
