/** How many messages went through which channels, and how long they were on their way. */
import { FLAGS, type TraceEvent } from "./decode.js";

/** What went through a channel in one direction. Times are nanoseconds. */
export interface MessageSummary {
  /** What to call it; empty where it is not known through which messages went. */
  readonly channel: string;
  /** The thread that sent; undefined: nobody was seen to. */
  readonly from: string | undefined;
  /** The thread to which they came; undefined: they came nowhere, or nobody knows where. */
  readonly to: string | undefined;
  /** How many were sent. */
  readonly sent: number;
  /** How many came. */
  readonly received: number;
  /** The longest time that one was on its way; undefined: of none it is known. */
  readonly longest: number | undefined;
  /** The sum of all of those that came. */
  readonly total: number;
}

interface Direction {
  readonly object: number;
  from: number;
  to: number;
  sent: number;
  received: number;
  longest: number | undefined;
  total: number;
}

/** Messages of which only one end was seen so far, and directions that are told apart. */
const MOST_OPEN = 1 << 16;
const MOST_DIRECTIONS = 1 << 12;

export class MessageFigures {
  readonly #directions = new Map<string, Direction>();
  /** Moments by channel, side and number: of those that were sent, and those that came; the file may tell either first. */
  readonly #sent = new Map<string, number>();
  readonly #came = new Map<string, number>();

  event({ thread, time, object, flags, first, second }: TraceEvent): void {
    const isReceived = (flags & FLAGS.received) !== 0;
    // Of what is not known, who sends and who receives are no pair.
    const direction = this.#of(object, object === 0 ? `${isReceived ? "to" : "from"} ${thread}` : `${second}`);
    if (direction === undefined) return;
    if (isReceived) {
      direction.received++;
      direction.to = thread;
    } else {
      direction.sent++;
      direction.from = thread;
    }
    if (first === 0) return;
    const key = `${object} ${second} ${first}`;
    const [own, others] = isReceived ? [this.#came, this.#sent] : [this.#sent, this.#came];
    const other = others.get(key);
    if (other === undefined) {
      if (own.size < MOST_OPEN) own.set(key, time);
      return;
    }
    others.delete(key);
    const took = Math.max(0, isReceived ? time - other : other - time);
    direction.total += took;
    direction.longest = Math.max(direction.longest ?? 0, took);
  }

  /** Those with most messages first. */
  all(labelOf: (object: number) => string, nameOf: (thread: number) => string): readonly MessageSummary[] {
    return [...this.#directions.values()]
      .sort((a, b) => b.sent + b.received - a.sent - a.received || a.object - b.object)
      .map(({ object, from, to, sent, received, longest, total }) => ({
        channel: object === 0 ? "" : labelOf(object),
        from: from === 0 ? undefined : nameOf(from),
        to: to === 0 ? undefined : nameOf(to),
        ...{ sent, received, longest, total },
      }));
  }

  #of(object: number, side: string): Direction | undefined {
    const key = `${object} ${side}`;
    let direction = this.#directions.get(key);
    if (direction === undefined && this.#directions.size < MOST_DIRECTIONS) {
      direction = { object, from: 0, to: 0, sent: 0, received: 0, longest: undefined, total: 0 };
      this.#directions.set(key, direction);
    }
    return direction;
  }
}
