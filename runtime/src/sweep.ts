/** What is done for a thread that ended, by itself on the way out and by the supervisor afterwards. */
import { eachCell, FIELDS, KIND, KINDS, release, retain, words } from "./arena.js";
import { notify } from "./futex.js";
import { isolate } from "./isolate.js";
import { isTakenBy, sweep, wakeAll } from "./mutex.js";
import { isLockKind } from "./owner.js";
import { closeJournal, END_LISTENER, ENDED, STATE, WAITING_FOR } from "./self.js";
import { WAKES_AT } from "./thread-cell.js";
import { forgetThread } from "./thread-list.js";
import { closeSlotOf } from "./trace/slot.js";

/** The word of an END_LISTENER's cell that changes when one of its threads has ended. */
export const SIGNAL = FIELDS;

/** Frees what the thread holds: locks go to the next acquirer with a warning, the library's own without. */
export function releaseHeld(thread: number): void {
  eachCell((at, kind) => {
    if (isTakenBy(at, thread)) {
      sweep(at, thread, isolate.kinds.get(kind)?.isAbandoned?.(at) ?? isLockKind(kind));
      isolate.kinds.get(kind)?.holderDied?.(at);
    }
    if (kind !== KINDS.rwLock && kind !== KINDS.condition) return;
    const { threadEnded } = isolate.kinds.get(kind) ?? {};
    if (threadEnded !== undefined) nowOrLater(at, () => threadEnded(at, thread));
  });
}

/**
 * What could not be dealt with because the cell's guard was taken: by another thread that died, perhaps, of which only
 * the one who sweeps will know. So that one must not wait for it.
 */
const unfinished: (() => boolean)[] = [];

function nowOrLater(at: number, action: () => boolean): void {
  if (action()) return;
  retain(at);
  unfinished.push(() => {
    if (!action()) return false;
    release(at);
    return true;
  });
}

/** Forgets a thread that was swept: drops the reference which whoever started it took for it. */
export function forgetSwept(thread: number): void {
  if (!forgetThread(thread)) unfinished.push(() => forgetThread(thread));
}

/** Tries again what had to wait. True: there is more. */
export function sweepRest(): boolean {
  for (const action of unfinished.splice(0)) {
    if (!action()) unfinished.push(action);
  }
  return unfinished.length > 0;
}

function tellWaiterDied(at: number, thread: number): void {
  const { waiterDied } = isolate.kinds.get(Atomics.load(words, at + KIND)) ?? {};
  if (waiterDied !== undefined) nowOrLater(at, () => waiterDied(at, thread));
}

/**
 * Lets everyone who joins the thread go on. The reference to its listener stays: a thread that says so itself may be
 * ended in the midst of it, and then its supervisor says it again. Deno does not always tell that of a thread's end.
 */
export function announceEnd(thread: number): void {
  Atomics.store(words, thread + STATE, ENDED);
  notify(thread + STATE);
  const listener = Atomics.load(words, thread + END_LISTENER);
  if (listener === 0) return;
  Atomics.add(words, listener + SIGNAL, 1);
  notify(listener + SIGNAL);
}

/** Wakes those whom the thread was to wake. */
function wakeFor(thread: number): void {
  const at = Atomics.exchange(words, thread + WAKES_AT, 0);
  if (at === 0) return;
  wakeAll(at);
  isolate.kinds.get(Atomics.load(words, at + KIND))?.wakerDied?.(at);
}

/** Everything that is left to do once the thread's isolate is gone. */
export function sweepThread(thread: number): void {
  closeSlotOf(thread);
  releaseHeld(thread);
  const waiting = Atomics.exchange(words, thread + WAITING_FOR, 0);
  if (waiting !== 0) {
    wakeAll(waiting);
    tellWaiterDied(waiting, thread);
  }
  wakeFor(thread);
  closeJournal(thread, (at) => {
    if (at !== waiting) tellWaiterDied(at, thread);
  });
  announceEnd(thread);
  const listener = Atomics.exchange(words, thread + END_LISTENER, 0);
  if (listener !== 0) release(listener);
}
