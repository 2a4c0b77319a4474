import type { TraceEvent } from "./decode.js";

/** Messages that were sent and did not come so far. */
const MOST_MESSAGES = 1 << 16;

/** Arrows from where messages are sent to where they come, by channel, side and number; those without a number have none. */
export class MessageArrows {
  readonly #open = new Map<string, number>();

  /** `make` makes the arrow that begins there. Of a number that comes twice, the first message was refused. */
  leave(event: TraceEvent, make: () => number): void {
    if (event.first !== 0 && this.#open.size < MOST_MESSAGES) this.#open.set(keyOf(event), make());
  }

  /** `end` is told the arrow that ends there, if there is one. */
  come(event: TraceEvent, end: (arrow: number) => void): void {
    const key = keyOf(event);
    const arrow = this.#open.get(key);
    if (arrow === undefined) return;
    this.#open.delete(key);
    end(arrow);
  }
}

function keyOf({ object, first, second }: TraceEvent): string {
  return `${object} ${second} ${first}`;
}
