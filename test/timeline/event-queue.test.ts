import assert from "node:assert";
import { test } from "node:test";
import { EventQueue } from "../../runtime/src/trace/event-queue.js";
import { Random } from "../support/random.js";

test("events of many threads come in one order, whether they are spread evenly or nearly all at one moment", () => {
  const random = new Random(7);
  const spreads: Readonly<Record<string, () => number>> = {
    evenly: () => random.below(1_000_000),
    atOneMoment: () => (random.below(100) === 0 ? random.below(1_000_000) : 500_000 + random.below(3)),
  };
  for (const [name, timeOf] of Object.entries(spreads)) {
    for (const threads of [1, 3, 64]) {
      const queue = new EventQueue();
      const added: { readonly time: number; readonly number: number }[] = [];
      for (let thread = 1; thread <= threads; thread++) {
        const times = Array.from({ length: 100 }, timeOf).sort((a, b) => a - b);
        for (const time of times) {
          queue.add(time, thread, 0, 0, 0, 0, added.length, 0);
          added.push({ time, number: added.length });
        }
      }
      const expected = added.toSorted((a, b) => a.time - b.time);
      const seen: { readonly time: number; readonly number: number }[] = [];
      const upTo = 600_000;
      queue.drain(upTo, (time, _thread, _kind, _flags, _object, _site, number) => seen.push({ time, number }));
      assert.deepEqual(
        seen,
        expected.filter(({ time }) => time <= upTo),
        `${name}, ${threads} threads, up to a moment`,
      );
      queue.drain(Number.POSITIVE_INFINITY, (time, _thread, _kind, _flags, _object, _site, number) => {
        seen.push({ time, number });
      });
      assert.deepEqual(seen, expected, `${name}, ${threads} threads`);
    }
  }
});
