/**
 * Messages by priority: a binary heap of entries that exists twice, as its ledger does. A change is made to the heap
 * that does not count, after bringing that up to date with the one that does; what the last change wrote is on record
 * for this. So a thread may die anywhere in here. All functions run under the cell's mutex.
 */
import { allocateBlock, freeBlock, words } from "./arena.js";
import { Decoder } from "./decoder.js";
import { isolate } from "./isolate.js";
import {
  BLOCK,
  bytesAt,
  CAPACITY,
  HEAD as CHANGED,
  COUNT,
  commit,
  current,
  draftCounts,
  get,
  notePut,
  noteTaken,
  other,
  storeMessage,
  TAIL as UNDER_WAY,
} from "./ledger.js";
import { TAG } from "./tags.js";
import { compareTexts, writeText } from "./text.js";

const doubles = new Float64Array(isolate.memory, 0, isolate.memory.byteLength >> 3);

/** Words of an entry: the priority if it is a number, eight bytes; else the text's block; the message; its ticket. */
const ENTRY_WORDS = 6;
const TEXT = 2;
const MESSAGE = 3;
const LENGTH = 4;
const TICKET = 5;

// Of a copy, CHANGED counts the entries that its last change wrote, and UNDER_WAY is 1 until that is complete.

/** A heap's block begins with the numbers of these entries (more than a heap has levels) and one to spare. */
const CHANGES = 64;
const SPARE = -1;
const ENTRIES = CHANGES + ENTRY_WORDS;
const FIRST_CAPACITY = 64; // entries

/**
 * Adds a message with the priority that it begins with. The result is its ticket.
 * @throws TypeError there are texts where this has a number, or numbers where it has a text
 */
export function insertMessage(at: number, message: Uint8Array): number {
  const count = get(current(at), COUNT);
  const priority = priorityOf(message);
  const isText = typeof priority === "string";
  if (count > 0 && isText !== (textOf(entryAt(current(at), 0)) !== 0)) {
    throw new TypeError("The priorities in one queue are all numbers or all strings.");
  }
  const copy = catchUp(at, count + 1);
  const entry = entryAt(copy, SPARE);
  words[entry + TEXT] = isText ? writeText(priority) : 0;
  doubles[entry >> 1] = isText ? 0 : priority;
  words[entry + MESSAGE] = storeMessage(message);
  words[entry + LENGTH] = message.length;
  const ticket = notePut(copy);
  words[entry + TICKET] = ticket;
  siftUp(copy, count);
  finish(at, copy);
  return ticket;
}

/** Removes and copies the message with the smallest priority, of several the first that came; undefined if none. */
export function removeSmallest(at: number): Uint8Array | undefined {
  const count = get(current(at), COUNT);
  if (count === 0) return undefined;
  const copy = catchUp(at, count);
  const root = entryAt(copy, 0);
  const block = words[root + MESSAGE] ?? 0;
  const text = textOf(root);
  const message = bytesAt(block, words[root + LENGTH] ?? 0);
  noteTaken(copy);
  copyEntry(entryAt(copy, count - 1), entryAt(copy, SPARE));
  if (count > 1) siftDown(copy, count - 1);
  finish(at, copy);
  freeBlock(block);
  if (text !== 0) freeBlock(text);
  return message;
}

/** Gives back the memory of an empty heap. Only when nobody can reach the cell any more. */
export function destroyHeap(at: number): void {
  for (const copy of [current(at), other(at)]) {
    const block = get(copy, BLOCK);
    if (block !== 0) freeBlock(block);
  }
}

/** What an item that is a priority, or a list that begins with one, looks like as a message. */
function priorityOf(message: Uint8Array): number | string {
  const tag = message[0];
  const decoder = new Decoder(message, tag === TAG.array || tag === TAG.ints ? LIST_HEADER : 0);
  return tag === TAG.ints ? decoder.int() : (decoder.read() as number | string);
}

/** The tag of a list and its length. */
const LIST_HEADER = 5;

/** The heap that does not count, equal to the one that does and with room for so many entries; `finish` makes it count. */
function catchUp(at: number, room: number): number {
  const from = current(at);
  const to = draftCounts(at);
  const wasLeft = get(to, UNDER_WAY) !== 0;
  Atomics.store(words, to + UNDER_WAY, 1);
  if (room > get(to, CAPACITY)) enlarge(to, Math.max(room, get(from, CAPACITY)));
  else if (!wasLeft) {
    for (let i = 0; i < get(from, CHANGED); i++) {
      const which = words[get(from, BLOCK) + i] ?? 0;
      copyEntry(entryAt(from, which), entryAt(to, which));
    }
    words[to + CHANGED] = 0;
    return to;
  }
  if (get(from, COUNT) > 0) {
    const start = entryAt(from, 0);
    words.copyWithin(entryAt(to, 0), start, start + get(from, COUNT) * ENTRY_WORDS);
  }
  words[to + CHANGED] = 0;
  return to;
}

function finish(at: number, copy: number): void {
  Atomics.store(words, copy + UNDER_WAY, 0);
  commit(at);
}

function enlarge(copy: number, room: number): void {
  let capacity = Math.max(FIRST_CAPACITY, get(copy, CAPACITY));
  while (capacity < room) capacity *= 2;
  const block = allocateBlock((ENTRIES + capacity * ENTRY_WORDS) * 4);
  const old = get(copy, BLOCK);
  // The capacity last: a thread that dies in between leaves a block that is larger than the ledger says.
  words[copy + BLOCK] = block;
  Atomics.store(words, copy + CAPACITY, capacity);
  if (old !== 0) freeBlock(old);
}

function siftUp(copy: number, last: number): void {
  const rising = entryAt(copy, SPARE);
  let hole = last;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    if (!isBefore(rising, entryAt(copy, parent))) break;
    write(copy, hole, entryAt(copy, parent));
    hole = parent;
  }
  write(copy, hole, rising);
}

function siftDown(copy: number, count: number): void {
  const sinking = entryAt(copy, SPARE);
  let hole = 0;
  for (;;) {
    let child = hole * 2 + 1;
    if (child >= count) break;
    if (child + 1 < count && isBefore(entryAt(copy, child + 1), entryAt(copy, child))) child++;
    if (!isBefore(entryAt(copy, child), sinking)) break;
    write(copy, hole, entryAt(copy, child));
    hole = child;
  }
  write(copy, hole, sinking);
}

function isBefore(a: number, b: number): boolean {
  const byText = textOf(a) === 0 ? 0 : compareTexts(textOf(a), textOf(b));
  const order = byText || (doubles[a >> 1] ?? 0) - (doubles[b >> 1] ?? 0);
  // Infinities of one sign have no difference. Tickets count up for ever, so the nearer way round tells.
  if (order !== 0 && !Number.isNaN(order)) return order < 0;
  return (((words[a + TICKET] ?? 0) - (words[b + TICKET] ?? 0)) | 0) < 0;
}

/** Puts an entry in a place, and that on record. */
function write(copy: number, which: number, entry: number): void {
  copyEntry(entry, entryAt(copy, which));
  const changed = get(copy, CHANGED);
  words[get(copy, BLOCK) + changed] = which;
  words[copy + CHANGED] = changed + 1;
}

function copyEntry(from: number, to: number): void {
  for (let i = 0; i < ENTRY_WORDS; i++) words[to + i] = words[from + i] ?? 0;
}

function entryAt(copy: number, which: number): number {
  return get(copy, BLOCK) + ENTRIES + which * ENTRY_WORDS;
}

function textOf(entry: number): number {
  return words[entry + TEXT] ?? 0;
}
