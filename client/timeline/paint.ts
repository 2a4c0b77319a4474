/** From segments to pixels: one row of runs for the columns of a view. */
import { ACTIVITY } from "../shared/frame.js";
import { Mixture } from "./mixture.js";
import type { Pauses } from "./pauses.js";
import type { RunWriter } from "./runs.js";
import { NOTHING, SEVERITY_MASK, type States } from "./states.js";
import type { Track } from "./track.js";

export interface View {
  /** Nanoseconds since the start of the trace. */
  readonly from: number;
  readonly to: number;
  readonly columns: number;
}

/** Columns of a frame, at most: more than any screen has. */
const MOST_COLUMNS = 1 << 15;
/** Nanoseconds from the start of the trace that numbers can still tell from their neighbours. */
const FARTHEST = 2 ** 52;

const mixture = new Mixture();

/** A view that can be drawn, whatever was asked for. */
export function drawable({ from, to, columns }: View): View {
  const start = Math.abs(from) <= FARTHEST ? from : 0;
  return {
    from: start,
    to: Math.abs(to) <= FARTHEST && to > start ? to : start + 1,
    columns: Math.min(MOST_COLUMNS, Math.max(1, Math.floor(columns) || 1)),
  };
}

/** Where each column begins and the last one ends: whole nanoseconds, as all that is drawn. */
export function edgesOf({ from, to, columns }: View): Float64Array {
  const edges = new Float64Array(columns + 1);
  for (let column = 0; column <= columns; column++) {
    edges[column] = Math.round(from + ((to - from) * column) / columns);
  }
  return edges;
}

/**
 * Nothing is known from `end` on. What lasts over whole columns is drawn as far as it lasts, at once; what fills a
 * column that holds several things is told by its mixture.
 */
export function paint(
  track: Track,
  states: States,
  edges: Float64Array,
  end: number,
  pauses: Pauses,
  runs: RunWriter,
): void {
  runs.beginRow();
  const columns = edges.length - 1;
  const first = track.startOf(0);
  let index = -1;
  for (let column = 0; column < columns; ) {
    const from = edges[column]!;
    const to = edges[column + 1]!;
    let until = end;
    let code = NOTHING;
    let severity = 0;
    let pause = 0;
    if (from >= end) until = Number.POSITIVE_INFINITY;
    else if (from < first) until = Math.min(first, end);
    else {
      index = index < 0 ? track.at(from) : track.from(index, from);
      if (index + 1 < track.length) until = Math.min(end, track.startOf(index + 1));
      code = track.codeOf(index);
      severity = code & SEVERITY_MASK;
      if (!pauses.isEmpty && severity !== ACTIVITY.absent) {
        pause = pauses.next(from);
        if (pauses.startOf(pause) <= from) {
          code = NOTHING;
          severity = ACTIVITY.paused;
          until = Math.min(until, pauses.endOf(pause));
        } else until = Math.min(until, pauses.startOf(pause));
      }
    }
    if (until >= to) {
      runs.run(column, severity, severity, states.object(code), states.other(code));
      column = columnAfter(edges, column, until);
      continue;
    }
    mixture.clear();
    const start = Math.max(from, first);
    const stop = Math.min(to, end);
    const length = Math.max(0, stop - start);
    if (length > 0) {
      if (index < 0) index = track.at(start);
      index = pauses.isEmpty ? track.mix(start, stop, index, mixture) : mix(track, start, stop, index, pauses, mixture);
    }
    mixture.lengths[0]! += to - from - length;
    runs.run(column, mixture.most, mixture.worst, Math.max(0, mixture.object), Math.max(0, mixture.other));
    column++;
  }
}

/** What is between two moments; what lies behind `end`, or before the first segment, is nothing. */
export function mixWithin(track: Track, from: number, to: number, end: number, pauses: Pauses, into: Mixture): void {
  into.clear();
  const start = Math.max(from, track.startOf(0));
  const stop = Math.min(to, end);
  const length = Math.max(0, stop - start);
  if (length > 0) {
    const index = track.at(start);
    if (pauses.isEmpty) track.mix(start, stop, index, into);
    else mix(track, start, stop, index, pauses, into);
  }
  into.lengths[0]! += to - from - length;
}

/** The first column after `column` that is not wholly before the moment. One of no width is where it begins. */
function columnAfter(edges: Float64Array, column: number, time: number): number {
  let low = column;
  let high = edges.length - 1;
  // Most often the next one.
  for (let step = 1; low + step < high; step *= 2) {
    if (isBefore(edges, low + step, time)) low += step;
    else high = low + step;
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isBefore(edges, middle, time)) low = middle;
    else high = middle;
  }
  return high;
}

function isBefore(edges: Float64Array, column: number, time: number): boolean {
  return edges[column + 1]! <= time && edges[column]! < time;
}

/** Mixes what is between the moments, with the pauses over it. The result is the last segment looked at. */
function mix(track: Track, from: number, to: number, index: number, pauses: Pauses, into: Mixture): number {
  let last = index;
  let start = from;
  for (let pause = pauses.next(from); start < to; pause++) {
    const end = Math.min(to, pauses.startOf(pause));
    if (end > start) {
      last = track.mix(start, end, track.from(last, start), into);
      start = end;
    }
    const goesOn = Math.min(to, pauses.endOf(pause));
    if (goesOn > start) {
      last = mixPaused(track, start, goesOn, track.from(last, start), into);
      start = goesOn;
    }
  }
  return last;
}

/** A thread that is not there is not paused either. */
function mixPaused(track: Track, from: number, to: number, first: number, into: Mixture): number {
  const last = track.from(first, to - 1);
  let start = from;
  for (let index = first; index <= last; index++) {
    const end = index === last ? to : track.startOf(index + 1);
    const isThere = (track.codeOf(index) & SEVERITY_MASK) !== ACTIVITY.absent;
    into.lengths[isThere ? ACTIVITY.paused : ACTIVITY.absent]! += end - start;
    start = end;
  }
  return last;
}
