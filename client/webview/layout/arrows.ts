import { ARROW, ARROW_WORDS, type Frame } from "../../shared/messages.js";
import { timeAt } from "./span.js";

/** Who ended whose wait: numbers of lanes. */
export interface Arrow {
  readonly time: number;
  readonly from: number;
  readonly to: number;
}

/** Those of a frame whose both threads are among these. */
export function arrowsIn(frame: Frame, threads: readonly number[]): readonly Arrow[] {
  const lanes = new Map(threads.map((id, lane) => [id, lane]));
  const arrows: Arrow[] = [];
  for (let at = 0; at < frame.arrows.length; at += ARROW_WORDS) {
    const from = lanes.get(frame.arrows[at + ARROW.from]!);
    const to = lanes.get(frame.arrows[at + ARROW.to]!);
    if (from === undefined || to === undefined) continue;
    arrows.push({ time: timeAt(frame, frame.columns, frame.arrows[at + ARROW.column]! + 0.5), from, to });
  }
  return arrows;
}
