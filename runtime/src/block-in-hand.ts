/**
 * Blocks of messages that are one thread's alone, for as long as it fills or reads them: noted in its journal, so that
 * they go when it is ended meanwhile.
 */
import { freeBlock, words } from "./arena.js";
import { ArenaFullError } from "./errors.js";
import { eraseEntry, journalBlock } from "./self.js";

/** By block, the entry of the journal that names it. */
const entries = new Map<number, number>();

/** Room for a note, made before the block becomes the thread's. 0: there is none, and the block goes unnoted. */
export function roomForNote(): number {
  try {
    return journalBlock(0);
  } catch (error) {
    // Who takes a message out of a full arena frees memory, which is not to fail.
    if (error instanceof ArenaFullError) return 0;
    throw error;
  }
}

/** The block is this thread's alone. */
export function noteBlock(entry: number, block: number): void {
  if (entry === 0) return;
  Atomics.store(words, entry, -block);
  entries.set(block, entry);
}

/** The block is about to become somebody else's: a death in between leaks it, and never frees it twice. */
export function handOver(block: number): void {
  const entry = entries.get(block);
  if (entry === undefined) return;
  entries.delete(block);
  eraseEntry(entry);
}

/** Frees a block that this thread has in hand. */
export function freeInHand(block: number): void {
  handOver(block);
  freeBlock(block);
}
