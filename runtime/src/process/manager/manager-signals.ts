import { type TimeoutOptions, timeoutOf } from "../../deadline.js";
import { TimeoutError } from "../../errors.js";
import type { AsyncWaitOptions } from "../../event.js";
import { Held } from "../../held.js";
import type { AcquireOptions, AsyncAcquireOptions } from "../../lockable.js";
import { adoptRemote, type CallOptions, defineProxy, type Remote } from "./remote.js";

const isTaken = (answer: unknown): boolean => answer === true;
const ACQUIRE: CallOptions = { isTaken };

/**
 * A number of permits in a manager: `Semaphore`'s methods, and its errors. A client that ends gives back the permits that
 * it took and that nobody gave back since. `boundedSemaphore` makes one that never has more than it began with.
 * @see Python's `multiprocessing.managers.SyncManager.Semaphore` and `BoundedSemaphore`, behaviours 97 and 147.
 */
export class ManagerSemaphore implements Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** How many permits there are at this moment; blocks for the moment it takes to ask. */
  get value(): number {
    return this.#remote.call("value") as number;
  }

  /** Takes a permit; blocks until there is one. False: the timeout went by, or there was none and `blocking` is false. */
  acquire(options?: AcquireOptions): boolean {
    if (options?.blocking !== false) return this.#take(timeoutOf(options));
    if (options.timeout !== undefined) throw new RangeError("A timeout needs blocking to be true.");
    return this.#take(0);
  }

  /** Takes a permit if there is one, without waiting for one. */
  tryAcquire(): boolean {
    return this.#take(0);
  }

  /** Like `acquire` without blocking the thread. */
  async acquireAsync(options?: AsyncAcquireOptions): Promise<boolean> {
    const timeout = timeoutOf(options);
    return (await this.#remote.callAsync("acquire", [timeout], { signal: options?.signal, isTaken })) as boolean;
  }

  /**
   * Adds `count` permits and lets as many waiters go on. Blocks for the moment it takes to ask.
   * @throws RangeError `count` is not a whole number from 1 up
   * @throws StateError there would be more than a bounded semaphore began with; it is unchanged
   */
  release(count = 1): void {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`A whole number of permits from 1 up can be given back, not ${count}.`);
    }
    this.#remote.call("release", [count]);
  }

  /** Takes a permit for the enclosing block: `using _ = semaphore.hold();`. Blocks until there is one. @throws TimeoutError none in time */
  hold(options?: TimeoutOptions): Held {
    return this.#held(this.acquire(options));
  }

  /** Like `hold` without blocking the thread: `using _ = await semaphore.holdAsync();`. */
  async holdAsync(options?: AsyncAcquireOptions): Promise<Held> {
    return this.#held(await this.acquireAsync(options));
  }

  /** Gives up this proxy. The semaphore goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #take(timeout: number): boolean {
    return this.#remote.call("acquire", [timeout], ACQUIRE) as boolean;
  }

  #held(taken: boolean): Held {
    if (!taken) throw new TimeoutError("There was no permit in time.");
    return new Held(this);
  }
}

/**
 * A flag in a manager, for which its clients wait: `Event`'s methods.
 * @see Python's `multiprocessing.managers.SyncManager.Event`, behaviour 147.
 */
export class ManagerEvent implements Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** Sets the flag and wakes everyone who waits. Blocks for the moment it takes to ask. */
  set(): void {
    this.#remote.call("set");
  }

  /** Clears the flag. Blocks for the moment it takes to ask. */
  clear(): void {
    this.#remote.call("clear");
  }

  /** Whether the flag is set at this moment; blocks for the moment it takes to ask. */
  isSet(): boolean {
    return this.#remote.call("isSet") as boolean;
  }

  /** Blocks until the flag is set. False: the timeout went by. */
  wait(options?: TimeoutOptions): boolean {
    return this.#remote.call("wait", [timeoutOf(options)]) as boolean;
  }

  /** Like `wait` without blocking the thread. */
  async waitAsync(options?: AsyncWaitOptions): Promise<boolean> {
    return (await this.#remote.callAsync("wait", [timeoutOf(options)], { signal: options?.signal })) as boolean;
  }

  /** Gives up this proxy. The event goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A place in a manager where a number of threads of any processes wait for each other: `Barrier`'s methods, and its errors.
 * A client that ends while it waits breaks the barrier.
 * @see Python's `multiprocessing.managers.SyncManager.Barrier`, behaviour 147.
 */
export class ManagerBarrier implements Disposable {
  readonly #remote: Remote = adoptRemote(this);

  /** How many threads pass together; blocks for the moment it takes to ask. */
  get parties(): number {
    return this.#remote.call("parties") as number;
  }

  /** How many wait at this moment; blocks for the moment it takes to ask. */
  get waiting(): number {
    return this.#remote.call("waiting") as number;
  }

  /** Whether waiting fails until the next reset; blocks for the moment it takes to ask. */
  get broken(): boolean {
    return this.#remote.call("broken") as boolean;
  }

  /**
   * Blocks until all parties have come. The result is the order of arrival in this cycle, from 0.
   * @throws BrokenBarrierError by a timeout (which breaks the barrier for all), `abort`, `reset`, a failed action or the
   * end of a client that waited
   */
  wait(options?: TimeoutOptions): number {
    return this.#remote.call("wait", [barrierTimeout(options)]) as number;
  }

  /** Like `wait` without blocking the thread; an abort breaks the barrier too. */
  async waitAsync(options?: AsyncWaitOptions): Promise<number> {
    return (await this.#remote.callAsync("wait", [barrierTimeout(options)], { signal: options?.signal })) as number;
  }

  /** Fails whoever waits with a BrokenBarrierError and makes the barrier as new. Blocks for the moment it takes to ask. */
  reset(): void {
    this.#remote.call("reset");
  }

  /** Breaks the barrier: whoever waits or will wait fails, until `reset`. Blocks for the moment it takes to ask. */
  abort(): void {
    this.#remote.call("abort");
  }

  /** Gives up this proxy. The barrier goes when nobody has one any more. */
  close(): void {
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Undefined: as the barrier was made. */
function barrierTimeout(options: TimeoutOptions | undefined): number | undefined {
  return options?.timeout === undefined ? undefined : timeoutOf(options);
}

defineProxy(ManagerSemaphore, "semaphore", "boundedSemaphore");
defineProxy(ManagerEvent, "event");
defineProxy(ManagerBarrier, "barrier");
