/** From segments to pixels: one row of runs for the columns of a view. */
import { ACTIVITY } from "../shared/messages.js";
import { Mixture } from "./mixture.js";
import type { Pauses } from "./pauses.js";
import type { RunWriter } from "./runs.js";
import { SEVERITY_MASK, type States } from "./states.js";
import type { Track } from "./track.js";

export interface View {
  /** Nanoseconds since the start of the trace. */
  readonly from: number;
  readonly to: number;
  readonly columns: number;
}

const mixture = new Mixture();

/** Where a column begins, or the one before it ends: whole nanoseconds, as all that is drawn. */
function edge({ from, to, columns }: View, column: number): number {
  return Math.round(from + ((to - from) * column) / columns);
}

/** Nothing is known from `end` on. What fills a column that holds several things is told by its mixture. */
export function paint(track: Track, states: States, view: View, end: number, pauses: Pauses, runs: RunWriter): void {
  runs.beginRow();
  const first = track.startOf(0);
  let index = 0;
  for (let column = 0; column < view.columns; ) {
    const from = edge(view, column);
    const to = edge(view, column + 1);
    // What lasts at least to the end of the column is drawn as far as it lasts, at once.
    let until = end;
    let code = 0;
    let severity = 0;
    if (from >= end) until = Number.POSITIVE_INFINITY;
    else if (from < first) until = Math.min(first, end);
    else {
      index = index === 0 ? track.at(from) : track.from(index, from);
      if (index + 1 < track.length) until = Math.min(end, track.startOf(index + 1));
      code = track.codeOf(index);
      severity = code & SEVERITY_MASK;
      if (!pauses.isEmpty && severity !== ACTIVITY.absent) {
        const pause = pauses.next(from);
        if (pauses.startOf(pause) <= from) {
          code = 0;
          severity = ACTIVITY.paused;
          until = Math.min(until, pauses.endOf(pause));
        } else until = Math.min(until, pauses.startOf(pause));
      }
    }
    if (until >= to) {
      runs.run(column, severity, severity, states.object(code), states.other(code));
      column = columnAfter(view, column, until);
    } else {
      index = mix(track, Math.max(from, first), Math.min(to, end), Math.max(index, 0), pauses);
      mixture.lengths[0]! += Math.max(0, Math.min(to, first) - from) + Math.max(0, to - Math.max(from, end));
      runs.run(column, mixture.most, mixture.worst, Math.max(0, mixture.object), Math.max(0, mixture.other));
      column++;
    }
  }
}

/** The first column that ends after the moment, at least the one after `column`. */
function columnAfter(view: View, column: number, time: number): number {
  if (time >= view.to) return view.columns;
  let next = Math.floor(((time - view.from) / (view.to - view.from)) * view.columns);
  while (next < view.columns && edge(view, next + 1) <= time) next++;
  while (next > column + 1 && edge(view, next) > time) next--;
  return Math.max(next, column + 1);
}

/** Mixes what is between the moments. The result is the last segment looked at. */
function mix(track: Track, from: number, to: number, index: number, pauses: Pauses): number {
  mixture.clear();
  let first = track.from(index, from);
  let start = from;
  for (let pause = pauses.next(from); start < to; pause++) {
    const end = Math.min(to, pauses.startOf(pause));
    if (end > start) {
      const last = track.from(first, end - 1);
      track.mix(start, end, first, last, mixture);
      first = last;
      start = end;
    }
    const paused = Math.min(to, pauses.endOf(pause));
    if (paused > start) {
      const last = track.from(first, paused - 1);
      mixPaused(track, start, paused, first, last);
      first = last;
      start = paused;
    }
  }
  return first;
}

/** A thread that is not there is not paused either. */
function mixPaused(track: Track, from: number, to: number, first: number, last: number): void {
  let start = from;
  for (let index = first; index <= last; index++) {
    const end = index === last ? to : track.startOf(index + 1);
    const isThere = (track.codeOf(index) & SEVERITY_MASK) !== ACTIVITY.absent;
    mixture.lengths[isThere ? ACTIVITY.paused : ACTIVITY.absent]! += end - start;
    start = end;
  }
}
