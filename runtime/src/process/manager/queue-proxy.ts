import type { Abort } from "../../abort.js";
import type { AsyncWaitOptions } from "../../event.js";
import { checkPriority, type Prioritized } from "../../priority-queue.js";
import { checkedQueueTimeout, itemsOf, type ShutdownOptions } from "../../queue.js";
import type { ProcessQueueOptions } from "../queue.js";
import { adoptRemote, type CallOptions, defineProxy, type Remote } from "./remote.js";

const GET: CallOptions = { isItem: true };
/** It may be in before the server hears that nobody waits: its one answer tells. */
const PUT: CallOptions = { counts: () => true };

/**
 * A queue in a manager, for all its clients: `Queue`'s methods, and its errors. Items are copies; proxies stay proxies. What
 * a client got and did not see before it ended is the next item again.
 * @see Python's `multiprocessing.managers.SyncManager.Queue` and `JoinableQueue`, behaviour 147.
 */
export class QueueProxy<T> implements Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /**
   * Adds an item; blocks while the queue is full, and for the moment it takes to ask.
   * @throws Full no room in time
   * @throws ShutDown the queue was shut down
   * @throws TypeError the item of a priority queue has no priority, or one that cannot be compared with the others
   * @throws SerializationError the item cannot travel; the queue is unchanged
   * @throws ConnectionClosedError the manager has ended
   */
  put(item: T, options?: ProcessQueueOptions): void {
    this.#remote.call("put", [checked(this.#remote.kind, item), timeoutOf(options)], PUT);
  }

  /** `put` without waiting for room. @throws Full */
  putNowait(item: T): void {
    this.put(item, { blocking: false });
  }

  /** Like `put` without blocking the thread. The item is copied at once. An aborted wait puts nothing. */
  async putAsync(item: T, options?: AsyncWaitOptions): Promise<void> {
    const timeout = checkedQueueTimeout(options?.timeout);
    const signal = options?.signal;
    await this.#remote.callAsync("put", [checked(this.#remote.kind, item), timeout], { ...PUT, signal });
  }

  /**
   * Removes and returns the next item; blocks while there is none.
   * @throws Empty none in time
   * @throws ShutDown the queue was shut down, and is empty
   * @throws ConnectionClosedError the manager has ended
   */
  get(options?: ProcessQueueOptions): T {
    return this.#remote.call("get", [timeoutOf(options)], GET) as T;
  }

  /** `get` without waiting for an item. @throws Empty */
  getNowait(): T {
    return this.get({ blocking: false });
  }

  /** Like `get` without blocking the thread. An aborted wait takes nothing. */
  async getAsync(options?: AsyncWaitOptions): Promise<T> {
    const timeout = checkedQueueTimeout(options?.timeout);
    return (await this.#remote.callAsync("get", [timeout], { ...GET, signal: options?.signal })) as T;
  }

  /** How many items are in the queue at this moment; blocks for the moment it takes to ask. */
  qsize(): number {
    return this.#remote.call("qsize") as number;
  }

  /** Whether there is no item at this moment; blocks for the moment it takes to ask. */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Whether there is no room at this moment; never, without a maxsize. Blocks for the moment it takes to ask. */
  full(): boolean {
    return this.#remote.call("full") as boolean;
  }

  /** Reports one item that was taken as dealt with, for `join`. Blocks for the moment it takes to ask. @throws StateError more often than items were put */
  taskDone(): void {
    this.#remote.call("taskDone");
  }

  /** Blocks until every item that was put was reported with `taskDone`. */
  join(): void {
    this.#remote.call("join");
  }

  /** Like `join` without blocking the thread. */
  async joinAsync(options?: { readonly signal?: Abort | undefined }): Promise<void> {
    await this.#remote.callAsync("join", [], { signal: options?.signal });
  }

  /**
   * Takes no more items: `put` throws ShutDown from now on, also where it waits already, and `get` once the queue is empty.
   * May be called again, to drop what is left. Blocks for the moment it takes to ask.
   */
  shutdown(options?: ShutdownOptions): void {
    this.#remote.call("shutdown", [options?.immediate === true]);
  }

  /** The items as they come, until the queue is shut down and empty: `for await (const item of queue)`. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return itemsOf(this);
  }

  /** Gives up this proxy. The queue goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function timeoutOf(options: ProcessQueueOptions | undefined): number {
  return options?.blocking === false ? 0 : checkedQueueTimeout(options?.timeout);
}

/** @throws TypeError it has no priority, for a queue that wants one */
function checked(kind: string, item: unknown): unknown {
  if (kind === "priorityQueue") checkPriority(item as Prioritized);
  return item;
}

defineProxy(QueueProxy, "queue", "lifoQueue", "priorityQueue");
