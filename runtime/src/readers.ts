/** What a thread does to its slot among the readers of an RWLock. */
import { allocateBlock, freeBlock, words } from "./arena.js";
import { BLOCK_WORDS, COUNT, findSlot, MORE, THREAD } from "./reader-slots.js";
import { self } from "./self.js";

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

/** Forgets an ended thread. True: it had readers, or has had. */
export function removeReader(at: number, thread: number): boolean {
  const slot = findSlot(at, thread);
  if (slot === 0) return false;
  Atomics.store(words, slot + COUNT, 0);
  Atomics.store(words, slot + THREAD, 0);
  return true;
}

/** Gives back the further blocks of a cell that goes. */
export function freeSlots(at: number): void {
  for (let block = Atomics.load(words, at + MORE); block !== 0; ) {
    const next = Atomics.load(words, block);
    freeBlock(block);
    block = next;
  }
}

function addBlock(at: number): void {
  const block = allocateBlock(BLOCK_WORDS * 4);
  words.fill(0, block, block + BLOCK_WORDS);
  const next = Atomics.load(words, at + MORE);
  Atomics.store(words, block, next);
  if (Atomics.compareExchange(words, at + MORE, next, block) !== next) freeBlock(block);
}
