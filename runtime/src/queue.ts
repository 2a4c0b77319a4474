import { type Abort, throwIfAborted } from "./abort.js";
import {
  channelSize,
  createChannel,
  destroyChannel,
  END,
  finish,
  isFull,
  joinChannel,
  joinChannelAsync,
  receive,
  receiveAsync,
  send,
  sendAsync,
  tryReceive,
  trySend,
  wakeEveryone,
} from "./channel.js";
import { decode, discard, encode, loadModules } from "./codec.js";
import { checkedTimeout, deadlineAfter, type TimeoutOptions } from "./deadline.js";
import { Empty, Full, StateError } from "./errors.js";
import type { AsyncWaitOptions } from "./event.js";
import type { AcquireOptions } from "./lock.js";
import type { NameOptions } from "./names.js";
import { adopted, cellNamed, checkOpen, defineKind, join, leaveCell } from "./shared.js";

/** How long `put` and `get` wait. With `blocking: false` not at all, whatever `timeout` says. */
export type QueueWaitOptions = AcquireOptions;

/** Items for other threads, first in first out. They arrive as copies, shared objects as themselves. */
export class Queue<T> implements Disposable {
  #at: number;

  /** Holds up to `maxsize` items, any number by default; with `name`, the program's queue of that name. */
  constructor(maxsize = 0, options?: NameOptions) {
    this.#at = adopted() || create(maxsize, options);
    join(this, this.#at);
  }

  /**
   * Appends an item; blocks while the queue is full.
   * @throws Full no room in time
   * @throws SerializationError the item cannot travel; the queue is unchanged
   */
  put(item: T, options?: QueueWaitOptions): void {
    checkOpen(this.#at);
    const deadline = deadlineOf(options);
    const at = this.#at;
    encode(item, (message) => {
      const sent = deadline === undefined ? trySend(at, message) : send(at, message, deadline);
      if (sent === undefined) throw new Full("The queue is full.");
    });
  }

  /** `put` without waiting. */
  putNowait(item: T): void {
    this.put(item, { blocking: false });
  }

  /** Like `put` without blocking the thread. The item is copied at once. */
  async putAsync(item: T, options?: AsyncWaitOptions): Promise<void> {
    checkOpen(this.#at);
    const wait = { timeout: checkedQueueTimeout(options?.timeout), signal: options?.signal };
    throwIfAborted(wait.signal);
    const message = encode(item, (bytes) => bytes.slice());
    let ticket: number | undefined;
    try {
      ticket = await sendAsync(this.#at, message, wait);
    } finally {
      if (ticket === undefined) discard(message);
    }
    if (ticket === undefined) throw new Full("The queue is full.");
  }

  /** Removes and returns the first item; blocks while there is none. @throws Empty none in time */
  get(options?: QueueWaitOptions): T {
    checkOpen(this.#at);
    const deadline = deadlineOf(options);
    const message = deadline === undefined ? tryReceive(this.#at) : receive(this.#at, deadline);
    if (message === undefined || message === END) throw new Empty("The queue is empty.");
    return decode(message) as T;
  }

  /** `get` without waiting. */
  getNowait(): T {
    return this.get({ blocking: false });
  }

  /** Like `get` without blocking the thread. */
  async getAsync(options?: AsyncWaitOptions): Promise<T> {
    checkOpen(this.#at);
    const wait = { timeout: checkedQueueTimeout(options?.timeout), signal: options?.signal };
    throwIfAborted(wait.signal);
    const message = await receiveAsync(this.#at, wait);
    if (message === undefined || message === END) throw new Empty("The queue is empty.");
    await loadModules(message);
    return decode(message) as T;
  }

  /** How many items are in the queue at this moment. */
  qsize(): number {
    checkOpen(this.#at);
    return channelSize(this.#at);
  }

  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Whether there is no room at this moment; never, without a maxsize. */
  full(): boolean {
    checkOpen(this.#at);
    return isFull(this.#at);
  }

  /** Reports one item that was taken as dealt with, for `join`. @throws StateError more often than items were put */
  taskDone(): void {
    checkOpen(this.#at);
    if (!finish(this.#at)) throw new StateError("taskDone() was called more often than items were put.");
  }

  /** Blocks until every item that was put was reported with `taskDone`. */
  join(): void {
    checkOpen(this.#at);
    joinChannel(this.#at, Number.POSITIVE_INFINITY);
  }

  /** Like `join` without blocking the thread. */
  async joinAsync(options?: { readonly signal?: Abort | undefined }): Promise<void> {
    checkOpen(this.#at);
    throwIfAborted(options?.signal);
    await joinChannelAsync(this.#at, options?.signal);
  }

  /** Gives up this object's share of the queue. */
  close(): void {
    this.#at = leaveCell(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Undefined: do not wait. */
function deadlineOf(options: QueueWaitOptions | undefined): number | undefined {
  if (options?.blocking === false) return undefined;
  return deadlineAfter(checkedQueueTimeout(options?.timeout));
}

/** For queues -1 is no way to say "for ever". */
function checkedQueueTimeout(timeout: TimeoutOptions["timeout"]): number {
  if (timeout === -1) throw new RangeError("A queue's timeout is 0 or more milliseconds.");
  return checkedTimeout(timeout);
}

function create(maxsize: number, options: NameOptions | undefined): number {
  if (typeof maxsize !== "number" || Number.isNaN(maxsize) || (maxsize > 0 && !Number.isInteger(maxsize))) {
    const isObject = typeof maxsize === "object";
    const hint = isObject ? " A name comes second: new Queue(0, { name })." : "";
    throw new RangeError(
      `A queue's maxsize is a whole number, not ${isObject ? "an object" : String(maxsize)}.${hint}`,
    );
  }
  const size = Math.max(0, maxsize);
  return cellNamed(options?.name, size === 0 ? "Queue" : `Queue of ${size}`, () => createChannel(size));
}

defineKind("queue", "Queue", () => new Queue(), { destroy: destroyChannel, waiterDied: wakeEveryone });
