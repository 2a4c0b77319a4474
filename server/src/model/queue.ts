import type { Site } from "../source/site.js";

/** What a function does with queues that count what is dealt with. */
export type QueueEvent = Taken | Reported;

/** An item is taken out of the queue. */
export interface Taken {
  readonly kind: "taken";
  /** Which queue, as far as its file knows. */
  readonly queue: string;
  readonly text: string;
  readonly site: Site;
}

/** An item is reported as dealt with. */
export interface Reported {
  readonly kind: "reported";
  readonly queue: string;
  readonly site: Site;
}
