/** Who ended waits, as far as the events tell. */
import type { Counter } from "./counter.js";
import type { LockState, OpenWait } from "./lock-state.js";

export class Wakers {
  /** Who notified a condition, set an event, gave permits or let a barrier's parties go last, and when. */
  readonly #notified = new Map<number, { readonly by: number; readonly at: number }>();

  notified(object: number, by: number, at: number): void {
    this.#notified.set(object, { by, at });
  }

  /** Who gave back, put, took or notified what a thread waited for, or ended; 0 where that is not known. */
  of(
    { lane, object, since, holder }: OpenWait,
    lock: LockState | undefined,
    counter: Counter | undefined,
    isThread: boolean,
  ): number {
    let waker = 0;
    if (lock !== undefined) waker = lock.releasedAt >= since ? lock.releasedBy : 0;
    else if (counter !== undefined) waker = counter.changedAt >= since ? counter.changedBy : 0;
    else {
      const told = this.#notified.get(object);
      if (told !== undefined && told.at >= since) waker = told.by;
      else if (isThread) waker = holder;
    }
    return waker === lane.id ? 0 : waker;
  }
}
