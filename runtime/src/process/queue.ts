import { type Abort, throwIfAborted } from "../abort.js";
import { Empty, Full, StateError } from "../errors.js";
import type { AsyncWaitOptions } from "../event.js";
import type { AcquireOptions } from "../lockable.js";
import { checkedQueueTimeout } from "../queue.js";
import type { BrokerClient } from "./broker-client.js";
import { clientOf } from "./broker-client.js";
import { ANSWERS, ASKS, type BrokerAnswer, ITEM_OFFSET } from "./broker-messages.js";
import type { QueueMade } from "./helper-commands.js";
import { helper } from "./own-processes.js";
import { removeAtExit } from "./private-path.js";
import {
  decodeFromProcess,
  decodeFromStranger,
  defineTraveller,
  encodeForProcess,
  loadModulesOf,
} from "./process-codec.js";

/** How long `put` and `get` wait, in milliseconds. With `blocking: false` not at all. */
export type ProcessQueueOptions = AcquireOptions;

/** Where a queue is. It goes where the queue goes, and nowhere else: the key lets in. */
interface Place {
  readonly path: string;
  readonly key: Uint8Array;
  readonly queue: number;
  readonly maxsize: number;
  /** A stranger's message named it. */
  readonly isStrange: boolean;
}

/** The place that the constructor about to run is to use; undefined when it is to make a queue. */
let arriving: Place | undefined;
/** For what lets queues travel. */
let placeOf: (queue: BaseQueue<unknown>) => Place;

/** What all queues between processes have in common. */
abstract class BaseQueue<T> implements Disposable {
  readonly #place: Place;
  #client: BrokerClient | undefined;
  #isClosed = false;

  static {
    placeOf = (queue) => queue.#place;
  }

  /** @internal */
  constructor(maxsize: number) {
    this.#place = arriving ?? makeQueue(maxsize);
    arriving = undefined;
  }

  /** Whether there is no item at this moment; blocks for the moment it takes to ask. */
  empty(): boolean {
    return this.size() === 0;
  }

  /** This process uses the queue no more; others do. What it put still arrives. Closing again does nothing. */
  close(): void {
    this.#isClosed = true;
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  protected get maxsize(): number {
    return this.#place.maxsize;
  }

  /** @internal */
  protected get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @internal */
  protected get client(): BrokerClient {
    if (this.#isClosed) throw new StateError("This queue is closed here.");
    this.#client ??= clientOf(this.#place.path, this.#place.key);
    return this.#client;
  }

  /** The client, also after `close`; undefined if nothing was ever sent. @internal */
  protected get usedClient(): BrokerClient | undefined {
    return this.#client;
  }

  /** @internal */
  protected ask(asks: number, timeout?: number, message?: Uint8Array<ArrayBuffer>): BrokerAnswer {
    return this.client.ask(this.#place.queue, asks, timeout, message);
  }

  /** @internal */
  protected askAsync(
    asks: number,
    timeout?: number,
    options?: { message?: Uint8Array<ArrayBuffer>; signal?: Abort | undefined },
  ): Promise<BrokerAnswer> {
    return this.client.askAsync(this.#place.queue, asks, timeout, options);
  }

  /** @internal */
  protected size(): number {
    const { payload } = this.ask(ASKS.size);
    return new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  }

  /** @internal */
  protected putItem(item: T, timeout: number): void {
    const message = encodeForProcess(item, ITEM_OFFSET);
    if (this.maxsize === 0) this.client.send(this.#place.queue, ASKS.send, message);
    else checkPut(this.ask(ASKS.put, timeout, message));
  }

  /** @internal */
  protected async putItemAsync(item: T, timeout: number, signal: Abort | undefined): Promise<void> {
    throwIfAborted(signal);
    const message = encodeForProcess(item, ITEM_OFFSET);
    if (this.maxsize === 0) await this.client.sendAsync(this.#place.queue, ASKS.send, message, signal);
    else checkPut(await this.askAsync(ASKS.put, timeout, { message, signal }));
  }

  /** @internal */
  protected getItem(timeout: number): T {
    return this.#read(gotten(this.ask(ASKS.get, timeout)));
  }

  /** @internal */
  protected async getItemAsync(timeout: number, signal: Abort | undefined): Promise<T> {
    const message = gotten(await this.askAsync(ASKS.get, timeout, { signal }));
    if (!this.#place.isStrange) await loadModulesOf(message);
    return this.#read(message);
  }

  #read(message: Uint8Array): T {
    return (this.#place.isStrange ? decodeFromStranger(message) : decodeFromProcess(message)) as T;
  }
}

/**
 * Items for other processes, first in first out: Python's multiprocessing.Queue. It goes to others as an argument of a
 * `Process`, through a `Pipe` and through other queues. Items arrive as copies; what a process took and has not seen when
 * it ends goes back. The queue lives as long as the thread that made it. Timeouts are milliseconds.
 * @see Python's `multiprocessing.Queue`, behaviours 88–93.
 */
export class Queue<T> extends BaseQueue<T> {
  /**
   * Holds up to `maxsize` items, any number by default. Blocks for the moment it takes to make it.
   * @throws RangeError `maxsize` is no whole number
   */
  constructor(maxsize = 0) {
    super(checkedMaxsize(maxsize));
  }

  /**
   * Adds an item; blocks while the queue is full, or while more than 1 MiB of items is on its way there.
   * @throws Full no room in time
   * @throws StateError the queue is closed here
   * @throws SerializationError the item cannot travel; the queue is unchanged
   * @throws ConnectionClosedError the process that made the queue has ended
   */
  put(item: T, options?: ProcessQueueOptions): void {
    this.putItem(item, timeoutOf(options));
  }

  /** `put` without waiting for room. @throws Full */
  putNowait(item: T): void {
    this.put(item, { blocking: false });
  }

  /** Like `put` without blocking the thread. The item is copied at once. An aborted wait puts nothing. */
  async putAsync(item: T, options?: AsyncWaitOptions): Promise<void> {
    await this.putItemAsync(item, checkedQueueTimeout(options?.timeout), options?.signal);
  }

  /**
   * Removes and returns the next item; blocks while there is none.
   * @throws Empty none in time
   * @throws StateError the queue is closed here
   * @throws ConnectionClosedError the process that made the queue has ended
   */
  get(options?: ProcessQueueOptions): T {
    return this.getItem(timeoutOf(options));
  }

  /** `get` without waiting for an item. @throws Empty */
  getNowait(): T {
    return this.get({ blocking: false });
  }

  /** Like `get` without blocking the thread. An aborted wait takes nothing. */
  async getAsync(options?: AsyncWaitOptions): Promise<T> {
    return this.getItemAsync(checkedQueueTimeout(options?.timeout), options?.signal);
  }

  /** How many items are in the queue at this moment; blocks for the moment it takes to ask. */
  qsize(): number {
    return this.size();
  }

  /** Whether there is no room at this moment; never, without a maxsize. Blocks for the moment it takes to ask. */
  full(): boolean {
    return this.size() >= this.maxsize && this.maxsize > 0;
  }

  /** Blocks until all that this process put has left it. The end of the program waits for that anyway. @throws StateError not closed */
  joinThread(): void {
    if (!this.isClosed) throw new StateError("close() the queue before joinThread().");
    const line = this.usedClient?.line;
    line?.wait(Number.POSITIVE_INFINITY, line.isSent);
  }

  /** The end of the program does not wait until all that this process put, into queues of the same maker, has left it. */
  cancelJoinThread(): void {
    this.usedClient?.line.abandon();
  }
}

/**
 * A Queue that knows when all its items were dealt with.
 * @see Python's `multiprocessing.JoinableQueue`, behaviours 89–90.
 */
export class JoinableQueue<T> extends Queue<T> {
  /** Reports one item that was taken as dealt with, for `join`. @throws StateError more often than items were put */
  taskDone(): void {
    if (this.ask(ASKS.taskDone).status !== ANSWERS.done) {
      throw new StateError("taskDone() was called more often than items were put.");
    }
  }

  /** Blocks until every item that was put was reported with `taskDone`. */
  join(): void {
    this.ask(ASKS.join);
  }

  /** Like `join` without blocking the thread. */
  async joinAsync(options?: { readonly signal?: Abort | undefined }): Promise<void> {
    await this.askAsync(ASKS.join, 0, options);
  }
}

/**
 * Items for other processes, without a limit and with little else: `put`, `get`, `empty`, `close`.
 * @see Python's `multiprocessing.SimpleQueue`, behaviour 94.
 */
export class SimpleQueue<T> extends BaseQueue<T> {
  /** A new queue. Blocks for the moment it takes to make it. */
  constructor() {
    super(0);
  }

  /** Adds an item; blocks only while more than 1 MiB of items is on its way. @throws SerializationError @throws StateError closed */
  put(item: T): void {
    this.putItem(item, 0);
  }

  /** Like `put` without blocking the thread. */
  async putAsync(item: T, options?: { readonly signal?: Abort | undefined }): Promise<void> {
    await this.putItemAsync(item, 0, options?.signal);
  }

  /** Removes and returns the next item; blocks until there is one. @throws StateError the queue is closed here */
  get(): T {
    return this.getItem(Number.POSITIVE_INFINITY);
  }

  /** Like `get` without blocking the thread. An aborted wait takes nothing. */
  async getAsync(options?: { readonly signal?: Abort | undefined }): Promise<T> {
    return this.getItemAsync(Number.POSITIVE_INFINITY, options?.signal);
  }
}

const CLASSES = { queue: Queue, joinableQueue: JoinableQueue, simpleQueue: SimpleQueue } as const;

for (const [kind, type] of Object.entries(CLASSES)) {
  defineTraveller(kind, {
    leave: (value) =>
      Object.getPrototypeOf(value) === type.prototype ? placeOf(value as BaseQueue<unknown>) : undefined,
    arrive: (data) => arrived(type, data as Place),
    arriveStrange: (data) => arrived(type, { ...(data as Place), isStrange: true }),
  });
}

function arrived(type: new () => object, place: Place): object {
  arriving = place;
  return new type();
}

function makeQueue(maxsize: number): Place {
  const { path, key, folder, queue } = helper().ask({ do: "queue", maxsize }) as QueueMade;
  if (folder !== undefined) removeAtExit(folder);
  return { path, key, queue, maxsize, isStrange: false };
}

/** The longest that fits into the broker's counters. */
const LARGEST_MAXSIZE = 2 ** 31 - 1;

function checkedMaxsize(maxsize: number): number {
  if (typeof maxsize !== "number" || Number.isNaN(maxsize) || (maxsize > 0 && !Number.isInteger(maxsize))) {
    throw new RangeError(`A queue's maxsize is a whole number, not ${String(maxsize)}.`);
  }
  return Math.min(Math.max(0, maxsize), LARGEST_MAXSIZE);
}

function timeoutOf(options: ProcessQueueOptions | undefined): number {
  return options?.blocking === false ? 0 : checkedQueueTimeout(options?.timeout);
}

function checkPut({ status }: BrokerAnswer): void {
  if (status === ANSWERS.late) throw new Full("The queue is full.");
  if (status === ANSWERS.refused) throw new StateError("The broker does not know this queue.");
}

function gotten({ status, payload }: BrokerAnswer): Uint8Array {
  if (status === ANSWERS.late) throw new Empty("The queue is empty.");
  if (status === ANSWERS.refused) throw new StateError("The broker does not know this queue.");
  return payload;
}
