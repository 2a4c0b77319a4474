import { type Abort, throwIfAborted } from "./abort.js";
import { allocateCell, KIND, KINDS, MUTEX, words } from "./arena.js";
import { checkedTimeout, deadlineAfter, type TimeoutOptions } from "./deadline.js";
import { AbandonedLockError, StateError, TimeoutError } from "./errors.js";
import { Held } from "./held.js";
import { give, isTaken, mine, type Outcome, take, tryTake } from "./mutex.js";
import type { NameOptions } from "./names.js";
import { takeAsync } from "./parked.js";
import { adopted, cellNamed, cellOf, defineKind, join, leaveCell } from "./shared.js";
import { recorder } from "./trace/hook.js";

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

/**
 * Mutual exclusion between all threads of the program, blocking or async. Not reentrant, and any thread may release it,
 * as in Python. When its holder ends without releasing it, the next acquirer gets it with an AbandonedLockError.
 */
export class Lock implements Disposable {
  #at: number;
  #mutex: number;

  /** A new lock; with `name`, the program's lock of that name. */
  constructor(options?: NameOptions) {
    this.#at = adopted() || cellNamed(options?.name, "Lock", createLock);
    this.#mutex = this.#at + MUTEX;
    join(this, this.#at);
  }

  /**
   * Blocks until this thread has the lock. False: the timeout went by, or it was taken and `blocking` is false.
   * @throws AbandonedLockError the last holder died; the lock is held now.
   * @throws StateError the wait could never end, because an async task of this thread holds the lock.
   */
  acquire(options?: AcquireOptions): boolean {
    // The uncontended case is this one operation; mutex.ts has the rest. Pairs with the one in release.
    if (options === undefined && recorder === undefined && Atomics.compareExchange(words, this.#mutex, 0, mine) === 0) {
      return true;
    }
    return held(this.#acquire(options));
  }

  /** Takes the lock if it is free, without waiting. */
  tryAcquire(): boolean {
    return held(this.#took(tryTake(this.#at)));
  }

  /** Like `acquire` without blocking the thread. The waiting keeps the process alive. */
  async acquireAsync(options?: AsyncAcquireOptions): Promise<boolean> {
    return held(await this.#acquireAsync(options));
  }

  /** Frees the lock, whichever thread holds it. @throws StateError nobody does. */
  release(): void {
    if (recorder !== undefined) recorder.releases(this.#at);
    if (Atomics.compareExchange(words, this.#mutex, mine, 0) === mine) return;
    if (!give(this.#at)) throw new StateError("release() of a lock that is not held.");
  }

  /** Whether some thread holds the lock at this moment. */
  locked(): boolean {
    return isTaken(this.#at);
  }

  /**
   * Takes the lock for the enclosing block: `using _ = lock.hold();`.
   * @throws TimeoutError the timeout went by.
   * @throws AbandonedLockError the last holder died; the lock was given back, for the block does not run.
   */
  hold(options?: TimeoutOptions): Held {
    if (options !== undefined || recorder !== undefined || Atomics.compareExchange(words, this.#mutex, 0, mine) !== 0) {
      this.#enter(this.#acquire(options));
    }
    return new Held(this);
  }

  /** Like `hold` without blocking the thread: `using _ = await lock.holdAsync();`. */
  async holdAsync(options?: AsyncAcquireOptions): Promise<Held> {
    this.#enter(await this.#acquireAsync(options));
    return new Held(this);
  }

  /**
   * Runs `body` while holding the lock and returns its result. Blocks until the lock is free.
   * @throws AbandonedLockError the last holder died; `body` did not run and the lock is free again.
   */
  withLock<T>(body: SynchronousBody<T>): T {
    if (recorder !== undefined || Atomics.compareExchange(words, this.#mutex, 0, mine) !== 0) {
      this.#enter(this.#acquire(undefined));
    }
    try {
      return body();
    } finally {
      this.release();
    }
  }

  /** Runs `body`, which may be async, while holding the lock; does not block the thread. */
  async withLockAsync<T>(body: () => T | Promise<T>): Promise<T> {
    this.#enter(await this.#acquireAsync(undefined));
    try {
      return await body();
    } finally {
      this.release();
    }
  }

  /** Gives up this object's share of the lock. The lock itself goes when nobody has it any more. */
  close(): void {
    this.#at = leaveCell(this);
    this.#mutex = this.#at + MUTEX;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #acquire(options: AcquireOptions | undefined): Outcome {
    if (options?.blocking === false) {
      if (options.timeout !== undefined) throw new RangeError("A timeout needs blocking to be true.");
      return this.#took(tryTake(this.#at));
    }
    return this.#took(take(this.#at, deadlineAfter(checkedTimeout(options?.timeout))));
  }

  async #acquireAsync(options: AsyncAcquireOptions | undefined): Promise<Outcome> {
    const timeout = checkedTimeout(options?.timeout);
    throwIfAborted(options?.signal);
    const outcome = this.#took(tryTake(this.#at, true), true);
    if (outcome !== "timeout") return outcome;
    const waited = recorder?.waitsAsync(this.#at, timeout !== Number.POSITIVE_INFINITY);
    let settled: Outcome = "timeout";
    try {
      settled = await takeAsync(this.#at, timeout, options?.signal);
      return settled;
    } finally {
      waited?.(settled !== "timeout");
    }
  }

  /** Every way to get the lock but the fast ones ends here. */
  #took(outcome: Outcome, byTask = false): Outcome {
    if (outcome !== "timeout") recorder?.acquired(this.#at, byTask);
    return outcome;
  }

  /** For the scoped forms: either the block may run, or the lock is not held. */
  #enter(outcome: Outcome): void {
    if (outcome === "taken") return;
    if (outcome === "abandoned") this.release();
    held(outcome);
    throw new TimeoutError("The lock was not free in time.");
  }
}

function held(outcome: Outcome): boolean {
  if (outcome === "abandoned") {
    throw new AbandonedLockError("The lock's last holder ended without releasing it; what it guards may be half done.");
  }
  return outcome === "taken";
}

/** The cell of a new lock. */
export function createLock(): number {
  const at = allocateCell();
  Atomics.store(words, at + KIND, KINDS.lock);
  return at;
}

/** The cell of a lock given as an option. */
export function cellOfLock(lock: Lock): number {
  const at = cellOf(lock);
  if (at === undefined) throw new StateError("The lock given is closed.");
  return at;
}

defineKind("lock", "Lock", () => new Lock());
