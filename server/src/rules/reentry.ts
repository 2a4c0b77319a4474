import type { Related } from "../finding.js";
import type { FunctionView, NestedAcquire } from "../program.js";
import { type Site, siteKey } from "../source/site.js";
import { mistakenAcquires } from "./mistaken-acquires.js";
import { others } from "./story.js";

/** A lock that is taken while it is held, told where both come together. */
export interface Reentry extends NestedAcquire {
  /** The call that leads to the inner acquire, or the acquire itself. */
  readonly site: Site;
  readonly isCall: boolean;
  readonly related: readonly Related[];
}

/** The acquires of the function, and of what it calls, that wait for a lock which the function itself has taken. */
export function* reentries(fn: FunctionView): Generator<Reentry> {
  if (!fn.takesLocks) return;
  const seen = new Set<string>();
  const mistaken = new Set([...mistakenAcquires(fn)].map(({ site }) => siteKey(site)));
  for (const { acquire, held } of fn.nestedAcquires) {
    if (acquire.patience !== "blocking" || mistaken.has(siteKey(acquire.site))) continue;
    // A caller sees it too; it is told where both locks come together, which is where the outer one was taken.
    if (!isInside(held.site, fn.model.site)) continue;
    // A callback of the section that holds the lock is written inside it: the way begins in the callback.
    const [call, ...further] = acquire.calls.filter((each) => !isInside(held.site, each));
    const site = call ?? acquire.site;
    const key = `${siteKey(site)}|${acquire.reentrant}|${acquire.reads}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const related: Related[] = [
      { message: `"${held.lock.text}" is taken here first`, site: held.site },
      ...further.map((each) => ({ message: "by way of this call", site: each })),
      { message: "and here again", site: acquire.site },
    ];
    yield { acquire, held, site, isCall: call !== undefined, related: others(site, related) };
  }
}

function isInside(inner: Site, outer: Site): boolean {
  return inner.file === outer.file && outer.start <= inner.start && inner.end <= outer.end;
}
