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
}

/** The order in which locks are taken, each pair once for each two places. */
export function lockOrder(program: Program): readonly OrderedLocks[] {
  const all = new Map<string, OrderedLocks>();
  for (const edge of program.lockEdges) all.set(keyOf(edge), orderOf(edge));
  return [...all.values()];
}

function orderOf({ outer, acquire }: LockEdge): OrderedLocks {
  return { from: named(outer.lock), to: named(acquire.lock), held: outer.site, taken: acquire.site };
}

function named(lock: Path): OrderedLock {
  return { key: pathKey(lock), name: lock.text };
}

function keyOf({ outer, acquire }: LockEdge): string {
  return [pathKey(outer.lock), pathKey(acquire.lock), siteKey(outer.site), siteKey(acquire.site)].join("|");
}
