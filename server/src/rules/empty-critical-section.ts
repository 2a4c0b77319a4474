import { siteKey } from "../source/site.js";
import { deleteSection } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Nothing happens under the lock",
  severity: "warning",
  checkFunction(fn, program, report) {
    const seen = new Set<string>();
    if (!fn.takesLocks) return;
    for (const { node, locks } of fn.events()) {
      const { event } = node;
      if (event.kind !== "acquire" || !event.isEmpty || seen.has(siteKey(event.site))) continue;
      if (locks.may.size > 0 || locks.unknown) continue; // Under another lock it may be about the order of both.
      seen.add(siteKey(event.site)); // A copy in a `finally` says nothing new.
      report({
        message: `"${event.text}" is taken and released with nothing in between: what it should guard happens without it.`,
        site: event.site,
        related: [{ message: "what is done here is done without the lock", site: fn.model.site }],
        fixes: (finding) => deleteSection(program, event.site, finding),
      });
    }
  },
};
