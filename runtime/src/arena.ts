/**
 * The program's shared memory. A primitive is a *cell* of 32 words, found by the index of its first word; what has no
 * fixed size (queue contents, names) is a block of the *heap*. Both are handed out by lock-free free lists, so a thread
 * that is terminated in here loses at most the piece in its hands and leaves nothing locked.
 *
 * Every view has a fixed length: views that track a buffer's length make Atomics three times slower.
 */
import { ArenaFullError } from "./errors.js";
import { isolate } from "./isolate.js";

export const words = new Int32Array(isolate.memory, 0, isolate.memory.byteLength >> 2);
export const bytes = new Uint8Array(isolate.memory, 0, isolate.memory.byteLength);
const longs = new BigInt64Array(isolate.memory, 0, isolate.memory.byteLength >> 3);

/** Words of a cell. The first five mean the same in every kind. */
export const CELL_WORDS = 32;
export const KIND = 0;
export const GENERATION = 1;
const REFERENCES = 2;
/** A mutex (see mutex.ts): the lock itself in a Lock, the guard of the cell's other words elsewhere. */
export const MUTEX = 3;
/** Changes when the mutex is released while async acquirers are parked. */
export const MUTEX_PARKED = 4;
/** The first word a kind may use as it likes. Even, so that 64-bit values are aligned at FIELDS + 1. */
export const FIELDS = 5;

/** Of a Lock or RLock made while it was recorded: the place, a heap block. */
export const MADE_AT = CELL_WORDS - 1;

/** The kinds of cells. 0 is a free cell. The numbers are part of the handle format. */
export const KINDS = {
  thread: 1,
  lock: 2,
  sharedValue: 3,
  buffer: 4,
  barrier: 5,
  event: 6,
  queue: 7,
  pool: 8,
  sharedArray: 9,
  rLock: 10,
  semaphore: 11,
  condition: 12,
  rwLock: 13,
  once: 14,
  boundedSemaphore: 15,
  threadList: 16,
  rawValue: 20,
  rawArray: 21,
  lifoQueue: 22,
  priorityQueue: 23,
  simpleQueue: 24,
  sharedList: 25,
  sharedMap: 26,
  /** A word of memory that the program shares without Heddle, on which a thread was seen waiting. */
  memory: 27,
  /** Between two ports of the program's own. */
  channel: 28,
  /** What stands for an object of a server (see remote-cell.ts). */
  remote: 29,
} as const;

// The header fills the first cells, so no cell has index 0 and 0 can mean "none".
const CELLS_USED = 1; // index of the first word beyond the cells handed out so far
const HEAP_USED = 2; // the same for the heap, in units of 8 bytes
export const THREADS_NAMED = 3;
export const IDENTS = 4;
export const NAMES = 5; // first record of the table of names
export const MAIN_THREAD = 6;
/** Not 0 once the program is ending: Node ends the threads one after the other then, and none is to notice. */
export const ENDING = 7;
/** The cell whose mutex guards the list of running threads (see thread-list.ts), and the hook for their errors, a text. */
export const THREAD_LIST = 72;
export const EXCEPT_HOOK = 73;
/** The first record of the list of functions and classes that messages name (see task-numbers.ts). */
export const TASK_NAMES = 74;
/** How many child processes were given a number. */
export const PROCESSES_NAMED = 75;
const FREE_CELLS = 4; // in 8-byte units: words 8 and 9
const FREE_BLOCKS = 5; // in 8-byte units: one list per size class, up to 2^31 bytes
const HEADER_WORDS = 4 * CELL_WORDS;
const HEAP_START = Math.floor(words.length / 4 / CELL_WORDS) * CELL_WORDS;

/** A cell that never is: closed wrappers point here, and its mutex word is neither free nor owned by anyone. */
export const CLOSED = 3 * CELL_WORDS;
export const CLOSED_MUTEX = -1;

if (isolate.createdMemory && words[CELLS_USED] === 0) {
  words[CELLS_USED] = HEADER_WORDS;
  words[HEAP_USED] = HEAP_START >> 1;
  words[CLOSED + MUTEX] = CLOSED_MUTEX;
}

/** A new cell with one reference, all its own words zero. Publish `kind` last: scans skip kind 0. */
export function allocateCell(): number {
  const at = pop(FREE_CELLS) || bump(CELLS_USED, CELL_WORDS, HEAP_START);
  words.fill(0, at + REFERENCES, at + CELL_WORDS);
  words[at + REFERENCES] = 1;
  return at;
}

/** Frees a cell whose last reference is gone. The generation tells late handles apart from its next life. */
function freeCell(at: number): void {
  Atomics.store(words, at + KIND, 0);
  Atomics.add(words, at + GENERATION, 1);
  push(FREE_CELLS, at, at + REFERENCES);
}

/** Calls `visit` for every cell in use. */
export function eachCell(visit: (at: number, kind: number) => void): void {
  const end = Atomics.load(words, CELLS_USED);
  for (let at = HEADER_WORDS; at < end; at += CELL_WORDS) {
    const kind = Atomics.load(words, at + KIND);
    if (kind !== 0) visit(at, kind);
  }
}

const SMALLEST_CLASS = 5; // 32 bytes, 8 of them the block's header

/** A heap block of at least `size` bytes; the result is the index of its first word, 8-byte aligned. */
export function allocateBlock(size: number): number {
  const sizeClass = Math.max(SMALLEST_CLASS, 32 - Math.clz32(size + 7));
  if (sizeClass > 30) throw arenaFull();
  const start =
    pop(FREE_BLOCKS + sizeClass) || bump(HEAP_USED, (1 << sizeClass) >> 3, isolate.memory.byteLength >> 3) * 2;
  words[start] = sizeClass;
  return start + 2;
}

/** Frees a block that no other thread can reach any more. */
export function freeBlock(block: number): void {
  const start = block - 2;
  push(FREE_BLOCKS + (words[start] ?? 0), start, start + 1);
}

/** Adds a reference. Only for who already has one, or knows that somebody keeps one meanwhile. */
export function retain(at: number): void {
  Atomics.add(words, at + REFERENCES, 1);
}

/** Drops a reference; the last one takes the cell with it. */
export function release(at: number): void {
  if (Atomics.sub(words, at + REFERENCES, 1) !== 1) return;
  isolate.kinds.get(Atomics.load(words, at + KIND))?.destroy?.(at);
  freeCell(at);
}

function bump(counter: number, amount: number, end: number): number {
  for (;;) {
    const used = Atomics.load(words, counter);
    if (used + amount > end) throw arenaFull();
    if (Atomics.compareExchange(words, counter, used, used + amount) === used) return used;
  }
}

function arenaFull(): ArenaFullError {
  return new ArenaFullError(
    `The program's ${isolate.memory.byteLength / 1024 / 1024} MB of shared memory are used up. Close what is no ` +
      "longer needed, or set the environment variable HEDDLE_ARENA_MB to more megabytes.",
  );
}

/**
 * The free lists are stacks whose head is a word index with a counter above it. The counter makes each head unique, so
 * that a slow thread cannot take a stale head for a fresh one (the ABA problem).
 */
function push(list: number, item: number, link: number): void {
  for (;;) {
    const head = Atomics.load(longs, list);
    Atomics.store(words, link, Number(head & 0xffffffffn));
    const next = (((head >> 32n) + 1n) << 32n) | BigInt(item);
    if (Atomics.compareExchange(longs, list, head, BigInt.asIntN(64, next)) === head) return;
  }
}

function pop(list: number): number {
  const linkOffset = list === FREE_CELLS ? REFERENCES : 1;
  for (;;) {
    const head = Atomics.load(longs, list);
    const item = Number(head & 0xffffffffn);
    if (item === 0) return 0;
    const rest = Atomics.load(words, item + linkOffset);
    const next = (((head >> 32n) + 1n) << 32n) | BigInt(rest >>> 0);
    if (Atomics.compareExchange(longs, list, head, BigInt.asIntN(64, next)) === head) return item;
  }
}
