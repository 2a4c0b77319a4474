import type { AsyncWaitOptions } from "./event.js";
import { defineQueue, Queue, type QueueWaitOptions } from "./queue.js";

/** What has a priority: a number or string that is one, or a list that begins with one. */
export type Prioritized = number | string | readonly [priority: number | string, ...payload: unknown[]];

/**
 * A queue whose smallest item leaves first: Python's queue.PriorityQueue. An item is its own priority, or a list that
 * begins with it, usually `[priority, payload]`. Strings are in the order of `<`. Items of equal priority leave in the
 * order of their arrival, where Python compares the payloads. All else is as in Queue.
 * @see Python's `queue.PriorityQueue`, behaviours 78–79.
 */
export class PriorityQueue<T extends Prioritized> extends Queue<T> {
  /**
   * Adds an item; blocks while the queue is full.
   * @throws TypeError the item has no priority, or a number where the others have strings or the other way round
   * @throws RangeError the priority is NaN
   */
  override put(item: T, options?: QueueWaitOptions): void {
    checkPriority(item);
    super.put(item, options);
  }

  /** Like `put` without blocking the thread. */
  override async putAsync(item: T, options?: AsyncWaitOptions): Promise<void> {
    checkPriority(item);
    await super.putAsync(item, options);
  }
}

export function checkPriority(item: Prioritized): void {
  const priority = Array.isArray(item) ? (item[0] as unknown) : item;
  if (typeof priority === "string") return;
  if (typeof priority !== "number") {
    throw new TypeError("An item of a PriorityQueue is a number, a string or a list that begins with one of them.");
  }
  if (Number.isNaN(priority)) throw new RangeError("NaN is no priority, for it is neither before nor after another.");
}

defineQueue("priorityQueue", PriorityQueue as new () => Queue<unknown>);
