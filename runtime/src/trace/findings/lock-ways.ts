/** The ways in which threads took locks while they held others. */
import type { Onlooker } from "./onlooker.js";
import type { Hold, PlayedObject, PlayedThread } from "./played-program.js";

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
  /** Most are taken in the same way again and again. */
  readonly #takings = new WeakMap<Hold, Taking>();

  get all(): Ways {
    return this.#ways;
  }

  takes(hold: Hold, mayWaitForEver: boolean): void {
    const { thread } = hold;
    if (thread.count === 0 || thread.count > MOST_HELD || !mayWaitForEver || !isOrdered(hold)) return;
    const { held, ways } = this.#takingOf(hold);
    for (let i = 0; i < held.length; i++) {
      const way = ways[i];
      if (way === undefined) continue;
      way.last = hold.since;
      way.times++;
      // The place of each is not always looked up.
      if (way.fromSite === 0) way.fromSite = held[i]!.hold.site;
      if (way.toSite === 0) way.toSite = hold.site;
    }
  }

  #takingOf(hold: Hold): Taking {
    const before = this.#takings.get(hold);
    if (before !== undefined && isAs(before, hold.thread)) return before;
    const { thread } = hold;
    const taking = { known: thread.ends.length, held: heldBy(thread), ways: this.#waysOf(hold) };
    this.#takings.set(hold, taking);
    return taking;
  }

  /** For each lock that the thread holds, the way in which it takes one more: one that is known, or a new one. */
  #waysOf({ thread, lock, since }: Hold): readonly (Way | undefined)[] {
    const holds = [...thread.held()];
    const held = holds.map((each) => each.lock);
    return holds.map((from) => (isOrdered(from) ? this.#wayOf(thread, from.lock, lock, since, held) : undefined));
  }

  /** Undefined: there are too many. */
  #wayOf(
    thread: PlayedThread,
    from: PlayedObject,
    to: PlayedObject,
    since: number,
    held: readonly PlayedObject[],
  ): Way | undefined {
    const next = this.#ways.get(from) ?? new Map<PlayedObject, Way[]>();
    this.#ways.set(from, next);
    const ways = next.get(to) ?? [];
    next.set(to, ways);
    const known = thread.ends.length;
    const same = ways.find((way) => way.thread === thread && way.known === known && isSameSet(way.held, held));
    if (same !== undefined || ways.length === MOST_WAYS || this.#count === MOST_WAYS_AT_ALL) return same;
    this.#count++;
    const way: Way = { thread, from, to, held, known, first: since, last: since, times: 0, fromSite: 0, toSite: 0 };
    ways.push(way);
    return way;
  }
}

/** How a thread took a lock under others: for each of these the way, unless there is none. */
interface Taking {
  readonly known: number;
  readonly held: readonly { readonly hold: Hold; readonly byTask: boolean }[];
  readonly ways: readonly (Way | undefined)[];
}

function heldBy(thread: PlayedThread): Taking["held"] {
  return [...thread.held()].map((hold) => ({ hold, byTask: hold.byTask }));
}

/** Whether the thread would take the lock in that way: under the same, and with no other threads' ends heard of. */
function isAs({ known, held }: Taking, thread: PlayedThread): boolean {
  if (known !== thread.ends.length || held.length !== thread.count) return false;
  let hold = thread.first;
  for (const before of held) {
    if (hold !== before.hold || hold.byTask !== before.byTask) return false;
    hold = hold.after;
  }
  return true;
}

/** Of a task's lock it is not known which task has it, and of one that many can read, whether this one does. */
function isOrdered({ lock, byTask }: Hold): boolean {
  return !byTask && (lock.kind === "lock" || lock.kind === "rlock");
}

function isSameSet(a: readonly PlayedObject[], b: readonly PlayedObject[]): boolean {
  return a.length === b.length && a.every((object) => b.includes(object));
}
