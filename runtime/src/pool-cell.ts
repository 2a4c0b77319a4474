/** The cell of a pool, which all of its workers know. */
import { allocateCell, FIELDS, KIND, KINDS, words } from "./arena.js";

/** The words of a pool's cell after the signal of the sweep (see sweep.ts). */
const OWN = FIELDS + 1;
/** The word of a pool's cell that names the list of tasks taken back (see withdrawn.ts), guarded by `todo`. */
export const WITHDRAWN = OWN;
/**
 * The word of a pool's cell that counts the waits on its signal that there may be. Only who waits changes it: a worker
 * that did might do so late, for a result that was found already, and the wait for the next one would be missed.
 */
export const SLEEPERS = OWN + 1;
/** What recordings tell of a pool: its number of workers, and its name, a text; 0 if nobody records. */
const SIZE = OWN + 2;
const TITLE = OWN + 3;

/** `title` is for recordings, which may read it after the pool's end: it stays. */
export function allocatePool(size: number, title: number): number {
  const at = allocateCell();
  words[at + SIZE] = size;
  words[at + TITLE] = title;
  Atomics.store(words, at + KIND, KINDS.pool);
  return at;
}

export function poolSize(at: number): number {
  return words[at + SIZE] ?? 0;
}

/** The block with its name; 0 if that is not known. */
export function poolTitle(at: number): number {
  return words[at + TITLE] ?? 0;
}
