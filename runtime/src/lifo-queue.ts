import { defineQueue, Queue } from "./queue.js";

/**
 * A queue whose last item leaves first: Python's queue.LifoQueue. All else is as in Queue.
 * @see Python's `queue.LifoQueue`, behaviour 78.
 */
export class LifoQueue<T> extends Queue<T> {}

defineQueue("lifoQueue", LifoQueue);
