/**
 * Who waits for a condition, in order of arrival: a list of heap blocks, one per waiter, so that a notification goes to
 * exactly one of them and a waiter that gives up or dies can be told from one that was notified. The list belongs to the
 * cell's mutex, and every change of it is a single store.
 */
import { allocateBlock, FIELDS, freeBlock, words } from "./arena.js";
import { notify } from "./futex.js";
import { guarded, guardedSoon } from "./mutex.js";
import { self } from "./self.js";

/** Words of the cell: the first waiter, and how many have come so far. */
const FIRST = FIELDS + 1;
const ARRIVALS = FIELDS + 3;

/** Words of a waiter: the next one, its thread's cell, what it sleeps on, and how many had come with it and when it was told. */
const NEXT = 0;
const THREAD = 1;
const STATE = 2;
const ARRIVAL = 3;
const TOLD = 4;
const WAITER_BYTES = 20;

const WAITS = 0;
const NOTIFIED = 1;
const LEFT = 2;

/** Adds this thread, or a task of it, at the end. The result is a block of the heap. */
export function enqueue(at: number): number {
  const waiter = allocateBlock(WAITER_BYTES);
  words[waiter + NEXT] = 0;
  words[waiter + THREAD] = self;
  words[waiter + STATE] = WAITS;
  guarded(at, () => {
    words[waiter + ARRIVAL] = Atomics.add(words, at + ARRIVALS, 1) + 1;
    let last = at + FIRST;
    for (let next = Atomics.load(words, last); next !== 0; next = Atomics.load(words, last)) last = next + NEXT;
    Atomics.store(words, last, waiter);
  });
  return waiter;
}

/** What to sleep on, and as long as it has which value. */
export function sleepWord(waiter: number): readonly [index: number, expected: number] {
  return [waiter + STATE, WAITS];
}

export function isNotified(waiter: number): boolean {
  return Atomics.load(words, waiter + STATE) === NOTIFIED;
}

/** The waiter gives up. False: it was notified already. */
export function giveUp(waiter: number): boolean {
  const left = Atomics.compareExchange(words, waiter + STATE, WAITS, LEFT) === WAITS;
  // Nobody is to sleep on a word that is about to be someone else's: not even a platform wait that was given up.
  if (left) notify(waiter + STATE);
  return left;
}

/** Removes a waiter whose wait is over. */
export function dequeue(at: number, waiter: number): void {
  guarded(at, () => unlink(at, waiter));
  freeBlock(waiter);
}

/** Lets the first `count` go on that still wait. Says how many did. */
export function notifyFirst(at: number, count: number): number {
  return guarded(at, () => wakeFirst(at, count));
}

/** What this waiter was told, and cannot follow any more, is told to the first other that waited then. */
export function tellAnother(at: number, waiter: number): void {
  guarded(at, () => passOn(at, words[waiter + TOLD] ?? 0));
}

/**
 * Removes an ended thread's waiters. What one was told and did not live to hear is told to another that waited then, and
 * whom the thread told without living to wake him is woken. False: not yet.
 */
export function removeWaitersOf(at: number, thread: number): boolean {
  if (Atomics.load(words, at + FIRST) === 0) return true;
  return guardedSoon(at, () => {
    const untold: number[] = [];
    eachWaiter(at, (waiter) => {
      if (words[waiter + THREAD] !== thread) {
        if (isNotified(waiter)) notify(waiter + STATE);
        return true;
      }
      if (!giveUp(waiter)) untold.push(words[waiter + TOLD] ?? 0);
      unlink(at, waiter);
      freeBlock(waiter);
      return true;
    });
    for (const told of untold) passOn(at, told);
  });
}

/** Gives back what is left when the cell goes. */
export function freeWaiters(at: number): void {
  eachWaiter(at, (waiter) => {
    freeBlock(waiter);
    return true;
  });
}

function wakeFirst(at: number, count: number): number {
  let woken = 0;
  if (count === 0) return woken;
  eachWaiter(at, (waiter) => !wake(at, waiter) || ++woken < count);
  return woken;
}

/** Who came after the notification saw, lock in hand, what it was about, and is not to be woken by it. */
function passOn(at: number, told: number): void {
  eachWaiter(at, (waiter) => {
    const cameAfter = (((words[waiter + ARRIVAL] ?? 0) - told) | 0) > 0;
    return cameAfter || !wake(at, waiter, told);
  });
}

/** False: it waits no more. */
function wake(at: number, waiter: number, told = Atomics.load(words, at + ARRIVALS)): boolean {
  if (Atomics.load(words, waiter + STATE) !== WAITS) return false;
  words[waiter + TOLD] = told; // before it is told, since its thread may end in between
  if (Atomics.compareExchange(words, waiter + STATE, WAITS, NOTIFIED) !== WAITS) return false;
  // Pairs with the waiter's sleep on the same word.
  notify(waiter + STATE);
  return true;
}

function unlink(at: number, waiter: number): void {
  let before = at + FIRST;
  for (let next = Atomics.load(words, before); next !== 0; next = Atomics.load(words, before)) {
    if (next === waiter) {
      Atomics.store(words, before, Atomics.load(words, waiter + NEXT));
      return;
    }
    before = next + NEXT;
  }
}

/** Calls `visit`, which may remove the waiter, for each until it returns false. */
function eachWaiter(at: number, visit: (waiter: number) => boolean): void {
  for (let waiter = Atomics.load(words, at + FIRST); waiter !== 0; ) {
    const next = Atomics.load(words, waiter + NEXT);
    if (!visit(waiter)) return;
    waiter = next;
  }
}
