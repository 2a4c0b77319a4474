/**
 * What describes a queue's messages, in a cell. It exists twice: a change is written to the copy that does not count and
 * takes effect with the one store that makes it count, so a thread may die anywhere in between. All functions run under
 * the cell's mutex.
 */
import { allocateBlock, bytes, FIELDS, words } from "./arena.js";

/** Words of a queue's cell: which copy counts, then the copies. */
const CURRENT = FIELDS;
const COPIES = FIELDS + 1;
const COPY_WORDS = 7;
/** The first word of the cell after these. */
export const LEDGER_END = COPIES + 2 * COPY_WORDS;

/** Words of a copy. What the first four mean is up to the order of the queue. */
export const BLOCK = 0;
export const CAPACITY = 1;
export const HEAD = 2;
export const TAIL = 3;
export const COUNT = 4;
const PUTS = 5; // messages ever put
const UNFINISHED = 6; // messages put and not yet reported done

/** Messages above this many bytes lie in a block of their own. */
export const LARGEST_INLINE = 1 << 12;
/** In the length of a message: it lies in the block whose word follows. */
export const OUT_OF_LINE = 1 << 30;

/** The copy that counts. */
export function current(at: number): number {
  return at + COPIES + Atomics.load(words, at + CURRENT) * COPY_WORDS;
}

export function get(copy: number, field: number): number {
  return words[copy + field] ?? 0;
}

/** The copy that does not count. */
export function other(at: number): number {
  return at + COPIES + (1 - Atomics.load(words, at + CURRENT)) * COPY_WORDS;
}

/** The copy that does not count, made equal to the one that does. */
export function draft(at: number): number {
  const from = current(at);
  const to = other(at);
  for (let i = 0; i < COPY_WORDS; i++) words[to + i] = words[from + i] ?? 0;
  return to;
}

/** The same without the four words whose meaning is up to the order. */
export function draftCounts(at: number): number {
  const from = current(at);
  const to = other(at);
  for (let i = COUNT; i < COPY_WORDS; i++) words[to + i] = words[from + i] ?? 0;
  return to;
}

/** Makes the draft count. */
export function commit(at: number): void {
  Atomics.store(words, at + CURRENT, 1 - Atomics.load(words, at + CURRENT));
}

export function count(at: number): number {
  return get(current(at), COUNT);
}

/** The count as it is at this moment, for who only looks and has not got the mutex. */
export function countSeen(at: number): number {
  return Atomics.load(words, current(at) + COUNT);
}

export function unfinished(at: number): number {
  return get(current(at), UNFINISHED);
}

/** Notes in a draft that a message was put. The result is its ticket: messages are numbered from 1. */
export function notePut(copy: number): number {
  words[copy + COUNT] = get(copy, COUNT) + 1;
  words[copy + UNFINISHED] = get(copy, UNFINISHED) + 1;
  words[copy + PUTS] = (get(copy, PUTS) + 1) | 0;
  return get(copy, PUTS);
}

/** Notes in a draft that a message was taken. */
export function noteTaken(copy: number): void {
  words[copy + COUNT] = get(copy, COUNT) - 1;
}

/** The ticket of the first message of a queue that keeps them in the order of arrival. */
export function firstTicket(copy: number): number {
  return (get(copy, PUTS) - get(copy, COUNT) + 1) | 0;
}

/** Reports one message done. False: there are none left to report. */
export function finishOne(at: number): boolean {
  if (unfinished(at) === 0) return false;
  // One store, so it needs no draft.
  Atomics.sub(words, current(at) + UNFINISHED, 1);
  return true;
}

/** A message in a block of its own. */
export function storeMessage(message: Uint8Array): number {
  const block = allocateBlock(message.length);
  bytes.set(message, block * 4);
  return block;
}

/** Small copies are cut from one piece: a buffer of its own for each would cost more than all else about them. */
const PIECE = 1 << 16;
const LARGEST_CUT = 1 << 12;
let piece = new Uint8Array(PIECE);
let cut = 0;

/** A copy of the bytes. */
export function bytesAt(word: number, length: number): Uint8Array {
  const start = word * 4;
  if (length > LARGEST_CUT) return bytes.slice(start, start + length);
  if (cut + length > PIECE) {
    piece = new Uint8Array(PIECE);
    cut = 0;
  }
  const copy = piece.subarray(cut, cut + length);
  cut += length;
  if (length > FEW) copy.set(bytes.subarray(start, start + length));
  else for (let i = 0; i < length; i++) copy[i] = bytes[start + i] ?? 0;
  return copy;
}

/** Bytes that a loop copies faster than a call. */
const FEW = 64;

export function align(size: number): number {
  return (size + 3) & ~3;
}
