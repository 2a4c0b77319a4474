/**
 * Who reads under an RWLock: a slot for each thread with the number of its readers, which only that thread changes, so
 * that what a dead one had can be told from what the living have. The first slots are in the cell, more in blocks of the
 * heap that stay as long as the cell. Apart from readers.ts so that who only looks does not become a thread.
 */
import { FIELDS, words } from "./arena.js";

/** A slot: the thread's cell, 0 for nobody's, and how many readers it has. */
export const THREAD = 0;
export const COUNT = 1;
const SLOT_WORDS = 2;

/** Words of the cell: the first further block, then slots. */
export const MORE = FIELDS + 2;
const SLOTS = FIELDS + 3;
const SLOTS_IN_CELL = 12;
/** Words of a further block: the next one, then slots. */
const SLOTS_IN_BLOCK = 30;
export const BLOCK_WORDS = 1 + SLOTS_IN_BLOCK * SLOT_WORDS;

/** The cells of the threads that have readers. */
export function readingThreads(at: number): number[] {
  const threads: number[] = [];
  eachSlot(at, (slot) => {
    if (Atomics.load(words, slot + COUNT) > 0) threads.push(Atomics.load(words, slot + THREAD));
    return false;
  });
  return threads;
}

export function hasReaders(at: number): boolean {
  return eachSlot(at, (slot) => Atomics.load(words, slot + COUNT) > 0) !== 0;
}

/** The thread's slot, or a free one for 0; 0 if there is none. */
export function findSlot(at: number, thread: number): number {
  return eachSlot(at, (slot) => Atomics.load(words, slot + THREAD) === thread);
}

/** The first slot that fits; 0 if none does. */
function eachSlot(at: number, fits: (slot: number) => boolean): number {
  let first = at + SLOTS;
  let count = SLOTS_IN_CELL;
  for (let block = Atomics.load(words, at + MORE); ; block = Atomics.load(words, block)) {
    for (let i = 0; i < count; i++) {
      if (fits(first + i * SLOT_WORDS)) return first + i * SLOT_WORDS;
    }
    if (block === 0) return 0;
    first = block + 1;
    count = SLOTS_IN_BLOCK;
  }
}
