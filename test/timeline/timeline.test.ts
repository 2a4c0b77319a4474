/** Random traces, in any pieces, against a reference that keeps every segment and paints every pixel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Frame, STEP_WORDS } from "../../client/shared/frame.js";
import type { ThreadNow } from "../../client/shared/snapshot.js";
import { frameOf } from "../../client/timeline/frame.js";
import { contentionAt, Moment } from "../../client/timeline/moment.js";
import { sumsOf } from "../../client/timeline/sums.js";
import { Timeline } from "../../client/timeline/timeline.js";
import { TraceDecoder } from "../../runtime/src/trace/decode.js";
import { Random } from "../support/random.js";
import { pixels } from "../support/timeline.js";
import { chaoticTrace } from "./chaos.js";
import { lengthsOf, paintedSlowly, Reference, type ReferenceThread } from "./reference.js";

/** Reads a trace in pieces, with questions in between. */
function grown(bytes: Uint8Array, largestPiece: number, random: Random): Timeline {
  const timeline = new Timeline();
  const decoder = new TraceDecoder(timeline);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(largestPiece);
    decoder.push(bytes.subarray(at, end));
    at = end;
    const question = { request: 0, type: "view", from: 0, to: timeline.duration + 1, columns: 7 } as const;
    if (random.below(10) === 0) frameOf(timeline, question, timeline.duration);
  }
  timeline.settle();
  assert.equal(decoder.problem, undefined);
  return timeline;
}

function randomPauses(timeline: Timeline, random: Random): ReadonlyMap<number, readonly (readonly [number, number])[]> {
  const pauses = new Map<number, readonly (readonly [number, number])[]>();
  for (const id of timeline.lanes.keys()) {
    const list: (readonly [number, number])[] = [];
    for (let at = 0; random.below(3) > 0; ) {
      const from = at + below(timeline.duration / 2, random);
      at = from + 1 + below(timeline.duration / 4, random);
      list.push([from, at]);
      timeline.pause(id, true, from, undefined);
      timeline.pause(id, false, at, undefined);
    }
    pauses.set(id, list);
  }
  return pauses;
}

/** A whole number, for bounds that are no 32-bit numbers too. */
function below(bound: number, random: Random): number {
  return Math.floor((random.below(0xffff_ffff) / 0xffff_ffff) * bound);
}

function randomView(duration: number, random: Random): { from: number; to: number; columns: number } {
  const from = below(duration + 100, random) - 50;
  const width = 1 + (random.below(2) === 0 ? below(duration + 100, random) : random.below(300));
  return { from, to: from + width, columns: 1 + random.below(60) };
}

function framed(frame: Frame): unknown {
  return frame.lanes.map(({ thread, activity, holding }) => {
    return { thread, activity: pixels(activity, frame.columns), holding: pixels(holding, frame.columns) };
  });
}

/** The moment of a thread, as the reference has it. */
function momentOf(reference: Reference, thread: ReferenceThread, time: number): unknown {
  const step = (each: ReferenceThread) => each.steps.filter(({ from }) => from <= time).at(-1);
  const threads = [...reference.threads.values()];
  const waiters = (object: number): number[] =>
    threads
      .filter((each) => {
        const { wait, asyncWaits = [] } = step(each) ?? {};
        return [wait, ...asyncWaits].some((one) => one?.object === object);
      })
      .map(({ id }) => id);
  const now = step(thread);
  return {
    id: thread.id,
    wait: now?.wait && [now.wait.object, now.wait.since],
    asyncWaits: (now?.asyncWaits ?? []).map(({ object, since }) => [object, since]),
    holds: (now?.held ?? []).map(({ lock, since, site }) => [lock, since, site, waiters(lock)]),
  };
}

function told({ id, wait, asyncWaits, holds }: ThreadNow): unknown {
  return {
    id,
    wait: wait && [wait.object.id, wait.since],
    asyncWaits: asyncWaits.map(({ object, since }) => [object.id, since]),
    holds: holds.map(({ object, since, place, waiters }) => [object.id, since, place?.line ?? 0, waiters]),
  };
}

/** The least and the most of a counter in each column. */
function extents(steps: Int32Array, columns: number): readonly (readonly number[])[] {
  const found: number[][] = [];
  for (let at = 0; at < steps.length; at += STEP_WORDS) {
    const end = steps[at + STEP_WORDS] ?? columns;
    while (found.length < end) found.push([...steps.subarray(at + 1, at + STEP_WORDS)]);
  }
  return found;
}

function slowExtents(reference: Reference, object: number, { from, to, columns }: ReturnType<typeof randomView>) {
  const edge = (column: number): number => Math.round(from + ((to - from) * column) / columns);
  return Array.from({ length: columns }, (_, column) => {
    const start = edge(column);
    if (start >= reference.duration) return [0, 0];
    const end = Math.max(start + 1, Math.min(reference.duration, edge(column + 1)));
    const changes = (reference.counters.get(object) ?? []).filter(([time]) => time > start && time < end);
    const values = [reference.counterAt(object, start), ...changes.map(([, value]) => value)];
    return [Math.min(...values), Math.max(...values)];
  });
}

const chaos = fc.record({
  seed: fc.nat(),
  threads: fc.integer({ min: 1, max: 6 }),
  locks: fc.integer({ min: 1, max: 5 }),
  steps: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 2500 })),
  // Where little happens, a few records span more than fits into 32 bits.
  unit: fc.constantFrom(1, 1000, 1e8),
});

test("rows, moments and sums are what is computed the slow way, however the bytes come", () => {
  let compared = 0;
  fc.assert(
    fc.property(chaos, (options) => {
      const random = new Random(options.seed ^ 0x5eed);
      const bytes = chaoticTrace(options);
      const reference = new Reference(bytes);
      const timeline = grown(bytes, random.pick([3, 40, 1000, 1e6]), random);
      assert.equal(timeline.duration, reference.duration);

      const sums = contentionAt(timeline, 0).map(({ object, place, waits, total }) => {
        return [`${object.id} ${place?.line ?? 0}`, { waits, total }] as const;
      });
      const open = [...timeline.lanes.values()].some(({ wait, openAsyncWaits }) => wait ?? openAsyncWaits.size > 0);
      if (!open) assert.deepEqual(new Map(sums), reference.contention);

      const pauses = randomPauses(timeline, random);
      for (let i = 0; i < 6; i++) {
        const view = randomView(timeline.duration, random);
        const frame = frameOf(timeline, { type: "view", request: 1, ...view }, timeline.duration);
        const expected = [...reference.threads.values()].map(({ id, activity, holding }) => {
          return {
            thread: id,
            activity: paintedSlowly(activity, view, pauses.get(id)),
            holding: paintedSlowly(holding, view),
          };
        });
        assert.deepEqual(framed(frame), expected, JSON.stringify(view));
        for (const { object, steps } of frame.counters) {
          assert.deepEqual(extents(steps, frame.columns), slowExtents(reference, object, view), JSON.stringify(view));
        }
      }
      for (let i = 0; i < 4; i++) {
        const { from, to } = randomView(timeline.duration, random);
        const { threads } = sumsOf(timeline, 1, from, to, timeline.duration);
        for (const { thread, activity, holding } of threads) {
          const { activity: rows, holding: held } = reference.threads.get(thread)!;
          assert.deepEqual([...activity], lengthsOf(rows, from, to, pauses.get(thread)), `from ${from} to ${to}`);
          assert.deepEqual([...holding], lengthsOf(held, from, to), `from ${from} to ${to}`);
        }
      }
      for (let i = 0; i < 10; i++) {
        const at = below(timeline.duration + 10, random);
        for (const { object, count } of new Moment(timeline, at).snapshot().counters) {
          assert.equal(count, reference.counterAt(object.id, at));
        }
        const thread = random.pick([...reference.threads.values()]);
        const time = below(timeline.duration + 10, random);
        assert.deepEqual(
          told(new Moment(timeline, time).thread(thread.id)),
          momentOf(reference, thread, time),
          `thread ${thread.id} at ${time}`,
        );
        compared++;
      }
    }),
    { seed: 3, numRuns: 150, interruptAfterTimeLimit: 15_000, includeErrorInReport: true },
  );
  assert.ok(compared > 0);
});

test("a view that no screen can ask for is answered by one that can be drawn", () => {
  const timeline = new Timeline();
  new TraceDecoder(timeline).push(chaoticTrace(fc.sample(chaos, { seed: 1, numRuns: 1 })[0]!));
  const odd = [0, -1, 5, 2 ** 53, 1e308, -1e308, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const from of odd) {
    for (const to of odd) {
      for (const columns of [3, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
        const question = { request: 1, type: "view", from, to, columns } as const;
        const frame = frameOf(timeline, question, timeline.duration);
        const length = frame.to - frame.from;
        assert.ok(length > 0 && Number.isFinite(length), `from ${from} to ${to}`);
        assert.equal(frame.lanes.length, timeline.lanes.size);
      }
    }
  }
});
