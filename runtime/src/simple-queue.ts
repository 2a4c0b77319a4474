import { throwIfAborted } from "./abort.js";
import {
  channelSize,
  createChannel,
  destroyChannel,
  END,
  forgetWaiter,
  receive,
  receiveAsync,
  tryReceive,
  trySend,
  wakeEveryone,
} from "./channel.js";
import { decode, encode, loadModules } from "./codec.js";
import { Empty } from "./errors.js";
import type { AsyncWaitOptions } from "./event.js";
import type { NameOptions } from "./names.js";
import { checkedQueueTimeout, deadlineOf, type QueueWaitOptions } from "./queue.js";
import { adopted, cellNamed, checkOpen, defineKind, join, leaveCell } from "./shared.js";

/**
 * Items for other threads, first in first out and without a limit: Python's queue.SimpleQueue. It keeps no account of
 * what is done and cannot be shut down; else it is as Queue.
 * @see Python's `queue.SimpleQueue`, behaviours 84–86.
 */
export class SimpleQueue<T> implements Disposable {
  #at: number;

  /** A new queue; with `name`, the program's queue of that name. */
  constructor(options?: NameOptions) {
    this.#at = adopted() || cellNamed(options, "SimpleQueue", () => createChannel(0, "simpleQueue"));
    join(this, this.#at);
  }

  /**
   * Adds an item. Never waits, whatever the options say: Python accepts them here so that one call fits all queues.
   * @throws SerializationError the item cannot travel; the queue is unchanged
   */
  put(item: T, _options?: QueueWaitOptions): void {
    checkOpen(this.#at);
    encode(item, (message) => trySend(this.#at, message));
  }

  /** The same as `put`. */
  putNowait(item: T): void {
    this.put(item);
  }

  /** The same as `put`, for code that puts into queues of any class. */
  async putAsync(item: T, options?: AsyncWaitOptions): Promise<void> {
    throwIfAborted(options?.signal);
    this.put(item);
  }

  /** Removes and returns the first item; blocks while there is none. @throws Empty none in time */
  get(options?: QueueWaitOptions): T {
    checkOpen(this.#at);
    const deadline = deadlineOf(options);
    return decode(received(deadline === undefined ? tryReceive(this.#at) : receive(this.#at, deadline))) as T;
  }

  /** `get` without waiting. @throws Empty */
  getNowait(): T {
    return this.get({ blocking: false });
  }

  /** Like `get` without blocking the thread. An aborted wait takes nothing. */
  async getAsync(options?: AsyncWaitOptions): Promise<T> {
    checkOpen(this.#at);
    const wait = { timeout: checkedQueueTimeout(options?.timeout), signal: options?.signal };
    throwIfAborted(wait.signal);
    const message = received(await receiveAsync(this.#at, wait));
    await loadModules(message);
    return decode(message) as T;
  }

  /** How many items are in the queue at this moment. Does not block. */
  qsize(): number {
    checkOpen(this.#at);
    return channelSize(this.#at);
  }

  /** Whether there is no item at this moment. */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Gives up this object's share of the queue. */
  close(): void {
    this.#at = leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function received(message: Uint8Array | typeof END | undefined): Uint8Array {
  if (message === undefined || message === END) throw new Empty("The queue is empty.");
  return message;
}

defineKind("simpleQueue", "SimpleQueue", () => new SimpleQueue(), {
  destroy: destroyChannel,
  waiterDied: forgetWaiter,
  holderDied: wakeEveryone,
});
