import type { Abort } from "./abort.js";
import { acquire, acquireAsync, tryAcquire } from "./acquire.js";
import { allocateCell, KIND, KINDS, MUTEX, words } from "./arena.js";
import type { Deadline, TimeoutOptions } from "./deadline.js";
import { StateError } from "./errors.js";
import { Held } from "./held.js";
import { type AcquireOptions, Lockable, type SynchronousBody } from "./lockable.js";
import { give, isTaken, makeFair, mine, type Outcome } from "./mutex.js";
import type { NameOptions } from "./names.js";
import { adopted, cellNamed, cellOf, defineKind, join, leaveCell } from "./shared.js";
import { recorder } from "./trace/hook.js";

/** Options of a lock. */
export interface LockOptions extends NameOptions {
  /**
   * True: the blocking thread that has waited longest is next. By default whoever comes while the lock is free gets it,
   * which is many times faster where threads compete, because no thread switch is part of each turn.
   */
  readonly fair?: boolean | undefined;
}

/**
 * Mutual exclusion between all threads of the program, blocking or async. Not reentrant, and any thread may release it,
 * as in Python. When its holder ends without releasing it, the next acquirer gets it with an AbandonedLockError.
 * @see Python's `threading.Lock`, behaviours 1–12.
 */
export class Lock extends Lockable {
  #at: number;
  #mutex: number;

  /** A new lock; with `name`, the program's lock of that name. */
  constructor(options?: LockOptions) {
    super();
    this.#at = adopted() || cellNamed(options, shapeOf("Lock", options), () => createLock(options));
    this.#mutex = this.#at + MUTEX;
    join(this, this.#at);
  }

  override acquire(options?: AcquireOptions): boolean {
    if (options === undefined && this.#takeFree()) return true;
    return super.acquire(options);
  }

  /** Frees the lock, whichever thread holds it. @throws StateError nobody does. */
  override release(): void {
    if (recorder !== undefined && isTaken(this.#at)) recorder.releases(this.#at);
    if (Atomics.compareExchange(words, this.#mutex, mine, 0) === mine) return;
    if (!give(this.#at)) throw new StateError("release() of a lock that is not held.");
  }

  override locked(): boolean {
    return isTaken(this.#at);
  }

  override hold(options?: TimeoutOptions): Held {
    if (options === undefined && this.#takeFree()) return new Held(this);
    return super.hold(options);
  }

  override withLock<T>(body: SynchronousBody<T>): T {
    if (!this.#takeFree()) return super.withLock(body);
    try {
      return body();
    } finally {
      this.release();
    }
  }

  override close(): void {
    this.#at = leaveCell(this);
    this.#mutex = this.#at + MUTEX;
  }

  /** The uncontended case is this one operation, which pairs with the one in release; mutex.ts has the rest. */
  #takeFree(): boolean {
    if (Atomics.compareExchange(words, this.#mutex, 0, mine) !== 0) return false;
    recorder?.acquired(this.#at, false, false);
    return true;
  }

  protected override take(deadline: Deadline): Outcome {
    return acquire(this.#at, deadline);
  }

  protected override tryTake(): Outcome {
    return tryAcquire(this.#at);
  }

  protected override takeAsync(timeout: number, signal: Abort | undefined): Promise<Outcome> {
    return acquireAsync(this.#at, timeout, signal);
  }

  protected override rank(): number {
    return this.#at;
  }
}

/** What two declarations of one name must agree on. */
export function shapeOf(kind: string, options: LockOptions | undefined): string {
  return options?.fair ? `fair ${kind}` : kind;
}

/** The cell of a new lock. */
export function createLock(options?: LockOptions, kind: number = KINDS.lock): number {
  const at = allocateCell();
  if (options?.fair) makeFair(at);
  recorder?.made(at);
  Atomics.store(words, at + KIND, kind);
  return at;
}

/** The cell of a lock given as an option. */
export function cellOfLock(lock: Lockable): number {
  const at = cellOf(lock);
  if (at === undefined) throw new StateError("The lock given is closed.");
  return at;
}

defineKind("lock", "Lock", () => new Lock());
