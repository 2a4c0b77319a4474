import { ARROW, ARROW_WORDS, type Frame, MESSAGE, MESSAGE_WORDS } from "../../shared/frame.js";
import { timeAt } from "./span.js";

/** Who ended whose wait: numbers of lanes. */
export interface Arrow {
  readonly time: number;
  readonly from: number;
  readonly to: number;
}

/** From a lane at one moment to another lane later. */
export interface MessageArrow {
  readonly sent: number;
  readonly from: number;
  readonly came: number;
  readonly to: number;
}

/** Those of a frame whose both threads are among these. */
export function messagesIn(frame: Frame, threads: readonly number[]): readonly MessageArrow[] {
  const lanes = new Map(threads.map((id, lane) => [id, lane]));
  const { messages, columns } = frame;
  const found: MessageArrow[] = [];
  for (let at = 0; at < messages.length; at += MESSAGE_WORDS) {
    const from = lanes.get(messages[at + MESSAGE.from]!);
    const to = lanes.get(messages[at + MESSAGE.to]!);
    if (from === undefined || to === undefined) continue;
    const time = (word: number): number => timeAt(frame, columns, messages[at + word]! + 0.5);
    found.push({ sent: time(MESSAGE.sent), from, came: time(MESSAGE.came), to });
  }
  return found;
}

/** The same of who ended whose waits. */
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
