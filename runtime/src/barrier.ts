import { throwIfAborted } from "./abort.js";
import { allocateCell, FIELDS, freeBlock, KIND, KINDS, words } from "./arena.js";
import { checkedTimeout, type Deadline, deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "./deadline.js";
import { BrokenBarrierError, SerializationError, StateError } from "./errors.js";
import type { AsyncWaitOptions } from "./event.js";
import { checkMayBlock, notify, wait, waitAsync } from "./futex.js";
import { guarded, guardedSoon } from "./mutex.js";
import type { NameOptions } from "./names.js";
import { eraseEntry, journalWait } from "./self.js";
import { adopted, cellNamed, checkOpen, defineKind, holdCell, join, leaveCell } from "./shared.js";
import { registeredAs, taskNameOf } from "./tasks.js";
import { readText, writeText } from "./text.js";
import { FLAGS } from "./trace/format.js";
import { recorder } from "./trace/hook.js";
import { waiting } from "./waiting.js";

/** Options of a barrier. */
export interface BarrierOptions extends NameOptions, TimeoutOptions {
  /** Run once per cycle by the last thread to arrive, before the others go on. */
  readonly action?: (() => void) | undefined;
}

/** Words of the cell, guarded by its mutex; TURN is also what waiters sleep on. */
const PARTIES = FIELDS;
const ARRIVED = FIELDS + 1;
const TURN = FIELDS + 2;
const BROKEN = FIELDS + 3;
/** A bit for each of the last 32 turns: whether it failed. A slow waiter may ask when the next turns are over. */
const FAILED = FIELDS + 4;
const TIMEOUT = FIELDS + 5;
/** Texts with the action's module and name when it is registered, else 0; HAS_ACTION is 1 for any. */
const ACTION_URL = FIELDS + 6;
const ACTION_NAME = FIELDS + 7;
const HAS_ACTION = FIELDS + 8;

const FOREVER = -1;

/**
 * A place where a number of threads wait for each other, again and again.
 * @see Python's `threading.Barrier`, behaviours 38–47.
 */
export class Barrier implements Disposable {
  #at: number;
  readonly #action: (() => void) | undefined;

  /**
   * A barrier for `parties` threads; with `name`, the program's barrier of that name.
   * @throws RangeError `parties` is not a positive integer
   */
  constructor(parties: number, options?: BarrierOptions) {
    this.#at = adopted() || create(parties, options);
    this.#action = options?.action;
    join(this, this.#at);
  }

  /** How many threads pass together. */
  get parties(): number {
    checkOpen(this.#at);
    return Atomics.load(words, this.#at + PARTIES);
  }

  /** How many wait at this moment. */
  get waiting(): number {
    checkOpen(this.#at);
    return Atomics.load(words, this.#at + ARRIVED);
  }

  /** Whether waiting fails until the next reset. */
  get broken(): boolean {
    checkOpen(this.#at);
    return Atomics.load(words, this.#at + BROKEN) !== 0;
  }

  /**
   * Blocks until all parties have come. The result is the order of arrival in this cycle, from 0.
   * @throws BrokenBarrierError by a timeout (which breaks the barrier for all), `abort`, `reset`, a failed action or
   * the end of a thread that waited
   */
  wait(options?: TimeoutOptions): number {
    const at = this.#at;
    checkOpen(at);
    const deadline = deadlineAfter(this.#timeout(options));
    // Who ends in here, in the action perhaps, breaks the barrier.
    const entry = journalWait(at);
    try {
      const arrival = arrive(at, checkMayBlock);
      if (arrival.last) return this.#complete(arrival);
      waiting(at, deadline, () => waitForTurn(at, arrival.turn, deadline));
      return outcome(at, arrival);
    } finally {
      eraseEntry(entry);
    }
  }

  /** Like `wait` without blocking the thread; an abort breaks the barrier too. */
  async waitAsync(options?: AsyncWaitOptions): Promise<number> {
    const at = this.#at;
    throwIfAborted(options?.signal);
    const timeout = this.#timeout(options);
    checkOpen(at);
    const letGo = holdCell(at);
    const entry = journalWait(at);
    let arrival: Arrival | undefined;
    let waited: ((cameAbout: boolean) => void) | undefined;
    let woken = false;
    try {
      arrival = arrive(at);
      if (arrival.last) return this.#complete(arrival);
      waited = recorder?.waitsAsync(at, timeout === Number.POSITIVE_INFINITY ? 0 : FLAGS.timed);
      woken = await waitAsync(at + TURN, arrival.turn, timeout, options?.signal);
      if (!woken) breakTurn(at, arrival.turn);
      return outcome(at, arrival);
    } catch (error) {
      if (arrival !== undefined) breakTurn(at, arrival.turn);
      throw error;
    } finally {
      waited?.(woken);
      eraseEntry(entry);
      letGo();
    }
  }

  /** Fails whoever waits with a BrokenBarrierError and makes the barrier as new. */
  reset(): void {
    checkOpen(this.#at);
    guarded(this.#at, () => {
      if (Atomics.load(words, this.#at + ARRIVED) > 0) endTurn(this.#at, true);
      Atomics.store(words, this.#at + BROKEN, 0);
    });
  }

  /** Breaks the barrier: whoever waits or will wait fails, until `reset`. */
  abort(): void {
    checkOpen(this.#at);
    breakBarrier(this.#at);
  }

  /** Gives up this object's share of the barrier. */
  close(): void {
    this.#at = leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #timeout(options: TimeoutOptions | undefined): number {
    if (options?.timeout !== undefined) return checkedTimeout(options.timeout);
    return checkedTimeout(Atomics.load(words, this.#at + TIMEOUT));
  }

  #complete(arrival: Arrival): number {
    const at = this.#at;
    try {
      if (Atomics.load(words, at + HAS_ACTION) !== 0) (this.#action ?? registeredAction(at))();
    } catch (error) {
      breakTurn(at, arrival.turn);
      throw error;
    }
    guarded(at, () => {
      if (Atomics.load(words, at + TURN) === arrival.turn) endTurn(at, false);
    });
    return outcome(at, arrival);
  }
}

interface Arrival {
  readonly turn: number;
  readonly index: number;
  readonly last: boolean;
}

/** `check` may refuse an arrival that is not the last. */
function arrive(at: number, check?: (at: number) => void): Arrival {
  checkOpen(at);
  return guarded(at, () => {
    const index = Atomics.load(words, at + ARRIVED);
    const parties = Atomics.load(words, at + PARTIES);
    // More can come than fit only while the last one's action runs.
    if (Atomics.load(words, at + BROKEN) !== 0) throw broken();
    if (index >= parties) throw new StateError(`More than ${parties} threads wait at a barrier for ${parties}.`);
    if (index + 1 < parties) check?.(at);
    Atomics.store(words, at + ARRIVED, index + 1);
    return { turn: Atomics.load(words, at + TURN), index, last: index + 1 === parties };
  });
}

/** Lets this turn's waiters go. Under the mutex. */
function endTurn(at: number, failed: boolean): void {
  const bit = 1 << (Atomics.load(words, at + TURN) & 31);
  if (failed) Atomics.or(words, at + FAILED, bit);
  else Atomics.and(words, at + FAILED, ~bit);
  // Before anybody goes on, so that who reads of both reads of this first.
  recorder?.notified(at, Atomics.load(words, at + ARRIVED));
  Atomics.store(words, at + ARRIVED, 0);
  Atomics.add(words, at + TURN, 1);
  notify(at + TURN);
}

function breakTurn(at: number, turn: number): void {
  guarded(at, () => breakThis(at, turn));
}

/** Under the mutex. */
function breakThis(at: number, turn: number): void {
  if (Atomics.load(words, at + TURN) !== turn) return;
  Atomics.store(words, at + BROKEN, 1);
  endTurn(at, true);
}

/** A party that leaves, by its timeout or interrupted, breaks the barrier for all. */
function waitForTurn(at: number, turn: number, deadline: Deadline): boolean {
  let woken = false;
  try {
    do woken = wait(at + TURN, turn, timeLeft(deadline));
    while (woken && Atomics.load(words, at + TURN) === turn);
  } finally {
    if (!woken) breakTurn(at, turn);
  }
  return woken;
}

function breakBarrier(at: number): void {
  breakTurn(at, Atomics.load(words, at + TURN));
}

function outcome(at: number, { turn, index }: Arrival): number {
  if ((Atomics.load(words, at + FAILED) & (1 << (turn & 31))) !== 0) throw broken();
  return index;
}

function broken(): BrokenBarrierError {
  return new BrokenBarrierError("The barrier is broken.");
}

function registeredAction(at: number): () => void {
  const url = readText(Atomics.load(words, at + ACTION_URL));
  const name = readText(Atomics.load(words, at + ACTION_NAME));
  const action = registeredAs({ url, name });
  if (action === undefined)
    throw new StateError(`The barrier's action ${name} of ${url} is not loaded in this thread.`);
  return action as () => void;
}

function create(parties: number, options: BarrierOptions | undefined): number {
  if (!Number.isInteger(parties) || parties < 1 || parties >= 2 ** 31) {
    throw new RangeError(`A barrier needs a whole number of parties from 1 up, not ${parties}.`);
  }
  const timeout = timeoutOf(options);
  const action = options?.action;
  if (action !== undefined && typeof action !== "function") throw new TypeError("A barrier's action is a function.");
  return cellNamed(options, `Barrier for ${parties}`, () => {
    const at = allocateCell();
    words[at + PARTIES] = parties;
    words[at + TIMEOUT] = timeout === Number.POSITIVE_INFINITY ? FOREVER : timeout;
    const task = taskNameOf(action);
    if (action !== undefined) words[at + HAS_ACTION] = 1;
    if (task !== undefined) {
      words[at + ACTION_URL] = writeText(task.url);
      words[at + ACTION_NAME] = writeText(task.name);
    }
    Atomics.store(words, at + KIND, KINDS.barrier);
    return at;
  });
}

defineKind("barrier", "Barrier", () => new Barrier(1), {
  waiterDied: (at) => guardedSoon(at, () => breakThis(at, Atomics.load(words, at + TURN))),
  destroy: (at) => {
    for (const text of [ACTION_URL, ACTION_NAME]) {
      const block = Atomics.load(words, at + text);
      if (block !== 0) freeBlock(block);
    }
  },
  beforeSend: (at) => {
    if (Atomics.load(words, at + HAS_ACTION) !== 0 && Atomics.load(words, at + ACTION_URL) === 0) {
      throw new SerializationError("A barrier can go to another thread only if its action is registered with tasks().");
    }
  },
});
