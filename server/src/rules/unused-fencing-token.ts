import { siteKey } from "../source/site.js";
import { leasedSections } from "./leased-section.js";
import type { Rule } from "./rule.js";
import { others } from "./story.js";

export const rule: Rule = {
  title: "Request under a leased lock without its fencing token",
  severity: "info",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    const seen = new Set<string>();
    for (const { lock, writes, isWatched } of leasedSections(fn, program)) {
      // Who does not even look at the lease is told that by `unchecked-lease`.
      if (!isWatched && writes.some(({ waited }) => waited)) continue;
      const write = writes.find(({ canRefuse }) => canRefuse);
      if (!write || seen.has(siteKey(write.place))) continue;
      seen.add(siteKey(write.place));
      report({
        message: `"${write.text}" is not told the fencing token of "${lock.text}": what a holder sends that has stood still, and lost the lock, cannot be told from what the next one sends.`,
        site: write.place,
        related: others(write.place, [
          { message: `"${lock.text}" is taken here, for a lease`, site: lock.site },
          { message: "this is what changes", site: write.site },
        ]),
      });
    }
  },
};
