import { defineQueue, Queue } from "./queue.js";

/** A queue whose last item leaves first: Python's queue.LifoQueue. All else is as in Queue. */
export class LifoQueue<T> extends Queue<T> {}

defineQueue("lifoQueue", LifoQueue);
