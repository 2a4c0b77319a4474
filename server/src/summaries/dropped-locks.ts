import type { HeldLock } from "../facts/locksets.js";
import { eventsOf } from "../model/function-model.js";
import { type Path, pathKey } from "../model/path.js";
import type { Site } from "../source/site.js";
import { inFunctions, type ProgramFacts } from "./program-facts.js";
import type { FunctionFacts } from "./summarise.js";
import type { AccessSummary, DemandSummary } from "./summary.js";

/** A method that uses without a lock what the method that it stands for uses under the lock. */
export interface DroppedLock {
  readonly functionId: string;
  readonly name: string;
  /** The method's name. */
  readonly site: Site;
  readonly lock: Path;
  /** Whether the other method leaves it to its callers to hold the lock; else it takes the lock itself. */
  readonly isRequired: boolean;
  /** The other method, where it has a body. */
  readonly base: Site | undefined;
  readonly use:
    | { readonly kind: "shared"; readonly access: AccessSummary }
    | { readonly kind: "annotated"; readonly demand: DemandSummary };
}

const overriding = inFunctions((facts) => {
  const [event] = eventsOf(facts.model, "override");
  return event ? [{ facts, event }] : [];
});

/** @param unmet what annotations demand and nobody meets */
export function findDroppedLocks(all: ProgramFacts, unmet: readonly DemandSummary[]): readonly DroppedLock[] {
  const found: DroppedLock[] = [];
  for (const { facts, event } of overriding(all)) {
    const base = all.get(event.base);
    const own = { functionId: facts.model.id, name: event.name, site: event.site, base: base?.model.site };
    const dropped = annotatedIn(facts, base, event.requires, unmet) ?? (base && sharedIn(facts, base));
    if (dropped) found.push({ ...own, ...dropped });
  }
  return found;
}

type Dropped = Pick<DroppedLock, "lock" | "isRequired" | "use">;

/** What an annotation guards. */
function annotatedIn(
  { model }: FunctionFacts,
  base: FunctionFacts | undefined,
  requires: readonly Path[],
  unmet: readonly DemandSummary[],
): Dropped | undefined {
  for (const demand of unmet) {
    const { functionId, lock, object } = demand;
    if (functionId !== model.id || object?.root !== "this") continue;
    const use = { kind: "annotated", demand } as const;
    if (requires.some((each) => pathKey(each) === pathKey(lock))) return { lock, isRequired: true, use };
    if (base && takes(base, lock)) return { lock, isRequired: false, use };
  }
  return undefined;
}

/** Whether a method takes the lock for all that it uses of what the lock guards. */
function takes({ summary }: FunctionFacts, lock: Path): boolean {
  const isOf = (each: { readonly lock: Path }): boolean => pathKey(each.lock) === pathKey(lock);
  return summary.acquires.some(isOf) && !summary.demands.some(isOf);
}

/** What threads share: all that the other method does with it, it does under one lock. */
function sharedIn({ summary }: FunctionFacts, base: FunctionFacts): Dropped | undefined {
  for (const access of summary.accesses) {
    const { object, atomic, held, uncertain, later } = access;
    if (atomic || uncertain || later || held.length > 0) continue;
    const same = base.summary.accesses.filter((each) => pathKey(each.object) === pathKey(object));
    const [lock] = commonLocks(same);
    const isChanged = [access, ...same].some((each) => each.access !== "read");
    if (lock && isChanged) return { lock: lock.lock, isRequired: false, use: { kind: "shared", access } };
  }
  return undefined;
}

/** The locks that are certainly held at every one of the places. */
function commonLocks(accesses: readonly AccessSummary[]): readonly HeldLock[] {
  const [first] = accesses;
  if (!first || accesses.some(({ uncertain }) => uncertain)) return [];
  return first.held.filter(({ lock }) => accesses.every(({ held }) => held.some((each) => isSame(each, lock))));
}

function isSame(held: HeldLock, lock: Path): boolean {
  return pathKey(held.lock) === pathKey(lock);
}
