import type { FunctionView, HeldLock, Path } from "../program.js";
import { pathKey } from "../program.js";
import { type Site, siteKey } from "../source/site.js";

/** A lock that is taken in the `finally` of its own section, where giving it back was meant. */
export interface MistakenAcquire {
  readonly lock: Path;
  readonly site: Site;
  /** What it was taken for. */
  readonly held: HeldLock;
}

/** Taken by hand while it was taken by hand before, in a `finally` behind which nobody gives it back. */
export function* mistakenAcquires(fn: FunctionView): Generator<MistakenAcquire> {
  if (!fn.takesLocks) return;
  const seen = new Set<string>();
  for (const { node, index, locks } of fn.events()) {
    const { event } = node;
    if (event.kind !== "acquire" || !event.inFinally || !event.lock || seen.has(siteKey(event.site))) continue;
    const { lock, site } = event;
    const held = event.by === "manual" ? locks.must.get(pathKey(lock)) : undefined;
    if (held?.by !== "manual" || siteKey(held.site) === siteKey(site) || isReleasedLater(fn, index, lock)) continue;
    seen.add(siteKey(site));
    yield { lock, site, held };
  }
}

function isReleasedLater(fn: FunctionView, from: number, lock: Path): boolean {
  const key = pathKey(lock);
  const later = fn.reachable(from);
  return fn.model.nodes.some(({ event }, index) => {
    return event.kind === "release" && later.has(index) && (!event.lock || pathKey(event.lock) === key);
  });
}
