/**
 * The mutex under everything. Its word is 0 when free, else the owner's cell number and four bits; because the owner is
 * in the very word that says "taken", a thread can die anywhere and a sweep still knows what it held. Blocking waiters
 * sleep on the word itself, async ones on the cell's MUTEX_PARKED word; a release wakes one of the former and the head
 * of each isolate's queue of the latter.
 */
import { CELL_WORDS, CLOSED_MUTEX, KIND, KINDS, MUTEX, MUTEX_PARKED, words } from "./arena.js";
import { type Deadline, timeLeft } from "./deadline.js";
import { StateError } from "./errors.js";
import { notify, spinWhile, wait } from "./futex.js";
import { OWNER_SHIFT } from "./owner.js";
import { self, waitingFor } from "./self.js";
import { beginWait, endWait } from "./waiting.js";

const BLOCKED = 1; // a thread sleeps on the word
const PARKED = 2; // an isolate sleeps on MUTEX_PARKED
const ABANDONED = 4; // the last owner ended without releasing; no owner
const BY_TASK = 8; // held by an async task of the owner
const WAITERS = BLOCKED | PARKED;

function ownerBits(thread: number): number {
  return (thread / CELL_WORDS) << OWNER_SHIFT;
}

/** What the word holds when this thread has the mutex and nobody waits. */
export const mine: number = ownerBits(self);

export type Outcome = "taken" | "abandoned" | "timeout";

/** Takes the mutex if nobody has it. */
export function tryTake(at: number, byTask = false): Outcome {
  return attempt(at, byTask ? BY_TASK : 0);
}

function attempt(at: number, bits: number): Outcome {
  const word = at + MUTEX;
  for (;;) {
    const seen = Atomics.load(words, word);
    if (seen === CLOSED_MUTEX) throw new StateError("This object is closed.");
    if (seen >> OWNER_SHIFT !== 0) return "timeout";
    if (Atomics.compareExchange(words, word, seen, mine | bits | (seen & WAITERS)) === seen) {
      return (seen & ABANDONED) === 0 ? "taken" : "abandoned";
    }
  }
}

/** Takes the mutex, blocking until the deadline. */
export function take(at: number, deadline: Deadline): Outcome {
  const word = at + MUTEX;
  // Barging: who comes while the word is free gets it. A queue that hands over would put a thread switch into each turn.
  let outcome = attempt(at, 0);
  if (outcome !== "timeout") return outcome;
  spinWhile(word, Atomics.load(words, word));
  // Inside a longer wait (a queue's, say) this one is on the same cell or a step of it, so that is restored after.
  const isLock = words[at + KIND] === KINDS.lock;
  const outer = isLock ? beginWait(at, deadline) : waitingFor(at);
  try {
    let bits = 0;
    for (;;) {
      outcome = attempt(at, bits);
      if (outcome !== "timeout") return outcome;
      const seen = Atomics.load(words, word);
      if (seen >> OWNER_SHIFT === 0) continue;
      if (deadline === Number.POSITIVE_INFINITY && seen >> OWNER_SHIFT === mine >> OWNER_SHIFT && seen & BY_TASK) {
        throw new StateError("An async task of this thread holds the lock, so blocking on it could never end.");
      }
      if ((seen & BLOCKED) === 0 && Atomics.compareExchange(words, word, seen, seen | BLOCKED) !== seen) continue;
      if (!wait(word, seen | BLOCKED, timeLeft(deadline))) return "timeout";
      // Others may sleep still, and only the word can say so: who woke up carries the mark on.
      bits = BLOCKED;
    }
  } finally {
    if (isLock) endWait(outcome !== "timeout", outer);
    else waitingFor(outer);
  }
}

/** One try for an async acquirer; when it fails, the mark makes the next release change MUTEX_PARKED. */
export function takeOrPark(at: number, othersParked: boolean): Outcome {
  const word = at + MUTEX;
  for (;;) {
    const outcome = attempt(at, BY_TASK | (othersParked ? PARKED : 0));
    if (outcome !== "timeout") return outcome;
    const seen = Atomics.load(words, word);
    if (seen >> OWNER_SHIFT === 0) continue;
    if ((seen & PARKED) !== 0 || Atomics.compareExchange(words, word, seen, seen | PARKED) === seen) return "timeout";
  }
}

/** Gives the mutex back, whoever holds it. False: nobody did. */
export function give(at: number): boolean {
  const word = at + MUTEX;
  for (;;) {
    const seen = Atomics.load(words, word);
    if (seen === CLOSED_MUTEX) throw new StateError("This object is closed.");
    if (seen >> OWNER_SHIFT === 0 && (seen & ABANDONED) === 0) return false;
    if (Atomics.compareExchange(words, word, seen, 0) !== seen) continue;
    wake(at, seen);
    return true;
  }
}

export function isTaken(at: number): boolean {
  const seen = Atomics.load(words, at + MUTEX);
  if (seen === CLOSED_MUTEX) throw new StateError("This object is closed.");
  return seen >> OWNER_SHIFT !== 0;
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

export function enter(at: number): void {
  if (Atomics.compareExchange(words, at + MUTEX, 0, mine) !== 0) take(at, Number.POSITIVE_INFINITY);
}

export function leave(at: number): void {
  if (Atomics.compareExchange(words, at + MUTEX, mine, 0) !== mine) give(at);
}
