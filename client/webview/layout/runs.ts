import { type Frame, RUN, RUN_WORDS } from "../../shared/frame.js";
import { pixelAt, type Span, timeAt } from "./span.js";

/** What a row of pixels looks like from its first column up to `end`, which is not part of it. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly most: number;
  readonly worst: number;
  readonly object: number;
  readonly other: number;
}

export function countRuns(track: Int32Array): number {
  return track.length / RUN_WORDS;
}

/** The run with that number. */
export function runOf(track: Int32Array, number: number, columns: number): Run {
  const at = number * RUN_WORDS;
  return {
    start: track[at + RUN.column] ?? 0,
    end: track[at + RUN_WORDS + RUN.column] ?? columns,
    most: track[at + RUN.most] ?? 0,
    worst: track[at + RUN.worst] ?? 0,
    object: track[at + RUN.object] ?? 0,
    other: track[at + RUN.other] ?? 0,
  };
}

/** The number of the run that a column belongs to; -1 before the first one. */
export function runNumberAt(track: Int32Array, column: number): number {
  let low = 0;
  let high = countRuns(track) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((track[middle * RUN_WORDS + RUN.column] ?? 0) <= column) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

/** The run under a moment; undefined where the frame says nothing. */
export function runAtTime(frame: Frame, track: Int32Array, time: number): Run | undefined {
  if (time < frame.from || time > frame.to) return undefined;
  const column = Math.min(frame.columns - 1, Math.floor(pixelAt(frame, frame.columns, time)));
  const number = runNumberAt(track, column);
  return number < 0 ? undefined : runOf(track, number, frame.columns);
}

/** The time in the middle of a run's first column: a moment at which that run's state has begun. */
function timeOfRun(frame: Span & { readonly columns: number }, run: Run): number {
  return Math.round(timeAt(frame, frame.columns, Math.min(run.start + 0.5, (run.start + run.end) / 2)));
}

/**
 * The next moment after `time`, or the last before it, at which a row of pixels changes; undefined if it does not in
 * what the frame shows.
 */
export function changeFrom(frame: Frame, track: Int32Array, time: number, direction: 1 | -1): number | undefined {
  const column = Math.floor(pixelAt(frame, frame.columns, time));
  const timeOf = (number: number): number | undefined =>
    number < 0 || number >= countRuns(track) ? undefined : timeOfRun(frame, runOf(track, number, frame.columns));
  const here = runNumberAt(track, column);
  if (direction === 1) return timeOf(here + 1);
  const began = timeOf(here);
  return began !== undefined && began < time ? began : timeOf(here - 1);
}
