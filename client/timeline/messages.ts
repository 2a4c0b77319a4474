/** From which thread to which messages went, as far as a view can show it. */
import { FLAGS, type TraceEvent } from "../../runtime/src/trace/decode.js";
import type { Lane } from "./lane.js";
import type { View } from "./paint.js";

/** Messages that were sent and did not come so far. */
const MOST_OPEN = 1 << 16;
/** More would hide what they are about. */
const MOST = 200;

/** Pairs what was sent with what came, by channel, side and number. */
export class MessagePairs {
  readonly #open = new Map<string, { readonly from: number; readonly sent: number }>();

  /** Of a number that is sent twice, the first message was refused. */
  play(
    lane: Lane,
    time: number,
    { flags, object, first, second }: Pick<TraceEvent, "flags" | "object" | "first" | "second">,
  ): void {
    if (object === 0 || first === 0) return;
    const key = `${object} ${second} ${first}`;
    if ((flags & FLAGS.received) === 0) {
      if (this.#open.size < MOST_OPEN) this.#open.set(key, { from: lane.id, sent: time });
      return;
    }
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    lane.messages.add({ ...open, came: time });
  }
}

/** Words of `MESSAGE`, of those that came in a view; of many, every so many. */
export function messagesOf(lanes: readonly Lane[], { from, to, columns }: View): Int32Array<ArrayBuffer> {
  const parts = lanes.map(({ messages }) => ({ first: messages.before(from), end: messages.before(to) }));
  const count = parts.reduce((sum, { first, end }) => sum + end - first, 0);
  const step = Math.max(1, Math.ceil(count / MOST));
  const column = (time: number): number =>
    Math.floor(Math.max(-columns, Math.min(2 * columns, ((time - from) / (to - from)) * columns)));
  const words: number[] = [];
  let at = 0;
  parts.forEach(({ first, end }, i) => {
    const lane = lanes[i]!;
    for (let index = first; index < end; index++) {
      if (at++ % step !== 0) continue;
      const message = lane.messages.get(index);
      words.push(column(message.sent), message.from, column(message.came), lane.id);
    }
  });
  return Int32Array.from(words);
}
