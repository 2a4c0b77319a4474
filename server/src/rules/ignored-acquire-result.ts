import { leaveWithout } from "./fixes/lock-calls.js";
import type { Rule } from "./rule.js";
import { nextAfter } from "./story.js";

export const rule: Rule = {
  title: "Nobody asks whether the lock was got",
  severity: "error",
  checkFunction(fn, program, report) {
    if (!fn.takesLocks) return;
    for (const { node } of fn.events()) {
      const { event } = node;
      if (event.kind !== "acquire" || event.gives !== "boolean" || !event.isDropped || event.isFloating) continue;
      if (event.patience === "blocking") continue;
      const { text, site } = event;
      report({
        message: `Taking "${text}" may fail here, and nobody asks whether it did: the code behind it runs without the lock.`,
        site,
        related: [{ message: `this runs whether "${text}" is held or not`, site: nextAfter(fn, site) }],
        fixes: (finding) => leaveWithout(program, site, finding),
      });
    }
  },
};
