/** A stretch of time that fills the width of something. Nanoseconds since the start of the trace. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Below it a pixel would be less than a clock can tell. */
export const SHORTEST = 1_000;

export function lengthOf(span: Span): number {
  return span.to - span.from;
}

/** Where a moment is, in pixels from the left edge; outside of 0..width if it is not to be seen. */
export function pixelAt(span: Span, width: number, time: number): number {
  return ((time - span.from) / lengthOf(span)) * width;
}

export function timeAt(span: Span, width: number, pixel: number): number {
  return span.from + (pixel / width) * lengthOf(span);
}

/** The span with `factor` times the length, in which the moment `at` stays where it is. */
export function zoomed(span: Span, factor: number, at: number): Span {
  const applied = Math.max(factor, SHORTEST / lengthOf(span));
  return { from: at - (at - span.from) * applied, to: at + (span.to - at) * applied };
}

/** The span moved by a fraction of its length; positive goes on in time. */
export function panned(span: Span, fraction: number): Span {
  const by = lengthOf(span) * fraction;
  return { from: span.from + by, to: span.to + by };
}

/** The span moved, and shortened if there is no other way, so that it lies between 0 and `end`. Whole nanoseconds. */
export function within(span: Span, end: number): Span {
  const last = Math.max(end, SHORTEST);
  const length = Math.min(Math.max(lengthOf(span), SHORTEST), last);
  const from = Math.min(Math.max(span.from, 0), last - length);
  return { from: Math.round(from), to: Math.round(from + length) };
}

/** The span moved as little as possible so that a moment is in it, with some room to either side. */
export function showing(span: Span, time: number): Span {
  const room = lengthOf(span) * 0.1;
  if (time < span.from + room) return panned(span, (time - room - span.from) / lengthOf(span));
  if (time > span.to - room) return panned(span, (time + room - span.to) / lengthOf(span));
  return span;
}
