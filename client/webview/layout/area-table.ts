/** What threads did in an area, as a table: the same figures as the colours of the lanes, added up. */
import { ACTIVITY, HOLDING } from "../../shared/frame.js";
import type { Sums, ThreadSums } from "../../shared/messages.js";
import { formatDuration } from "./duration.js";
import { type Part, text, thread } from "./parts.js";
import type { Words } from "./words.js";

/** Titles; those with a `#` at the end are of numbers. */
export const AREA_TITLES: readonly string[] = [
  "Thread",
  "Runs#",
  "Waits for locks#",
  "Waits otherwise#",
  "Paused#",
  "Not recorded#",
  "Holds locks#",
  "While others wait#",
];

interface AreaRow {
  readonly thread: number;
  readonly cells: readonly (readonly Part[])[];
}

/** All threads together, then each that was there. */
export function areaRows({ threads }: Sums, words: Words): readonly AreaRow[] {
  const there = threads.filter(({ activity }) =>
    activity.some((length, state) => state !== ACTIVITY.absent && length > 0),
  );
  const added = (of: "activity" | "holding", state: number): number =>
    there.reduce((sum, each) => sum + (each[of][state] ?? 0), 0);
  const all = cellsOf((of, state) => added(of, state));
  return [
    { thread: 0, cells: [[text("all threads")], ...all] },
    ...there.map((each: ThreadSums) => ({
      thread: each.thread,
      cells: [[thread(words.threadName(each.thread), each.thread)], ...cellsOf((of, state) => each[of][state] ?? 0)],
    })),
  ];
}

function cellsOf(length: (of: "activity" | "holding", state: number) => number): readonly (readonly Part[])[] {
  const lengths = [
    length("activity", ACTIVITY.running),
    length("activity", ACTIVITY.waitsForLock),
    length("activity", ACTIVITY.waits),
    length("activity", ACTIVITY.paused),
    length("activity", ACTIVITY.unknown),
    length("holding", HOLDING.holds) + length("holding", HOLDING.holdsWhileOthersWait),
    length("holding", HOLDING.holdsWhileOthersWait),
  ];
  return lengths.map((each) => [text(each === 0 ? "–" : formatDuration(each))]);
}
