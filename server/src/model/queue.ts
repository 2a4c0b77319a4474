import type { Site } from "../source/site.js";

/** What a function does with queues that count what is dealt with. */
export type QueueEvent =
  | Taken
  | Reported
  | Delivered
  | DeliveryUsed
  | Putting
  | Shut
  | Finished
  | Counted
  | ThreadJoined;

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

/** An item is taken that is to be reported by itself. */
export interface Delivered {
  readonly kind: "delivered";
  readonly queue: string;
  /** The variable that has it; undefined: nobody has more of it than what was put. */
  readonly delivery: string | undefined;
  /** What the variable is called, or the call that takes it. */
  readonly text: string;
  readonly site: Site;
}

/** Such an item is reported, or somebody gets it who may do so. */
export interface DeliveryUsed {
  readonly kind: "delivery-used";
  readonly delivery: string;
  readonly site: Site;
}

/** An item is put into the queue, and whoever puts it waits while there is no room. */
export interface Putting {
  readonly kind: "putting";
  readonly queue: string;
  readonly site: Site;
}

/** The queue takes no more items; who waits for room gets an error. */
export interface Shut {
  readonly kind: "shut";
  readonly queue: string;
  readonly site: Site;
}

/** On this branch the item that was taken says that it is the last one. */
export interface Finished {
  readonly kind: "finished";
  readonly queue: string;
  readonly site: Site;
}

/** Behind its body, a loop asks whether it goes on: it may have taken as many items as there are. */
export interface Counted {
  readonly kind: "counted";
  readonly site: Site;
}

/** The function waits, however long, for the end of a thread that it has made. */
export interface ThreadJoined {
  readonly kind: "thread-joined";
  /** The thread, by the place where its variable is declared. */
  readonly thread: string;
  readonly site: Site;
}
