import type { HeldLock } from "../facts/locksets.js";
import { eventsOf } from "../model/function-model.js";
import { oncePer } from "../model/once-per.js";
import { type Site, siteKey } from "../source/site.js";
import type { FunctionFacts } from "./summarise.js";

/** A lock that every object makes for itself, where it is held. */
export interface InstanceLock {
  readonly held: HeldLock;
  /** The `new`. */
  readonly made: Site;
}

/** By place, the locks of single objects under which accesses are made that hold no other lock. */
export const instanceLocks = oncePer((all: ReadonlyMap<string, FunctionFacts>): ReadonlyMap<string, InstanceLock> => {
  const found = new Map<string, InstanceLock>();
  for (const { model, summary } of all.values()) {
    const made = new Map<string, Site>();
    for (const { site, madeByEach } of eventsOf(model, "acquire")) {
      if (madeByEach) made.set(siteKey(site), madeByEach);
    }
    if (made.size === 0) continue;
    for (const { held, site } of summary.accesses) {
      const [first] = held;
      const own = first && made.get(siteKey(first.site));
      if (own && held.every((each) => made.has(siteKey(each.site))))
        found.set(siteKey(site), { held: first, made: own });
    }
  }
  return found;
});
