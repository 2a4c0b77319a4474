/** What is done for a thread that ended, by itself on the way out and by the supervisor afterwards. */
import { eachCell, FIELDS, KIND, KINDS, release, words } from "./arena.js";
import { notify } from "./futex.js";
import { isolate } from "./isolate.js";
import { isTakenBy, sweep, wakeAll } from "./mutex.js";
import { closeJournal, END_LISTENER, ENDED, STATE, WAITING_FOR } from "./self.js";
import { closeSlotOf } from "./trace/slot.js";

/** The word of an END_LISTENER's cell that changes when one of its threads has ended. */
export const SIGNAL = FIELDS;

/** Frees what the thread holds: locks go to the next acquirer with a warning, the library's own without. */
export function releaseHeld(thread: number): void {
  eachCell((at, kind) => {
    if (isTakenBy(at, thread)) sweep(at, thread, kind === KINDS.lock);
  });
}

/** Lets everyone who joins the thread go on. */
export function announceEnd(thread: number): void {
  Atomics.store(words, thread + STATE, ENDED);
  notify(thread + STATE);
}

/** Everything that is left to do once the thread's isolate is gone. */
export function sweepThread(thread: number): void {
  closeSlotOf(thread);
  releaseHeld(thread);
  const waiting = Atomics.exchange(words, thread + WAITING_FOR, 0);
  if (waiting !== 0) {
    wakeAll(waiting);
    isolate.kinds.get(Atomics.load(words, waiting + KIND))?.waiterDied?.(waiting);
  }
  closeJournal(thread);
  announceEnd(thread);
  const listener = Atomics.exchange(words, thread + END_LISTENER, 0);
  if (listener === 0) return;
  Atomics.add(words, listener + SIGNAL, 1);
  notify(listener + SIGNAL);
  release(listener);
}
