/** The ways in which threads took locks while they held others. */
import type { Hold, Onlooker, PlayedObject, PlayedThread } from "./played-run.js";

/** Ways of taking one lock under another that are told apart, and all of them. */
const MOST_WAYS = 32;
const MOST_WAYS_AT_ALL = 100_000;
const MOST_HELD = 64;

/** A thread took `to` while it held `from`, once or again and again while it heard of no other thread's end. */
export interface Way {
  readonly thread: PlayedThread;
  readonly from: PlayedObject;
  readonly to: PlayedObject;
  /** All that it held, in whatever manner. */
  readonly held: readonly PlayedObject[];
  /** Of how many threads' ends it knew. */
  readonly known: number;
  readonly first: number;
  last: number;
  /** How often. */
  times: number;
  fromSite: number;
  toSite: number;
}

/** By what is held, then by what is taken. */
export type Ways = ReadonlyMap<PlayedObject, ReadonlyMap<PlayedObject, readonly Way[]>>;

export class LockWays implements Onlooker {
  readonly #ways = new Map<PlayedObject, Map<PlayedObject, Way[]>>();
  #count = 0;

  get all(): Ways {
    return this.#ways;
  }

  takes(hold: Hold, mayWaitForEver: boolean): void {
    const { thread } = hold;
    if (thread.count === 0 || thread.count > MOST_HELD || !mayWaitForEver || !isOrdered(hold)) return;
    const holds = [...thread.held()];
    const held = holds.map(({ lock }) => lock);
    for (const other of holds) if (isOrdered(other)) this.#note(other, hold, held);
  }

  #note(from: Hold, { thread, lock, site, since }: Hold, held: readonly PlayedObject[]): void {
    const next = this.#ways.get(from.lock) ?? new Map<PlayedObject, Way[]>();
    this.#ways.set(from.lock, next);
    const ways = next.get(lock) ?? [];
    next.set(lock, ways);
    const known = thread.ends.length;
    const same = ways.find((way) => way.thread === thread && way.known === known && isSameSet(way.held, held));
    if (same !== undefined) {
      same.last = since;
      same.times++;
      // The place of each is not always looked up.
      if (same.fromSite === 0) same.fromSite = from.site;
      if (same.toSite === 0) same.toSite = site;
    } else if (ways.length < MOST_WAYS && this.#count < MOST_WAYS_AT_ALL) {
      this.#count++;
      const times = { known, first: since, last: since, times: 1 };
      ways.push({ thread, from: from.lock, to: lock, held, ...times, fromSite: from.site, toSite: site });
    }
  }
}

/** Of a task's lock it is not known which task has it, and of one that many can read, whether this one does. */
function isOrdered({ lock, byTask }: Hold): boolean {
  return !byTask && (lock.kind === "lock" || lock.kind === "rlock");
}

function isSameSet(a: readonly PlayedObject[], b: readonly PlayedObject[]): boolean {
  return a.length === b.length && a.every((object) => b.includes(object));
}
