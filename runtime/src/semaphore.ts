import { throwIfAborted } from "./abort.js";
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";
import { type Deadline, deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "./deadline.js";
import { StateError, TimeoutError } from "./errors.js";
import { notify, spinWhile, wait } from "./futex.js";
import { Held } from "./held.js";
import type { AcquireOptions, AsyncAcquireOptions } from "./lockable.js";
import type { Outcome } from "./mutex.js";
import type { NameOptions } from "./names.js";
import { type Gate, takeAsync } from "./parked.js";
import { wakesAt } from "./self.js";
import { adopted, cellNamed, checkOpen, defineKind, join, leaveCell } from "./shared.js";
import { FLAGS } from "./trace/format.js";
import { recorder } from "./trace/hook.js";
import { waiting } from "./waiting.js";

/** Words of the cell. Blocking waiters sleep on VALUE while it is 0. */
const VALUE = FIELDS;
/** The most that VALUE may be. */
const LIMIT = FIELDS + 1;
/** How many threads may sleep. One that dies stays counted, which costs needless wake-ups and nothing else. */
const SLEEPERS = FIELDS + 2;
/** What async waiters sleep on, and whether some may. */
const TURN = FIELDS + 3;
const PARKED = FIELDS + 4;
const HIGHEST = 2 ** 31 - 1;

/**
 * A number of permits. Nobody owns one: whoever likes may give one back, and one that a thread had when it died is gone,
 * as in Python.
 * @see Python's `threading.Semaphore`, behaviours 27–32.
 */
export class Semaphore implements Disposable {
  #at: number;

  /**
   * `value` permits to begin with; with `options.name`, the program's semaphore of that name.
   * @throws RangeError `value` is not a whole number from 0 to 2^31 - 1
   */
  constructor(value = 1, options?: NameOptions) {
    this.#at = adopted() || create(new.target.isBounded, value, options);
    join(this, this.#at);
  }

  /** Whether permits beyond the first value are an error. */
  protected static readonly isBounded: boolean = false;

  /** How many permits there are at this moment. */
  get value(): number {
    checkOpen(this.#at);
    return Atomics.load(words, this.#at + VALUE);
  }

  /** Takes a permit; blocks until there is one. False: the timeout went by, or there was none and `blocking` is false. */
  acquire(options?: AcquireOptions): boolean {
    checkOpen(this.#at);
    if (options?.blocking === false) {
      if (options.timeout !== undefined) throw new RangeError("A timeout needs blocking to be true.");
      return tryTake(this.#at);
    }
    const timeout = timeoutOf(options);
    return tryTake(this.#at) || take(this.#at, deadlineAfter(timeout));
  }

  /** Takes a permit if there is one, without waiting. */
  tryAcquire(): boolean {
    checkOpen(this.#at);
    return tryTake(this.#at);
  }

  /** Like `acquire` without blocking the thread. The waiting keeps the process alive. */
  async acquireAsync(options?: AsyncAcquireOptions): Promise<boolean> {
    checkOpen(this.#at);
    const timeout = timeoutOf(options);
    throwIfAborted(options?.signal);
    if (tryTake(this.#at)) return true;
    const waited = recorder?.waitsAsync(this.#at, timeout === Number.POSITIVE_INFINITY ? 0 : FLAGS.timed);
    let isTaken = false;
    try {
      isTaken = (await takeAsync(gate(this.#at), timeout, options?.signal)) === "taken";
      return isTaken;
    } finally {
      waited?.(isTaken);
    }
  }

  /**
   * Adds `count` permits and lets as many waiters go on. Does not block.
   * @throws RangeError `count` is not a whole number from 1 up
   * @throws StateError there would be more than a bounded semaphore began with; it is unchanged
   */
  release(count = 1): void {
    checkOpen(this.#at);
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`A whole number of permits from 1 up can be given back, not ${count}.`);
    }
    const at = this.#at;
    for (;;) {
      const seen = Atomics.load(words, at + VALUE);
      const limit = Atomics.load(words, at + LIMIT);
      if (seen + count > limit)
        throw new StateError(`More permits were given back than ${limit}, the most there may be.`);
      wakesAt(at);
      if (Atomics.compareExchange(words, at + VALUE, seen, seen + count) === seen) break;
    }
    // Before anybody is woken, so that who reads of both reads of this first. Permits that nobody waits for tell nothing.
    if (recorder !== undefined && mayBeWanted(at)) recorder.notified(at, count);
    // Pairs with take, which counts itself before it looks again and sleeps.
    if (Atomics.load(words, at + SLEEPERS) > 0) notify(at + VALUE, count);
    // Pairs with gate, which says so before it looks again.
    if (Atomics.load(words, at + PARKED) !== 0) wakeParked(at);
    wakesAt(0);
  }

  /**
   * Takes a permit for the enclosing block: `using _ = semaphore.hold();`. Blocks until there is one.
   * @throws TimeoutError none in time
   */
  hold(options?: TimeoutOptions): Held {
    return this.#held(this.acquire(options));
  }

  /** Like `hold` without blocking the thread: `using _ = await semaphore.holdAsync();`. */
  async holdAsync(options?: AsyncAcquireOptions): Promise<Held> {
    return this.#held(await this.acquireAsync(options));
  }

  /** Gives up this object's share of the semaphore. */
  close(): void {
    this.#at = leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #held(taken: boolean): Held {
    if (!taken) throw new TimeoutError("There was no permit in time.");
    return new Held(this);
  }
}

/**
 * A semaphore that never has more permits than it began with: giving back too many is a StateError.
 * @see Python's `threading.BoundedSemaphore`, behaviours 33–34.
 */
export class BoundedSemaphore extends Semaphore {
  protected static override readonly isBounded: boolean = true;
}

function mayBeWanted(at: number): boolean {
  return Atomics.load(words, at + SLEEPERS) > 0 || Atomics.load(words, at + PARKED) !== 0;
}

function tryTake(at: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at + VALUE);
    if (seen <= 0) return false;
    if (Atomics.compareExchange(words, at + VALUE, seen, seen - 1) === seen) return true;
  }
}

function take(at: number, deadline: Deadline): boolean {
  if (spinWhile(at + VALUE, 0) && tryTake(at)) return true;
  return waiting(at, deadline, () => {
    Atomics.add(words, at + SLEEPERS, 1);
    let isOver = false;
    try {
      while (!tryTake(at)) {
        if (isOver) return false;
        isOver = !wait(at + VALUE, 0, timeLeft(deadline));
      }
      return true;
    } catch (error) {
      // The wake-up that it may have got is for someone else.
      notify(at + VALUE);
      throw error;
    } finally {
      Atomics.sub(words, at + SLEEPERS, 1);
    }
  });
}

function gate(at: number): Gate {
  const attempt = (): Outcome => {
    if (tryTake(at)) return "taken";
    Atomics.store(words, at + PARKED, 1);
    return tryTake(at) ? "taken" : "timeout";
  };
  return { at, word: at + TURN, attempt };
}

function wakeParked(at: number): void {
  Atomics.store(words, at + PARKED, 0);
  Atomics.add(words, at + TURN, 1);
  notify(at + TURN);
}

/** A waiter died, perhaps with a wake-up in its hands: everyone looks again. */
function wakeEveryone(at: number): boolean {
  notify(at + VALUE);
  wakeParked(at);
  return true;
}

function create(isBounded: boolean, value: number, options: NameOptions | undefined): number {
  if (!Number.isInteger(value) || value < 0 || value > HIGHEST) {
    const isObject = typeof value === "object";
    const hint = isObject ? " A name comes second: new Semaphore(1, { name })." : "";
    throw new RangeError(
      `A semaphore begins with a whole number of permits from 0 up, not ${isObject ? "an object" : value}.${hint}`,
    );
  }
  return cellNamed(options, `${isBounded ? "BoundedSemaphore" : "Semaphore"} of ${value}`, () => {
    const at = allocateCell();
    words[at + VALUE] = value;
    words[at + LIMIT] = isBounded ? value : HIGHEST;
    Atomics.store(words, at + KIND, isBounded ? KINDS.boundedSemaphore : KINDS.semaphore);
    return at;
  });
}

defineKind("semaphore", "Semaphore", () => new Semaphore(), { waiterDied: wakeEveryone, wakerDied: wakeEveryone });
defineKind("boundedSemaphore", "BoundedSemaphore", () => new BoundedSemaphore(), {
  waiterDied: wakeEveryone,
  wakerDied: wakeEveryone,
});
