/**
 * Messages last in, first out: bytes that grow and shrink at one end. Described by a ledger; all functions run under the
 * cell's mutex, and a thread may die anywhere in here.
 */
import { allocateBlock, bytes, freeBlock, words } from "./arena.js";
import {
  align,
  BLOCK,
  bytesAt,
  CAPACITY,
  COUNT,
  commit,
  current,
  draft,
  get,
  LARGEST_INLINE,
  notePut,
  noteTaken,
  OUT_OF_LINE,
  storeMessage,
  TAIL,
} from "./ledger.js";

const FIRST_CAPACITY = 4096; // bytes
/** Behind each message stands its length, or with the mark OUT_OF_LINE the length of the one in the block before it. */
const TRAILER = 4;

/** Puts a message on top. The result is its ticket. */
export function pushMessage(at: number, message: Uint8Array): number {
  const copy = draft(at);
  const inline = message.length <= LARGEST_INLINE;
  const size = (inline ? align(message.length) : 4) + TRAILER;
  const tail = get(copy, TAIL);
  const old = get(copy, BLOCK);
  const grows = tail + size > get(copy, CAPACITY);
  if (grows) grow(copy, tail + size);
  const word = get(copy, BLOCK) + (tail >> 2);
  if (inline) bytes.set(message, word * 4);
  else words[word] = storeMessage(message);
  words[word + (size >> 2) - 1] = inline ? message.length : message.length | OUT_OF_LINE;
  words[copy + TAIL] = tail + size;
  const ticket = notePut(copy);
  commit(at);
  if (grows && old !== 0) freeBlock(old);
  return ticket;
}

/** Removes and copies the message on top; undefined if there is none. */
export function popMessage(at: number): Uint8Array | undefined {
  const copy = draft(at);
  if (get(copy, COUNT) === 0) return undefined;
  const end = get(copy, BLOCK) + (get(copy, TAIL) >> 2) - 1;
  const trailer = words[end] ?? 0;
  const length = trailer & ~OUT_OF_LINE;
  const inline = trailer === length;
  const size = (inline ? align(length) : 4) + TRAILER;
  const start = end + 1 - (size >> 2);
  const block = inline ? 0 : (words[start] ?? 0);
  const message = bytesAt(inline ? start : block, length);
  words[copy + TAIL] = get(copy, TAIL) - size;
  noteTaken(copy);
  commit(at);
  if (block !== 0) freeBlock(block);
  return message;
}

/** Gives back the memory of an empty stack. Only when nobody can reach the cell any more. */
export function destroyStack(at: number): void {
  const block = get(current(at), BLOCK);
  if (block !== 0) freeBlock(block);
}

/** Copies the messages into a block that has room for `size` bytes and as much again. */
function grow(copy: number, size: number): void {
  let capacity = Math.max(FIRST_CAPACITY, get(copy, CAPACITY));
  while (capacity < size * 2) capacity *= 2;
  const block = allocateBlock(capacity);
  const old = get(copy, BLOCK);
  words.copyWithin(block, old, old + (get(copy, TAIL) >> 2));
  words[copy + BLOCK] = block;
  words[copy + CAPACITY] = capacity;
}
