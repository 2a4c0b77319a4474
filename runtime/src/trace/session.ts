/**
 * The memory of a recording: one buffer with a few control words, and for each recorded thread a slot and a ring of
 * records. A thread alone writes its ring, and the collector alone reads it. Pages that nobody touches cost nothing.
 */
import { LARGEST_WORD, TIERS, type Tier } from "./format.js";

/** Threads that can be watched at the same time. Slots of threads that ended are used again. */
export const SLOTS = 4096;
/** The first so many have rings: of further threads only what they hold and wait for is known, and their records are counted. */
export const RINGS = 2048;
/** Records in a ring, a power of two: at a million events per second the collector may be away for 130 ms. */
export const RING_RECORDS = 1 << 17;
/** Rings of that size; more threads than those share few cores, so that each does little, and have smaller ones. */
const LARGE_RINGS = 128;
export const SMALL_RING_RECORDS = 1 << 12;
export const RECORD_WORDS = 8;

/** Control words. */
export const STOPPING = 0;
export const DONE = 1;
export const UNRECORDED = 2;
export const EXIT_CODE = 3;
/** The start on the process's monotonic clock, nanoseconds, as a 64-bit float. */
export const ORIGIN = 4;
/** The last report of tasks that wait for each other, a heap block (see stuck.ts). */
export const STUCK = 7;
/** Slots that were ever taken; those behind are free. */
export const SLOTS_USED = 6;
/** The extent. */
export const TIER = 8;
export const MOST_EVENTS = 9;
const CONTROL_WORDS = 64;

/** Words of a slot. */
export const SLOT_STATE = 0;
export const SLOT_THREAD = 1; // the thread's cell
export const SLOT_IDENT = 2;
export const WRITTEN = 3; // records ever written; counts around
export const READ = 4; // records ever read; counts around
export const DROPPED = 5;
export const BEGAN = 6; // 64-bit float
export const ENDED_AT = 8; // 64-bit float
/** What the thread holds: how many locks, then pairs of the lock's cell and the site where it was taken. */
export const HELD = 10;
export const SLOT_WORKER = 11; // Node's `threadId`
export const HELD_TABLE = 12;
export const HELD_MAX = 26;
const SLOT_WORDS = 64;

export const SLOT_FREE = 0;
export const SLOT_LIVE = 1;
export const SLOT_CLOSED = 2; // its thread writes no more
export const SLOT_CLAIMED = 3; // on its way to live

/** Words of a record; the first two are its time, a 64-bit float in nanoseconds since the start. */
export const WHAT = 2; // kind, above its eight bits flags, above those eight the kind of the object
export const OBJECT_KIND_SHIFT = 16;
export const OBJECT = 3; // the cell
export const GENERATION_OF = 4; // of the cell
export const SITE = 5; // the heap block with its text
export const FIRST = 6;
export const SECOND = 7;

/** Where threads find the recording of their program. */
export const SESSION = "heddle.trace.1";

/** How much of a program is recorded. */
export interface Extent {
  readonly tier: Tier;
  /** Events of a thread per second; above, only what the tier `contended` has is recorded of it for a while. */
  readonly mostEventsPerSecond: number;
}

export function createSession({ tier, mostEventsPerSecond }: Extent): SharedArrayBuffer {
  const session = new SharedArrayBuffer(ringOf(RINGS) * 4);
  const words = new Int32Array(session);
  words[TIER] = TIERS.indexOf(tier);
  words[MOST_EVENTS] = Math.min(mostEventsPerSecond, LARGEST_WORD);
  return session;
}

/** The first word of a slot. */
export function slotAt(index: number): number {
  return CONTROL_WORDS + index * SLOT_WORDS;
}

/** The first word of a slot's ring; of the slot behind the last one that has a ring, the end of all. */
export function ringOf(index: number): number {
  const large = Math.min(index, LARGE_RINGS);
  return slotAt(SLOTS) + (large * RING_RECORDS + (index - large) * SMALL_RING_RECORDS) * RECORD_WORDS;
}

/** Records in a slot's ring. */
export function ringSize(index: number): number {
  return index < LARGE_RINGS ? RING_RECORDS : SMALL_RING_RECORDS;
}
