/** From counters to pixels: for each a row of steps. */
import { STEP_WORDS } from "../shared/frame.js";
import type { Counter, Extent } from "./counter.js";

let words = new Int32Array(1 << 12);

/** All rows are on one buffer. Nothing is known from `end` on, where there is nothing. */
export function paintCounters(
  counters: readonly Counter[],
  edges: Float64Array,
  end: number,
): Int32Array<ArrayBuffer>[] {
  const columns = edges.length - 1;
  const extent: Extent = { low: 0, high: 0, index: -1 };
  const starts: number[] = [];
  let length = 0;
  for (const counter of counters) {
    starts.push(length);
    if (length + columns * STEP_WORDS > words.length) {
      const larger = new Int32Array((length + columns * STEP_WORDS) * 2);
      larger.set(words);
      words = larger;
    }
    extent.index = -1;
    let [low, high] = [-1, -1];
    for (let column = 0; column < columns; column++) {
      const from = edges[column]!;
      if (from >= end) extent.low = extent.high = 0;
      else counter.within(from, Math.max(from + 1, Math.min(end, edges[column + 1]!)), extent);
      if (extent.low === low && extent.high === high) continue;
      ({ low, high } = extent);
      words[length] = column;
      words[length + 1] = low;
      words[length + 2] = high;
      length += STEP_WORDS;
    }
  }
  const { buffer } = words.slice(0, length);
  return starts.map((start, i) => new Int32Array(buffer, start * 4, (starts[i + 1] ?? length) - start));
}
