import { type LockEdge, type Path, type Program, pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";

/** A lock, as the engine tells it from others, and as the user calls it. */
interface OrderedLock {
  readonly key: string;
  readonly name: string;
}

/** A lock is taken while another is held. */
export interface OrderedLocks {
  readonly from: OrderedLock;
  readonly to: OrderedLock;
  /** Where the first is taken, and then the second. */
  readonly held: Site;
  readonly taken: Site;
  /** Those with one number are on one ring whose threads can meet; undefined: on none. */
  readonly ring: number | undefined;
}

/** The order in which locks are taken, each pair once for each two places. */
export function lockOrder(program: Program): readonly OrderedLocks[] {
  const all = new Map<string, OrderedLocks>();
  const ringOf = ringNumbers(program);
  for (const edge of program.lockEdges) all.set(keyOf(edge), orderOf(edge, ringOf(edge)));
  return [...all.values()];
}

/** Tells which ring an edge is on; undefined: on none. */
export function ringNumbers(program: Program): (edge: LockEdge) => number | undefined {
  const rings = new Map(
    program.lockCycles.flatMap(({ edges }, ring) => edges.map((edge) => [keyOf(edge), ring] as const)),
  );
  return (edge) => rings.get(keyOf(edge));
}

function orderOf({ outer, acquire }: LockEdge, ring: number | undefined): OrderedLocks {
  return { from: named(outer.lock), to: named(acquire.lock), held: outer.site, taken: acquire.site, ring };
}

function named(lock: Path): OrderedLock {
  return { key: pathKey(lock), name: lock.text };
}

function keyOf({ outer, acquire }: LockEdge): string {
  return [pathKey(outer.lock), pathKey(acquire.lock), siteKey(outer.site), siteKey(acquire.site)].join("|");
}
