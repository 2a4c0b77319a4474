/**
 * What this thread waits for, readable by others while it blocks: whoever looks for deadlocks, the debugger, a view.
 * Only the blocking path comes here. The epoch is written last and read first and last, so nobody sees half a change.
 */

import { words } from "./arena.js";
import { now } from "./clock.js";
import { BlockingNotAllowedError } from "./errors.js";
import { isolate } from "./isolate.js";
import { ownerOf } from "./owner.js";
import { self, waitingFor } from "./self.js";
import { FOR_EVER, FOR_ITSELF, WAIT_CELL, WAIT_EPOCH, WAIT_HOW, WAIT_SINCE, WAIT_SITE } from "./thread-cell.js";
import { FLAGS } from "./trace/format.js";
import { recorder } from "./trace/hook.js";

/** Called before this thread blocks: whoever has something to send that others may wait for sends it. */
export const beforeWaits = new Set<() => void>();

const times = new Float64Array(isolate.memory, 0, isolate.memory.byteLength >> 3);

/**
 * The thread is about to block on the cell, 0 for a sleep. `Infinity` says that there is no timeout, any other number
 * that there is; `how`, some of `FLAGS`, is for the recorder, `wants`, `TO_WRITE` or 0, for who watches. The result is what
 * it may be blocking on already.
 */
export function beginWait(at: number, timeout: number, how = 0, wants = 0): number {
  if (beforeWaits.size > 0) for (const prepare of beforeWaits) prepare();
  if (isolate.needsTurn) {
    throw new BlockingNotAllowedError(
      "This worker is where the program begins, and its threads come up only after it has returned to its event loop: " +
        "run what blocks in main(), which waits for that.",
    );
  }
  const isForEver = timeout === Number.POSITIVE_INFINITY;
  times[(self + WAIT_SINCE) >> 1] = now();
  words[self + WAIT_CELL] = at;
  words[self + WAIT_HOW] = (isForEver ? FOR_EVER : 0) + (at !== 0 && ownerOf(at) === self ? FOR_ITSELF : 0) + wants;
  words[self + WAIT_SITE] = siteAround ?? recorder?.waits(at, isForEver ? how : how | FLAGS.timed) ?? 0;
  Atomics.add(words, self + WAIT_EPOCH, 1);
  return waitingFor(at);
}

/** Runs `wait`, which blocks on the cell and says whether what it is for has come about; `how` as above. */
export function waiting(at: number, timeout: number, wait: () => boolean, how = 0): boolean {
  const outer = beginWait(at, timeout, how);
  let cameAbout = false;
  try {
    cameAbout = wait();
  } finally {
    endWait(cameAbout, outer);
  }
  return cameAbout;
}

/** The place of a wait that is recorded as one, whatever happens in it; undefined: there is none. */
let siteAround: number | undefined;

/**
 * Runs `wait`, which asks for what the cell stands for and may block several times for an answer: a recording has one wait for
 * the cell of it. For who is recorded alone.
 */
export function waitingElsewhere<T>(at: number, isTimed: boolean, wait: () => T, hasCome: (result: T) => boolean): T {
  const recorded = recorder;
  if (recorded === undefined || siteAround !== undefined) return wait();
  siteAround = recorded.waits(at, isTimed ? FLAGS.timed : 0);
  let cameAbout = false;
  try {
    const result = wait();
    cameAbout = hasCome(result);
    return result;
  } finally {
    siteAround = undefined;
    recorded.waited(cameAbout);
  }
}

/** The wait is over; true: what it was for has come about. `outer` is what `beginWait` returned. */
export function endWait(cameAbout: boolean, outer = 0): void {
  waitingFor(outer);
  Atomics.add(words, self + WAIT_EPOCH, 1);
  if (siteAround === undefined) recorder?.waited(cameAbout);
}
