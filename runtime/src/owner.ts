/** Who holds a mutex, read from its word by whoever looks; see mutex.ts. */
import { CELL_WORDS, CLOSED_MUTEX, MUTEX, words } from "./arena.js";

/** The owner's cell number stands above the word's four bits. */
export const OWNER_SHIFT = 4;

/** The cell of the thread that holds the cell's mutex at this moment; 0 if none does. */
export function ownerOf(at: number): number {
  const seen = Atomics.load(words, at + MUTEX);
  return seen === CLOSED_MUTEX ? 0 : (seen >> OWNER_SHIFT) * CELL_WORDS;
}
