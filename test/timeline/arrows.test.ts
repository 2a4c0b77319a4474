/** Who ended whose waits: who gave back, put, or ended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ARROW_WORDS, MESSAGE_WORDS } from "../../client/shared/frame.js";
import { frameOf } from "../../client/timeline/frame.js";
import { Moment } from "../../client/timeline/moment.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { EVENTS, FLAGS } from "../../runtime/src/trace/format.js";
import { summarise } from "../../runtime/src/trace/summary.js";
import { TraceWriter } from "../support/trace-writer.js";

const [main, t1, t2] = [1, 2, 3];
const [lock, queue, thread, event, condition] = [1, 2, 3, 4, 5];

/**
 * `t1` waits for a lock twice, of which the second time ends by a timeout, then for a message, and `main` for `t1`, an event
 * and, twice, a condition, of which `t1` notifies nobody once.
 */
function write(): Uint8Array {
  const out = new TraceWriter();
  out.object(lock, "lock", "gate");
  out.object(queue, "queue", "jobs");
  out.object(thread, "thread", "t1");
  out.object(event, "event", "ready");
  out.object(condition, "condition", "changed");
  for (const [i, name] of ["main", "t1", "t2"].entries()) out.thread(i + 1, 0, name);
  out.event(main, 50, EVENTS.waitBegan, { object: thread, first: t1 });
  out.event(t2, 100, EVENTS.acquired, { object: lock });
  out.event(t1, 100, EVENTS.waitBegan, { object: lock, first: t2 });
  out.event(t2, 300, EVENTS.released, { object: lock });
  out.event(t1, 302, EVENTS.waitEnded, { object: lock, first: 1 });
  out.event(t2, 310, EVENTS.acquired, { object: lock });
  out.event(t1, 320, EVENTS.waitBegan, { object: lock, first: t2 });
  out.event(t1, 420, EVENTS.waitEnded, { object: lock, first: 0 });
  out.event(t1, 500, EVENTS.waitBegan, { object: queue });
  out.event(t2, 700, EVENTS.level, { object: queue, first: 1 });
  out.event(t1, 705, EVENTS.waitEnded, { object: queue, first: 1 });
  out.event(t1, 706, EVENTS.level, { object: queue, first: 0 });
  out.threadEnded(t1, 800);
  out.event(main, 801, EVENTS.waitEnded, { object: thread, first: 1 });
  out.event(main, 810, EVENTS.waitBegan, { object: event });
  out.event(t2, 820, EVENTS.notified, { object: event, flags: FLAGS.cleared });
  out.event(t2, 890, EVENTS.notified, { object: event, first: 1 });
  out.event(main, 900, EVENTS.waitEnded, { object: event, first: 1 });
  out.event(main, 910, EVENTS.waitBegan, { object: condition });
  out.event(t2, 930, EVENTS.notified, { object: condition, first: 1 });
  out.event(main, 940, EVENTS.waitEnded, { object: condition, first: 1 });
  out.event(main, 950, EVENTS.waitBegan, { object: condition, flags: FLAGS.timed });
  out.event(main, 999, EVENTS.waitEnded, { object: condition, first: 0 });
  out.end(1000);
  return out.take();
}

function read(): Timeline {
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(write());
  return timeline;
}

test("arrows go from who gave back, put, set, notified or ended to who went on because of it, and from nobody after a timeout", () => {
  const timeline = read();
  const view = { type: "view", request: 1, from: 0, to: 1000, columns: 100 } as const;
  const arrowsOf = (threads?: readonly number[], more: { from?: number; to?: number } = {}): readonly number[][] => {
    const { arrows } = frameOf(timeline, { ...view, ...more, threads }, timeline.duration);
    return Array.from({ length: arrows.length / ARROW_WORDS }, (_, i) => [
      ...arrows.subarray(i * ARROW_WORDS, (i + 1) * ARROW_WORDS),
    ]).sort(([a = 0], [b = 0]) => a - b);
  };
  assert.deepEqual(arrowsOf(), [
    [30, t2, t1, lock],
    [70, t2, t1, queue],
    [80, t1, main, thread],
    [90, t2, main, event],
  ]);
  assert.deepEqual(arrowsOf([t1]).length, 2, "Those of the threads that are asked for.");
  assert.deepEqual(arrowsOf(undefined, { to: 100_000 }), [], "Waits too narrow to be told apart have none.");
  assert.deepEqual(arrowsOf(undefined, { from: 250, to: 350 }), [[52, t2, t1, lock]]);
});

test("a wait tells who ended it, once it has ended", () => {
  const timeline = read();
  const endedBy = (id: number, time: number): number | undefined => new Moment(timeline, time).thread(id).wait?.endedBy;
  assert.equal(endedBy(t1, 200), t2);
  assert.equal(endedBy(t1, 400), 0);
  assert.equal(endedBy(t1, 600), t2);
  assert.equal(endedBy(main, 600), t1);
  assert.equal(endedBy(main, 850), t2);
  assert.equal(endedBy(main, 920), t2, "Too narrow for an arrow.");
  assert.equal(endedBy(main, 960), 0, "It gave up.");
});

test("arrows go to tasks as well, and from who gave permits or let a barrier's parties go on", () => {
  const out = new TraceWriter();
  const [permits, gate] = [1, 2];
  out.object(permits, "semaphore", "permits");
  out.object(gate, "barrier", "gate");
  for (const [i, name] of ["main", "t1", "t2"].entries()) out.thread(i + 1, 0, name);
  out.event(t1, 100, EVENTS.waitBegan, { object: permits });
  out.event(main, 150, EVENTS.waitBegan, { object: permits, flags: FLAGS.async, second: 1 });
  out.event(main, 160, EVENTS.waitBegan, { object: gate, flags: FLAGS.async, second: 2 });
  out.event(t2, 300, EVENTS.notified, { object: permits, first: 1 });
  out.event(t1, 301, EVENTS.waitEnded, { object: permits, first: 1 });
  out.event(t1, 400, EVENTS.notified, { object: permits, first: 1 });
  out.event(main, 402, EVENTS.waitEnded, { object: permits, flags: FLAGS.async, first: 1, second: 1 });
  out.event(t2, 500, EVENTS.notified, { object: gate, first: 1 });
  out.event(main, 610, EVENTS.waitEnded, { object: gate, flags: FLAGS.async, first: 1, second: 2 });
  out.event(main, 700, EVENTS.waitBegan, { object: gate, flags: FLAGS.async | FLAGS.timed, second: 3 });
  out.event(t2, 750, EVENTS.notified, { object: gate, first: 1 });
  out.event(main, 800, EVENTS.waitEnded, { object: gate, flags: FLAGS.async, second: 3 });
  out.end(1000);
  const trace = out.take().slice();
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(trace);
  const arrowsIn = (from: number, to: number): readonly number[] => [
    ...frameOf(timeline, { type: "view", request: 1, from, to, columns: 100 }, timeline.duration).arrows,
  ];
  assert.deepEqual(arrowsIn(0, 1000), [...[61, t2, main, gate], ...[40, t1, main, permits], ...[30, t2, t1, permits]]);
  assert.deepEqual(arrowsIn(200, 700), [82, t2, main, gate, 40, t1, main, permits, 20, t2, t1, permits]);
  const tasks = new Moment(timeline, 200).thread(main).asyncWaits;
  assert.deepEqual(
    tasks.map(({ object, endedBy, until }) => [object.name, endedBy, until]),
    [
      ["permits", t1, 402],
      ["gate", t2, 610],
    ],
  );
  assert.equal(new Moment(timeline, 720).thread(main).asyncWaits[0]?.endedBy, 0, "It gave up.");
  assert.deepEqual(
    summarise(trace).endedWaits.map(({ thread: name, endedBy, waitedFor, total }) => [name, endedBy, waitedFor, total]),
    [
      ["main", "t2", "gate", 450],
      ["main", "t1", "permits", 252],
      ["t1", "t2", "permits", 201],
    ],
  );
});

test("messages go from who sent them to where they came, as many as one can tell apart", () => {
  const out = new TraceWriter();
  for (const [i, name] of ["main", "t1", "t2"].entries()) out.thread(i + 1, 0, name);
  const message = (id: number, time: number, number: number, isReceived: boolean): void =>
    out.event(id, time, EVENTS.message, {
      object: 9,
      first: number,
      second: 1,
      flags: isReceived ? FLAGS.received : 0,
    });
  message(main, 100, 1, false);
  message(main, 110, 2, false);
  message(t1, 200, 1, true);
  message(t1, 1300, 2, true);
  out.event(t2, 300, EVENTS.message, { object: 9, first: 7, second: 1, flags: FLAGS.received });
  for (let i = 0; i < 1000; i++) message(main, 1400 + i, 3 + i, false);
  for (let i = 0; i < 1000; i++) message(t1, 3000 + i, 3 + i, true);
  out.end(4000);
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(out.take());
  const messagesIn = (from: number, to: number, threads?: readonly number[]): readonly number[] => {
    const view = { type: "view", request: 1, from, to, columns: 100, threads } as const;
    return [...frameOf(timeline, view, timeline.duration).messages];
  };
  assert.deepEqual(messagesIn(0, 1000), [10, main, 20, t1]);
  assert.deepEqual(messagesIn(1000, 2000), [-89, main, 30, t1], "It was sent before what is seen.");
  assert.deepEqual(messagesIn(0, 1000, [main]), []);
  assert.equal(messagesIn(0, 4000).length / MESSAGE_WORDS, 167, "Every sixth of 1,002.");
});

test("the report tells of the same waits who ended them", () => {
  const told = summarise(write()).endedWaits.map(
    ({ thread: name, endedBy, waitedFor, kind, waits, total, longest }) => {
      assert.deepEqual([waits, total], [1, longest]);
      return [name, endedBy, waitedFor, kind, total];
    },
  );
  assert.deepEqual(told, [
    ["main", "t1", "t1", "thread", 751],
    ["t1", "t2", "jobs", "queue", 205],
    ["t1", "t2", "gate", "lock", 202],
    ["main", "t2", "ready", "event", 90],
    ["main", "t2", "changed", "condition", 30],
  ]);
});

test("only the rows that are asked for are painted, each as if all were", () => {
  const timeline = read();
  const view = { type: "view", request: 1, from: 0, to: 1000, columns: 100 } as const;
  const all = frameOf(timeline, view, timeline.duration);
  const some = frameOf(timeline, { ...view, threads: [t2, 77], counters: [] }, timeline.duration);
  assert.deepEqual(some.lanes, all.lanes.slice(2));
  assert.deepEqual([all.counters.length, some.counters.length], [1, 0]);
});
