/**
 * Messages first in, first out: a ring of bytes that grows. Described by a ledger; all functions run under the cell's
 * mutex, and a thread may die anywhere in here.
 */
import { allocateBlock, bytes, freeBlock, words } from "./arena.js";
import { noteBlock, roomForNote } from "./block-in-hand.js";
import {
  align,
  BLOCK,
  bytesAt,
  CAPACITY,
  COUNT,
  commit,
  current,
  draft,
  firstTicket,
  get,
  HEAD,
  LARGEST_INLINE,
  notePut,
  noteTaken,
  OUT_OF_LINE,
  storeMessage,
  TAIL,
} from "./ledger.js";

const FIRST_CAPACITY = 4096; // bytes; always a power of two
/** In place of a length: the rest of the ring up to its end is empty. */
const SKIP = -1;

// HEAD and TAIL are positions that count up for ever; modulo the capacity they are offsets.

/**
 * Appends a message, which may be stored already, in a block that becomes the ring's. The result is its ticket: messages
 * are numbered from 1.
 */
export function append(at: number, message: Uint8Array, stored = 0): number {
  const inline = message.length <= LARGEST_INLINE;
  const size = align(4 + (inline ? message.length : 4));
  let copy = draft(at);
  let start = placeFor(copy, size);
  if (start < 0) {
    grow(at, size);
    copy = draft(at);
    start = placeFor(copy, size);
  }
  const capacity = get(copy, CAPACITY);
  const word = get(copy, BLOCK) + ((start & (capacity - 1)) >> 2);
  if (start !== get(copy, TAIL)) words[get(copy, BLOCK) + ((get(copy, TAIL) & (capacity - 1)) >> 2)] = SKIP;
  if (inline) {
    words[word] = message.length;
    bytes.set(message, (word + 1) * 4);
  } else {
    words[word + 1] = stored !== 0 ? stored : storeMessage(message);
    words[word] = message.length | OUT_OF_LINE;
  }
  words[copy + TAIL] = (start + size) | 0;
  const ticket = notePut(copy);
  commit(at);
  return ticket;
}

/**
 * Removes the first message; undefined if there is none. A small one is a copy, of a large one its block, which is the
 * caller's from now on (see codec.ts). Its ticket goes to the word `ticket` first, so that
 * whoever finds this thread dead knows what it had in hand.
 */
export function remove(at: number, ticket: number): Uint8Array | undefined {
  const copy = draft(at);
  if (get(copy, COUNT) === 0) return undefined;
  const capacity = get(copy, CAPACITY);
  let head = get(copy, HEAD);
  let word = get(copy, BLOCK) + ((head & (capacity - 1)) >> 2);
  if (words[word] === SKIP) {
    head = nextLap(head, capacity);
    word = get(copy, BLOCK);
  }
  const header = words[word] ?? 0;
  const length = header & ~OUT_OF_LINE;
  const inline = header === length;
  const block = inline ? 0 : (words[word + 1] ?? 0);
  const message = inline ? bytesAt(word + 1, length) : bytes.subarray(block * 4, block * 4 + length);
  const entry = inline ? 0 : roomForNote();
  if (ticket !== 0) Atomics.store(words, ticket, firstTicket(copy));
  words[copy + HEAD] = (head + align(4 + (inline ? length : 4))) | 0;
  noteTaken(copy);
  commit(at);
  noteBlock(entry, block);
  return message;
}

/** Gives back the memory of an empty ring. Only when nobody can reach the cell any more. */
export function destroyRing(at: number): void {
  const block = get(current(at), BLOCK);
  if (block !== 0) freeBlock(block);
}

function nextLap(position: number, capacity: number): number {
  return ((position & ~(capacity - 1)) + capacity) | 0;
}

/** Where a record of that size can begin; -1 if the ring is too small. Records do not wrap around the end. */
function placeFor(copy: number, size: number): number {
  const capacity = get(copy, CAPACITY);
  if (capacity === 0) return -1;
  const tail = get(copy, TAIL);
  const fits = (tail & (capacity - 1)) + size <= capacity;
  const start = fits ? tail : nextLap(tail, capacity);
  const used = (start + size - get(copy, HEAD)) | 0;
  return used <= capacity && start >= 0 ? start : -1;
}

/** Moves the messages into a ring of at least twice the size, or compacts them to its beginning. */
function grow(at: number, size: number): void {
  const copy = draft(at);
  const old = get(copy, BLOCK);
  const oldCapacity = get(copy, CAPACITY);
  const used = (get(copy, TAIL) - get(copy, HEAD)) | 0;
  let capacity = Math.max(FIRST_CAPACITY, oldCapacity);
  while (capacity < (used + size) * 2) capacity *= 2;
  const block = allocateBlock(capacity);
  let tail = 0;
  let head = get(copy, HEAD);
  for (let left = get(copy, COUNT); left > 0; left--) {
    let word = old + ((head & (oldCapacity - 1)) >> 2);
    if (words[word] === SKIP) {
      head = nextLap(head, oldCapacity);
      word = old;
    }
    const header = words[word] ?? 0;
    const record = align(4 + ((header & OUT_OF_LINE) === 0 ? header : 4));
    words.copyWithin(block + (tail >> 2), word, word + (record >> 2));
    head = (head + record) | 0;
    tail += record;
  }
  words[copy + BLOCK] = block;
  words[copy + CAPACITY] = capacity;
  words[copy + HEAD] = 0;
  words[copy + TAIL] = tail;
  commit(at);
  if (old !== 0) freeBlock(old);
}
