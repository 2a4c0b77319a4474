/** Who let whom go on: who gave back, put, took, notified or ended what a thread, or a task of it, waited for. */
import type { Onlooker } from "./onlooker.js";
import type { PlayedObject, Wait } from "./played-program.js";

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
  /** By object, by who waited, and by who ended it. */
  readonly #ended = new Map<PlayedObject, Map<number, Map<number, EndedWaits>>>();
  #count = 0;

  ends({ thread, object, since, ender }: Wait, time: number, isOver: boolean, cameAbout: boolean): void {
    if (object === undefined || !isOver || !cameAbout) return;
    let by = object.kind === "thread" ? ender : 0;
    if (object.changedBy !== 0 && object.changedAt >= since) by = object.changedBy;
    if (by === 0 || by === thread.id) return;
    const known = this.#of(object, thread.id, by);
    if (known === undefined) return;
    const length = time - since;
    known.waits++;
    known.total += length;
    if (length > known.longest) known.longest = length;
  }

  /** Those that took longest in all first. */
  all(): readonly EndedWaits[] {
    const all = [...this.#ended.values()].flatMap((ofObject) =>
      [...ofObject.values()].flatMap((ofThread) => [...ofThread.values()]),
    );
    return all.sort((a, b) => b.total - a.total || a.thread - b.thread || a.endedBy - b.endedBy || a.object - b.object);
  }

  #of(object: PlayedObject, thread: number, endedBy: number): EndedWaits | undefined {
    let ofObject = this.#ended.get(object);
    let ofThread = ofObject?.get(thread);
    const known = ofThread?.get(endedBy);
    if (known !== undefined || this.#count === MOST) return known;
    this.#count++;
    if (ofObject === undefined) {
      ofObject = new Map();
      this.#ended.set(object, ofObject);
    }
    if (ofThread === undefined) {
      ofThread = new Map();
      ofObject.set(thread, ofThread);
    }
    const first: EndedWaits = { thread, endedBy, object: object.id, waits: 0, total: 0, longest: 0 };
    ofThread.set(endedBy, first);
    return first;
  }
}
