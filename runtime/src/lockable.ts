import type { Abort } from "./abort.js";
import { type Deadline, deadlineAfter, type TimeoutOptions, timeoutOf } from "./deadline.js";
import { AbandonedLockError, TimeoutError } from "./errors.js";
import { Held } from "./held.js";
import type { Outcome } from "./mutex.js";

/** How long a blocking acquire waits. */
export interface AcquireOptions extends TimeoutOptions {
  /** False: do not wait at all; then `timeout` may not be given. */
  readonly blocking?: boolean | undefined;
}

/** How long an async acquire waits. */
export interface AsyncAcquireOptions extends TimeoutOptions {
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: Abort | undefined;
}

/** A body for `withLock`: one that returns a promise would outlive the lock, and is a type error. */
export type SynchronousBody<T> = () => T extends PromiseLike<unknown> ? never : T;

/** The lock's place in the order in which locks are taken together: the same in all threads. */
export let rankOf: (lock: Lockable) => number;

/**
 * What all locks offer. A kind of lock says how it is taken and given back.
 * @see Python has no class for it; what `threading.Lock` and `threading.RLock` have in common.
 */
export abstract class Lockable implements Disposable {
  protected abstract take(deadline: Deadline): Outcome;
  protected abstract tryTake(): Outcome;
  protected abstract takeAsync(timeout: number, signal: Abort | undefined): Promise<Outcome>;
  protected abstract rank(): number;

  static {
    rankOf = (lock) => lock.rank();
  }

  /** Gives the lock back. Does not block. @throws StateError it is not held by whoever may give it back */
  abstract release(): void;

  /** Whether it is held at this moment. */
  abstract locked(): boolean;

  /** Gives up this object's share of the lock. The lock itself goes when nobody has it any more. */
  abstract close(): void;

  /**
   * Blocks until this thread has the lock. False: the timeout went by, or it was taken and `blocking` is false.
   * @throws AbandonedLockError the last holder died; the lock is held now.
   * @throws StateError the wait could never end, because an async task of this thread holds the lock.
   */
  acquire(options?: AcquireOptions): boolean {
    return isHeld(this.#within(options));
  }

  /** Takes the lock if it is free, without waiting. */
  tryAcquire(): boolean {
    return isHeld(this.tryTake());
  }

  /** Like `acquire` without blocking the thread. The waiting keeps the process alive. */
  async acquireAsync(options?: AsyncAcquireOptions): Promise<boolean> {
    return isHeld(await this.takeAsync(timeoutOf(options), options?.signal));
  }

  /**
   * Takes the lock for the enclosing block: `using _ = lock.hold();`. Blocks until it is free.
   * @throws TimeoutError the timeout went by.
   * @throws AbandonedLockError the last holder died; the lock was given back, for the block does not run.
   */
  hold(options?: TimeoutOptions): Held {
    this.#enter(this.#within(options));
    return new Held(this);
  }

  /** Like `hold` without blocking the thread: `using _ = await lock.holdAsync();`. */
  async holdAsync(options?: AsyncAcquireOptions): Promise<Held> {
    this.#enter(await this.takeAsync(timeoutOf(options), options?.signal));
    return new Held(this);
  }

  /**
   * Runs `body` while holding the lock and returns its result. Blocks until the lock is free.
   * @throws AbandonedLockError the last holder died; `body` did not run and the lock is free again.
   */
  withLock<T>(body: SynchronousBody<T>): T {
    this.#enter(this.take(Number.POSITIVE_INFINITY));
    try {
      return body();
    } finally {
      this.release();
    }
  }

  /** Runs `body`, which may be async, while holding the lock; does not block the thread. */
  async withLockAsync<T>(body: () => T | Promise<T>): Promise<T> {
    this.#enter(await this.takeAsync(Number.POSITIVE_INFINITY, undefined));
    try {
      return await body();
    } finally {
      this.release();
    }
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #within(options: AcquireOptions | undefined): Outcome {
    if (options?.blocking === false) {
      if (options.timeout !== undefined) throw new RangeError("A timeout needs blocking to be true.");
      return this.tryTake();
    }
    return this.take(deadlineAfter(timeoutOf(options)));
  }

  /** For the scoped forms: either the block may run, or the lock is not held. */
  #enter(outcome: Outcome): void {
    if (outcome === "taken") return;
    if (outcome === "abandoned") this.release();
    isHeld(outcome);
    throw new TimeoutError("The lock was not free in time.");
  }
}

/** What `acquire` says, or throws, of an outcome. */
export function isHeld(outcome: Outcome): boolean {
  if (outcome === "abandoned") {
    throw new AbandonedLockError("The lock's last holder ended without releasing it; what it guards may be half done.");
  }
  return outcome === "taken";
}
