/** Locks that were made at one place are used alike: the order in which they are taken is told for all of them together. */
import type { TraceSite } from "../decode.js";
import type { Way, Ways } from "./lock-ways.js";
import type { PlayedObject } from "./played-program.js";

/** Names of locks that are told. */
const MOST_NAMES = 3;

/** The locks made at one place; one lock, where its place is not known. */
interface LockClass {
  /** 0 where it is not known. */
  readonly made: number;
  readonly locks: Set<PlayedObject>;
}

/** The ways between locks of different classes. */
function waysOfClasses(ways: Ways): ReadonlyMap<LockClass, ReadonlyMap<LockClass, readonly Way[]>> {
  const classes = new Map<number, LockClass>();
  const table = new Map<LockClass, Map<LockClass, Way[]>>();
  for (const [from, next] of ways) {
    const outer = classOf(from, classes);
    for (const [to, some] of next) {
      const inner = classOf(to, classes);
      if (inner === outer) continue;
      const targets = table.get(outer) ?? new Map<LockClass, Way[]>();
      table.set(outer, targets);
      const all = targets.get(inner) ?? [];
      targets.set(inner, all);
      all.push(...some);
    }
  }
  return table;
}

function classOf(lock: PlayedObject, classes: Map<number, LockClass>): LockClass {
  // Ids of places and of locks are apart by their sign.
  const key = lock.made === 0 ? -lock.id : lock.made;
  let known = classes.get(key);
  if (known === undefined) {
    known = { made: lock.made, locks: new Set() };
    classes.set(key, known);
  }
  known.locks.add(lock);
  return known;
}

/** Which locks threads took while they held others, by the places where those were made. */
export interface SeenLockOrder {
  /** What edges name by its place here. */
  readonly locks: readonly SeenLock[];
  /** Those that were seen most often first. */
  readonly edges: readonly SeenLockEdge[];
}

/** The locks that were made at one place. */
export interface SeenLock {
  /** What to call it: the names of the first few. */
  readonly name: string;
  /** How many there were that threads took under others, or others under. */
  readonly count: number;
  /** Undefined: it was not recorded, and this is one lock. */
  readonly made: TraceSite | undefined;
}

/** Threads took one while they held another. */
export interface SeenLockEdge {
  /** Which was held. */
  readonly from: number;
  /** Which was taken. */
  readonly to: number;
  /** Where the first was taken. */
  readonly held: TraceSite | undefined;
  /** Where the second was. */
  readonly taken: TraceSite | undefined;
  /** The thread that was the first to do so. */
  readonly thread: string;
  /** How often. */
  readonly times: number;
  /** Edges with one number are on one ring that is a finding; undefined: on none. */
  readonly ring: number | undefined;
}

/** The order that was seen, and what of it is on one of the rings, for those who draw it or print it. */
export function seenLockOrder(
  ways: Ways,
  rings: readonly (readonly Way[])[],
  sites: ReadonlyMap<number, TraceSite>,
): SeenLockOrder {
  const ringOf = new Map(rings.flatMap((ring, number) => ring.map((way) => [way, number] as const)));
  const table = waysOfClasses(ways);
  const classes = new Set([...table].flatMap(([from, next]) => [from, ...next.keys()]));
  const numbers = new Map([...classes].map((each, number) => [each, number]));
  const edges = [...table].flatMap(([from, next]) =>
    [...next].map(([to, all]) => {
      const first = all.reduce((best, way) => (way.first < best.first ? way : best));
      const placed = all.find(({ fromSite, toSite }) => fromSite !== 0 && toSite !== 0) ?? first;
      return {
        ...{ from: numbers.get(from) ?? 0, to: numbers.get(to) ?? 0 },
        ...{ held: sites.get(placed.fromSite), taken: sites.get(placed.toSite), thread: first.thread.label },
        times: all.reduce((sum, { times }) => sum + times, 0),
        ring: all.map((way) => ringOf.get(way)).find((ring) => ring !== undefined),
      };
    }),
  );
  return {
    locks: [...classes].map((each) => ({ name: nameOf(each), count: each.locks.size, made: sites.get(each.made) })),
    edges: edges.sort((a, b) => b.times - a.times || a.from - b.from || a.to - b.to),
  };
}

function nameOf({ locks }: LockClass): string {
  const names = [...new Set([...locks].map(({ label }) => label))];
  return names.length <= MOST_NAMES ? names.join(", ") : `${names.slice(0, MOST_NAMES).join(", ")}, …`;
}
