import { type Abort, throwIfAborted } from "../abort.js";
import { defineComposite } from "../composites.js";
import { StateError } from "../errors.js";
import type { AsyncWaitOptions } from "../event.js";
import type { AcquireOptions } from "../lockable.js";
import { Queue as ThreadQueue } from "../queue.js";

/** How long `put` and `get` wait, in milliseconds. With `blocking: false` not at all. */
export type ProcessQueueOptions = AcquireOptions;

/** The queue that the constructor about to run is to use; undefined when it is to make one. */
let arriving: ThreadQueue<unknown> | undefined;
/** For what lets queues travel. */
let behind: (queue: BaseQueue<unknown>) => ThreadQueue<unknown>;

/** What all queues between processes have in common. */
abstract class BaseQueue<T> implements Disposable {
  readonly #queue: ThreadQueue<T>;
  #isClosed = false;

  static {
    behind = (queue) => queue.#queue;
  }

  /** @internal */
  constructor(maxsize: number) {
    this.#queue = (arriving as ThreadQueue<T> | undefined) ?? new ThreadQueue<T>(maxsize);
    arriving = undefined;
  }

  /** Whether there is no item at this moment. Does not block. */
  empty(): boolean {
    return this.queue.empty();
  }

  /** This process uses the queue no more; others do. Closing again does nothing. */
  close(): void {
    this.#isClosed = true;
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  protected get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The queue of threads. @internal */
  protected get queue(): ThreadQueue<T> {
    if (this.#isClosed) throw new StateError("This queue is closed here.");
    return this.#queue;
  }
}

/**
 * Items for other processes, which are threads here, first in first out: Python's multiprocessing.Queue. It goes to others
 * as an argument of a `Process`, through a `Pipe` and through other queues. Items arrive as copies, shared objects as
 * themselves. Timeouts are milliseconds.
 * @see Python's `multiprocessing.dummy.Queue`, behaviours 88–93 and 153.
 */
export class Queue<T> extends BaseQueue<T> {
  /** Holds up to `maxsize` items, any number by default. @throws RangeError `maxsize` is no whole number */
  constructor(maxsize = 0) {
    super(maxsize);
  }

  /**
   * Adds an item; blocks while the queue is full.
   * @throws Full no room in time
   * @throws StateError the queue is closed here
   * @throws SerializationError the item cannot travel; the queue is unchanged
   */
  put(item: T, options?: ProcessQueueOptions): void {
    this.queue.put(item, options);
  }

  /** `put` without waiting for room. @throws Full */
  putNowait(item: T): void {
    this.queue.putNowait(item);
  }

  /** Like `put` without blocking the thread. The item is copied at once. An aborted wait puts nothing. */
  async putAsync(item: T, options?: AsyncWaitOptions): Promise<void> {
    await this.queue.putAsync(item, options);
  }

  /**
   * Removes and returns the next item; blocks while there is none.
   * @throws Empty none in time
   * @throws StateError the queue is closed here
   */
  get(options?: ProcessQueueOptions): T {
    return this.queue.get(options);
  }

  /** `get` without waiting for an item. @throws Empty */
  getNowait(): T {
    return this.queue.getNowait();
  }

  /** Like `get` without blocking the thread. An aborted wait takes nothing. */
  async getAsync(options?: AsyncWaitOptions): Promise<T> {
    return this.queue.getAsync(options);
  }

  /** How many items are in the queue at this moment. Does not block. */
  qsize(): number {
    return this.queue.qsize();
  }

  /** Whether there is no room at this moment; never, without a maxsize. Does not block. */
  full(): boolean {
    return this.queue.full();
  }

  /** Does nothing but check: what a thread put is there at once. @throws StateError not closed */
  joinThread(): void {
    if (!this.isClosed) throw new StateError("close() the queue before joinThread().");
  }

  /** Does nothing: what a thread put is there at once. */
  cancelJoinThread(): void {}
}

/**
 * A Queue that knows when all its items were dealt with.
 * @see Python's `multiprocessing.dummy.JoinableQueue`, behaviours 89–90 and 153.
 */
export class JoinableQueue<T> extends Queue<T> {
  /** Reports one item that was taken as dealt with, for `join`. @throws StateError more often than items were put */
  taskDone(): void {
    this.queue.taskDone();
  }

  /** Blocks until every item that was put was reported with `taskDone`. */
  join(): void {
    this.queue.join();
  }

  /** Like `join` without blocking the thread. */
  async joinAsync(options?: { readonly signal?: Abort | undefined }): Promise<void> {
    await this.queue.joinAsync(options);
  }
}

/**
 * Items for other processes, without a limit and with little else: `put`, `get`, `empty`, `close`.
 * @see Python's `multiprocessing.SimpleQueue`, behaviour 94.
 */
export class SimpleQueue<T> extends BaseQueue<T> {
  /** A new queue. */
  constructor() {
    super(0);
  }

  /** Adds an item; never waits. @throws SerializationError @throws StateError closed */
  put(item: T): void {
    this.queue.put(item);
  }

  /** The same as `put`, for programs whose queues lead to processes. */
  async putAsync(item: T, options?: { readonly signal?: Abort | undefined }): Promise<void> {
    throwIfAborted(options?.signal);
    this.queue.put(item);
  }

  /** Removes and returns the next item; blocks until there is one. @throws StateError the queue is closed here */
  get(): T {
    return this.queue.get();
  }

  /** Like `get` without blocking the thread. An aborted wait takes nothing. */
  async getAsync(options?: { readonly signal?: Abort | undefined }): Promise<T> {
    return this.queue.getAsync(options);
  }
}

for (const type of [Queue, JoinableQueue, SimpleQueue]) {
  defineComposite<BaseQueue<unknown>>(import.meta.url, type, {
    leave: (queue) => ({ queue: behind(queue) }),
    arrive({ queue }) {
      arriving = queue as ThreadQueue<unknown>;
      return new type<unknown>();
    },
  });
}
