/** Who holds a mutex, read from its word by whoever looks; see mutex.ts. */
import { CELL_WORDS, CLOSED_MUTEX, KINDS, MUTEX, words } from "./arena.js";

/** The owner's cell number stands above the word's four bits. */
export const OWNER_SHIFT = 4;
/** Those of the four bits that say that a thread or a task sleeps. */
const SLEEPERS = 3;

/** Whether the mutex of such a cell is a lock of the user's, rather than the guard of the cell's own words. */
export function isLockKind(kind: number): boolean {
  return kind === KINDS.lock || kind === KINDS.rLock || kind === KINDS.rwLock || kind === KINDS.once;
}

/** The cell of the thread that holds the cell's mutex at this moment; 0 if none does. */
export function ownerOf(at: number): number {
  const seen = Atomics.load(words, at + MUTEX);
  return seen === CLOSED_MUTEX ? 0 : (seen >> OWNER_SHIFT) * CELL_WORDS;
}

/** Whether anybody sleeps until the cell's mutex is given back. */
export function isWanted(at: number): boolean {
  const seen = Atomics.load(words, at + MUTEX);
  return seen !== CLOSED_MUTEX && (seen & SLEEPERS) !== 0;
}
