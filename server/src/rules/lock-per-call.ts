import { pathKey } from "../program.js";
import { siteKey } from "../source/site.js";
import { declareOutside } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";

export const rule: Rule = {
  title: "Lock made anew in every call",
  severity: "error",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks || fn.model.entry) return;
    const seen = new Set<string>();
    for (const { node } of fn.events()) {
      const { event } = node;
      if (event.kind !== "lock-made" || !event.isOwn || seen.has(siteKey(event.site))) continue;
      const taken = fn.model.nodes.find(
        ({ event: use }) => use.kind === "acquire" && use.lock && pathKey(use.lock) === pathKey(event.lock),
      );
      if (!taken) continue;
      seen.add(siteKey(event.site));
      report({
        message: `"${event.lock.text}" is another lock in every call of "${fn.model.name}", so no two of them ever wait for each other: it guards nothing.`,
        site: event.site,
        related: [{ message: "it is taken here, where nobody else can hold it", site: taken.event.site }],
        fixes: (finding) => declareOutside(program, event.site, event.shared, finding),
      });
    }
  },
};
