import type { Abort } from "./abort.js";
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";
import { now } from "./clock.js";
import { deadlineAfter, type TimeoutOptions, timeLeft, timeoutOf } from "./deadline.js";
import { notify, wait, waitAsync } from "./futex.js";
import type { NameOptions } from "./names.js";
import { wakesAt } from "./self.js";
import { adopted, cellNamed, checkOpen, defineKind, holdCell, join, leaveCell } from "./shared.js";
import { FLAGS } from "./trace/format.js";
import { recorder } from "./trace/hook.js";
import { waiting } from "./waiting.js";

/** How long an async wait waits. */
export interface AsyncWaitOptions extends TimeoutOptions {
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: Abort | undefined;
}

/** The event's one word: how often it was set, and in the lowest bit whether it is. */
const STATE = FIELDS;
const SET = 1;
/** Of a recorded event: whether anybody saw it set since it was. */
const SEEN = FIELDS + 1;

/**
 * A flag that threads wait for. It starts cleared.
 * @see Python's `threading.Event`, behaviours 35–37.
 */
export class Event implements Disposable {
  #at: number;

  /** A new event; with `name`, the program's event of that name. */
  constructor(options?: NameOptions) {
    this.#at =
      adopted() ||
      cellNamed(options, "Event", () => {
        const at = allocateCell();
        Atomics.store(words, at + KIND, KINDS.event);
        return at;
      });
    join(this, this.#at);
  }

  /** Sets the flag and wakes everyone who waits, even if it is cleared again right away. */
  set(): void {
    const at = this.#at;
    checkOpen(at);
    let since = 0;
    for (;;) {
      const seen = Atomics.load(words, at + STATE);
      if ((seen & SET) !== 0) return;
      wakesAt(at);
      if (recorder !== undefined) {
        since = now();
        Atomics.store(words, at + SEEN, 0);
      }
      // The count in the upper bits tells a waiter that the flag was up while it slept.
      if (Atomics.compareExchange(words, at + STATE, seen, (seen + 2) | SET) === seen) break;
    }
    const woken = notify(at + STATE);
    wakesAt(0);
    recorder?.notified(at, woken, since);
  }

  /** Clears the flag: who comes from now on waits. Does not block. */
  clear(): void {
    const at = this.#at;
    checkOpen(at);
    const wasSet = (Atomics.and(words, at + STATE, ~SET) & SET) !== 0;
    if (wasSet) recorder?.cleared(at, Atomics.load(words, at + SEEN) !== 0);
  }

  /** Whether the flag is set at this moment. */
  isSet(): boolean {
    checkOpen(this.#at);
    return isSeenSet(this.#at, Atomics.load(words, this.#at + STATE));
  }

  /** Blocks until the flag is set. False: the timeout went by first. */
  wait(options?: TimeoutOptions): boolean {
    checkOpen(this.#at);
    const deadline = deadlineAfter(timeoutOf(options));
    const seen = Atomics.load(words, this.#at + STATE);
    if (isSeenSet(this.#at, seen)) return true;
    return waiting(this.#at, deadline, () => {
      let woken = true;
      while (woken && Atomics.load(words, this.#at + STATE) === seen) {
        woken = wait(this.#at + STATE, seen, timeLeft(deadline));
      }
      return woken;
    });
  }

  /** Like `wait` without blocking the thread. */
  async waitAsync(options?: AsyncWaitOptions): Promise<boolean> {
    checkOpen(this.#at);
    const at = this.#at;
    const timeout = timeoutOf(options);
    const seen = Atomics.load(words, at + STATE);
    if (isSeenSet(at, seen)) return true;
    const letGo = holdCell(at);
    const waited = recorder?.waitsAsync(at, timeout === Number.POSITIVE_INFINITY ? 0 : FLAGS.timed);
    let isSet = false;
    try {
      isSet = await waitAsync(at + STATE, seen, timeout, options?.signal);
      return isSet;
    } finally {
      waited?.(isSet);
      letGo();
    }
  }

  /** Gives up this object's share of the event. */
  close(): void {
    this.#at = leaveCell(this);
  }

  /** `close()`, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Whether the event is set, which somebody saw then. */
function isSeenSet(at: number, state: number): boolean {
  const isSet = (state & SET) !== 0;
  if (isSet && recorder !== undefined) Atomics.store(words, at + SEEN, 1);
  return isSet;
}

defineKind("event", "Event", () => new Event(), { wakerDied: (at) => void notify(at + STATE) });
