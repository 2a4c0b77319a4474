/** A recorded thread's place in the session, seen from other threads. */
import { host } from "#host";
import { now } from "../clock.js";
import {
  ENDED_AT,
  ORIGIN,
  SESSION,
  SLOT_CLAIMED,
  SLOT_CLOSED,
  SLOT_FREE,
  SLOT_LIVE,
  SLOT_STATE,
  SLOT_THREAD,
  SLOT_WORKER,
  SLOTS,
  SLOTS_USED,
  slotAt,
  UNRECORDED,
} from "./session.js";

/** The recording of this program; undefined when there is none. */
export function currentSession(): SharedArrayBuffer | undefined {
  return host.inherited(SESSION);
}

/** Takes a slot nobody has; undefined when all are taken, which is counted. */
export function claimSlot(words: Int32Array): number | undefined {
  for (let index = 0; index < SLOTS; index++) {
    if (Atomics.compareExchange(words, slotAt(index) + SLOT_STATE, SLOT_FREE, SLOT_CLAIMED) !== SLOT_FREE) continue;
    for (let used = slotsUsed(words); used <= index; used = slotsUsed(words)) {
      Atomics.compareExchange(words, SLOTS_USED, used, index + 1);
    }
    return index;
  }
  Atomics.add(words, UNRECORDED, 1);
  return undefined;
}

/** How many slots there are to look at. */
export function slotsUsed(words: Int32Array): number {
  return Atomics.load(words, SLOTS_USED);
}

/** Says that nobody writes to the slot any more. */
export function closeSlot(session: SharedArrayBuffer, slot: number): void {
  const words = new Int32Array(session);
  const times = new Float64Array(session);
  times[(slot + ENDED_AT) >> 1] = now() - (times[ORIGIN >> 1] ?? 0);
  Atomics.compareExchange(words, slot + SLOT_STATE, SLOT_LIVE, SLOT_CLOSED);
}

/** The same for a thread whose isolate is gone. */
export function closeSlotOf(thread: number): void {
  closeSlotsWith(SLOT_THREAD, thread);
}

/** The same for one that is known by Node's `threadId`. */
export function closeSlotOfWorker(worker: number): void {
  closeSlotsWith(SLOT_WORKER, worker);
}

function closeSlotsWith(field: number, value: number): void {
  const session = currentSession();
  if (session === undefined) return;
  const words = new Int32Array(session);
  for (let index = slotsUsed(words) - 1; index >= 0; index--) {
    const slot = slotAt(index);
    if (Atomics.load(words, slot + SLOT_STATE) === SLOT_LIVE && words[slot + field] === value) {
      closeSlot(session, slot);
    }
  }
}
