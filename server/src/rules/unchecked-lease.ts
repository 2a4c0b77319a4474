import { siteKey } from "../source/site.js";
import { lookAtLease } from "./fixes/leases.js";
import { leasedSections } from "./leased-section.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

/** So many of a section's other changes are shown. */
const MAX_SHOWN = 3;

export const rule: Rule = {
  title: "Write under a lock whose lease may be lost by then",
  severity: "warning",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    const seen = new Set<string>();
    for (const { lock, writes, isWatched } of leasedSections(fn, program)) {
      const late = writes.filter(({ waited }) => waited);
      const [first, ...more] = late;
      // A look at one of the locks is one before the write: of two that are held, the first is told of.
      if (isWatched || !first?.waited || seen.has(siteKey(first.place))) continue;
      seen.add(siteKey(first.place));
      report({
        message: `Behind the wait nobody looks whether this still has "${lock.text}": if the lease is lost meanwhile, "${first.text}" comes among what the next holder does.`,
        site: first.place,
        related: others(first.place, [
          { message: `"${lock.text}" is taken here, for a lease`, site: lock.site },
          { message: "this may take so long that the lease is lost", site: first.waited },
          { message: "this is what changes", site: first.site },
          ...more
            .slice(0, MAX_SHOWN)
            .map(({ text, place }) => ({ message: `so may "${text}" be too late`, site: place })),
        ]),
        // Who could refuse had better be sent the token: that is for the author to say.
        fixes: (finding) =>
          late.some(({ canRefuse }) => canRefuse)
            ? []
            : lookAtLease(
                program,
                lock.text,
                late.map(({ place }) => place),
                finding,
              ),
      });
    }
  },
};
