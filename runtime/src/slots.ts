/**
 * The elements of a list in shared memory: a table of slots in the heap, each the block of a value (see stored.ts). A
 * change takes effect with one store, of a slot, of the count or of the table, so a thread may die anywhere in here. All
 * functions run under the mutex of the list's cell.
 */
import { allocateBlock, FIELDS, freeBlock, words } from "./arena.js";

/** Words of the list's cell after own-lock.ts's: the table, 0 for none, and a number that every change changes. */
const TABLE = FIELDS + 1;
const VERSION = FIELDS + 2;

/** Words of a table, then the slots. */
const CAPACITY = 0;
const COUNT = 1;
const SLOTS = 2;
const FIRST_CAPACITY = 14;

export function slotCount(at: number): number {
  const table = words[at + TABLE] ?? 0;
  return table === 0 ? 0 : (words[table + COUNT] ?? 0);
}

export function versionOf(at: number): number {
  return words[at + VERSION] ?? 0;
}

/** The block in a slot that exists. */
export function slotAt(at: number, index: number): number {
  return words[(words[at + TABLE] ?? 0) + SLOTS + index] ?? 0;
}

/** All blocks, as a copy. */
export function slotsOf(at: number): number[] {
  const first = (words[at + TABLE] ?? 0) + SLOTS;
  return [...words.subarray(first, first + slotCount(at))];
}

/** Puts a block in a slot that exists; the result is the one that was there. */
export function replaceSlot(at: number, index: number, block: number): number {
  Atomics.add(words, at + VERSION, 1);
  return Atomics.exchange(words, (words[at + TABLE] ?? 0) + SLOTS + index, block);
}

/** Adds slots at the end. */
export function addSlots(at: number, blocks: readonly number[]): void {
  const count = slotCount(at);
  const table = words[at + TABLE] ?? 0;
  if (table === 0 || count + blocks.length > (words[table + CAPACITY] ?? 0)) {
    replaceSlots(at, [...slotsOf(at), ...blocks]);
    return;
  }
  words.set(blocks, table + SLOTS + count);
  Atomics.add(words, at + VERSION, 1);
  Atomics.store(words, table + COUNT, count + blocks.length);
}

/** Removes the last slot, which exists; the result is its block. */
export function removeLastSlot(at: number): number {
  const table = words[at + TABLE] ?? 0;
  const last = slotCount(at) - 1;
  Atomics.add(words, at + VERSION, 1);
  Atomics.store(words, table + COUNT, last);
  return words[table + SLOTS + last] ?? 0;
}

/** Puts other slots in the place of all. The blocks that are gone are the caller's. */
export function replaceSlots(at: number, blocks: readonly number[]): void {
  const old = words[at + TABLE] ?? 0;
  let table = 0;
  if (blocks.length > 0) {
    const capacity = Math.max(FIRST_CAPACITY, blocks.length + (blocks.length >> 1));
    table = allocateBlock((SLOTS + capacity) * 4);
    words[table + CAPACITY] = capacity;
    words[table + COUNT] = blocks.length;
    words.set(blocks, table + SLOTS);
  }
  Atomics.add(words, at + VERSION, 1);
  Atomics.store(words, at + TABLE, table);
  if (old !== 0) freeBlock(old);
}
