import { type Deadline, deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "../../deadline.js";
import { ConnectionClosedError } from "../../errors.js";
import type { AsyncWaitOptions } from "../../event.js";
import type { Held } from "../../held.js";
import { type AcquireOptions, type AsyncAcquireOptions, isHeld, type SynchronousBody } from "../../lockable.js";
import type { Outcome } from "../../mutex.js";
import { recorder } from "../../trace/hook.js";
import type { ManagerLock } from "./manager-lock.js";
import { adoptRemote, type CallOptions, defineProxy, type Remote } from "./remote.js";
import { leavesLock } from "./traced-lock.js";

/** Whether a wait ended because somebody notified, and how the lock came back. */
type WaitOutcome = readonly [isNotified: boolean, lock: Outcome];

// Who waits no more has the lock again before it goes on; a notification that came meanwhile is not lost.
const WAIT: CallOptions = { counts: (outcome) => (outcome as WaitOutcome)[0] };

/**
 * A place in a manager to wait, with a lock in hand, until another client says that something has changed: `Condition`'s
 * methods, and its errors.
 * @see Python's `multiprocessing.managers.SyncManager.Condition`, behaviours 99 and 147.
 */
export class ManagerCondition implements Disposable {
  readonly #remote: Remote = adoptRemote(this);
  /** A proxy of the lock itself, from its first use on: who has the one has the other. */
  #lock: ManagerLock | undefined;

  /** Takes the lock, as its own `acquire` does. Blocks until it is free. */
  acquire(options?: AcquireOptions): boolean {
    return this.#ownLock().acquire(options);
  }

  /** Takes the lock if it is free, without waiting for it. */
  tryAcquire(): boolean {
    return this.#ownLock().tryAcquire();
  }

  /** Takes the lock without blocking the thread. */
  async acquireAsync(options?: AsyncAcquireOptions): Promise<boolean> {
    return (await this.#ownLockAsync()).acquireAsync(options);
  }

  /** Gives the lock back, as its own `release` does. */
  release(): void {
    this.#ownLock().release();
  }

  /** Takes the lock for the enclosing block: `using _ = condition.hold();`. Blocks until it is free. */
  hold(options?: TimeoutOptions): Held {
    return this.#ownLock().hold(options);
  }

  /** Like `hold` without blocking the thread. */
  async holdAsync(options?: AsyncAcquireOptions): Promise<Held> {
    return (await this.#ownLockAsync()).holdAsync(options);
  }

  /** Runs `body` while holding the lock and returns its result. Blocks until the lock is free. */
  withLock<T>(body: SynchronousBody<T>): T {
    return this.#ownLock().withLock(body);
  }

  /** Runs `body`, which may be async, while holding the lock; does not block the thread. */
  async withLockAsync<T>(body: () => T | Promise<T>): Promise<T> {
    return (await this.#ownLockAsync()).withLockAsync(body);
  }

  /**
   * Gives the lock back, however often it was taken, blocks until somebody notifies, and takes the lock again. False: the
   * timeout went by first. The lock is held either way.
   * @throws StateError this thread does not hold the lock
   * @throws AbandonedLockError somebody died with the lock meanwhile; it is held now
   */
  wait(options?: TimeoutOptions): boolean {
    return this.#wait(deadlineAfter(timeoutOf(options)));
  }

  /** Like `wait` without blocking the thread. When the signal ends the wait, the lock is taken first, too. */
  waitAsync(options?: AsyncWaitOptions): Promise<boolean> {
    return this.#waitAsync(timeoutOf(options), options);
  }

  /**
   * Waits until `predicate`, called with the lock held, says something true, and returns that; after the timeout what it
   * said last. Blocks.
   */
  waitFor<T>(predicate: () => T, options?: TimeoutOptions): T {
    const deadline = deadlineAfter(timeoutOf(options));
    let result = predicate();
    for (let inTime = true; !result && inTime; result = predicate()) inTime = this.#wait(deadline);
    return result;
  }

  /** Like `waitFor` without blocking the thread; `predicate` may be async. */
  async waitForAsync<T>(predicate: () => T | Promise<T>, options?: AsyncWaitOptions): Promise<T> {
    const deadline = deadlineAfter(timeoutOf(options));
    let result = await predicate();
    for (let inTime = true; !result && inTime; result = await predicate()) {
      inTime = await this.#waitAsync(timeLeft(deadline), options);
    }
    return result;
  }

  /**
   * Lets up to `count` of those that wait at this moment go on, those that came first. Blocks for the moment it takes to ask.
   * @throws StateError this thread does not hold the lock
   * @throws RangeError `count` is not a whole number from 0 up
   */
  notify(count = 1): void {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(`A whole number of waiters from 0 up can be notified, not ${count}.`);
    }
    this.#remote.call("notify", [count]);
  }

  /** Lets all go on that wait at this moment. Blocks for the moment it takes to ask. @throws StateError this thread does not hold the lock */
  notifyAll(): void {
    this.#remote.call("notify", [Number.POSITIVE_INFINITY]);
  }

  /** Gives up this proxy. The condition goes when nobody has one any more. */
  close(): void {
    this.#lock?.close();
    this.#remote.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #wait(deadline: Deadline): boolean {
    let hasAgain = recorder === undefined ? undefined : leavesLock(this.#ownLock());
    try {
      return wasNotified(this.#remote.call("wait", [timeLeft(deadline)], WAIT));
    } catch (error) {
      if (error instanceof ConnectionClosedError) hasAgain = undefined; // nobody has it again
      throw error;
    } finally {
      hasAgain?.();
    }
  }

  async #waitAsync(timeout: number, options: AsyncWaitOptions | undefined): Promise<boolean> {
    const lock = this.#ownLock(); // the wait begins before anything else happens
    const call: CallOptions = { ...WAIT, signal: options?.signal };
    let hasAgain = recorder === undefined ? undefined : leavesLock(lock);
    try {
      return wasNotified(await lock.whileAway(() => this.#remote.callAsync("wait", [timeout], call)));
    } catch (error) {
      if (error instanceof ConnectionClosedError) hasAgain = undefined;
      throw error;
    } finally {
      hasAgain?.();
    }
  }

  #ownLock(): ManagerLock {
    this.#lock ??= this.#remote.call("lock") as ManagerLock;
    return this.#lock;
  }

  async #ownLockAsync(): Promise<ManagerLock> {
    if (this.#lock !== undefined) return this.#lock;
    const lock = (await this.#remote.callAsync("lock")) as ManagerLock;
    if (this.#lock === undefined) this.#lock = lock;
    else lock.close(); // another task was first
    return this.#lock;
  }
}

function wasNotified(outcome: unknown): boolean {
  const [isNotified, lock] = outcome as WaitOutcome;
  isHeld(lock);
  return isNotified;
}

defineProxy(ManagerCondition, "condition");
