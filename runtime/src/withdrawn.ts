/**
 * The tickets of messages that were taken back while they waited in a channel: whoever receives one drops it. A list in
 * the heap, named by one word; it only grows, and starts over when all its messages have been received. All functions
 * run under the channel's mutex, and a thread may die anywhere in here.
 */
import { allocateBlock, freeBlock, words } from "./arena.js";

/** Words of the list: how many tickets it has room for, has, and has begun with received ones; then the tickets. */
const CAPACITY = 0;
const COUNT = 1;
const RECEIVED = 2;
const TICKETS = 3;
const FIRST_CAPACITY = 61;

/** Notes that the message was taken back. `list` is the word that names the list. */
export function withdraw(list: number, ticket: number): void {
  let block = words[list] ?? 0;
  if (block !== 0 && words[block + COUNT] === words[block + CAPACITY]) block = enlarge(list, block);
  if (block === 0) block = enlarge(list, 0);
  const count = words[block + COUNT] ?? 0;
  words[block + TICKETS + count] = ticket;
  Atomics.store(words, block + COUNT, count + 1);
}

/** Whether the message just received was taken back. */
export function wasWithdrawn(list: number, ticket: number): boolean {
  const block = words[list] ?? 0;
  if (block === 0) return false;
  const start = block + TICKETS;
  const received = words[block + RECEIVED] ?? 0;
  const count = words[block + COUNT] ?? 0;
  const found = words.subarray(start + received, start + count).indexOf(ticket);
  if (found < 0) return false;
  words[start + received + found] = 0;
  let next = received;
  while (next < count && words[start + next] === 0) next++;
  if (next < count) {
    words[block + RECEIVED] = next;
  } else {
    // In this order: tickets that were received stand for nothing, and the list may show them again.
    words[block + RECEIVED] = 0;
    Atomics.store(words, block + COUNT, 0);
  }
  return true;
}

/** Gives back the memory of the list. */
export function freeWithdrawn(list: number): void {
  const block = words[list] ?? 0;
  if (block !== 0) freeBlock(block);
}

/** Moves what counts to a list with more room. */
function enlarge(list: number, old: number): number {
  const left = old === 0 ? [] : [...words.subarray(old + TICKETS, old + TICKETS + (words[old + COUNT] ?? 0))];
  const tickets = left.filter((ticket) => ticket !== 0);
  const capacity = Math.max(FIRST_CAPACITY, tickets.length * 2);
  const block = allocateBlock((TICKETS + capacity) * 4);
  words[block + CAPACITY] = capacity;
  words[block + COUNT] = tickets.length;
  words[block + RECEIVED] = 0;
  words.set(tickets, block + TICKETS);
  Atomics.store(words, list, block);
  if (old !== 0) freeBlock(old);
  return block;
}
