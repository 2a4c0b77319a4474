/**
 * Who reads under an RWLock: a slot for each thread with the number of its readers, which only that thread changes, so
 * that what a dead one had can be told from what the living have. The first slots are in the cell, more in blocks of the
 * heap that stay as long as the cell.
 */
import { allocateBlock, FIELDS, freeBlock, words } from "./arena.js";
import { self } from "./self.js";

/** A slot: the thread's cell, 0 for nobody's, and how many readers it has. */
const THREAD = 0;
const COUNT = 1;
const SLOT_WORDS = 2;

/** Words of the cell: the first further block, then slots. */
const MORE = FIELDS + 2;
const SLOTS = FIELDS + 3;
const SLOTS_IN_CELL = 12;
/** Words of a further block: the next one, then slots. */
const SLOTS_IN_BLOCK = 30;
const BLOCK_WORDS = 1 + SLOTS_IN_BLOCK * SLOT_WORDS;

/** This thread's slot. It keeps the slot until it ends. */
export function ownSlot(at: number): number {
  for (;;) {
    const own = findSlot(at, self);
    if (own !== 0) return own;
    const free = findSlot(at, 0);
    if (free === 0) addBlock(at);
    else if (Atomics.compareExchange(words, free + THREAD, 0, self) === 0) return free;
  }
}

/** How many readers this thread has. */
export function readersOf(slot: number): number {
  return words[slot + COUNT] ?? 0;
}

/** Sequentially consistent: a writer that does not see the reader is seen by it. */
export function changeReaders(slot: number, by: number): void {
  Atomics.add(words, slot + COUNT, by);
}

export function hasReaders(at: number): boolean {
  return eachSlot(at, (slot) => Atomics.load(words, slot + COUNT) > 0) !== 0;
}

/** Forgets an ended thread. True: it had readers. */
export function removeReader(at: number, thread: number): boolean {
  const slot = findSlot(at, thread);
  if (slot === 0) return false;
  const had = Atomics.exchange(words, slot + COUNT, 0) > 0;
  Atomics.store(words, slot + THREAD, 0);
  return had;
}

/** Gives back the further blocks of a cell that goes. */
export function freeSlots(at: number): void {
  for (let block = Atomics.load(words, at + MORE); block !== 0; ) {
    const next = Atomics.load(words, block);
    freeBlock(block);
    block = next;
  }
}

function findSlot(at: number, thread: number): number {
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

function addBlock(at: number): void {
  const block = allocateBlock(BLOCK_WORDS * 4);
  words.fill(0, block, block + BLOCK_WORDS);
  const next = Atomics.load(words, at + MORE);
  Atomics.store(words, block, next);
  if (Atomics.compareExchange(words, at + MORE, next, block) !== next) freeBlock(block);
}
