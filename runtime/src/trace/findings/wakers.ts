/** Who let whom go on: who gave back, put, took, notified or ended what a thread, or a task of it, waited for. */
import type { Onlooker, PlayedObject, PlayedThread, Signal, Wait } from "./played-run.js";

/** The waits of one thread for one thing that one other ended. Times are nanoseconds. */
export interface EndedWaits {
  readonly thread: number;
  readonly endedBy: number;
  readonly object: number;
  waits: number;
  total: number;
  longest: number;
}

/** Waits that are told apart by thread, object and who ended them; more are not told. */
const MOST = 1 << 16;

export class Wakers implements Onlooker {
  /** Who changed an object last in a way that may end a wait for it, and when. */
  readonly #changes = new Map<PlayedObject, { by: number; time: number }>();
  readonly #ended = new Map<string, EndedWaits>();

  releases(thread: PlayedThread, lock: PlayedObject, time: number): void {
    this.#changed(lock, thread, time);
  }

  fills(thread: PlayedThread, queue: PlayedObject, _count: number, time: number): void {
    this.#changed(queue, thread, time);
  }

  notifies({ thread, object, time, isCleared }: Signal): void {
    if (!isCleared) this.#changed(object, thread, time);
  }

  ends({ thread, object, since, ender }: Wait, time: number, isOver: boolean, cameAbout: boolean): void {
    if (object === undefined || !isOver || !cameAbout) return;
    const change = this.#changes.get(object);
    let by = object.kind === "thread" ? ender : 0;
    if (change !== undefined && change.time >= since) by = change.by;
    if (by !== 0 && by !== thread.id) this.#count(thread.id, by, object.id, time - since);
  }

  /** Those that took longest in all first. */
  all(): readonly EndedWaits[] {
    return [...this.#ended.values()].sort(
      (a, b) => b.total - a.total || a.thread - b.thread || a.endedBy - b.endedBy || a.object - b.object,
    );
  }

  #changed(object: PlayedObject, { id }: PlayedThread, time: number): void {
    const known = this.#changes.get(object);
    if (known === undefined) this.#changes.set(object, { by: id, time });
    else {
      known.by = id;
      known.time = time;
    }
  }

  #count(thread: number, endedBy: number, object: number, length: number): void {
    const key = `${thread} ${endedBy} ${object}`;
    let known = this.#ended.get(key);
    if (known === undefined) {
      if (this.#ended.size === MOST) return;
      known = { thread, endedBy, object, waits: 0, total: 0, longest: 0 };
      this.#ended.set(key, known);
    }
    known.waits++;
    known.total += length;
    if (length > known.longest) known.longest = length;
  }
}
