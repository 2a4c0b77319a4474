import type { HeldLock } from "../facts/locksets.js";
import { eventsOf } from "../model/function-model.js";
import { oncePer } from "../model/once-per.js";
import { type Site, siteKey } from "../source/site.js";
import { inFunctions, type ProgramFacts } from "./program-facts.js";

/** A lock that every object makes for itself, where it is held. */
export interface InstanceLock {
  readonly held: HeldLock;
  /** The `new`. */
  readonly made: Site;
}

const locksOf = inFunctions(({ model, summary }): readonly (readonly [string, InstanceLock])[] => {
  const made = new Map<string, Site>();
  for (const { site, madeByEach } of eventsOf(model, "acquire")) {
    if (madeByEach) made.set(siteKey(site), madeByEach);
  }
  if (made.size === 0) return [];
  return summary.accesses.flatMap(({ held, site }) => {
    const [first] = held;
    const own = first && made.get(siteKey(first.site));
    const isOwn = own && held.every((each) => made.has(siteKey(each.site)));
    return isOwn ? [[siteKey(site), { held: first, made: own }] as const] : [];
  });
});

const byPlace = oncePer((locks: ReturnType<typeof locksOf>): ReadonlyMap<string, InstanceLock> => new Map(locks));

/** By place, the locks of single objects under which accesses are made that hold no other lock. */
export const instanceLocks = (all: ProgramFacts): ReadonlyMap<string, InstanceLock> => byPlace(locksOf(all));
