/**
 * The mutex under everything. Its word is 0 when free, else the owner's cell number and four bits; because the owner is
 * in the very word that says "taken", a thread can die anywhere and a sweep still knows what it held. Blocking waiters
 * sleep on the word itself, async ones on the cell's MUTEX_PARKED word; a release wakes one of the former and the head
 * of each isolate's queue of the latter.
 */
import { CELL_WORDS, CLOSED_MUTEX, FIELDS, KIND, KINDS, MUTEX, MUTEX_PARKED, words } from "./arena.js";
import { type Deadline, deadlineAfter, timeLeft } from "./deadline.js";
import { StateError } from "./errors.js";
import { notify, spinWhile, type Waking, waitInterruptibly, waitThrough } from "./futex.js";
import { isLockKind, OWNER_SHIFT } from "./owner.js";
import { self, waitingFor, wakesAt } from "./self.js";
import { beginWait, endWait } from "./waiting.js";

const BLOCKED = 1; // a thread sleeps on the word
const PARKED = 2; // an isolate sleeps on MUTEX_PARKED
const ABANDONED = 4; // the last owner ended without releasing; no owner
const BY_TASK = 8; // held by an async task of the owner
const HANDED_OVER = 8; // where there is no owner: kept for the thread that was just woken
const WAITERS = BLOCKED | PARKED;

/** Milliseconds that a section of the library's own takes at most, unless its thread is dead or not run. */
const SOON = 20;
/** Tries to take the mutex for a section of the library's own before sleeping. */
const TRIES = 32;

/** Words of a Lock's or RLock's cell: whether it goes to who waited longest, and what its last release did. */
const FAIR = FIELDS + 1;
const WAS_OPEN = FIELDS + 2;

function ownerBits(thread: number): number {
  return (thread / CELL_WORDS) << OWNER_SHIFT;
}

/** What the word holds when this thread has the mutex and nobody waits. */
export const mine: number = ownerBits(self);

export type Outcome = "taken" | "abandoned" | "timeout";

/** Takes the mutex if nobody has it. */
export function tryTake(at: number, byTask = false): Outcome {
  return attempt(at, byTask ? BY_TASK : 0, false);
}

/** `isHeir`: this thread was woken, and if the mutex was handed over, then to it. */
function attempt(at: number, bits: number, isHeir: boolean): Outcome {
  const word = at + MUTEX;
  for (;;) {
    const seen = Atomics.load(words, word);
    if (seen === CLOSED_MUTEX) throw new StateError("This object is closed.");
    if (!isFree(seen) && !(isHeir && seen >> OWNER_SHIFT === 0)) return "timeout";
    if (Atomics.compareExchange(words, word, seen, mine | bits | (seen & WAITERS)) === seen) {
      return (seen & ABANDONED) === 0 ? "taken" : "abandoned";
    }
  }
}

/** Takes the mutex, blocking until the deadline. `mayInterrupt` is false for what must be finished once begun. */
export function take(at: number, deadline: Deadline, mayInterrupt = true, wants = 0): Outcome {
  const word = at + MUTEX;
  // Barging: who comes while the word is free gets it. A queue that hands over would put a thread switch into each turn.
  let outcome = attempt(at, 0, false);
  if (outcome !== "timeout") return outcome;
  // The library's own sections are over in a fraction of a microsecond, so it is worth while to try more than once.
  const isLock = isLockKind(words[at + KIND] ?? 0);
  for (let tries = isLock ? 1 : TRIES; tries > 0; tries--) {
    spinWhile(word, Atomics.load(words, word));
    if (isLock) break;
    outcome = attempt(at, 0, false);
    if (outcome !== "timeout") return outcome;
  }
  // Inside a longer wait (a queue's, say) this one is on the same cell or a step of it, so that is restored after.
  const outer = isLock ? beginWait(at, deadline, 0, wants) : waitingFor(at);
  try {
    outcome = sleepFor(at, deadline, isLock && mayInterrupt ? waitInterruptibly : waitThrough);
    return outcome;
  } finally {
    if (isLock) endWait(outcome !== "timeout", outer);
    else waitingFor(outer);
  }
}

/** The mutex, or "timeout" at the deadline. */
function sleepFor(at: number, deadline: Deadline, wait: typeof waitThrough): Outcome {
  const word = at + MUTEX;
  let bits = 0;
  let waking: Waking = "not-equal";
  for (;;) {
    const outcome = attempt(at, bits, waking === "ok");
    if (outcome !== "timeout") return outcome;
    const seen = Atomics.load(words, word);
    if (isFree(seen)) continue;
    if (deadline === Number.POSITIVE_INFINITY && seen >> OWNER_SHIFT === mine >> OWNER_SHIFT && seen & BY_TASK) {
      throw new StateError("An async task of this thread holds the lock, so blocking on it could never end.");
    }
    if ((seen & BLOCKED) === 0 && Atomics.compareExchange(words, word, seen, seen | BLOCKED) !== seen) continue;
    try {
      waking = wait(word, seen | BLOCKED, timeLeft(deadline));
    } catch (error) {
      // The wake-up that it may have got is for someone else.
      wakeAll(at);
      throw error;
    }
    if (waking === "timed-out") return "timeout";
    // Others may sleep still, and only the word can say so: who woke up carries the mark on.
    bits = BLOCKED;
  }
}

function isFree(seen: number): boolean {
  return seen >> OWNER_SHIFT === 0 && (seen & HANDED_OVER) === 0;
}

/** One try for an async acquirer; when it fails, the mark makes the next release change MUTEX_PARKED. */
export function takeOrPark(at: number, othersParked: boolean): Outcome {
  const word = at + MUTEX;
  for (;;) {
    const outcome = attempt(at, BY_TASK | (othersParked ? PARKED : 0), false);
    if (outcome !== "timeout") return outcome;
    const seen = Atomics.load(words, word);
    if (isFree(seen)) continue;
    if ((seen & PARKED) !== 0 || Atomics.compareExchange(words, word, seen, seen | PARKED) === seen) return "timeout";
  }
}

/** Gives the mutex back, whoever holds it; `asAbandoned` as it was found. False: nobody held it. */
export function give(at: number, asAbandoned = false): boolean {
  const word = at + MUTEX;
  for (;;) {
    const seen = Atomics.load(words, word);
    if (seen === CLOSED_MUTEX) throw new StateError("This object is closed.");
    if (seen >> OWNER_SHIFT === 0 && (seen & ABANDONED) === 0) return false;
    const handsOver = (seen & BLOCKED) !== 0 && isToHandOver(at, seen);
    const next = handsOver ? (seen & WAITERS) | HANDED_OVER : asAbandoned ? ABANDONED : 0;
    if ((seen & WAITERS) !== 0) wakesAt(at);
    if (Atomics.compareExchange(words, word, seen, next) !== seen) continue;
    if (!handsOver) wake(at, seen);
    else if (notify(word, 1) === 0) open(at);
    if ((seen & WAITERS) !== 0) wakesAt(0);
    return true;
  }
}

/** Makes the lock go to the thread that has waited longest. For a new cell. */
export function makeFair(at: number): void {
  Atomics.store(words, at + FAIR, 1);
}

/**
 * Whether a release of a fair lock gives it to the thread that has slept longest. That may not be an async acquirer,
 * whose thread may block for long: while some wait, every other release leaves the lock to whoever comes first.
 */
function isToHandOver(at: number, seen: number): boolean {
  const kind = words[at + KIND];
  if ((kind !== KINDS.lock && kind !== KINDS.rLock) || words[at + FAIR] === 0) return false;
  if ((seen & PARKED) === 0) return true;
  return Atomics.xor(words, at + WAS_OPEN, 1) === 1;
}

/** Leaves what was handed over to whoever comes first: nobody slept any more, or the heir is gone. */
function open(at: number): void {
  const word = at + MUTEX;
  for (;;) {
    const seen = Atomics.load(words, word);
    if (seen === CLOSED_MUTEX || seen >> OWNER_SHIFT !== 0 || (seen & HANDED_OVER) === 0) return;
    if (Atomics.compareExchange(words, word, seen, seen & ~HANDED_OVER) !== seen) continue;
    wake(at, seen);
    return;
  }
}

export function isTaken(at: number): boolean {
  const seen = Atomics.load(words, at + MUTEX);
  if (seen === CLOSED_MUTEX) throw new StateError("This object is closed.");
  return !isFree(seen);
}

/** Whether an async task has the mutex, if this thread has it. */
export function isByTask(at: number): boolean {
  return (Atomics.load(words, at + MUTEX) & BY_TASK) !== 0;
}

export function isTakenBy(at: number, thread: number): boolean {
  const seen = Atomics.load(words, at + MUTEX);
  return seen !== CLOSED_MUTEX && seen >> OWNER_SHIFT === thread / CELL_WORDS;
}

/** Frees what an ended thread held. `abandon` tells the next owner so. */
export function sweep(at: number, thread: number, abandon: boolean): void {
  const word = at + MUTEX;
  while (isTakenBy(at, thread)) {
    const seen = Atomics.load(words, word);
    const next = (seen & WAITERS) | (abandon ? ABANDONED : 0);
    if (Atomics.compareExchange(words, word, seen, next) !== seen) continue;
    wake(at, seen);
  }
}

/** Wakes everyone who waits for the mutex: the one who was woken before died with the wake-up in its hands. */
export function wakeAll(at: number): void {
  open(at);
  notify(at + MUTEX);
  Atomics.add(words, at + MUTEX_PARKED, 1);
  notify(at + MUTEX_PARKED);
}

function wake(at: number, seen: number): void {
  if ((seen & BLOCKED) !== 0) notify(at + MUTEX, 1);
  if ((seen & PARKED) !== 0) {
    Atomics.add(words, at + MUTEX_PARKED, 1);
    notify(at + MUTEX_PARKED);
  }
}

/**
 * Runs a short, synchronous section of the library's own under a cell's mutex. An abandoned one is taken over: such
 * sections change what others see by a single store, so there is nothing to repair.
 */
export function guarded<T>(at: number, section: () => T): T {
  enter(at);
  try {
    return section();
  } finally {
    leave(at);
  }
}

/** `guarded` for who must not wait for long: false if that could not be. */
export function guardedSoon(at: number, section: () => void): boolean {
  if (take(at, deadlineAfter(SOON), false) === "timeout") return false;
  try {
    section();
  } finally {
    leave(at);
  }
  return true;
}

export function enter(at: number): void {
  if (Atomics.compareExchange(words, at + MUTEX, 0, mine) !== 0) take(at, Number.POSITIVE_INFINITY, false);
}

export function leave(at: number): void {
  if (Atomics.compareExchange(words, at + MUTEX, mine, 0) !== mine) give(at);
}
