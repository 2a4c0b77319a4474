/** This isolate's thread cell: who I am in owner fields, what I wait for, which references I keep. */
import { host } from "#host";
import { allocateBlock, allocateCell, freeBlock, IDENTS, KIND, KINDS, release, words } from "./arena.js";
import { isolate } from "./isolate.js";
import { BEGUN, IDENT, JOURNAL, RUNNING, STATE, WAITING_FOR, WAKES_AT } from "./thread-cell.js";

export {
  BEGUN,
  DAEMON,
  END_LISTENER,
  ENDED,
  IDENT,
  NAME,
  NEW,
  REPLIES,
  RUNNING,
  STATE,
  TICKET,
  WAITING_FOR,
} from "./thread-cell.js";

/** Makes the cell of a thread that has not started. */
export function allocateThread(): number {
  const at = allocateCell();
  Atomics.store(words, at + KIND, KINDS.thread);
  return at;
}

/** A new thread identifier, never used again in this program. */
export function nextIdent(): number {
  return Atomics.add(words, IDENTS, 1) + 1;
}

if (isolate.thread === 0) {
  isolate.thread = isolate.boot?.thread ?? allocateThread();
  if (isolate.boot === undefined) {
    Atomics.store(words, isolate.thread + IDENT, nextIdent());
    Atomics.store(words, isolate.thread + STATE, RUNNING);
  } else if (Atomics.compareExchange(words, isolate.thread + BEGUN, 0, 1) !== 0) {
    host.exit(0); // it was called off, and swept already: it is to refer to nothing any more
  }
}

/** The word index of this thread's cell. */
export const self: number = isolate.thread;

/**
 * Says what this thread may be blocking on, 0 for nothing, so that a sweep can pass on a wake-up that died with it. The
 * result is what it said before.
 */
export function waitingFor(at: number): number {
  return Atomics.exchange(words, self + WAITING_FOR, at);
}

/**
 * Says that this thread is about to change something at the cell and then to wake who waits for that; 0 when it has. A
 * thread that ends between the two cannot wake anybody, so a sweep does. Nobody else looks: a plain store is enough.
 */
export function wakesAt(at: number): void {
  words[self + WAKES_AT] = at;
}

/**
 * The journal: the cells this thread refers to or waits for asynchronously, in pages of the heap, so that whoever
 * outlives the thread can undo both; and as negative numbers the blocks it has in hand. Entries are written after the reference is taken and erased before it is dropped:
 * a death in between leaks one reference and never drops one twice.
 */
const PAGE_ENTRIES = 126;
const PAGE_NEXT = PAGE_ENTRIES;
const WAIT_MARK = 1; // cell indices are multiples of 32, so the low bits are free
const freeEntries: number[] = [];

/** Notes that this thread keeps a reference to the cell. The result erases the note. */
export function journalReference(at: number): number {
  return journal(at);
}

/** Notes that an async task of this thread waits on the cell. */
export function journalWait(at: number): number {
  return journal(at | WAIT_MARK);
}

/** Notes that this thread alone has a block of the heap, 0 for none so far: the entry can be set to the negative block. */
export function journalBlock(block: number): number {
  return journal(-block);
}

export function eraseEntry(entry: number): void {
  Atomics.store(words, entry, 0);
  freeEntries.push(entry);
}

function journal(value: number): number {
  const entry = freeEntries.pop() ?? addPage();
  Atomics.store(words, entry, value);
  return entry;
}

function addPage(): number {
  const page = allocateBlock((PAGE_ENTRIES + 1) * 4);
  words.fill(0, page, page + PAGE_ENTRIES);
  Atomics.store(words, page + PAGE_NEXT, Atomics.load(words, self + JOURNAL));
  Atomics.store(words, self + JOURNAL, page);
  for (let i = PAGE_ENTRIES - 1; i > 0; i--) freeEntries.push(page + i);
  return page;
}

/** Undoes what the journal of an ended thread lists: references, and waits by telling `waiterDied` of the cell. */
export function closeJournal(thread: number, waiterDied: (at: number) => void): void {
  const pages: number[] = [];
  for (let page = Atomics.load(words, thread + JOURNAL); page !== 0; page = words[page + PAGE_NEXT] ?? 0) {
    pages.push(page);
  }
  Atomics.store(words, thread + JOURNAL, 0);
  const entries = pages
    .flatMap((page) => [...words.subarray(page, page + PAGE_ENTRIES)])
    .filter((entry) => entry !== 0);
  for (const entry of entries) {
    if (entry < 0) freeBlock(-entry);
    else if ((entry & WAIT_MARK) !== 0) waiterDied(entry - WAIT_MARK);
  }
  for (const entry of entries) {
    if (entry > 0 && (entry & WAIT_MARK) === 0) release(entry);
  }
  for (const page of pages) freeBlock(page);
}
