import { formatAt } from "./duration.js";
import { lengthOf, pixelAt, type Span } from "./span.js";

export interface Tick {
  /** In pixels from the left edge. */
  readonly x: number;
  readonly label: string;
}

/** The marks of a time axis: at round times, at least `gap` pixels apart. */
export function ticks(span: Span, width: number, gap: number): readonly Tick[] {
  if (width <= 0) return [];
  const step = roundStep((lengthOf(span) / width) * gap);
  const found: Tick[] = [];
  for (let number = Math.ceil(span.from / step); number * step <= span.to; number++) {
    const time = number * step;
    found.push({ x: pixelAt(span, width, time), label: formatAt(time, step) });
  }
  return found;
}

/** The smallest of 1, 2, 5, 10, 20, 50 … nanoseconds that is not below `least`; above a minute, of round minutes. */
function roundStep(least: number): number {
  const minutes = [60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((seconds) => seconds * 1e9);
  if (least > 20e9) return minutes.find((step) => step >= least) ?? Math.ceil(least / 86_400e9) * 86_400e9;
  if (least <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * (1 - 1e-9)) ?? 10 * power;
}
