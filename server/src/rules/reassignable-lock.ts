import { siteKey } from "../source/site.js";
import { keepLock } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock replaced by another one",
  severity: "warning",
  checkFunction(fn, program, report) {
    const seen = new Set<string>();
    for (const { event } of fn.model.nodes) {
      if (event.kind !== "lock-made" || !event.replaces || seen.has(siteKey(event.site))) continue;
      const { replaces, site } = event;
      seen.add(siteKey(site));
      report({
        message: `A new lock takes the place of the one that "${fn.model.name}" finds here: who holds the old one or waits for it no longer keeps out who takes the new one.`,
        site,
        related: [{ message: "the first one is made here", site: replaces }],
        fixes: (finding) => keepLock(program, site, replaces, finding),
      });
    }
  },
};
