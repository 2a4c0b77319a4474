/** Gives and takes what only the queue has: made by `receive`. */
interface Way {
  finish(): void;
  giveBack(): void;
}

/**
 * An item that was taken with `receive`, until it is reported.
 * @see Python has none; deliveries are of message queues.
 */
export class Delivery<T> {
  /** What was put. */
  readonly item: T;
  /** How often it was handed out, this time included: more than 1 marks what somebody may have done before, or in part. */
  readonly deliveries: number;
  readonly #way: Way;

  /** @internal */
  constructor(item: T, deliveries: number, way: Way) {
    this.item = item;
    this.deliveries = deliveries;
    this.#way = way;
  }

  /** Whether somebody had it before. */
  get isDuplicate(): boolean {
    return this.deliveries > 1;
  }

  /** Reports it as dealt with: it is gone. Does not wait for the server. */
  done(): void {
    this.#way.finish();
  }

  /** Puts it back, for the next one. Does not wait for the server. */
  giveBack(): void {
    this.#way.giveBack();
  }
}
