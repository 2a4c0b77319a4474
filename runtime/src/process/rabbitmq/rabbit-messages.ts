/** What a thread and its connections' thread both know of a queue in RabbitMQ. */
export interface QueueSubject {
  readonly kind: QueueKind;
  readonly name: string;
  /** About how many items it takes that nobody has, 0 for any number. */
  readonly maxsize: number;
  /** How often an item is handed out before it is a dead letter; 0 for any number of times, and no dead letters. */
  readonly maxDeliveries: number;
  /** Of a priority queue: how many priorities there are. */
  readonly priorities: number;
  /** How many items are handed to a client before it asks. Each client has its own. */
  readonly prefetch: number;
}

export const QUEUE = "rabbit queue";
export const PRIORITY_QUEUE = "rabbit priority queue";
export type QueueKind = typeof QUEUE | typeof PRIORITY_QUEUE;

/** What begins the names of queues that have none. */
export const UNNAMED = "#";
/** What ends the names of queues of dead letters. */
const DEAD = ":dead";
export const MOST_PRIORITIES = 255;

/** The queue where its dead letters go. */
export function deadLettersOf({ name }: QueueSubject): QueueSubject {
  return { kind: QUEUE, name: `${name}${DEAD}`, maxsize: 0, maxDeliveries: 0, priorities: 0, prefetch: 0 };
}

/** An item on its way to the caller. */
export interface Handed {
  /** This client's number for this delivery of it. */
  readonly id: number;
  readonly value: Uint8Array;
  readonly deliveries: number;
}
