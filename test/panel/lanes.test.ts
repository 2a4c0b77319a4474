import { deepEqual, equal, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { ACTIVITY } from "../../client/shared/frame.js";
import { countThreads } from "../../client/timeline/overview.js";
import { laneAt, laneShape, scrollToLane, visibleLanes } from "../../client/webview/layout/lane-geometry.js";
import { isStriped, type LanePaints, type Paint, RowPainter } from "../../client/webview/layout/paint.js";
import { changeFrom, runAtTime, runNumberAt } from "../../client/webview/layout/runs.js";
import { frame, track } from "./tracks.js";

suite("runs of pixels", () => {
  const activity = track([2, ACTIVITY.running], [5, ACTIVITY.waitsForLock, undefined, 7, 3], [8, ACTIVITY.running]);

  test("a column belongs to the run that begins at it or before it", () => {
    deepEqual(
      [0, 1, 2, 4, 5, 7, 8, 99].map((column) => runNumberAt(activity, column)),
      [-1, -1, 0, 0, 1, 1, 2, 2],
    );
  });

  test("a moment has the run that is drawn there", () => {
    const seen = frame(10, 1_000, [{ thread: 1, activity, holding: track() }]);
    deepEqual(runAtTime(seen, activity, 550), { start: 5, end: 8, most: 5, worst: 5, object: 7, other: 3 });
    equal(runAtTime(seen, activity, 1_000)?.end, 10);
    equal(runAtTime(seen, activity, 100), undefined);
    equal(runAtTime(seen, activity, 2_000), undefined);
  });

  test("from change to change, in both directions, up to the last", () => {
    const seen = frame(10, 1_000, [{ thread: 1, activity, holding: track() }]);
    const first = changeFrom(seen, activity, 0, 1);
    equal(first, 250);
    const second = changeFrom(seen, activity, 250, 1);
    equal(second, 550);
    equal(changeFrom(seen, activity, 550, 1), 850);
    equal(changeFrom(seen, activity, 850, 1), undefined);
    equal(changeFrom(seen, activity, 1_000, -1), 850, "From inside of a run to its beginning.");
    equal(changeFrom(seen, activity, 850, -1), 550);
    equal(changeFrom(seen, activity, 250, -1), undefined);
  });
});

suite("which lanes are seen", () => {
  test("only those in the window", () => {
    const shape = laneShape(5);
    deepEqual(visibleLanes(shape, 5, 0, 100), { first: 0, last: 2 });
    deepEqual(visibleLanes(shape, 5, 46, 92), { first: 1, last: 2 });
    deepEqual(visibleLanes(shape, 0, 0, 100), { first: 0, last: -1 });
  });

  test("many lanes are narrow", () => {
    ok(laneShape(128).height < laneShape(8).height);
  });

  test("what is under the pointer", () => {
    const shape = laneShape(5);
    deepEqual(laneAt(shape, 5, 10), { lane: 0, row: "activity" });
    deepEqual(laneAt(shape, 5, 46 + 30), { lane: 1, row: "holding" });
    equal(laneAt(shape, 5, 5 * 46), undefined);
    equal(laneAt(shape, 5, -1), undefined);
  });

  test("a lane is scrolled to only if it is not seen as a whole", () => {
    const shape = laneShape(100);
    const height = shape.height * 10;
    equal(scrollToLane(shape, 3, 0, height), 0);
    equal(scrollToLane(shape, 10, 0, height), shape.height);
    equal(scrollToLane(shape, 2, shape.height * 5, height), shape.height * 2);
  });
});

const nothing: Paint = { fill: 0, stripe: 0, hatch: "none", edge: 0 };
const plain = (fill: number): Paint => ({ fill, stripe: fill, hatch: "none", edge: 0 });
const BLUE = 0xffff0000;
const RED = 0xff0000ff;
const DARK_RED = 0xff000080;
const paints: LanePaints = {
  activity: [
    nothing,
    plain(BLUE),
    nothing,
    nothing,
    nothing,
    { fill: RED, stripe: DARK_RED, hatch: "rising", edge: 0 },
  ],
  holding: [nothing, plain(0xff00ff00), plain(0xff00ffff)],
};

/** The rows of pixels of one lane. */
function painted(columns: number, activity: Int32Array<ArrayBuffer>, scale = 1, used = paints): Uint32Array[] {
  const shape = laneShape(1);
  const rows = Math.round(shape.height * scale);
  const pixels = new Uint32Array(columns * rows);
  new RowPainter(used, scale).paintLane({ pixels, columns }, 0, shape, { activity, holding: track() });
  return Array.from({ length: rows }, (_, y) => pixels.subarray(y * columns, (y + 1) * columns));
}

suite("painting", () => {
  const { activityTop, activityHeight } = laneShape(1);

  test("a run fills its columns, and nothing beside its row", () => {
    const rows = painted(6, track([1, ACTIVITY.running], [4, ACTIVITY.absent]));
    deepEqual([...rows[activityTop]!], [0, BLUE, BLUE, BLUE, 0, 0]);
    deepEqual(rows[activityTop + activityHeight - 1], rows[activityTop]);
    ok(rows[activityTop - 1]!.every((pixel) => pixel === 0));
    ok(rows[activityTop + activityHeight]!.every((pixel) => pixel === 0));
  });

  test("one column of contention among thousands is seen, in the lower half", () => {
    const rows = painted(
      3,
      track([0, ACTIVITY.running], [1, ACTIVITY.running, ACTIVITY.waitsForLock], [2, ACTIVITY.running]),
    );
    equal(rows[activityTop]![1], BLUE);
    const below = rows.slice(activityTop + activityHeight / 2, activityTop + activityHeight).map((row) => row[1]!);
    ok(below.every((pixel) => pixel === RED || pixel === DARK_RED));
    ok(below.includes(RED));
  });

  test("nothing is worth less than something, and what is not bad has no half of its own", () => {
    const rows = painted(2, track([0, ACTIVITY.absent, ACTIVITY.running], [1, ACTIVITY.running, ACTIVITY.waits]));
    for (let y = 0; y < activityHeight; y++) deepEqual([...rows[activityTop + y]!], [BLUE, BLUE]);
  });

  test("hatches are there, and go on without a seam", () => {
    const rows = painted(64, track([0, ACTIVITY.waitsForLock]));
    for (let y = 0; y < activityHeight; y++) {
      rows[activityTop + y]!.forEach((pixel, x) => {
        equal(pixel, isStriped("rising", x, y) ? DARK_RED : RED, `${x}, ${y}`);
      });
    }
  });

  test("every hatch differs from every other one", () => {
    const hatches = ["none", "rising", "falling", "dotted", "level", "upright"] as const;
    const seen = hatches.map((hatch) =>
      Array.from({ length: 64 }, (_, i) => (isStriped(hatch, i % 8, i >> 3) ? 1 : 0)).join(""),
    );
    equal(new Set(seen).size, hatches.length);
  });

  test("two runs are parted", () => {
    const rows = painted(12, track([0, ACTIVITY.running], [6, ACTIVITY.running, undefined, 9]));
    deepEqual([...rows[activityTop]!.subarray(4, 8)], [BLUE, BLUE, 0, BLUE]);
  });

  test("with more device pixels everything is larger, whatever the factor", () => {
    for (const scale of [1.25, 1.5, 2, 3]) {
      const rows = painted(40, track([0, ACTIVITY.waitsForLock]), scale);
      equal(rows.length, Math.round(46 * scale));
      const filled = rows.filter((row) => row.every((pixel) => pixel === RED || pixel === DARK_RED)).length;
      equal(filled, Math.round(activityHeight * scale), `at ${scale}`);
    }
  });

  test("outlines are around it where the theme wants them", () => {
    const edge = 0xffffffff;
    const outlined = {
      ...paints,
      activity: paints.activity.map((paint) => (paint.fill === 0 ? paint : { ...paint, edge })),
    };
    const rows = painted(4, track([0, ACTIVITY.running]), 1, outlined);
    deepEqual([...rows[activityTop]!], [edge, edge, edge, edge]);
    equal(rows[activityTop + 1]![0], BLUE);
  });
});

suite("all of the trace", () => {
  test("counts who runs and who waits for locks, per column", () => {
    const rows = [
      track([0, ACTIVITY.running]),
      track([1, ACTIVITY.running, ACTIVITY.waitsForLock], [2, ACTIVITY.waits]),
      track([2, ACTIVITY.waitsForLock]),
    ];
    const seen = countThreads(rows, 4);
    deepEqual([...seen.running], [1, 2, 1, 1]);
    deepEqual([...seen.contended], [0, 1, 1, 1]);
    equal(seen.peak, 2);
  });

  test("no frame has more columns than it says", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(99), { minLength: 1 }), (starts) => {
        const runs = starts.sort((a, b) => a - b).map((start, i) => [start, (i % 2) + 1] as const);
        const { running } = countThreads([track(...runs)], 100);
        return running.length === 100 && running.every((count) => count <= 1);
      }),
    );
  });
});
