import { type Abort, throwIfAborted } from "./abort.js";
import {
  type ChannelKind,
  channelSize,
  closeChannel,
  createChannel,
  destroyChannel,
  drain,
  END,
  finish,
  forgetWaiter,
  isChannelClosed,
  isFull,
  joinChannel,
  joinChannelAsync,
  receive,
  receiveAsync,
  type Sent,
  send,
  sendAsync,
  tryReceive,
  trySend,
  wakeEveryone,
} from "./channel.js";
import { decode, discard, encode, loadModules } from "./codec.js";
import { checkedTimeout, checkOptions, deadlineAfter, type TimeoutOptions } from "./deadline.js";
import { Empty, Full, ShutDown, StateError } from "./errors.js";
import type { AsyncWaitOptions } from "./event.js";
import type { AcquireOptions } from "./lockable.js";
import type { NameOptions } from "./names.js";
import { adopted, cellNamed, checkOpen, defineKind, join, leaveCell } from "./shared.js";

/** How long `put` and `get` wait. With `blocking: false` not at all, whatever `timeout` says. */
export type QueueWaitOptions = AcquireOptions;

/** Options of `shutdown`. */
export interface ShutdownOptions {
  /** Drop what is still in the queue, and count it as done. */
  readonly immediate?: boolean | undefined;
}

/**
 * Items for other threads, first in first out: Python's queue.Queue. They arrive as copies, shared objects as
 * themselves. Timeouts are milliseconds.
 * @see Python's `queue.Queue`, behaviours 73–83 and 87.
 */
export class Queue<T> implements Disposable {
  #at: number;

  /**
   * Holds up to `maxsize` items, any number by default; with `name`, the program's queue of that name.
   * @throws RangeError `maxsize` is no whole number
   */
  constructor(maxsize = 0, options?: NameOptions) {
    this.#at = adopted() || create(new.target, maxsize, options);
    join(this, this.#at);
  }

  /**
   * Adds an item; blocks while the queue is full.
   * @throws Full no room in time
   * @throws ShutDown the queue was shut down, before or meanwhile
   * @throws SerializationError the item cannot travel; the queue is unchanged
   * @throws ArenaFullError the program's shared memory has no room for it; the queue is unchanged
   */
  put(item: T, options?: QueueWaitOptions): void {
    checkOpen(this.#at);
    const deadline = deadlineOf(options);
    const at = this.#at;
    encode(item, (message) => {
      checkSent(deadline === undefined ? trySend(at, message) : send(at, message, deadline));
    });
  }

  /** `put` without waiting. @throws Full */
  putNowait(item: T): void {
    this.put(item, { blocking: false });
  }

  /** Like `put` without blocking the thread. The item is copied at once. An aborted wait puts nothing. */
  async putAsync(item: T, options?: AsyncWaitOptions): Promise<void> {
    checkOpen(this.#at);
    const wait = { timeout: checkedQueueTimeout(options?.timeout), signal: options?.signal };
    throwIfAborted(wait.signal);
    const message = encode(item, (bytes) => bytes.slice());
    try {
      checkSent(await sendAsync(this.#at, message, wait));
    } catch (error) {
      discard(message);
      throw error;
    }
  }

  /**
   * Removes and returns the next item; blocks while there is none.
   * @throws Empty none in time
   * @throws ShutDown the queue was shut down and is empty
   */
  get(options?: QueueWaitOptions): T {
    checkOpen(this.#at);
    const deadline = deadlineOf(options);
    const message = deadline === undefined ? tryReceive(this.#at) : receive(this.#at, deadline);
    return decode(this.#received(message)) as T;
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
    const message = this.#received(await receiveAsync(this.#at, wait));
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

  /**
   * Takes no more items: `put` throws ShutDown from now on, also where it waits already, and `get` once the queue is
   * empty. May be called again, to drop what is left. Does not block. Python has it since 3.13.
   */
  shutdown(options?: ShutdownOptions): void {
    checkOpen(this.#at);
    closeChannel(this.#at);
    if (options?.immediate) drain(this.#at);
  }

  /** The items as they come, until the queue is shut down and empty: `for await (const item of queue)`. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return itemsOf(this);
  }

  /** Gives up this object's share of the queue. The queue itself goes when nobody has it any more. */
  close(): void {
    this.#at = leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #received(message: Uint8Array | typeof END | undefined): Uint8Array {
    if (message === END || (message === undefined && isChannelClosed(this.#at))) throw shutDown();
    if (message === undefined) throw new Empty("The queue is empty.");
    return message;
  }
}

/** What a queue has, as it comes, until it is shut down and empty. */
export async function* itemsOf<T>(queue: { getAsync(): Promise<T> }): AsyncGenerator<T, void, undefined> {
  for (;;) {
    let item: T;
    try {
      item = await queue.getAsync();
    } catch (error) {
      if (error instanceof ShutDown) return;
      throw error;
    }
    yield item;
  }
}

/** Undefined: do not wait. */
export function deadlineOf(options: QueueWaitOptions | undefined): number | undefined {
  if (options !== undefined) checkOptions(options, "{ timeout: 100 }");
  if (options?.blocking === false) return undefined;
  return deadlineAfter(checkedQueueTimeout(options?.timeout));
}

/** For queues -1 is no way to say "for ever". */
export function checkedQueueTimeout(timeout: TimeoutOptions["timeout"]): number {
  if (timeout === -1) throw new RangeError("A queue's timeout is 0 or more milliseconds.");
  return checkedTimeout(timeout);
}

function checkSent(sent: Sent): void {
  if (sent === END) throw shutDown();
  if (sent === undefined) throw new Full("The queue is full.");
}

function shutDown(): ShutDown {
  return new ShutDown("The queue was shut down.");
}

type QueueClass = new () => Queue<unknown>;

/** The kinds of cells of Queue's subclasses. */
const KIND_OF = new Map<QueueClass, ChannelKind>();

/** Makes a class one of queues whose items leave in the order of that kind. */
export function defineQueue(kind: ChannelKind, type: QueueClass): void {
  KIND_OF.set(type, kind);
  defineKind(kind, type.name, () => new type(), {
    destroy: destroyChannel,
    waiterDied: forgetWaiter,
    holderDied: wakeEveryone,
  });
}

/** What is above fits no word of the cell, nor in memory. */
const LARGEST_MAXSIZE = 2 ** 31 - 1;

function create(type: unknown, maxsize: number, options: NameOptions | undefined): number {
  if (typeof maxsize !== "number" || Number.isNaN(maxsize) || (maxsize > 0 && !Number.isInteger(maxsize))) {
    const isObject = typeof maxsize === "object";
    const hint = isObject ? " A name comes second: new Queue(0, { name })." : "";
    throw new RangeError(
      `A queue's maxsize is a whole number, not ${isObject ? "an object" : String(maxsize)}.${hint}`,
    );
  }
  const size = Math.min(Math.max(0, maxsize), LARGEST_MAXSIZE);
  let known = type as QueueClass;
  while (!KIND_OF.has(known)) known = Object.getPrototypeOf(known) as QueueClass;
  const shape = size === 0 ? known.name : `${known.name} of ${size}`;
  return cellNamed(options, shape, () => createChannel(size, KIND_OF.get(known)));
}

defineQueue("queue", Queue);
