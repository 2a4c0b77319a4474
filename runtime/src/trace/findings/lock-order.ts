/**
 * The orders in which threads took locks. Locks that were taken in a ring, by threads that could run at the same time
 * and held no lock in common, deadlock at an unlucky moment, even if they did not this time.
 */
import type { Found } from "./finding.js";
import type { Hold, Onlooker, PlayedObject, PlayedThread } from "./played-run.js";

/** Ways of taking one lock under another that are told apart, and all of them. */
const MOST_WAYS = 32;
const MOST_WAYS_AT_ALL = 100_000;
const MOST_HELD = 64;
const LONGEST_RING = 6;
const MOST_RINGS = 100;
/** Steps of the search: a program may take thousands of locks in every order. */
const MOST_STEPS = 500_000;

/** A thread took `to` while it held `from`, once or again and again while it heard of no other thread's end. */
interface Way {
  readonly thread: PlayedThread;
  readonly from: PlayedObject;
  readonly to: PlayedObject;
  /** All that it held, in whatever manner. */
  readonly held: readonly PlayedObject[];
  /** Of how many threads' ends it knew. */
  readonly known: number;
  readonly first: number;
  last: number;
  fromSite: number;
  toSite: number;
}

export class LockOrder implements Onlooker {
  readonly #ways = new Map<PlayedObject, Map<PlayedObject, Way[]>>();
  #count = 0;
  #steps = 0;

  takes(hold: Hold, mayWaitForEver: boolean): void {
    const { thread } = hold;
    if (thread.count === 0 || thread.count > MOST_HELD || !mayWaitForEver || !isOrdered(hold)) return;
    const holds = [...thread.held()];
    const held = holds.map(({ lock }) => lock);
    for (const other of holds) if (isOrdered(other)) this.#note(other, hold, held);
  }

  /** The rings, each once. */
  found(): readonly Found[] {
    const rings: Way[][] = [];
    this.#steps = 0;
    for (const first of this.#ways.keys()) this.#extend(first, first, [], rings);
    return rings.map(told);
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
      // The place of each is not always looked up.
      if (same.fromSite === 0) same.fromSite = from.site;
      if (same.toSite === 0) same.toSite = site;
    } else if (ways.length < MOST_WAYS && this.#count < MOST_WAYS_AT_ALL) {
      this.#count++;
      const times = { known, first: since, last: since };
      ways.push({ thread, from: from.lock, to: lock, held, ...times, fromSite: from.site, toSite: site });
    }
  }

  /** Collects the rings that begin so. Each is found from the object in it that was defined first. True: one was. */
  #extend(start: PlayedObject, at: PlayedObject, path: readonly Way[], rings: Way[][]): boolean {
    let isFound = false;
    for (const [to, ways] of this.#ways.get(at) ?? []) {
      if (to.id < start.id || (to !== start && path.some(({ from }) => from === to))) continue;
      if (to !== start && path.length + 1 === LONGEST_RING) continue;
      for (const way of ways) {
        if (rings.length === MOST_RINGS || this.#steps++ > MOST_STEPS) return isFound;
        if (!path.every((other) => this.#mayMeet(other, way))) continue;
        const longer = [...path, way];
        if (to === start) rings.push(longer);
        // One story for each ring is enough.
        if (to !== start && !this.#extend(start, to, longer, rings)) continue;
        isFound = true;
        break;
      }
    }
    return isFound;
  }

  #mayMeet(a: Way, b: Way): boolean {
    if (a.thread === b.thread || a.held.some((lock) => b.held.includes(lock))) return false;
    return !this.#isBefore(a, b) && !this.#isBefore(b, a);
  }

  /** Whether all of `a` was over when `b` began, and had to be: threads come after their start and before their end is known. */
  #isBefore(a: Way, b: Way): boolean {
    const reached = new Map<PlayedThread, number>();
    const open: [PlayedThread, number][] = [[b.thread, b.first]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [thread, time] = next;
      if (thread === a.thread && a.last <= time) return true;
      if ((reached.get(thread) ?? -1) >= time) continue;
      reached.set(thread, time);
      this.#steps++;
      for (const end of thread.ends) {
        this.#steps++;
        if (end.time <= time) open.push([end.thread, Number.POSITIVE_INFINITY]);
      }
      if (thread.starter === undefined) continue;
      if (a.thread.ended <= thread.startedAt) return true;
      open.push([thread.starter, thread.startedAt]);
    }
    return false;
  }
}

/** Of a task's lock it is not known which task has it, and of one that many can read, whether this one does. */
function isOrdered({ lock, byTask }: Hold): boolean {
  return !byTask && (lock.kind === "lock" || lock.kind === "rlock");
}

function isSameSet(a: readonly PlayedObject[], b: readonly PlayedObject[]): boolean {
  return a.length === b.length && a.every((object) => b.includes(object));
}

function told(found: readonly Way[]): Found {
  // As it happened: the way that was gone first begins.
  const start = found.reduce((first, way, i) => (way.first < found[first]!.first ? i : first), 0);
  const ring = [...found.slice(start), ...found.slice(0, start)];
  const steps = ring.map(({ thread, from, to }) => `${thread.label} took ${to.label} while it held ${from.label}`);
  return {
    kind: "lock-order",
    message:
      `Locks were taken in a ring: ${steps.join(", ")}. ` +
      "This run went well; when all hold their first lock at the same time, each waits for the next for ever.",
    places: ring.flatMap(({ thread, from, to, fromSite, toSite }) => [
      { what: `${thread.label} takes ${to.label}`, site: toSite },
      { what: `${thread.label} took ${from.label} before`, site: fromSite },
    ]),
    about: ring.map(({ from }) => from.id).join(" "),
    weight: 0,
  };
}
