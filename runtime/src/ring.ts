/**
 * Messages in shared memory, first in first out: a ring of bytes that grows, in the heap, described by a cell. All
 * functions run under the cell's mutex. What describes the ring exists twice; a change is written to the copy that does
 * not count and takes effect with the one store that makes it count, so a thread may die anywhere in here.
 */
import { allocateBlock, bytes, FIELDS, freeBlock, words } from "./arena.js";

/** Words of a channel's cell: which copy counts, then the copies. */
const CURRENT = FIELDS;
const COPIES = FIELDS + 1;
const COPY_WORDS = 7;
export const RING_END = COPIES + 2 * COPY_WORDS;

/** Words of a copy. */
const BLOCK = 0;
const CAPACITY = 1; // bytes, a power of two; 0 before the first message
const HEAD = 2; // positions count up for ever; modulo the capacity they are offsets
const TAIL = 3;
const COUNT = 4;
const PUTS = 5; // messages ever put
const UNFINISHED = 6; // messages put and not yet reported done

const FIRST_CAPACITY = 4096;
/** Messages above this many bytes lie in a block of their own. */
const LARGEST_INLINE = 1 << 15;
/** In place of a length: the rest of the ring up to its end is empty. */
const SKIP = -1;
const OUT_OF_LINE = 1 << 30;

function current(at: number): number {
  return at + COPIES + Atomics.load(words, at + CURRENT) * COPY_WORDS;
}

function get(copy: number, field: number): number {
  return words[copy + field] ?? 0;
}

/** The copy that does not count, made equal to the one that does. */
function draft(at: number): number {
  const from = current(at);
  const to = at + COPIES + (1 - Atomics.load(words, at + CURRENT)) * COPY_WORDS;
  for (let i = 0; i < COPY_WORDS; i++) words[to + i] = words[from + i] ?? 0;
  return to;
}

function commit(at: number): void {
  Atomics.store(words, at + CURRENT, 1 - Atomics.load(words, at + CURRENT));
}

export function count(at: number): number {
  return get(current(at), COUNT);
}

export function unfinished(at: number): number {
  return get(current(at), UNFINISHED);
}

/** Reports one message done. False: there are none left to report. */
export function finishOne(at: number): boolean {
  const copy = draft(at);
  if (get(copy, UNFINISHED) === 0) return false;
  words[copy + UNFINISHED] = get(copy, UNFINISHED) - 1;
  commit(at);
  return true;
}

/** Appends a message. The result is its ticket: messages are numbered from 1. */
export function append(at: number, message: Uint8Array): number {
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
    const block = allocateBlock(message.length);
    bytes.set(message, block * 4);
    words[word] = message.length | OUT_OF_LINE;
    words[word + 1] = block;
  }
  words[copy + TAIL] = (start + size) | 0;
  words[copy + COUNT] = get(copy, COUNT) + 1;
  words[copy + UNFINISHED] = get(copy, UNFINISHED) + 1;
  words[copy + PUTS] = (get(copy, PUTS) + 1) | 0;
  commit(at);
  return get(copy, PUTS);
}

/**
 * Removes and copies the first message; undefined if there is none. Its ticket goes to the word `ticket` first, so that
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
  const start = (inline ? word + 1 : block) * 4;
  const message = bytes.slice(start, start + length);
  if (ticket !== 0) Atomics.store(words, ticket, (get(copy, PUTS) - get(copy, COUNT) + 1) | 0);
  words[copy + HEAD] = (head + align(4 + (inline ? length : 4))) | 0;
  words[copy + COUNT] = get(copy, COUNT) - 1;
  commit(at);
  if (block !== 0) freeBlock(block);
  return message;
}

/** Gives back the memory of an empty ring. Only when nobody can reach the cell any more. */
export function destroyRing(at: number): void {
  const block = get(current(at), BLOCK);
  if (block !== 0) freeBlock(block);
}

function align(size: number): number {
  return (size + 3) & ~3;
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
