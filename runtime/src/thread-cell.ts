/** What the words of a thread cell mean. Apart from self.ts so that who only looks does not become a thread. */
import { FIELDS } from "./arena.js";

/** Words of a thread cell. */
export const STATE = FIELDS;
export const IDENT = FIELDS + 1;
/** A heap block with the name: its length in UTF-16 units, then the units. Guarded by the cell's mutex. */
export const NAME = FIELDS + 2;
export const DAEMON = FIELDS + 3;
/** The cell this thread is blocked on or about to be; only set on paths that may block. */
export const WAITING_FOR = FIELDS + 4;
/** The thread's journal, which the supervisor reads after its end. */
export const JOURNAL = FIELDS + 5;
/** A pool worker's ticket in hand; 0 between tasks. */
export const TICKET = FIELDS + 6;
/** A cell whose SIGNAL word changes when this thread has ended; 0 for none. Keeps a reference to it. */
export const END_LISTENER = FIELDS + 7;
/** Changes when the supervisor has answered this thread. */
export const REPLIES = FIELDS + 8;
/** Whether the library has begun in the thread, or the thread was called off before that (see terminateThread). */
export const BEGUN = FIELDS + 9;
/** What it waits for, for whoever watches (see waiting.ts). Odd while it waits; never the same twice. */
export const WAIT_EPOCH = FIELDS + 10;
/** Since when, on the process's clock: a 64-bit float. */
export const WAIT_SINCE = FIELDS + 11;
/** The cell it waits for; 0 for a sleep. */
export const WAIT_CELL = FIELDS + 13;
/** A sum of FOR_EVER, FOR_ITSELF and TO_WRITE. */
export const WAIT_HOW = FIELDS + 14;
/** The heap block with the place in the source, if a recorder runs; else 0. */
export const WAIT_SITE = FIELDS + 15;
/** The word it sleeps on at this moment, if that sleep may be interrupted; else 0. */
export const SLEEPS_ON = FIELDS + 16;
/** 1 when its next or present sleep is to end with an InterruptedError. */
export const INTERRUPTED = FIELDS + 17;
/** The cell where it is about to wake somebody, if it is; a late answer does no harm. */
export const WAKES_AT = FIELDS + 18;
/** The side of a queue that counts it as waiting; 0 for none. */
export const COUNTED_AT = FIELDS + 19;

/** The wait has no timeout. */
export const FOR_EVER = 1;
/** The thread held the lock itself when it began to wait for it. */
export const FOR_ITSELF = 2;
/** It waits for its turn to write, and before it has that nobody may read. */
export const TO_WRITE = 4;

export const NEW = 0;
export const RUNNING = 1;
export const ENDED = 2;
