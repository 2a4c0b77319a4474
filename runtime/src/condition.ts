import { throwIfAborted } from "./abort.js";
import { acquire, acquireAsync } from "./acquire.js";
import { allocateCell, FIELDS, KIND, KINDS, release, retain, words } from "./arena.js";
import { now } from "./clock.js";
import { type Deadline, deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "./deadline.js";
import { StateError } from "./errors.js";
import type { AsyncWaitOptions } from "./event.js";
import { checkMayBlock, wait, waitAsync } from "./futex.js";
import type { Held } from "./held.js";
import { cellOfLock, createLock, Lock } from "./lock.js";
import { type AcquireOptions, type AsyncAcquireOptions, isHeld, type SynchronousBody } from "./lockable.js";
import { isTakenBy, type Outcome } from "./mutex.js";
import type { NameOptions } from "./names.js";
import { lockShape } from "./own-lock.js";
import { freeWhole, RLock, resume, type Tenure } from "./rlock.js";
import { self } from "./self.js";
import { adopted, cellNamed, checkOpen, defineKind, holdCell, join, leaveCell, wrapperOf } from "./shared.js";
import { FLAGS } from "./trace/format.js";
import { recorder } from "./trace/hook.js";
import {
  dequeue,
  enqueue,
  freeWaiters,
  giveUp,
  isNotified,
  notifyFirst,
  removeWaitersOf,
  sleepWord,
  tellAnother,
} from "./wait-queue.js";
import { waiting } from "./waiting.js";

/** Words of the cell: the lock's cell, and whether that was made for this condition. The one between and the next are the queue's. */
const LOCK = FIELDS;
const OWNS_LOCK = FIELDS + 2;

/**
 * A place to wait, with a lock in hand, until another thread says that something has changed.
 * @see Python's `threading.Condition`, behaviours 18–26.
 */
export class Condition implements Disposable {
  #at: number;
  readonly #lock: Lock | RLock;

  /**
   * A condition that goes with `lock`, by default with a new RLock of its own; with `options.name`, the program's
   * condition of that name.
   * @throws TypeError `lock` is neither a Lock nor an RLock
   */
  constructor(lock?: Lock | RLock, options?: NameOptions) {
    this.#at = adopted() || create(lock, options);
    const cell = Atomics.load(words, this.#at + LOCK);
    retain(cell);
    this.#lock = wrapperOf(cell) as Lock | RLock;
    join(this, this.#at);
  }

  /** Takes the lock, as its own `acquire` does. Blocks until it is free. */
  acquire(options?: AcquireOptions): boolean {
    return this.#lock.acquire(options);
  }

  /** Takes the lock if it is free, without waiting. */
  tryAcquire(): boolean {
    return this.#lock.tryAcquire();
  }

  /** Takes the lock without blocking the thread. */
  acquireAsync(options?: AsyncAcquireOptions): Promise<boolean> {
    return this.#lock.acquireAsync(options);
  }

  /** Gives the lock back, as its own `release` does. */
  release(): void {
    this.#lock.release();
  }

  /** Takes the lock for the enclosing block: `using _ = condition.hold();`. Blocks until it is free. */
  hold(options?: TimeoutOptions): Held {
    return this.#lock.hold(options);
  }

  /** Like `hold` without blocking the thread. */
  holdAsync(options?: AsyncAcquireOptions): Promise<Held> {
    return this.#lock.holdAsync(options);
  }

  /** Runs `body` while holding the lock and returns its result. Blocks until the lock is free. */
  withLock<T>(body: SynchronousBody<T>): T {
    return this.#lock.withLock(body);
  }

  /** Runs `body`, which may be async, while holding the lock; does not block the thread. */
  withLockAsync<T>(body: () => T | Promise<T>): Promise<T> {
    return this.#lock.withLockAsync(body);
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
    return this.#waitAsync(options);
  }

  /**
   * Waits until `predicate`, called with the lock held, says something true, and returns that; after the timeout what it
   * said last. Blocks.
   */
  waitFor<T>(predicate: () => T, options?: TimeoutOptions): T {
    const deadline = deadlineAfter(timeoutOf(options));
    this.#checkHeld();
    let result = predicate();
    for (let inTime = true; !result && inTime; result = predicate()) inTime = this.#wait(deadline, FLAGS.checked);
    return result;
  }

  /** Like `waitFor` without blocking the thread; `predicate` may be async. */
  async waitForAsync<T>(predicate: () => T | Promise<T>, options?: AsyncWaitOptions): Promise<T> {
    const deadline = deadlineAfter(timeoutOf(options));
    this.#checkHeld();
    let result = await predicate();
    for (let inTime = true; !result && inTime; result = await predicate()) {
      inTime = await this.#waitAsync({ timeout: timeLeft(deadline), signal: options?.signal }, FLAGS.checked);
    }
    return result;
  }

  /**
   * Lets up to `count` of those that wait at this moment go on, those that came first. Does not block.
   * @throws StateError this thread does not hold the lock
   * @throws RangeError `count` is not a whole number from 0 up
   */
  notify(count = 1): void {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(`A whole number of waiters from 0 up can be notified, not ${count}.`);
    }
    this.#checkHeld();
    const since = recorder === undefined ? 0 : now();
    const woken = notifyFirst(this.#at, count);
    if (count > 0) recorder?.notified(this.#at, woken, since);
  }

  /** Lets all go on that wait at this moment. @throws StateError this thread does not hold the lock */
  notifyAll(): void {
    this.#checkHeld();
    const since = recorder === undefined ? 0 : now();
    const woken = notifyFirst(this.#at, Number.POSITIVE_INFINITY);
    recorder?.notified(this.#at, woken, since);
  }

  /** Gives up this object's share of the condition. A lock that it was given stays open. */
  close(): void {
    const owns = Atomics.load(words, this.#at + OWNS_LOCK) !== 0;
    this.#at = leaveCell(this);
    if (owns) this.#lock.close();
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** `how` is some of `FLAGS`. */
  #wait(deadline: Deadline, how = 0): boolean {
    const { at, lock } = this.#checkHeld();
    // Afterwards the lock would be gone, and could not be waited for.
    if (timeLeft(deadline) > 0) checkMayBlock(at);
    const waiter = enqueue(at);
    const tenure = freeWhole(lock);
    let outcome: Outcome = "taken";
    let notified = false;
    try {
      notified = sleep(at, waiter, deadline, how);
    } finally {
      // Not to be interrupted: who called wait counts on holding the lock.
      outcome = acquire(lock, Number.POSITIVE_INFINITY, false);
      end(at, waiter, lock, tenure);
    }
    isHeld(outcome);
    return notified;
  }

  async #waitAsync(options: AsyncWaitOptions | undefined, how = 0): Promise<boolean> {
    const timeout = timeoutOf(options);
    const { at, lock } = this.#checkHeld();
    throwIfAborted(options?.signal);
    const letGo = [holdCell(at), holdCell(lock)];
    const waiter = enqueue(at);
    const tenure = freeWhole(lock);
    const waited = recorder?.waitsAsync(at, timeout === Number.POSITIVE_INFINITY ? how : how | FLAGS.timed);
    let outcome: Outcome = "taken";
    let notified = false;
    try {
      await waitAsync(...sleepWord(waiter), timeout, options?.signal);
      notified = !giveUp(waiter);
    } catch (error) {
      passOn(at, waiter);
      throw error;
    } finally {
      waited?.(notified);
      outcome = await acquireAsync(lock, Number.POSITIVE_INFINITY, undefined);
      end(at, waiter, lock, tenure);
      for (const drop of letGo) drop();
    }
    isHeld(outcome);
    return notified;
  }

  #checkHeld(): { readonly at: number; readonly lock: number } {
    const at = this.#at;
    checkOpen(at);
    const lock = Atomics.load(words, at + LOCK);
    if (!isTakenBy(lock, self)) throw new StateError("This thread does not hold the condition's lock.");
    return { at, lock };
  }
}

/** True: it was notified, at the last moment perhaps. */
function sleep(at: number, waiter: number, deadline: Deadline, how: number): boolean {
  try {
    return waiting(
      at,
      deadline,
      () => {
        const [index, expected] = sleepWord(waiter);
        while (!isNotified(waiter)) {
          if (!wait(index, expected, timeLeft(deadline))) return !giveUp(waiter);
        }
        return true;
      },
      how,
    );
  } catch (error) {
    passOn(at, waiter);
    throw error;
  }
}

/** The waiter was interrupted: what it may have been told meanwhile is for someone else. */
function passOn(at: number, waiter: number): void {
  if (!giveUp(waiter)) tellAnother(at, waiter);
}

/** The lock is held again; whatever becomes of the thread now, it does not wait any more. */
function end(at: number, waiter: number, lock: number, tenure: Tenure): void {
  resume(lock, tenure);
  dequeue(at, waiter);
}

function create(lock: Lock | RLock | undefined, options: NameOptions | undefined): number {
  if (lock !== undefined && !(lock instanceof Lock || lock instanceof RLock)) {
    throw new TypeError(
      "A condition's lock is a Lock or an RLock; a name comes second: new Condition(lock, { name }).",
    );
  }
  const given = lock === undefined ? 0 : cellOfLock(lock);
  return cellNamed(options, `Condition${lockShape(given)}`, () => {
    const at = allocateCell();
    if (given !== 0) retain(given);
    words[at + LOCK] = given === 0 ? createLock(undefined, KINDS.rLock) : given;
    words[at + OWNS_LOCK] = given === 0 ? 1 : 0;
    Atomics.store(words, at + KIND, KINDS.condition);
    return at;
  });
}

defineKind("condition", "Condition", () => new Condition(), {
  threadEnded: removeWaitersOf,
  destroy: (at) => {
    freeWaiters(at);
    release(Atomics.load(words, at + LOCK));
  },
});
