/** Who ended whose waits, as far as a view can show it. */
import { ACTIVITY, RUN, RUN_WORDS } from "../shared/frame.js";
import type { Lane } from "./lane.js";
import { SEVERITY_MASK, type States } from "./states.js";

/** A wait of fewer columns is too narrow for an arrow at its end. */
const NARROWEST = 6;
/** More would hide what they are about; the widest waits count most. */
const MOST = 200;
/** Waits of a thread's tasks that are looked at, of those that begin in the view. */
const MOST_TASKS = 1000;

interface PaintedLane {
  readonly lane: Lane;
  /** Its row of activity. */
  readonly activity: Int32Array;
}

export function arrowsOf(
  painted: readonly PaintedLane[],
  states: States,
  edges: Float64Array,
): Int32Array<ArrayBuffer> {
  const columns = edges.length - 1;
  const found: { readonly width: number; readonly words: readonly number[] }[] = [];
  for (const { lane, activity } of painted) {
    for (let at = 0; at < activity.length; at += RUN_WORDS) {
      const start = activity[at + RUN.column]!;
      const end = activity[at + RUN_WORDS + RUN.column] ?? columns;
      if (!isWait(activity[at + RUN.most]!) || end - start < NARROWEST || end === columns) continue;
      const words = arrowAt(lane, states, edges, end);
      if (words !== undefined) found.push({ width: end - start, words });
    }
    // Tasks wait while their thread goes on: their waits are no part of its row.
    for (const { from, to, code, by } of lane.asyncWaits.endingIn(edges[0]!, edges[columns]!, MOST_TASKS)) {
      const end = columnOf(edges, to);
      const width = end - columnOf(edges, from);
      if (by !== 0 && width >= NARROWEST) found.push({ width, words: [end, by, lane.id, states.object(code)] });
    }
  }
  found.sort((a, b) => b.width - a.width);
  return Int32Array.from(found.slice(0, MOST).flatMap(({ words }) => words));
}

/** The column that a moment before the end of the view is in; 0 for what is before the view. */
function columnOf(edges: Float64Array, time: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= time) low = middle;
    else high = middle;
  }
  return low;
}

/** At the end of the wait that fills the column before this one. */
function arrowAt(lane: Lane, states: States, edges: Float64Array, column: number): readonly number[] | undefined {
  const { activity } = lane;
  const wait = activity.at(edges[column - 1]!);
  if (wait < 0 || wait + 1 >= activity.length || !isWait(activity.codeOf(wait) & SEVERITY_MASK)) return undefined;
  const by = wokenBy(states, activity.codeOf(wait + 1));
  const time = activity.startOf(wait + 1);
  if (by === 0 || time >= edges[column + 1]!) return undefined;
  return [time >= edges[column]! ? column : column - 1, by, lane.id, states.object(activity.codeOf(wait))];
}

/** Which thread ended the wait before a segment in which a thread runs; 0 for none. */
export function wokenBy(states: States, code: number): number {
  return (code & SEVERITY_MASK) === ACTIVITY.running ? states.site(code) : 0;
}

/** Of a severity: whether who looks so waits. */
export function isWait(activity: number): boolean {
  return activity === ACTIVITY.waits || activity === ACTIVITY.waitsForLock;
}
