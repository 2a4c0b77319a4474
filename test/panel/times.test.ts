import { deepEqual, equal, ok } from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { ticks } from "../../client/webview/layout/axis.js";
import { formatAt, formatDuration, formatMoment } from "../../client/webview/layout/duration.js";
import { lengthOf, pixelAt, SHORTEST, showing, timeAt, within, zoomed } from "../../client/webview/layout/span.js";

suite("times in words", () => {
  test("durations are told in the unit that fits, with three digits", () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, "0 ns"],
      [1, "1 ns"],
      [999, "999 ns"],
      [1_000, "1.00 µs"],
      [12_345, "12.3 µs"],
      [999_400, "999 µs"],
      [999_999, "1.00 ms"],
      [6_100_000, "6.10 ms"],
      [184_000_000, "184 ms"],
      [1_211_000_000, "1.21 s"],
      [59_940_000_000, "59.9 s"],
      [59_960_000_000, "1 min"],
      [124_000_000_000, "2 min 4 s"],
      [3_599_900_000_000, "60 min"],
      [3_780_000_000_000, "1 h 3 min"],
    ];
    for (const [nanoseconds, text] of cases) equal(formatDuration(nanoseconds), text, String(nanoseconds));
  });

  test("moments are told to the millisecond", () => {
    equal(formatMoment(0), "0");
    equal(formatMoment(2_003_400_000), "2.003 s");
    equal(formatMoment(4_512_345), "4.512 ms");
    equal(formatMoment(124_056_000_000), "2:04.056");
  });

  test("moments that are a step apart read differently", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), fc.constantFrom(1, 2, 5), fc.nat(10), (time, digit, power) => {
        const step = digit * 10 ** power;
        // Marks are at multiples of the step.
        const mark = Math.max(1, Math.round(time / step)) * step;
        return formatAt(mark, step) !== formatAt(mark + step, step);
      }),
    );
  });
});

suite("the time axis", () => {
  test("marks are at round times, in order, and not too close", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e12 }),
        fc.integer({ min: SHORTEST, max: 1e13 }),
        fc.integer({ min: 100, max: 4_000 }),
        (from, length, width) => {
          const marks = ticks({ from, to: from + length }, width, 90);
          ok(marks.length <= width / 90 + 2, `${marks.length} marks`);
          for (const [i, { x }] of marks.entries()) ok(i === 0 || x - marks[i - 1]!.x >= 89.9, String(x));
        },
      ),
    );
  });

  test("marks say what people would", () => {
    deepEqual(
      ticks({ from: 1.75e9, to: 2.75e9 }, 816, 90).map(({ label }) => label),
      ["1.8 s", "2.0 s", "2.2 s", "2.4 s", "2.6 s"],
    );
    deepEqual(
      ticks({ from: 0, to: 5_000 }, 500, 90).map(({ label }) => label),
      ["0", "1 µs", "2 µs", "3 µs", "4 µs", "5 µs"],
    );
  });
});

suite("time and pixels", () => {
  test("a place on the screen and its moment belong together", () => {
    const span = { from: 100, to: 1_100 };
    equal(pixelAt(span, 500, 600), 250);
    equal(timeAt(span, 500, 250), 600);
  });

  test("zooming keeps the moment under the pointer where it is", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 5, noNaN: true }), fc.nat(1_000), (factor, x) => {
        const span = { from: 1e9, to: 2e9 };
        const time = timeAt(span, 1_000, x);
        return Math.abs(pixelAt(zoomed(span, factor, time), 1_000, time) - x) < 1e-3;
      }),
    );
  });

  test("what is seen is never outside of the trace, and never nothing", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        fc.double({ min: 1, max: 1e13, noNaN: true }),
        fc.nat(1e12),
        (from, length, end) => {
          const span = within({ from, to: from + length }, end);
          ok(
            span.from >= 0 && span.to <= Math.max(end, SHORTEST) && lengthOf(span) >= SHORTEST - 1,
            JSON.stringify(span),
          );
          ok(Number.isInteger(span.from) && Number.isInteger(span.to));
        },
      ),
    );
  });

  test("a moment that is not seen is brought into the window, one that is seen moves nothing", () => {
    const span = { from: 1_000, to: 2_000 };
    equal(showing(span, 1_500), span);
    deepEqual(showing(span, 500), { from: 400, to: 1_400 });
    deepEqual(showing(span, 3_000), { from: 2_100, to: 3_100 });
  });
});
