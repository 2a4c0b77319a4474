/**
 * The orders in which threads took locks. Locks that were taken in a ring, by threads that could run at the same time
 * and held no lock in common, deadlock at an unlucky moment, even if they did not this time. Of locks
 * that are only made at the same places as those nothing is said: programs keep such by number, or each pair behind a gate.
 */
import type { Found } from "./finding.js";
import type { Way, Ways } from "./lock-ways.js";
import type { PlayedObject, PlayedThread } from "./played-program.js";

const LONGEST_RING = 6;
const MOST_RINGS = 100;
/** Steps of the search: a program may take thousands of locks in every order. */
const MOST_STEPS = 500_000;

/** The rings of locks, each once. */
export function ringsOfLocks(ways: Ways): readonly (readonly Way[])[] {
  return new RingSearch(ways).run();
}

class RingSearch {
  readonly #ways: Ways;
  readonly #rings: Way[][] = [];
  #steps = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  run(): readonly (readonly Way[])[] {
    for (const first of this.#ways.keys()) this.#extend(first, first, [], []);
    return this.#rings;
  }

  /** Collects the rings that begin so. Each is found from the object in it that was defined first. True: one was. */
  #extend(start: PlayedObject, at: PlayedObject, nodes: readonly PlayedObject[], path: readonly Way[]): boolean {
    let isFound = false;
    for (const [to, ways] of this.#ways.get(at) ?? []) {
      if (to.id < start.id || (to !== start && nodes.includes(to))) continue;
      if (to !== start && path.length + 1 === LONGEST_RING) continue;
      for (const way of ways) {
        if (this.#rings.length === MOST_RINGS || this.#steps++ > MOST_STEPS) return isFound;
        if (!path.every((other) => this.#mayMeet(other, way))) continue;
        const longer = [...path, way];
        if (to === start) this.#rings.push(longer);
        // One story for each ring is enough.
        if (to !== start && !this.#extend(start, to, [...nodes, at], longer)) continue;
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

/** A ring as a finding. */
export function toldRing(found: readonly Way[]): Found {
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
